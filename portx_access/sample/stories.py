"""What the people of the sample company do: two reviews, told as rules over what they see.

Nothing here touches the database: ``load_sample`` asks what each person decides, and performs
it through the same actions as a user would, with the clock set to the time told here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from portx_access.sample import last_quarter, this_quarter, this_week
from portx_access.sample.access import username_of
from portx_access.sample.company import World, mail_of
from portx_access.sample.dates import at
from portx_access.sample.last_quarter import Ordered, Question
from portx_access.sample.systems import (
    AWS,
    CRM,
    FIREWALL,
    GITHUB,
    GRAFANA,
    JIRA,
    LEDGER,
    OKTA,
)
from portx_access.sample.tables import read

Review = Literal["last", "this"]
Outcome = Literal["certify", "revoke", "unknown", "correct", "leave"]

SECURITY_LEAD = "sam.reyes"
APPROVER = "ingrid.solberg"


class Correction(NamedTuple):
    """What the security team writes down about an account before the first review."""

    system: str
    username: str
    type: str
    owner_team: str
    purpose: str


# Pairs of rights that nobody should hold together: system and right of each.
CONFLICTS = (((AWS, "PaymentsDeploy"), (GITHUB, "payments:admin")),)
CORRECTIONS = tuple(Correction(**row) for row in read("corrections"))


@dataclass(frozen=True, slots=True)
class Seen:
    """What a reviewer sees of an item: ``rules`` are the insights that ask for more than a
    look, by id, and ``violation`` says whether one of them is a violation."""

    system: str
    username: str
    right: str
    privileged: bool
    data_class: str
    unchanged: bool
    rules: frozenset[str] = frozenset()
    violation: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """``purpose`` and ``end`` are what "correct" names before it keeps the item."""

    outcome: Outcome
    reason: str = ""
    purpose: str = ""
    end: date | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """When somebody works on their sheet, how much of it they do, and when they sign it off.

    ``signs`` is None where they have not done so yet; a sheet with anything open is not
    signed, whatever stands here.
    """

    starts: datetime
    share: float
    signs: datetime | None
    seconds_each: int


@dataclass(frozen=True, slots=True)
class Removal:
    """An ordered removal that its owner reports as done, ``after`` it was sent out."""

    order: Ordered
    username: str
    after: timedelta
    note: str


KEEP_REASONS = {
    OKTA: "Administers sign-in as part of the job.",
    AWS: "On call for the payment services.",
    GITHUB: "Maintains these repositories.",
    LEDGER: "Works on the ledger every day.",
    CRM: "Looks after these customers.",
    JIRA: "Administers the team's projects.",
    GRAFANA: "Maintains the dashboards.",
    FIREWALL: "Operates the firewalls.",
}
EMERGENCY_USE = "The yearly drill: signed in once, by two of the team, and the password changed."
LAUNCH_REASONS: dict[Review, str] = {
    "last": "Payroll has no source yet: its list is checked on paper with the bureau.",
    "this": "Payroll has no source yet, and the removal that failed is with its owner again.",
}
CLOSING_REASON = (
    "Payroll has no source yet: its list was checked on paper with the bureau. The one removal "
    "that failed is with its owner again."
)


def launched_at(world: World, review: Review) -> datetime:
    day = world.dates.last_launch if review == "last" else world.dates.launch
    return at(day, 9)


def due_on(world: World, review: Review) -> date:
    return launched_at(world, review).date() + timedelta(days=14)


def closed_at(world: World) -> datetime:
    """The first review is closed the day after the import that proves its removals."""
    return at(world.dates.day("settled") + timedelta(days=1), 10)


def session(world: World, review: Review, reviewer: str) -> Session | None:
    """How a reviewer works, by key; None where they have not begun."""
    dice = world.dice("session", review, reviewer)
    start = at(launched_at(world, review).date(), dice.randint(8, 15), dice.randint(0, 59))
    pace = dice.randint(12, 55)
    if review == "last":
        days = 15 if reviewer == "patrick.doyle" else dice.choice(_working_days(11))
        begins = start + timedelta(days=days)
        return Session(begins, 1, begins + timedelta(hours=2), pace)
    # Named ones in the first week, so that their removals are done by yesterday's exports.
    latest = 4 if reviewer in PROGRESS else (world.dates.today - world.dates.launch).days - 2
    begins = start + timedelta(days=dice.choice(_working_days(latest)))
    share = PROGRESS.get(reviewer, 1 if dice.random() < 0.7 else 0.6)
    if share == 0:
        return None
    return Session(begins, share, begins + timedelta(hours=2) if share == 1 else None, pace)


def _working_days(latest: int) -> list[int]:
    """Days after a launch, which is on a Monday, that are not at a weekend."""
    return [days for days in range(latest + 1) if days % 7 < 5]


# How far named reviewers are with the second review; Marcus left in the middle of his sheet.
PROGRESS = {
    "alice.okafor": 0.29,
    "bob.lindqvist": 0,
    "marcus.bell": 0.22,
    "jonas.weber": 0,
    "claire.beaumont": 0,
    "valentina.rossi": 0,
    "helena.duarte": 0,
    "leila.rahimi": 1,
    "irene.sato": 0.5,
    "andrei.popescu": 0.75,
    "thomas.becker": 1,
    "sam.reyes": 1,
    "greta.schmid": 1,
    "sunita.rao": 1,
}


def verdict(world: World, review: Review, seen: Seen) -> Verdict:
    """What the reviewer of an item decides: "correct" is to name what is missing and keep it,
    "leave" to put it off."""
    table = last_quarter.REVOKED if review == "last" else this_week.REVOKED
    order = _order(world, table, seen)
    if order:
        return Verdict("revoke", order.reason)
    question = _question(world, review, seen)
    if question:
        return Verdict("unknown", question.question)
    if seen.violation:
        return _about_violation(world, review, seen)
    if seen.privileged or seen.rules or _reason_asked(seen):
        return Verdict("certify", KEEP_REASONS[seen.system])
    return Verdict("certify")


def answer(world: World, review: Review, seen: Seen) -> Verdict:
    """What the system's owner answers to a "don't know"; "leave" where they have not yet."""
    question = _question(world, review, seen)
    if question is None:
        return Verdict("certify", KEEP_REASONS[seen.system])
    return Verdict("certify" if question.answer else "leave", question.answer)


