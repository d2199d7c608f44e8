"""Confirming that the owner and the purpose of service accounts hold, as part of keeping them."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from accounts.models import Person
from audit import trail
from audit.actors import Actor
from audit.verbs import Verb
from reviews.models import Campaign, Confirmation
from reviews.queries.locked import LockedItem
from reviews.queries.today import Today, accounts_today


def match_seals(items: Iterable[LockedItem], seals: Mapping[int, str]) -> dict[int, Today]:
    """By item id, the unconfirmed service accounts that are still as the person saw them:
    ``seals`` is what the page gave out for each item."""
    waiting = [item for item in items if item.unconfirmed and item.pk in seals]
    found = accounts_today(item.account_id for item in waiting) if waiting else {}
    return {
        item.pk: found[item.account_id]
        for item in waiting
        if found[item.account_id].is_complete and found[item.account_id].seal == seals[item.pk]
    }


def record_confirmations(
    confirmed: Mapping[int, Today],
    *,
    campaign: Campaign,
    person: Person,
    actor: Actor,
    at: datetime,
) -> None:
    """Write down what was confirmed with which item, once an account; in the caller's
    transaction, which has established that the items are the person's to judge."""
    once = {today.account.pk: (item, today) for item, today in reversed(list(confirmed.items()))}
    Confirmation.objects.bulk_create(
        Confirmation(
            campaign=campaign,
            account=today.account,
            owner_person=today.account.owner_person,
            owner_team=today.account.owner_team,
            owner_name=str(today.account.owner_person or ""),
            team_name=str(today.account.owner_team or ""),
            purpose=today.account.purpose,
            person=person,
            person_name=person.name,
            at=at,
        )
        for _, today in once.values()
    )
    trail.record_many(
        Verb.ITEM_CONFIRMED,
        actor=actor,
        stream=campaign.stream,
        rows=(_event(item, today) for item, today in once.values()),
    )


def _event(item: int, today: Today) -> trail.EventRow:
    account = today.account
    owner = {"person": account.owner_person_id, "team": account.owner_team_id}
    return trail.EventRow(
        f"item:{item}", {"account": account.pk, **owner}, {"purpose": account.purpose}
    )
