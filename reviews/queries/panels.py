"""The panel beside a sheet: all that is known of one item, frozen and since."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

import clock
from accounts import insights
from accounts.enums import Severity
from accounts.insights.words import Insight
from accounts.models import Account, Entitlement, EntitlementVersion, Grant, Person
from reviews.enums import DecisionState
from reviews.models import Decision, Question, Reassignment, ReviewItem
from reviews.queries.sheets import Row

# What is told against history and peers is worked out at launch alone.
OF_A_LAUNCH = frozenset({"S6", "S8", "S9", "S10", "S11", "S19", "S20"})


@dataclass(frozen=True, slots=True)
class Since:
    """A fact that is not what it was at launch."""

    field: str
    was: Any
    now: Any


@dataclass(frozen=True, slots=True)
class Peers:
    """How many of those beside the holder hold the same right; ``among`` says who they are,
    ``as_of`` when the system was last read."""

    holders: int
    all: int
    among: str
    as_of: datetime | None


@dataclass(frozen=True, slots=True)
class Entry:
    """The catalogue's entry of a right: ``seen`` is the version that was frozen, ``today`` the
    entry as it is now, where that says something else."""

    seen: EntitlementVersion | None
    today: Entitlement | None


@dataclass(frozen=True, slots=True)
class Panel:
    row: Row
    item: ReviewItem
    entry: Entry | None
    peers: Peers | None
    earlier: list[Decision]
    since: list[Since]
    come: list[Insight]
    gone: list[Insight]
    questions: list[Question]
    moves: list[Reassignment]


def panel_of(row: Row) -> Panel:
    item = row.item
    account = _account_of(item)
    policy = insights.Policy(**item.campaign.policy)
    come, gone = _insights_since(item, account, policy)
    return Panel(
        row=row,
        item=item,
        entry=_entry_of(item),
        peers=_peers_of(item, account, policy),
        earlier=earlier_decisions(item),
        since=_differing(item, account),
        come=come,
        gone=gone,
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
    return _differing(item, _account_of(item))


def _account_of(item: ReviewItem) -> Account | None:
    return (
        Account.objects.select_related(
            "person__manager",
            "person__team",
            "owner_person",
            "owner_team",
            "sponsor",
            "system__source__current_run",
        )
        .filter(pk=item.account_id)
        .first()
    )


def _differing(item: ReviewItem, account: Account | None) -> list[Since]:
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


def _insights_since(
    item: ReviewItem, account: Account | None, policy: insights.Policy
) -> tuple[list[Insight], list[Insight]]:
    """What speaks for a look today and did not at launch, and what did and does not any more;
    both of the access itself, by the policy of the campaign."""
    if account is None or account.gone_at:
        return [], []
    now = insights.insights_of(account.pk, policy, entitlement_id=item.entitlement_id)
    then, today = {_telling(i) for i in item.insights}, {_telling(i) for i in now}
    come = [i for i in now if _telling(i) not in then and i["outcome"] != Severity.INFORMATION]
    gone = [
        i
        for i in insights.ranked(item.insights)
        if _telling(i) not in today
        and i["rule"] not in OF_A_LAUNCH
        and i["outcome"] != Severity.INFORMATION
    ]
    return come, gone


def _telling(insight: Insight) -> tuple[str, str]:
    return insight["rule"], insight["outcome"]


def _entry_of(item: ReviewItem) -> Entry | None:
    if item.entitlement is None:
        return None
    seen = (
        EntitlementVersion.objects.select_related("made_by__person")
        .filter(entitlement=item.entitlement_id, version=item.catalogue_version)
        .first()
    )
    today = item.entitlement
    words = (str(today), today.permits or today.description)
    return Entry(seen, today if words != (item.right, item.permits) else None)


def _peers_of(item: ReviewItem, account: Account | None, policy: insights.Policy) -> Peers | None:
    """None where there are too few to say anything, or nobody to compare with."""
    person = account.person if account else None
    beside, among = _beside(person)
    if account is None or beside is None:
        return None
    beside = beside.here(clock.today())
    number = beside.count()
    if number < policy.peer_few:
        return None
    holders = beside.filter(Exists(_held(item))).count()
    source = getattr(account.system, "source", None)
    read = source.current_run.read_at if source and source.current_run else None
    return Peers(holders, number, among, read)


def _beside(person: Person | None) -> tuple[Any, str]:
    """The holder's team, else those who have the same manager, with what they are called."""
    if person is None:
        return None, ""
    if person.team:
        return Person.objects.filter(team=person.team), f"in {person.team.name}"
    if person.manager:
        return person.manager.reports.all(), f"whom {person.manager.name} manages"
    return None, ""


def _held(item: ReviewItem) -> QuerySet[Any]:
    """The same right, or an account in the same system, of the person of an outer query."""
    if item.entitlement_id is None:
        accounts = Account.objects.standing().filter(system=item.system_id)
        return accounts.filter(person=OuterRef("pk"))
    grants = Grant.objects.standing().filter(entitlement=item.entitlement_id)
    return grants.filter(account__person=OuterRef("pk"), account__gone_at=None)
