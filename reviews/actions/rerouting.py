"""Items that change hands: the reviewer left, the deadline passed, or it is not their person.

The rule that routed an item at launch routes it again, over the facts of today; where that
gives the same person, the fallback takes it. What moves keeps its first reviewer on record.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from accounts import rules as account_rules
from accounts.enums import PersonStatus
from accounts.models import Person
from audit.actors import Actor
from audit.errors import Conflict, NotAllowed, WrongInput
from reviews import rules
from reviews.actions.authority import acting_user, require_campaign_runner
from reviews.actions.moving import carry_over
from reviews.enums import CampaignState, Outcome, ReviewState, RoutedBy, Stage
from reviews.launch import routing
from reviews.models import Campaign, Review, ReviewItem
from reviews.queries.locked import LockedItem, array_of, lock_items

# The items that are to move, each with whom it leaves; ``stage`` says which seat they hold.
LEAVERS = """
CREATE TEMP TABLE moving ON COMMIT DROP AS
SELECT i.id AS item_id, s.stage, v.reviewer_id AS from_id
  FROM reviews_reviewitem i
  CROSS JOIN (VALUES (1), (2)) AS s(stage)
  JOIN reviews_review v ON v.id = CASE s.stage WHEN 1 THEN i.review_id ELSE i.second_review_id END
  JOIN accounts_person p ON p.id = v.reviewer_id
 WHERE i.campaign_id = %(campaign)s AND v.state = 'open' AND p.status IN ('left', 'gone')
   AND i.outcome NOT IN ('gone', 'not_reviewed')
"""

OVERDUE = """
CREATE TEMP TABLE moving ON COMMIT DROP AS
SELECT i.id AS item_id, s.stage, v.reviewer_id AS from_id
  FROM reviews_reviewitem i
  CROSS JOIN (VALUES (1), (2)) AS s(stage)
  JOIN reviews_review v ON v.id = CASE s.stage WHEN 1 THEN i.review_id ELSE i.second_review_id END
 WHERE i.campaign_id = %(campaign)s AND i.outcome = 'open'
   AND NOT EXISTS (SELECT FROM reviews_decision d
                    WHERE d.item_id = i.id AND d.stage = s.stage AND d.state = 'standing'
                      AND d.choice <> 'dont_know')
   AND NOT EXISTS (SELECT FROM reviews_reassignment r
                    WHERE r.item_id = i.id AND r.stage = s.stage AND r.cause = 'escalated')
   AND v.reviewer_id NOT IN (SELECT person_id FROM plan_fallback WHERE first)
"""

# Whose account it is may come to light after the launch: by an import, or by a link made by hand.
OWN_ACCESS = """
CREATE TEMP TABLE moving ON COMMIT DROP AS
SELECT i.id AS item_id, s.stage, v.reviewer_id AS from_id
  FROM reviews_review v
  CROSS JOIN LATERAL (
        SELECT id FROM accounts_account WHERE person_id = v.reviewer_id
        UNION SELECT id FROM accounts_account WHERE operator_id = v.reviewer_id
        UNION SELECT id FROM accounts_account
               WHERE owner_person_id = v.reviewer_id AND operator_id IS NULL) AS own
  JOIN reviews_reviewitem i ON i.account_id = own.id AND i.campaign_id = v.campaign_id
  JOIN (VALUES (1), (2)) AS s(stage)
    ON v.id = CASE s.stage WHEN 1 THEN i.review_id ELSE i.second_review_id END
 WHERE v.campaign_id = %(campaign)s AND v.state = 'open'
   AND i.outcome NOT IN ('gone', 'not_reviewed')
