"""What a review sheet shows: how far it is, and its rows with all that was said of each."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accounts.models import User
from reviews.enums import (
    SECONDS_A_LANE,
    CampaignState,
    Choice,
    DecisionState,
    Lane,
    Outcome,
    ReviewState,
    Stage,
)
from reviews.models import Decision, Question, Review, ReviewItem, Revocation

OVER = (Outcome.GONE, Outcome.NOT_REVIEWED)


@dataclass(slots=True)
class Progress:
    """How far a sheet is. What is gone is not counted; "don't know" and contested are to go.
    ``pace`` is how long its reviewer takes, as a multiple of what is usual."""

    total: int = 0
    to_go: int = 0
    kept: int = 0
    revoked: int = 0
    questions: int = 0
    contested: int = 0
    not_reviewed: int = 0
    pace: float = 1.0
    lanes: dict[int, int] = field(default_factory=dict)
    lanes_to_go: dict[int, int] = field(default_factory=dict)

    @property
    def decided(self) -> int:
        return self.total - self.to_go - self.not_reviewed

    @property
    def seconds(self) -> float:
        left = self.lanes_to_go.items()
        return self.pace * sum(SECONDS_A_LANE[Lane(lane)] * number for lane, number in left)


@dataclass(slots=True)
class Row:
    """An item as it lies on one sheet. ``first`` is what the other person chose, told only to
    one who has chosen; ``proposed`` is what somebody chose who judged it before; ``of_account``
    is how many rights of its account stand on the sheet."""

    item: ReviewItem
    stage: Stage
    version: int
    decision: Decision | None = None
    proposed: Decision | None = None
    contested: list[Decision] = field(default_factory=list)
    other: Decision | None = None
    question: Question | None = None
    removal: Revocation | None = None
    of_account: int = 1

    @property
    def is_second(self) -> bool:
        return self.stage == Stage.SECOND

    @property
    def is_over(self) -> bool:
        return self.item.outcome in OVER

    @property
    def is_decided(self) -> bool:
        if self.item.contested or self.decision is None:
            return False
        return self.decision.choice != Choice.DONT_KNOW

    @property
    def chosen(self) -> str:
        return self.decision.choice if self.decision else ""


PROGRESS = """
SELECT s.review_id, s.lane,
       count(*) FILTER (WHERE s.outcome <> 'gone'),
       count(*) FILTER (WHERE s.live AND (d.id IS NULL OR d.choice = 'dont_know' OR s.contested)),
       count(*) FILTER (WHERE d.choice IN ('certify', 'certify_until') AND NOT s.contested),
       count(*) FILTER (WHERE d.choice = 'revoke' AND NOT s.contested),
       count(*) FILTER (WHERE s.live AND d.choice = 'dont_know'),
       count(*) FILTER (WHERE s.live AND s.contested),
       count(*) FILTER (WHERE s.outcome = 'not_reviewed' AND d.id IS NULL)
  FROM (SELECT i.id, i.review_id, 1 AS stage, i.lane, i.outcome, i.contested,
               i.outcome NOT IN ('gone', 'not_reviewed') AS live
          FROM reviews_reviewitem i WHERE i.review_id = ANY(%(reviews)s)
        UNION ALL
        SELECT i.id, i.second_review_id, 2, i.lane, i.outcome, i.contested,
               i.outcome NOT IN ('gone', 'not_reviewed')
          FROM reviews_reviewitem i WHERE i.second_review_id = ANY(%(reviews)s)) s
  LEFT JOIN reviews_decision d ON d.item_id = s.id AND d.stage = s.stage AND d.state = 'standing'
 GROUP BY s.review_id, s.lane
