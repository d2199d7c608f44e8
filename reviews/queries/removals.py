"""The queue of removals: how far they are, which are late, and what a page of them shows."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When

import clock
from accounts.models import ImportRun, System, User
from reviews.enums import RevocationState
from reviews.models import Revocation
from reviews.queries.waiting import TO_DO

OVER = (RevocationState.VERIFIED, RevocationState.CANCELLED)
EXECUTED = (RevocationState.DONE, RevocationState.VERIFIED)
# How far a removal has come; each counts what has come further, too.
STAGES = (
    ("decided", "decided"),
    ("executed", "carried out"),
    ("verified", "verified gone"),
    ("back", "gone, and back again"),
)


@dataclass(frozen=True, slots=True)
class Counts:
    """Decided, carried out and verified, counted apart; and what needs somebody."""

    decided: int
    executed: int
    verified: int
    waiting: int
    to_do: int
    unproved: int
    failed: int
    overdue: int
    back: int


def late() -> Q:
    """To be carried out, and its deadline has passed."""
    return Q(state__in=TO_DO, due_at__lt=clock.now())


def is_late(order: Revocation) -> bool:
    return order.state in TO_DO and order.due_at < clock.now()


def reached(stage: str) -> Q:
    return {
        "decided": ~Q(state=RevocationState.CANCELLED),
        "executed": Q(state__in=EXECUTED),
        "verified": Q(state=RevocationState.VERIFIED),
        "back": Q(reappeared_at__isnull=False),
    }[stage]


def carried_by(user: User) -> Q:
    """Whose work it is: the user's own, or that of a team they lead."""
    person = user.person_id
    if person is None:
        return Q(pk__in=())
    return Q(owner_person=person) | Q(owner_team__lead=person)


def in_queue(rows: QuerySet[Revocation]) -> QuerySet[Revocation]:
    """With all that a row shows; ``over`` sorts what is finished below the rest."""
    over = Case(When(state__in=OVER, then=Value(1)), default=Value(0), output_field=IntegerField())
    return rows.annotate(over=over).select_related(
        "system", "owner_person", "owner_team", "decision", "finding"
    )


def count_removals(rows: QuerySet[Revocation]) -> Counts:
    """All of ``rows`` by how far they are, in one query."""
    state = RevocationState
    asked = {
        "decided": reached("decided"),
        "executed": reached("executed"),
        "verified": reached("verified"),
        "waiting": Q(state=state.WAITING),
        "to_do": Q(state=state.OPEN),
        "unproved": Q(state=state.DONE),
        "failed": Q(state=state.FAILED),
        "overdue": late(),
        "back": reached("back"),
    }
    return Counts(**rows.aggregate(**{name: Count("id", filter=q) for name, q in asked.items()}))


def systems_in(rows: QuerySet[Revocation]) -> list[tuple[Any, Any]]:
    """The systems of these removals, for the filter."""
    return list(rows.order_by("system__name").values_list("system_id", "system__name").distinct())


def campaigns_in(rows: QuerySet[Revocation]) -> list[tuple[Any, Any]]:
    """The campaigns that these removals come from, the newest first, for the filter."""
    found = rows.filter(campaign__isnull=False).order_by("-campaign_id")
    return list(found.values_list("campaign_id", "campaign__title").distinct())


def last_read(system: System) -> ImportRun | None:
    """The run that stands for ``system``: what its next one will be compared with."""
    return ImportRun.objects.filter(source__system=system, source__current_run=F("pk")).first()