"""

# To whom each goes: at the first stage whom the rule names now, else the fallback in order.
SUCCESSORS = """
CREATE TEMP TABLE successor ON COMMIT DROP AS
SELECT m.item_id, m.stage, m.from_id, coalesce(
           CASE WHEN m.stage = 1 AND %(by_rule)s AND n.person_id <> m.from_id
                     AND n.person_id IS DISTINCT FROM other.reviewer_id THEN n.person_id END,
           (SELECT f.person_id FROM plan_fallback f
             WHERE f.person_id <> m.from_id
               AND f.person_id IS DISTINCT FROM n.holder_id
               AND f.person_id IS DISTINCT FROM n.credential_id
               AND f.person_id IS DISTINCT FROM other.reviewer_id
             ORDER BY f.rank LIMIT 1)) AS to_id
  FROM moving m
  JOIN plan_named n ON n.place = m.item_id
  JOIN reviews_reviewitem i ON i.id = m.item_id
  LEFT JOIN reviews_review other
    ON other.id = CASE m.stage WHEN 1 THEN i.second_review_id ELSE i.review_id END
"""

# The facts of today in the shape in which ``routing`` reads a plan; the item's id is its place.
TODAY = """
CREATE TEMP TABLE plan_item ON COMMIT DROP AS
SELECT DISTINCT i.id AS place, i.account_type, i.privileged, p.manager_problem, p.manager_id,
       a.person_id AS holder_id, a.owner_person_id, a.operator_id, a.sponsor_id,
       s.owner_id AS system_owner_id, s.owner_reviews, t.lead_id
  FROM moving m
  JOIN reviews_reviewitem i ON i.id = m.item_id
  JOIN accounts_account a ON a.id = i.account_id
  JOIN accounts_system s ON s.id = i.system_id
  LEFT JOIN accounts_person p ON p.id = a.person_id
  LEFT JOIN accounts_team t ON t.id = a.owner_team_id
"""


def replace_leavers(*, actor: Actor) -> int:
    """Give what lies with reviewers who have left to their successors, in open campaigns."""
    left = Review.objects.filter(
        state=ReviewState.OPEN,
        campaign__state=CampaignState.OPEN,
        reviewer__status__in=[PersonStatus.LEFT, PersonStatus.GONE],
    )
    campaigns = Campaign.objects.filter(pk__in=left.values("campaign")).order_by("pk")
    return sum(
        _move(
            campaign,
            LEAVERS,
            actor=actor,
            cause=RoutedBy.SUCCESSOR,
            note="The reviewer has left.",
            by_rule=True,
        )
        for campaign in campaigns
    )


def replace_holders(campaign: Campaign, *, actor: Actor) -> int:
    """Give what has become a reviewer's own access to somebody who may judge it."""
    return _move(
        campaign,
        OWN_ACCESS,
        actor=actor,
        cause=RoutedBy.OWN_ACCESS,
        note="It has become the reviewer's own access.",
        by_rule=True,
    )


def escalate_overdue(campaign: Campaign, *, actor: Actor) -> int:
    """Give what is undecided three days after the deadline to the fallback, once for each item."""
    return _move(
        campaign,
        OVERDUE,
        actor=actor,
        cause=RoutedBy.ESCALATED,
        note="Undecided three days after the deadline.",
        by_rule=False,
    )


@dataclass(slots=True)
class HandedOn:
    """What became of each item that was to be handed on: moved, or why it stayed."""

    moved: list[int] = field(default_factory=list)
    stayed: dict[int, NotAllowed | Conflict] = field(default_factory=dict)


def reassign_item(
    item: ReviewItem, *, actor: Actor, to: Person, reason: str, stage: Stage = Stage.FIRST
) -> None:
    """Hand one item to another person, by its reviewer or by the security team, with a reason."""
    item = ReviewItem.objects.select_related("review", "second_review").get(pk=item.pk)
    holder = item.review if stage == Stage.FIRST else item.second_review
    if holder is None:
        raise Conflict("This item has no second person to take it from.")
    handed = reassign_items(holder, actor=actor, item_ids=[item.pk], to=to, reason=reason)
    for refusal in handed.stayed.values():
        raise refusal


