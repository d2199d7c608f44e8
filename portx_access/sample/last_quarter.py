"""What was wrong before the first review, what it ordered, and what became of that."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from portx_access.sample.access import Holding, equip, give, username_of
from portx_access.sample.company import Account, Plant, World
from portx_access.sample.systems import (
    AWS,
    CRM,
    GRAFANA,
    JIRA,
    LEDGER,
    OKTA,
)
from portx_access.sample.tables import read


@dataclass(frozen=True, slots=True)
class Ordered:
    """A right that a review revoked, with the reason given and what became of the removal:
    "gone", "not removed" although reported done, "back again" later, or still "open". Without
    a right the whole account was meant."""

    system: str
    person: str
    right: str
    reason: str
    fate: str


def read_orders(table: str) -> tuple[Ordered, ...]:
    return tuple(Ordered(**row) for row in read(table))


REVOKED = read_orders("last_revoked")

STATEMENTS = "Monthly statements for customers"

# An account ordered gone needs a right to be held by; the others name theirs.
WHOLE_ACCOUNT = {
    CRM: ("Standard User", "Manage Pipeline"),
    JIRA: ("jira-users", "confluence-users"),
    AWS: ("ViewOnly",),
    GRAFANA: ("Viewer",),
}


@dataclass(frozen=True, slots=True)
class Question:
    """A "don't know" in the last review or in this one, and what the system's owner answered;
    blank where the answer is still to come."""

    review: str
    system: str
    person: str
    right: str
    question: str
    answer: str


QUESTIONS = tuple(Question(**row) for row in read("questions"))


def trouble(world: World) -> None:
    """Plant what the first review finds."""
    oscar = world.people["oscar.nyman"]
    oscar.status, oscar.end = "Terminated", world.dates.last_launch - timedelta(days=15)
    for account in list(world.accounts_of("oscar.nyman")):
        if account.system == OKTA:
            close(account)
        else:
            account.use = oscar.end
    for order in REVOKED:
        rights = (order.right,) if order.right else WHOLE_ACCOUNT[order.system]
        account = hold(world, order.system, order.person, *rights)
        if order.reason == "Never used it.":
            account.use = "never"
        elif order.reason == "Not used since last year.":
            account.use = world.dates.last_launch - timedelta(days=190)
    for question in QUESTIONS:
        if question.review == "last":
            hold(world, question.system, question.person, question.right)
    ana = world.people["ana.beltran"]
    ana.end = world.account(OKTA, username_of(ana, OKTA)).expires = None
    _plant_shared(world)


def _plant_shared(world: World) -> None:
    """Generic and nobody's accounts that have been there for years."""
    since = world.dates.last_launch - timedelta(days=800)
    for system, username, name, right in (
        (OKTA, "reception@northlark.example", "Reception", "everyone"),
        (CRM, "testuser", "Test User", "Standard User"),
        (GRAFANA, "tv-wall", "TV Wall", "Viewer"),
    ):
        account = world.add(
            Account(system, username, f"{len(username) + 7000}", name, since, active=True)
        )
        give(world, account, right)
        world.plant(Plant.GENERIC, account)


def settle(world: World) -> None:
    """Carry out what the first review ordered, and what it had corrected."""
    for order, account in orders(world, REVOKED):
        if order.fate in {"gone", "back again"}:
            world.remove(order.system, account.username, order.right)
    ana = world.people["ana.beltran"]
    ana.end = world.account(OKTA, username_of(ana, OKTA)).expires = ana_until(world)
    world.account(LEDGER, "svc_statements").purpose = STATEMENTS


def ana_at_first(world: World) -> date:
    """As long as a reviewer may keep a temporary account: until the eve of the next review."""
    return world.dates.last_launch + timedelta(days=90)


def ana_until(world: World) -> date:
    """The last day of a contract that nobody had written down before the first review."""
    return world.dates.last_launch + timedelta(days=170)


def orders(world: World, table: tuple[Ordered, ...]) -> Iterator[tuple[Ordered, Account]]:
    """The orders whose account still exists, each with it."""
    for order in table:
        username = username_of(world.people[order.person], order.system)
        account = world.accounts.get((order.system, username))
        if account is not None:
            yield order, account


def hold(world: World, system: str, person: str, *rights: str) -> Account:
    """See that a person holds these rights, whatever their team gave them."""
    human = world.people[person]
    account = world.accounts.get((system, username_of(human, system)))
    missing = tuple(right for right in rights if account is None or right not in account.rights)
    equip(world, human, [Holding(system, missing)])
    return world.account(system, username_of(human, system))


def close(account: Account) -> None:
    """Disable an account and take its rights away, as Okta does with somebody who left."""
    account.active = False
    account.rights.clear()