"""


def progress_of(reviews: Iterable[int]) -> dict[int, Progress]:
    """How far each of these sheets is, by one query; the rule of ``count_undecided``."""
    ids = list(reviews)
    found = {pk: Progress() for pk in ids}
    with connection.cursor() as cursor:
        cursor.execute(PROGRESS, {"reviews": ids})
        for review, lane, *counts in cursor.fetchall():
            _add(found[review], lane, counts)
    return found


def _add(progress: Progress, lane: int, counts: list[int]) -> None:
    total, to_go, kept, revoked, questions, contested, not_reviewed = counts
    progress.total += total
    progress.to_go += to_go
    progress.kept += kept
    progress.revoked += revoked
    progress.questions += questions
    progress.contested += contested
    progress.not_reviewed += not_reviewed
    progress.lanes[lane] = total
    progress.lanes_to_go[lane] = to_go


ENOUGH_TO_TELL, PAUSE = 10, 180

PACE = """
SELECT t.lane, count(*), sum(t.seconds)::float
  FROM (SELECT i.lane, d.bulk_size,
               extract(epoch FROM d.decided_at - lag(d.decided_at) OVER (
                   ORDER BY d.decided_at, d.id)) AS seconds
          FROM reviews_decision d JOIN reviews_reviewitem i ON i.id = d.item_id
         WHERE d.review_id = %(review)s) t
 WHERE t.bulk_size = 1 AND t.seconds <= %(pause)s
 GROUP BY t.lane
"""


def pace_of(review: Review) -> float:
    """How long a reviewer takes from one single decision to the next on this sheet, as a multiple
    of what is usual; pauses are left out. 1 where there are too few to tell."""
    with connection.cursor() as cursor:
        cursor.execute(PACE, {"review": review.pk, "pause": PAUSE})
        found = cursor.fetchall()
    if sum(count for _, count, _ in found) < ENOUGH_TO_TELL:
        return 1.0
    usual = sum(SECONDS_A_LANE[Lane(lane)] * count for lane, count, _ in found)
    return float(sum(seconds for _, _, seconds in found) / usual)


def items_of(review: Review) -> QuerySet[ReviewItem]:
    """Everything on the sheet, at either stage."""
    return ReviewItem.objects.filter(Q(review=review) | Q(second_review=review))


def items_in_order(review: Review) -> QuerySet[ReviewItem]:
    """The same, for reading a page: where nothing is there at the second stage, as on most
    sheets, without the OR through which no index gives an order."""
    if review.second_items.exists():
        return items_of(review)
    return ReviewItem.objects.filter(review=review)


def undecided(review: Review) -> Q:
    """The condition on ``items_of`` for what its reviewer still has to decide."""
    standing = Decision.objects.filter(
        item=OuterRef("pk"), review=review, state=DecisionState.STANDING
    ).exclude(choice=Choice.DONT_KNOW)
    return (Q(~Exists(standing)) | Q(contested=True)) & ~Q(outcome__in=OVER)


def rows_of(review: Review, items: Sequence[ReviewItem]) -> list[Row]:
    """What was said of each item, in four queries whatever their number."""
    rows = {item.pk: _row(review, item) for item in items}
    for decision in Decision.objects.filter(
        item__in=rows, state__in=["standing", "proposed", "contested"]
    ).order_by("id"):
        _place(rows[decision.item_id], decision)
    for question in (
        Question.objects.filter(item__in=rows)
        .select_related("asked_of", "answered_by", "decision")
        .order_by("id")
    ):
        rows[question.item_id].question = question
    for removal in Revocation.objects.filter(item__in=rows).exclude(state="cancelled"):
        if removal.item_id:
            rows[removal.item_id].removal = removal
    beside = _count_by_account(review, {item.account_id for item in items})
    for row in rows.values():
        row.of_account = beside.get(row.item.account_id, 0)
        if row.decision is None:
            row.other = None
    return list(rows.values())


def _count_by_account(review: Review, accounts: Collection[int]) -> dict[int, int]:
    """How many rights of each account stand on the sheet."""
    rows = items_of(review).filter(account__in=accounts).exclude(outcome__in=OVER)
    return dict(rows.order_by().values_list("account").annotate(n=Count("pk")))


def _row(review: Review, item: ReviewItem) -> Row:
    first = item.review_id == review.pk
    stage = Stage.FIRST if first else Stage.SECOND
    return Row(item, stage, item.version if first else item.second_version)


def _place(row: Row, decision: Decision) -> None:
    if decision.stage != row.stage:
        if decision.state == DecisionState.STANDING:
            row.other = decision
    elif decision.state == DecisionState.STANDING:
        row.decision = decision
    elif decision.state == DecisionState.PROPOSED:
        row.proposed = decision
    else:
        row.contested.append(decision)


def last_decision(review: Review) -> Decision | None:
    """The reviewer's latest one that stands and may be undone, with its item."""
    return (
        Decision.objects.filter(review=review, state=DecisionState.STANDING, signed_at=None)
        .exclude(item__contested=True)
        .select_related("item")
        .order_by("-decided_at", "-id")
        .first()
    )


