"""What each user may see of campaigns and sheets, and the facts that are read from them."""

from collections.abc import Collection

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts import rules
from accounts.models import User
from reviews.enums import Choice, DecisionState, Outcome, ReviewState, Stage
from reviews.models import (
    Campaign,
    Decision,
    Delegation,
    Recheck,
    Review,
    ReviewItem,
    Revocation,
    RuleException,
)
from reviews.queries.delegations import delegated_to, running_for, sheets_of_delegations

# The frozen columns of an item, in the order in which evidence lists them.
FROZEN_COLUMNS = (
    "system_name",
    "data_class",
    "account_key",
    "account_username",
    "account_name",
    "account_mail",
    "account_type",
    "type_evidence",
    "account_status",
    "account_created",
    "last_used",
    "last_use",
    "last_used_precision",
    "mfa",
    "expires",
    "purpose",
    "holder_name",
    "holder_title",
    "holder_team",
    "holder_manager",
    "holder_status",
    "owner_name",
    "sponsor_name",
    "entitlement_key",
    "right",
    "permits",
    "catalogue_version",
    "privileged",
    "baseline_rights",
    "paths",
    "granted",
    "granted_by",
    "request_reference",
    "seen_since",
    "insights",
    "worst",
    "lane",
    "is_new",
    "changes",
    "as_of",
)


_TIMES = {"account_created", "last_used", "granted", "seen_since", "as_of"}


def _as_json(column: str) -> str:
    return f"""i."{column}"{" AT TIME ZONE 'UTC'" if column in _TIMES else ""}"""


# The JSON array over which an item's commitment is made: its frozen columns in their order, with
# times in UTC, so that the same columns give the same text whenever and wherever it is built.
FROZEN_FACTS_SQL = f"json_build_array({', '.join(map(_as_json, FROZEN_COLUMNS))})::text"


def campaigns_visible_to(user: User) -> QuerySet[Campaign]:
    """All of them to those who may read everything, else those with a sheet of one's own."""
    if rules.may_read_all(user):
        return Campaign.objects.all()
    return Campaign.objects.filter(reviews__reviewer=user.person_id).distinct()


def reviews_visible_to(user: User) -> QuerySet[Review]:
    """One's own, and while a delegation runs those on which one decides for somebody else."""
    if rules.may_read_all(user):
        return Review.objects.all()
    delegated = sheets_of_delegations(running_for(user.person_id))
    return Review.objects.filter(Q(reviewer=user.person_id) | Q(pk__in=delegated))


def items_visible_to(user: User) -> QuerySet[ReviewItem]:
    """The items of one's own sheets, at either stage, what is delegated to one today, questions put
    to one as an owner, and what one is asked to look at again."""
    if rules.may_read_all(user):
        return ReviewItem.objects.all()
    mine = user.person_id
    if mine is None or not user.is_active:
        return ReviewItem.objects.none()
    return ReviewItem.objects.filter(
        Q(review__reviewer=mine)
        | Q(second_review__reviewer=mine)
        | Q(questions__asked_of=mine)
        | delegated_to(mine)
        | Q(second_looks__looker=mine)
    ).distinct()


def delegations_visible_to(user: User) -> QuerySet[Delegation]:
    """Those from and to oneself."""
    mine = user.person_id
    if mine is None:
        return Delegation.objects.none()
    return Delegation.objects.filter(Q(from_person=mine) | Q(to_person=mine))


def revocations_visible_to(user: User) -> QuerySet[Revocation]:
    """Those that one must carry out, those in one's own systems, and those that come from
    decisions that one made, or that a delegate made in one's place."""
    if rules.may_read_all(user):
        return Revocation.objects.all()
    mine = user.person_id
    if mine is None or not user.is_active:
        return Revocation.objects.none()
    return Revocation.objects.filter(
        Q(owner_person=mine)
        | Q(owner_team__lead=mine)
        | Q(system__owner=mine)
        | Q(decision__person=mine)
        | Q(decision__for_person=mine)
    )


def describe_standing(item_id: int, stage: Stage) -> str:
    """What has changed on an item, to somebody whose choice is kept as contested."""
    return (
        f"{describe_change(item_id, stage)} Your choice is kept beside it: look at the item "
        "again, then decide."
    )


