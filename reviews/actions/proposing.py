"""Who could judge an item instead: whom the rules of routing name by the facts of today."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from accounts.models import Account, Person
from reviews import rules
from reviews.models import Review, ReviewItem


@dataclass(frozen=True, slots=True)
class Proposal:
    """Somebody who may judge it, and why it may be theirs, in words that can be the reason."""

    person: Person
    why: str


def propose(items: Sequence[ReviewItem], review: Review) -> list[Proposal]:
    """Whom one could hand these items of a sheet to: only who may judge each of them. For
    several, the reason is the first one's."""
    found = [_proposals_of(item, account, review) for item, account in _with_accounts(items)]
    if not found:
        return []
    for_all = set.intersection(*({p.person.pk for p in each} for each in found))
    return [proposal for proposal in found[0] if proposal.person.pk in for_all]


def _with_accounts(items: Sequence[ReviewItem]) -> Iterator[tuple[ReviewItem, Account]]:
    accounts = Account.objects.select_related(
        "person__manager", "owner_team__lead", "system__owner", "sponsor"
    ).in_bulk({item.account_id for item in items})
    for item in items:
        yield item, accounts[item.account_id]


def _proposals_of(item: ReviewItem, account: Account, review: Review) -> list[Proposal]:
    taken = {sheet.reviewer_id for sheet in (item.review, item.second_review, review) if sheet}
    found: dict[int, Proposal] = {}
    for person, why in _named(account):
        if person is None or person.pk in taken or person.status not in rules.MAY_REVIEW:
            continue
        if not rules.is_own_access(person.pk, account):
            found.setdefault(person.pk, Proposal(person, why))
    return list(found.values())


def _named(account: Account) -> Iterator[tuple[Person | None, str]]:
    """In the order of routing."""
    holder, team = account.person, account.owner_team
    if holder is not None and not holder.manager_problem:
        yield holder.manager, f"Manages {holder.name} by today's roster"
    yield account.sponsor, "Vouches for the account"
    if team is not None:
        yield team.lead, f"Leads {team.name}, which owns the account"
    yield account.system.owner, f"Owns {account.system.name}"