def reassign_items(
    review: Review, *, actor: Actor, item_ids: Sequence[int], to: Person, reason: str
) -> HandedOn:
    """Hand items of one sheet to another person, each with a result of its own: what they may
    not judge, and what is over, stays."""
    if not reason.strip():
        raise WrongInput("Say why somebody else is to judge this.")
    with transaction.atomic():
        user = acting_user(actor)
        campaign = Campaign.objects.select_for_update(no_key=True).get(pk=review.campaign_id)
        review = Review.objects.select_for_update(no_key=True).get(pk=review.pk)
        if review.state == ReviewState.SIGNED:
            raise Conflict("This item has been signed off: what was signed stays where it is.")
        if user.person_id != review.reviewer_id and not account_rules.may_run(user):
            raise NotAllowed("Only its reviewer or the security team hands an item on.")
        if campaign.state != CampaignState.OPEN:
            raise Conflict("This item is over: it cannot be handed on.")
        if to.status not in rules.MAY_REVIEW or to.pk == review.reviewer_id:
            raise WrongInput(f"{to.name} cannot take this: choose somebody else who is here.")
        items = lock_items(item_ids)
        others = _others(items.values(), review)
        handed = HandedOn()
        for item in items.values():
            if refusal := _why_it_stays(item, review, to, others.get(item.pk)):
                handed.stayed[item.pk] = refusal
            else:
                handed.moved.append(item.pk)
        _carry_picked(campaign, review, [items[pk] for pk in handed.moved], actor, to, reason)
    return handed


def _others(items: Collection[LockedItem], review: Review) -> dict[int, int]:
    """Who judges each item at its other stage."""
    sheets = {
        item.pk: other
        for item in items
        for other in (item.review_id, item.second_review_id)
        if other is not None and other != review.pk
    }
    reviewers = dict(Review.objects.filter(pk__in=sheets.values()).values_list("pk", "reviewer_id"))
    return {item: reviewers[sheet] for item, sheet in sheets.items()}


def _why_it_stays(
    item: LockedItem, review: Review, to: Person, other: int | None
) -> NotAllowed | Conflict | None:
    if rules.stage_of(item, review) is None:
        return Conflict("This item is not on this sheet any more.")
    if item.outcome in {Outcome.GONE, Outcome.NOT_REVIEWED}:
        return Conflict("This item is over: it cannot be handed on.")
    if rules.is_own_access(to.pk, item):
        return NotAllowed(f"{to.name} would judge their own access.")
    if other == to.pk:
        return NotAllowed(f"{to.name} judges this item at the other stage already.")
    return None


PICKED = """
CREATE TEMP TABLE successor ON COMMIT DROP AS
SELECT i.id AS item_id, CASE WHEN i.review_id = %(review)s THEN 1 ELSE 2 END AS stage,
       %(from)s::bigint AS from_id, %(to)s::bigint AS to_id
  FROM reviews_reviewitem i WHERE i.id = ANY(%(items)s::bigint[])
"""


def _carry_picked(
    campaign: Campaign,
    review: Review,
    items: Sequence[LockedItem],
    actor: Actor,
    to: Person,
    reason: str,
) -> None:
    if not items:
        return
    given: dict[str, Any] = {
        "review": review.pk,
        "from": review.reviewer_id,
        "to": to.pk,
        "items": array_of(item.pk for item in items),
    }
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS successor")
        cursor.execute(PICKED, given)
    carry_over(campaign, actor=actor, cause=RoutedBy.REASSIGNED, note=reason.strip())


HANDED_OVER = """
CREATE TEMP TABLE successor ON COMMIT DROP AS
SELECT i.id AS item_id, s.stage, v.reviewer_id AS from_id,
       CASE WHEN p.id IS DISTINCT FROM a.person_id
             AND p.id IS DISTINCT FROM coalesce(a.operator_id, a.owner_person_id)
             AND p.id IS DISTINCT FROM other.reviewer_id THEN p.id END AS to_id
  FROM reviews_reviewitem i
  CROSS JOIN (VALUES (1), (2)) AS s(stage)
  JOIN reviews_review v ON v.id = CASE s.stage WHEN 1 THEN i.review_id ELSE i.second_review_id END
  LEFT JOIN reviews_review other
    ON other.id = CASE s.stage WHEN 1 THEN i.second_review_id ELSE i.review_id END
  JOIN accounts_account a ON a.id = i.account_id
  JOIN accounts_person p ON p.id = %(to)s
 WHERE v.id = %(review)s AND i.outcome NOT IN ('gone', 'not_reviewed')
   AND NOT EXISTS (SELECT FROM reviews_decision d
                    WHERE d.item_id = i.id AND d.stage = s.stage AND d.state = 'standing'
                      AND d.choice <> 'dont_know')
"""


