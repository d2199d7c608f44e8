"""What a sheet comes to, for the page on which it is signed and for the receipt."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from accounts.enums import Severity
from accounts.insights import Policy
from reviews.enums import Choice, DecisionState, Lane, Stage
from reviews.models import Correction, Decision, Pace, Review
from reviews.queries.sheets import OVER

KEEPING = (Choice.CERTIFY, Choice.CERTIFY_UNTIL)
OWN_STAGES = (Stage.FIRST, Stage.SECOND)


@dataclass(frozen=True, slots=True)
class Summary:
    """The decisions of a sheet: how many of each choice, and those that one should see again."""

    totals: dict[str, int]
    revokes: list[Decision]
    until: list[Decision]
    questions: list[Decision]
    late: list[Decision]
    against_advice: list[Decision]

    @property
    def decided(self) -> int:
        return sum(self.totals.values()) - self.totals[Choice.DONT_KNOW]


def summary_of(review: Review) -> Summary:
    """By one query: before the signature what stands, after it what was signed then."""
    shown = list(
        decisions_of(review)
        .exclude(item__outcome__in=OVER)
        .filter(
            Q(choice__in=[Choice.REVOKE, Choice.CERTIFY_UNTIL, Choice.DONT_KNOW])
            | Q(late=True)
            | Q(item__worst=Severity.REVOKE)
        )
        .select_related("item", "question__asked_of")
        .order_by("item__lane", "item__holder_name", "item_id")
    )

    def those(wanted: Callable[[Decision], bool]) -> list[Decision]:
        return [decision for decision in shown if wanted(decision)]

    return Summary(
        totals=totals_of(review),
        revokes=those(lambda d: d.choice == Choice.REVOKE),
        until=those(lambda d: d.choice == Choice.CERTIFY_UNTIL),
        questions=those(lambda d: d.choice == Choice.DONT_KNOW),
        late=those(lambda d: d.late),
        against_advice=those(lambda d: d.choice in KEEPING and d.item.worst == Severity.REVOKE),
    )


def decisions_of(review: Review) -> QuerySet[Decision]:
    """What stands on an open sheet; of a signed one what was signed, whatever came later."""
    own = Decision.objects.filter(review=review, stage__in=OWN_STAGES)
    if review.signed_at:
        return own.filter(signed_at=review.signed_at, correction=None)
    return own.filter(state=DecisionState.STANDING)


def count_by_choice(review: Review) -> Counter[str]:
    """How many of the sheet's standing decisions there are of each choice."""
    return Counter(
        Decision.objects.filter(review=review, state="standing").values_list("choice", flat=True)
    )


def totals_of(review: Review) -> dict[str, int]:
    """How many decisions there are of each choice, every choice named."""
    counted = Counter(decisions_of(review).values_list("choice", flat=True))
    return {choice.value: counted[choice.value] for choice in Choice}


def corrections_of(review: Review) -> list[Correction]:
    return list(
        Correction.objects.filter(decision__review=review)
        .select_related("item", "decision")
        .order_by("pk")
    )


@dataclass(frozen=True, slots=True)
class Tempo:
    """How long a reviewer took, told to nobody else. ``fast`` is what of high risk was kept in
    less than ``seconds_each`` without a look at its details."""

    seconds: float
    decisions: int
    seconds_each: int
    fast: list[Decision]


def tempo_of(review: Review) -> Tempo | None:
    """None where nothing was measured, or nothing may be."""
    policy = Policy(**review.campaign.policy)
    if not policy.pace_told:
        return None
    measured = Pace.objects.filter(decision__in=decisions_of(review))
    seconds = measured.aggregate(all=Coalesce(Sum("seconds"), 0.0))["all"]
    count = measured.count()
    if not count:
        return None
    fast = (
        decisions_of(review)
        .filter(
            choice__in=KEEPING,
            bulk_size=1,
            item__lane=Lane.MUST_LOOK,
            pace__seconds__lt=policy.fast_seconds,
            pace__details_opened=False,
        )
        .select_related("item")
        .order_by("item__holder_name", "item_id")
    )
    return Tempo(seconds, count, policy.fast_seconds, list(fast))
