"""What accounts are like now, where their type asks a question of whoever keeps them: service
accounts for owner and purpose, emergency accounts for their uses, temporary ones for an end."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import F, Q

import clock
from accounts.enums import AccountType
from accounts.models import Account, EmergencyUse
from audit.canonical import canonical
from reviews.models import Confirmation, ReviewItem

# An explained use is told for a quarter, one without an explanation for as long as it has none.
TOLD = timedelta(days=92)
ASKING = (AccountType.SERVICE, AccountType.EMERGENCY, AccountType.TEMPORARY)


@dataclass(slots=True)
class Today:
    """The account of an item as it stands now. ``seal`` stands for what is shown of owner and
    purpose: whoever sends it back confirms just that."""

    account: Account
    confirmed_by: str = ""
    confirmed_at: datetime | None = None
    uses: list[EmergencyUse] = field(default_factory=list)

    @property
    def owner(self) -> str:
        return str(self.account.owner_team or self.account.owner_person or "")

    @property
    def purpose(self) -> str:
        return self.account.purpose.strip()

    @property
    def is_complete(self) -> bool:
        """Whether there is an owner and a purpose that can be confirmed."""
        return bool(self.owner and self.purpose)

    @property
    def seal(self) -> str:
        account = self.account
        said = canonical([account.owner_person_id, account.owner_team_id, account.purpose])
        return hashlib.sha256(said.encode()).hexdigest()[:32]

    @property
    def unexplained(self) -> list[EmergencyUse]:
        return [use for use in self.uses if use.explained_at is None]

    @property
    def ends(self) -> date | None:
        """The end date of the account, else the last day that the roster gives for its holder."""
        person = self.account.person
        return self.account.expires or (person.end if person else None)


def accounts_today(ids: Iterable[int]) -> dict[int, Today]:
    """By account id: what a confirmation is about, by one query."""
    accounts = Account.objects.select_related("owner_person", "owner_team__lead", "person")
    return {account.pk: Today(account) for account in accounts.filter(pk__in=set(ids))}


def today_of(items: Iterable[ReviewItem]) -> dict[int, Today]:
    """By item id, for the items whose type asks something; three queries whatever their number,
    and none where there is no such item. All of them lie in one campaign."""
    asking = [item for item in items if item.account_type in ASKING]
    if not asking:
        return {}
    found = accounts_today(item.account_id for item in asking)
    confirmations = Confirmation.objects.filter(
        campaign=asking[0].campaign_id,
        account__in=found,
        purpose=F("account__purpose"),
    ).filter(_same("owner_person"), _same("owner_team"))
    for confirmation in confirmations.order_by("at"):
        today = found[confirmation.account_id]
        today.confirmed_by, today.confirmed_at = confirmation.person_name, confirmation.at
    told = Q(explained_at=None) | Q(used_at__gte=clock.now() - TOLD)
    uses = EmergencyUse.objects.filter(told, account__in=found)
    for use in uses.select_related("account", "explained_by").order_by("used_at"):
        found[use.account_id].uses.append(use)
    return {item.pk: found[item.account_id] for item in asking}


def _same(owner: str) -> Q:
    both_none = Q((f"{owner}__isnull", True), (f"account__{owner}__isnull", True))
    return Q((owner, F(f"account__{owner}"))) | both_none