def _about_violation(world: World, review: Review, seen: Seen) -> Verdict:
    if review == "last" and (seen.system, seen.username) == (LEDGER, "svc_statements"):
        reason = "Runs each month; its purpose had not been written down."
        return Verdict("correct", reason, purpose=last_quarter.STATEMENTS)
    if review == "last" and seen.username == mail_of("ana.beltran"):
        reason = "Recruits with us; the contract is being put on record."
        return Verdict("correct", reason, end=last_quarter.ana_at_first(world))
    if review == "last" and seen.rules == {"S16"}:
        return Verdict("certify", KEEP_REASONS[seen.system])
    return Verdict("leave")


def _reason_asked(seen: Seen) -> bool:
    return seen.data_class == "Customer Confidential" and not seen.unchanged


def _order(world: World, table: tuple[Ordered, ...], seen: Seen) -> Ordered | None:
    return next(
        (
            order
            for order in table
            if order.system == seen.system
            and order.right in ("", seen.right)
            and username_of(world.people[order.person], order.system) == seen.username
        ),
        None,
    )


def _question(world: World, review: Review, seen: Seen) -> Question | None:
    return next(
        (
            question
            for question in last_quarter.QUESTIONS
            if (question.review, question.system, question.right)
            == (review, seen.system, seen.right)
            and username_of(world.people[question.person], question.system) == seen.username
        ),
        None,
    )


def removals(world: World, review: Review) -> Iterator[Removal]:
    """What the owners of the systems report as done; what is missing is still open.

    The first review's are mostly in time, with one that took nine days.
    """
    table = last_quarter.REVOKED if review == "last" else this_week.REVOKED
    for order in table:
        if order.fate == "open":
            continue
        dice = world.dice("removal", review, order.system, order.person)
        late = review == "last" and order.person == "ian.fletcher"
        yield Removal(
            order,
            username_of(world.people[order.person], order.system),
            timedelta(days=9) if late else timedelta(hours=dice.randint(3, 19)),
            f"Removed in {order.system}.",
        )


def leaver_orders() -> tuple[Ordered, ...]:
    """The removals that the security team orders from findings, before any reviewer looks."""
    leavers = {leaver.person for leaver in this_quarter.LEAVERS}
    return tuple(order for order in this_week.REVOKED if order.person in leavers)