def sheets_of(user: User) -> tuple[list[Review], list[Review]]:
    """One's own sheets, those that wait by deadline and those that are over, newest first. No
    pages: nobody has more than a few a quarter."""
    mine = Review.objects.filter(reviewer=user.person_id).select_related("campaign")
    found = list(mine.order_by("campaign__due_at", "pk"))
    return [r for r in found if awaits(r)], [r for r in reversed(found) if not awaits(r)]


def awaits(review: Review) -> bool:
    """Whether its reviewer can still decide on it."""
    return review.state == ReviewState.OPEN and review.campaign.state == CampaignState.OPEN


def systems_of(review: Review) -> list[tuple[Any, Any]]:
    """The systems that the sheet holds something of, for its filter."""
    rows = items_of(review).order_by("system_name").values_list("system_id", "system_name")
    return list(rows.distinct())


RULES = """
SELECT DISTINCT found.rule
  FROM (SELECT insights FROM reviews_reviewitem WHERE review_id = %(review)s
        UNION ALL
        SELECT insights FROM reviews_reviewitem WHERE second_review_id = %(review)s) i,
       jsonb_to_recordset(i.insights) AS found(rule text)
"""


def rules_of(review: Review) -> list[str]:
    """The rules that speak for a look at something on the sheet, for its filter."""
    with connection.cursor() as cursor:
        cursor.execute(RULES, {"review": review.pk})
        return sorted((rule for (rule,) in cursor.fetchall()), key=lambda rule: int(rule[1:]))


def elsewhere(item: ReviewItem, review: Review) -> list[ReviewItem]:
    """The rights of the same account in the campaign that lie on no stage of this sheet."""
    others = ReviewItem.objects.filter(account=item.account_id, campaign=item.campaign_id)
    mine = Q(review=review) | Q(second_review=review)
    # A second sheet that is none must not make the whole condition unknown.
    away = others.exclude(pk__in=others.filter(mine).values("pk"))
    return list(away.select_related("review").order_by("pk"))


def account_rows(review: Review, item: ReviewItem) -> list[Row]:
    """All rights of the item's account that stand on the sheet."""
    rows = items_of(review).filter(account=item.account_id).exclude(outcome__in=OVER)
    return rows_of(review, list(rows.order_by("lane", "pk")))


def revokes_of(review: Review) -> list[Decision]:
    return list(_standing(review, Choice.REVOKE))


def kept_until(review: Review) -> list[Decision]:
    return list(_standing(review, Choice.CERTIFY_UNTIL))


def open_questions(review: Review) -> list[Decision]:
    """The "don't know" that stand: they hold the sign-off up."""
    return list(_standing(review, Choice.DONT_KNOW).select_related("question__asked_of"))


def _standing(review: Review, choice: Choice) -> QuerySet[Decision]:
    return (
        Decision.objects.filter(review=review, state=DecisionState.STANDING, choice=choice)
        .exclude(item__outcome__in=OVER)
        .select_related("item")
        .order_by("item__lane", "item__subject", "item_id")
    )


def totals_of(review: Review) -> dict[str, int]:
    """Standing decisions by choice, every choice named."""
    counted = dict(
        Decision.objects.filter(review=review, state=DecisionState.STANDING)
        .order_by()
        .values_list("choice")
        .annotate(n=Count("id"))
    )
    return {choice.value: counted.get(choice.value, 0) for choice in Choice}
