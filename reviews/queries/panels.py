"""The panel beside a sheet: all that is known of one item, frozen and since."""

from dataclasses import dataclass
from typing import Any

from accounts.models import Account, Grant
from reviews.enums import DecisionState
from reviews.models import Decision, Question, Reassignment, ReviewItem
from reviews.queries.sheets import Row


@dataclass(frozen=True, slots=True)
class Since:
    """A fact that is not what it was at launch."""

    field: str
    was: Any
    now: Any


@dataclass(frozen=True, slots=True)
class Panel:
    row: Row
    item: ReviewItem
    earlier: list[Decision]
    since: list[Since]
    questions: list[Question]
    moves: list[Reassignment]


def panel_of(row: Row) -> Panel:
    item = row.item
    return Panel(
        row=row,
        item=item,
        earlier=earlier_decisions(item),
        since=changed_since(item),
        questions=list(
            item.questions.select_related("asked_of", "answered_by", "decision").order_by("id")
        ),
        moves=list(
            item.reassignments.filter(stage=row.stage)
            .select_related("from_person", "to_person")
            .order_by("id")
        ),
    )


def earlier_decisions(item: ReviewItem) -> list[Decision]:
    """What was decided on the same identity in other campaigns, newest first."""
    return list(
        Decision.objects.filter(
            item__account=item.account_id,
            item__entitlement=item.entitlement_id,
            state=DecisionState.STANDING,
        )
        .exclude(item__campaign=item.campaign_id)
        .select_related("item__campaign", "review")
        .order_by("-decided_at")[:10]
    )


def changed_since(item: ReviewItem) -> list[Since]:
    """The facts of today where they differ from those at launch."""
    account = (
        Account.objects.select_related(
            "person__manager", "person__team", "owner_person", "owner_team", "sponsor"
        )
        .filter(pk=item.account_id)
        .first()
    )
    if account is None:
        return []
    person = account.person
    now: list[tuple[str, Any, Any]] = [
        ("Right", item.right, _right_now(item)),
        ("Mail", item.account_mail, account.mail),
        ("Status", item.get_account_status_display(), account.get_status_display()),
        ("Type", item.get_account_type_display(), account.get_type_display()),
        ("Last used", item.last_used, account.last_used),
        ("Ends", item.expires, account.expires),
        ("Purpose", item.purpose, account.purpose),
        ("Holder", item.holder_name, person.name if person else ""),
        ("Title", item.holder_title, person.title if person else ""),
        ("Team", item.holder_team, person.team.name if person and person.team else ""),
        ("Manager", item.holder_manager, person.manager.name if person and person.manager else ""),
        ("Owner", item.owner_name, str(account.owner_team or account.owner_person or "")),
        ("Sponsor", item.sponsor_name, account.sponsor.name if account.sponsor else ""),
    ]
    found = [Since(field, was, is_now) for field, was, is_now in now if was != is_now]
    if account.gone_at:
        found.insert(0, Since("Account", "there", f"gone since {account.gone_at:%-d %B %Y}"))
    return found


def _right_now(item: ReviewItem) -> str:
    """What the right is called today; blank once the account does not hold it any more."""
    if item.entitlement is None:
        return item.right
    grants = Grant.objects.filter(account=item.account_id, entitlement=item.entitlement_id)
    return str(item.entitlement) if grants.filter(gone_at=None).exists() else ""
