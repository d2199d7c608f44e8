"""A small company for the tests of the reviews: Olga's ledger, Alice's team, one campaign."""

from datetime import date, timedelta
from typing import Any

from accounts.enums import AccountType, Answer, DataClass, Severity
from accounts.models import Account, Entitlement, Person, System, User
from reviews.actions.launching import launch_campaign
from reviews.actions.planning import plan_campaign
from reviews.enums import Lane
from reviews.models import Campaign, Review, ReviewItem
from tests.cast import (
    NOON,
    acting,
    make_account,
    make_entitlement,
    make_grant,
    make_person,
    person_of,
)

DUE = date(2026, 10, 19)


def open_campaign(sam: User, *systems: System, quarter: str = "2026-Q4", **plan: Any) -> Campaign:
    """Plan and launch a campaign of these systems (all by default), by Sam."""
    plan.setdefault("due", DUE)
    campaign = plan_campaign(
        actor=acting(sam), quarter=quarter, systems=list(systems) or None, zone="UTC", **plan
    )
    return launch_campaign(campaign, actor=acting(sam))


def report_of(manager: User, name: str, **fields: Any) -> Person:
    return make_person(name, manager=person_of(manager), **fields)


def holding(
    system: System, person: Person | None, *rights: Entitlement, username: str = "", **fields: Any
) -> Account:
    """An account of ``person`` that holds ``rights``."""
    account = make_account(
        system,
        username or (person.name.split()[0].lower() if person else ""),
        person=person,
        **fields,
    )
    for right in rights:
        make_grant(account, right)
    return account


def service_account(system: System, username: str = "svc-settlement", **fields: Any) -> Account:
    fields.setdefault("type", AccountType.SERVICE)
    return make_account(system, username, **fields)


def temporary_sheet(
    sam: User, alice: User, ledger: System, *, last_day: date | None = None, **fields: Any
) -> Review:
    """A contractor of Alice's, whose account ends in ten days unless the fields say otherwise."""
    fields.setdefault("expires", NOON.date() + timedelta(days=10))
    priya = report_of(alice, "Priya Natarajan", end=last_day)
    fields.setdefault("sponsor", person_of(alice))
    holding(ledger, priya, right(ledger, "read"), type=AccountType.TEMPORARY, **fields)
    return sheet_of(open_campaign(sam), alice)


def right(system: System, key: str, **fields: Any) -> Entitlement:
    return make_entitlement(system, key, **fields)


def admin_right(system: System, key: str = "admin") -> Entitlement:
    return make_entitlement(system, key, privileged=Answer.YES)


def confidential(system: System) -> System:
    system.data_class = DataClass.CUSTOMER
    system.save()
    return system


def sheet_of(campaign: Campaign, user: User) -> Review:
    return Review.objects.get(campaign=campaign, reviewer=person_of(user))


def item_of(campaign: Campaign, account: Account, entitlement: Entitlement | None) -> ReviewItem:
    return ReviewItem.objects.get(campaign=campaign, account=account, entitlement=entitlement)


def give_insight(item: ReviewItem, rule: str, value: dict[str, Any]) -> None:
    """Have the item bear a violation of ``rule``, as if the launch had found it."""
    insight = {
        "rule": rule,
        "outcome": Severity.VIOLATION,
        "value": value,
        "source": item.system_name,
        "as_of": item.as_of.isoformat(),
    }
    others = [each for each in item.insights if each["rule"] != rule]
    item.insights, item.worst, item.lane = [insight, *others], Severity.VIOLATION, Lane.MUST_LOOK
    item.save(update_fields=["insights", "worst", "lane"])


def lie_unchanged(campaign: Campaign, *systems: System) -> None:
    """As if everything of these systems had been kept in the campaign before."""
    items = ReviewItem.objects.filter(campaign=campaign, system__in=systems)
    items.update(lane=Lane.UNCHANGED, is_new=False)