def describe_change(item_id: int, stage: Stage) -> str:
    """Who decided what and when on an item since somebody last looked, in a sentence."""
    decision = (
        Decision.objects.filter(item=item_id, stage=stage)
        .exclude(state=DecisionState.CONTESTED)
        .order_by("-id")
        .first()
    )
    if decision is None:
        return "This item has changed since you saw it."
    at = decision.ended_at or decision.decided_at
    what = (
        "took back a decision"
        if decision.state == DecisionState.UNDONE
        else (f'chose "{decision.get_choice_display()}"')
    )
    return (
        f"{decision.person_name} {what} on this item on {at:%-d %B %Y at %H:%M} UTC, after you "
        "saw it."
    )


def count_undecided(review: Review) -> int:
    """Items of a sheet that its reviewer still has to decide, at whichever stage they sit.

    "Don't know" and a contested choice leave an item open; what is gone is not counted.
    """
    decided = Decision.objects.filter(item=OuterRef("pk"), state=DecisionState.STANDING).exclude(
        choice=Choice.DONT_KNOW
    )
    at_first = Q(review=review) & ~Exists(decided.filter(stage=Stage.FIRST))
    at_second = Q(second_review=review) & ~Exists(decided.filter(stage=Stage.SECOND))
    mine = Q(review=review) | Q(second_review=review)
    return (
        ReviewItem.objects.filter(at_first | at_second | (mine & Q(contested=True)))
        .exclude(outcome__in=[Outcome.GONE, Outcome.NOT_REVIEWED])
        .count()
    )


def undecided_by_review(campaign: Campaign) -> list[tuple[Review, int]]:
    """The open sheets of a campaign that have something left to decide, each with how many."""
    sheets = campaign.reviews.filter(state=ReviewState.OPEN).select_related("reviewer__manager")
    left = count_undecided_by_review(campaign)
    return [(sheet, left[sheet.pk]) for sheet in sheets.order_by("pk") if left.get(sheet.pk)]


UNDECIDED = """
SELECT s.review_id, count(*)
  FROM (SELECT i.id, i.review_id, 1 AS stage, i.contested FROM reviews_reviewitem i
         WHERE i.campaign_id = %(campaign)s AND i.outcome NOT IN ('gone', 'not_reviewed')
        UNION ALL
        SELECT i.id, i.second_review_id, 2, i.contested FROM reviews_reviewitem i
         WHERE i.campaign_id = %(campaign)s AND i.outcome NOT IN ('gone', 'not_reviewed')
           AND i.second_review_id IS NOT NULL) s
  LEFT JOIN reviews_decision d ON d.item_id = s.id AND d.stage = s.stage
       AND d.state = 'standing' AND d.choice <> 'dont_know'
 WHERE d.id IS NULL OR s.contested
 GROUP BY s.review_id
"""


def count_undecided_by_review(campaign: Campaign) -> dict[int, int]:
    """How many items each sheet still has to decide; the same rule as ``count_undecided``."""
    with connection.cursor() as cursor:
        cursor.execute(UNDECIDED, {"campaign": campaign.pk})
        return dict(cursor.fetchall())


# How the trail names what it knows by number only: settings.TRAIL_NAMES leads here.


def campaign_names(ids: Collection[int]) -> dict[int, str]:
    return {campaign.pk: str(campaign) for campaign in Campaign.objects.filter(pk__in=ids)}


def review_names(ids: Collection[int]) -> dict[int, str]:
    reviews = Review.objects.select_related("campaign").filter(pk__in=ids)
    return {review.pk: f"the sheet of {review}" for review in reviews}


def item_names(ids: Collection[int]) -> dict[int, str]:
    """By the columns frozen at launch, and whose account it is."""
    items = ReviewItem.objects.filter(pk__in=ids)
    return {item.pk: f"{item}, of {item.account_username or item.account_key}" for item in items}


def revocation_names(ids: Collection[int]) -> dict[int, str]:
    orders = Revocation.objects.filter(pk__in=ids)
    return {order.pk: f"the removal {order.pk} ({order})" for order in orders}


def exception_names(ids: Collection[int]) -> dict[int, str]:
    asked = RuleException.objects.filter(pk__in=ids).select_related("item")
    return {each.pk: f"the exception {each.pk} ({each})" for each in asked}


def recheck_names(ids: Collection[int]) -> dict[int, str]:
    asked = Recheck.objects.filter(pk__in=ids).select_related("item")
    return {each.pk: f"the question {each.pk} ({each})" for each in asked}