def hand_over_sheet(review: Review, *, actor: Actor, to: Person, reason: str) -> tuple[int, int]:
    """Give all that is undecided on a sheet to another person.

    What would be their own access, or theirs at both stages, stays where it is: how many moved
    and how many stayed comes back.
    """
    if not reason.strip():
        raise WrongInput("Say why somebody else is to judge this.")
    with transaction.atomic():
        require_campaign_runner(actor)
        campaign = Campaign.objects.select_for_update(no_key=True).get(pk=review.campaign_id)
        review = Review.objects.select_for_update(no_key=True).get(pk=review.pk)
        if campaign.state != CampaignState.OPEN or review.state != ReviewState.OPEN:
            raise Conflict("This sheet is closed: nothing on it can be handed over.")
        if to.status not in rules.MAY_REVIEW or to.pk == review.reviewer_id:
            raise WrongInput(f"{to.name} cannot take this over: choose somebody else who is here.")
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS successor")
            cursor.execute(HANDED_OVER, {"to": to.pk, "review": review.pk})
            cursor.execute("SELECT count(*) FROM successor")
            (all_of_it,) = cursor.fetchone() or (0,)
        moved = carry_over(campaign, actor=actor, cause=RoutedBy.REASSIGNED, note=reason.strip())
    return moved, all_of_it - moved


# What was kept on a sheet and nobody looked at again, unless it has been done again already.
KEPT_UNSEEN = """
CREATE TEMP TABLE successor ON COMMIT DROP AS
SELECT d.item_id, d.stage, v.reviewer_id AS from_id, v.reviewer_id AS to_id
  FROM reviews_decision d
  JOIN reviews_review v ON v.id = d.review_id
  JOIN reviews_reviewitem i ON i.id = d.item_id
       AND v.id = CASE d.stage WHEN 1 THEN i.review_id ELSE i.second_review_id END
 WHERE d.review_id = %s AND d.state = 'standing' AND d.stage IN (1, 2)
   AND d.choice IN ('certify', 'certify_until')
   AND i.outcome NOT IN ('revoked', 'gone', 'not_reviewed')
   AND NOT EXISTS (SELECT FROM reviews_secondlook l WHERE l.decision_id = d.id)
   AND NOT EXISTS (SELECT FROM reviews_reassignment r
                    WHERE r.item_id = d.item_id AND r.stage = d.stage AND r.cause = 'done_again')
"""


def do_again(review: Review, *, actor: Actor, note: str) -> int:
    """Open what was kept on a signed sheet, and not looked at again, in another round for the
    same reviewer; once for each item. What was said becomes a proposal."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS successor")
            cursor.execute(KEPT_UNSEEN, [review.pk])
        return carry_over(review.campaign, actor=actor, cause=RoutedBy.DONE_AGAIN, note=note)


def _move(
    campaign: Campaign, moving: str, *, actor: Actor, cause: RoutedBy, note: str, by_rule: bool
) -> int:
    with transaction.atomic():
        locked = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
        if locked.state != CampaignState.OPEN:
            return 0
        name_successors(moving, {"campaign": campaign.pk, "by_rule": by_rule})
        return carry_over(locked, actor=actor, cause=cause, note=note)


def name_successors(moving: str, given: dict[str, Any]) -> None:
    """Make the temporary table ``successor``: to whom each row of ``moving`` goes now.

    ``given`` holds the campaign, whether to go by the rule first, and what ``moving`` asks for.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "DROP TABLE IF EXISTS moving, successor, plan_item, plan_fallback, plan_named"
        )
        for sql in (routing.FALLBACK, moving, TODAY, routing.NAMED, SUCCESSORS):
            cursor.execute(sql, given)
