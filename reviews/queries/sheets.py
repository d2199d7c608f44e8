"""What a review sheet shows: how far it is, and its rows with all that was said of each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import Count, Exists, F, Func, JSONField, OuterRef, Q, QuerySet, Value

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
from reviews.models import Decision, Question, Review, ReviewItem, Revocation, RuleException
from reviews.queries.today import Today, today_of

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
    def chosen(self) -> int:
        """How many choices stand, "don't know" among them, contested ones not."""
        return self.kept + self.revoked + self.questions

    @property
    def seconds(self) -> float:
        left = self.lanes_to_go.items()
        return self.pace * sum(SECONDS_A_LANE[Lane(lane)] * number for lane, number in left)


@dataclass(slots=True)
class Row:
    """An item as it lies on one sheet. ``other`` is what the other person chose, told only to
    one who has chosen; ``proposed`` is what somebody chose who judged it before; ``look`` is
    the revoke of a second look."""

    item: ReviewItem
    stage: Stage
    version: int
    decision: Decision | None = None
    proposed: Decision | None = None
    contested: list[Decision] = field(default_factory=list)
    today: Today | None = None
    other: Decision | None = None
    look: Decision | None = None
    question: Question | None = None
    removal: Revocation | None = None
    exception: RuleException | None = None

    @property
    def rivals(self) -> list[Decision]:
        """The choices that stand against each other at this stage, the standing one first."""
        return [self.decision, *self.contested] if self.decision else self.contested

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
          FROM reviews_reviewitem i
         WHERE i.review_id = ANY(%(reviews)s)
           AND (%(first)s::bigint[] IS NULL OR i.id = ANY(%(first)s::bigint[]))
        UNION ALL
        SELECT i.id, i.second_review_id, 2, i.lane, i.outcome, i.contested,
               i.outcome NOT IN ('gone', 'not_reviewed')
          FROM reviews_reviewitem i
         WHERE i.second_review_id = ANY(%(reviews)s)
           AND (%(second)s::bigint[] IS NULL OR i.id = ANY(%(second)s::bigint[]))) s
  LEFT JOIN reviews_decision d ON d.item_id = s.id AND d.stage = s.stage AND d.state = 'standing'
 GROUP BY s.review_id, s.lane
"""


def progress_of(
    reviews: Iterable[int], only: tuple[list[int], list[int]] | None = None
) -> dict[int, Progress]:
    """How far each of these sheets is, by one query; the rule of ``count_undecided``. ``only``
    lists the items to count by stage, where it is not all of them."""
    first, second = only or (None, None)
    ids = list(reviews)
    found = {pk: Progress() for pk in ids}
    with connection.cursor() as cursor:
        cursor.execute(PROGRESS, {"reviews": ids, "first": first, "second": second})
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


ENOUGH_TO_TELL, PAUSE, LATEST = 10, 180, 50

PACE = """
SELECT t.lane, count(*), sum(t.seconds)::float
  FROM (SELECT i.lane, d.bulk_size,
               extract(epoch FROM d.decided_at - lag(d.decided_at) OVER (
                   ORDER BY d.decided_at, d.id)) AS seconds
          FROM (SELECT id, item_id, bulk_size, decided_at FROM reviews_decision
                 WHERE review_id = %(review)s
                 ORDER BY decided_at DESC, id DESC LIMIT %(latest)s) d
          JOIN reviews_reviewitem i ON i.id = d.item_id) t
 WHERE t.bulk_size = 1 AND t.seconds <= %(pause)s
 GROUP BY t.lane
"""


def pace_of(review: Review) -> float:
    """How long a reviewer takes from one single decision to the next on this sheet of late, as a
    multiple of what is usual; pauses are left out. 1 where there are too few to tell."""
    with connection.cursor() as cursor:
        cursor.execute(PACE, {"review": review.pk, "pause": PAUSE, "latest": LATEST})
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


SAID = """
SELECT EXISTS (SELECT FROM reviews_decision WHERE item_id = ANY(%(items)s)),
       EXISTS (SELECT FROM reviews_question WHERE item_id = ANY(%(items)s)),
       EXISTS (SELECT FROM reviews_revocation WHERE item_id = ANY(%(items)s)),
       EXISTS (SELECT FROM reviews_ruleexception WHERE item_id = ANY(%(items)s))
"""


def rows_of(review: Review, items: Sequence[ReviewItem]) -> list[Row]:
    """What was said of each item, and what its account's type asks; the queries do not grow with
    the items. Of most rows little was said, so first one asks what there is at all."""
    rows = {item.pk: _row(review, item) for item in items}
    with connection.cursor() as cursor:
        cursor.execute(SAID, {"items": list(rows)})
        there = cursor.fetchone()
    add_each = (_add_decisions, _add_questions, _add_removals, _add_exceptions)
    for add, is_there in zip(add_each, there, strict=True):
        if is_there:
            add(rows)
    for pk, today in today_of(items).items():
        rows[pk].today = today
    return list(rows.values())


def _add_decisions(rows: dict[int, Row]) -> None:
    stands = ["standing", "proposed", "contested"]
    for decision in Decision.objects.filter(item__in=rows, state__in=stands).order_by("id"):
        _place(rows[decision.item_id], decision)
    for row in rows.values():
        if row.decision is None:
            row.other = None


def _add_questions(rows: dict[int, Row]) -> None:
    asked = Question.objects.filter(item__in=rows).order_by("id")
    for question in asked.prefetch_related("asked_of", "answered_by"):
        rows[question.item_id].question = question


def _add_removals(rows: dict[int, Row]) -> None:
    for removal in Revocation.objects.filter(item__in=rows).exclude(state="cancelled"):
        if removal.item_id:
            rows[removal.item_id].removal = removal


def _add_exceptions(rows: dict[int, Row]) -> None:
    for exception in RuleException.objects.filter(item__in=rows).order_by("id"):
        rows[exception.item_id].exception = exception


def _row(review: Review, item: ReviewItem) -> Row:
    first = item.review_id == review.pk
    stage = Stage.FIRST if first else Stage.SECOND
    return Row(item, stage, item.version if first else item.second_version)


def _place(row: Row, decision: Decision) -> None:
    if decision.stage == Stage.LOOK:
        row.look = decision
    elif decision.stage != row.stage:
        if decision.state == DecisionState.STANDING:
            row.other = decision
    elif decision.state == DecisionState.STANDING:
        row.decision = decision
    elif decision.state == DecisionState.PROPOSED:
        row.proposed = decision
    else:
        row.contested.append(decision)


# What the button that takes a decision back says of it.
UNDONE = (
    "stage",
    "choice",
    "until",
    "item__version",
    "item__second_version",
    "item__account_type",
    "item__account_key",
    "item__account_name",
    "item__account_username",
    "item__holder_name",
)


def last_decision(review: Review, user: User) -> Decision | None:
    """The user's own latest one that stands and may be undone, with what is told of its item."""
    mine = Decision.objects.filter(review=review, person=user.person_id)
    return (
        mine.filter(state=DecisionState.STANDING, signed_at=None)
        .exclude(item__contested=True)
        .select_related("item")
        .only(*UNDONE)
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


def told_of(items: QuerySet[ReviewItem]) -> tuple[list[tuple[int, str]], list[str]]:
    """The systems that a sheet holds something of, and the rules that speak for a look at some of
    it, for its filters.

    The database tells the few lists of rules that there are: were it to unnest them, it would
    think so much of the work as to read the whole table beside the sheet.
    """
    listed = Func(
        F("insights"),
        Value("$[*].rule"),
        function="jsonb_path_query_array",
        template="%(function)s(%(expressions)s::jsonpath)",
        output_field=JSONField(),
    )
    found = list(items.order_by().values_list("system_id", "system_name", listed).distinct())
    systems = {(pk, name) for pk, name, _ in found}
    rules = {rule for _, _, rules in found for rule in rules}
    return (
        sorted(systems, key=lambda system: (system[1].casefold(), system[0])),
        sorted(rules, key=lambda name: int(name[1:])),
    )


def elsewhere(item: ReviewItem, review: Review) -> list[ReviewItem]:
    """The rights of the same account in the campaign that lie on no stage of this sheet."""
    others = ReviewItem.objects.filter(account=item.account_id, campaign=item.campaign_id)
    mine = Q(review=review) | Q(second_review=review)
    # A second sheet that is none must not make the whole condition unknown.
    away = others.exclude(pk__in=others.filter(mine).values("pk"))
    return list(away.select_related("review").order_by("pk"))


def account_rows(review: Review, items: QuerySet[ReviewItem], item: ReviewItem) -> list[Row]:
    """All rights of the item's account that stand among ``items`` of the sheet."""
    rows = _of_account(items, item)
    return rows_of(review, list(rows.order_by("lane", "pk")))


def count_of_account(review: Review, item: ReviewItem) -> int:
    """How many rights of the item's account stand on the sheet."""
    return _of_account(items_of(review), item).count()


def _of_account(items: QuerySet[ReviewItem], item: ReviewItem) -> QuerySet[ReviewItem]:
    return items.filter(account=item.account_id).exclude(outcome__in=OVER)


def decided_for(review: Review) -> list[tuple[str, int]]:
    """Who decided in the reviewer's place, and how much of what stands."""
    made = Decision.objects.filter(review=review, state=DecisionState.STANDING)
    by = made.exclude(for_person=None).order_by("person_name").values_list("person_name")
    return list(by.annotate(n=Count("id")))
