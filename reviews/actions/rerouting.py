"""Items that change hands: the reviewer left, the deadline passed, or it is not their person.

The rule that routed an item at launch routes it again, over the facts of today; where that
gives the same person, the fallback takes it. What moves keeps its first reviewer on record.
"""

from typing import Any

from django.db import connection, transaction

import clock
from accounts.enums import PersonStatus
from accounts.models import Person
from audit import trail
from audit.actors import Actor
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.verbs import Verb
from reviews import rules
from reviews.actions import notices
from reviews.actions.authority import acting_user, require_campaign_runner
from reviews.actions.revoking import cancel_waiting
from reviews.actions.settling import settle
from reviews.enums import CampaignState, Outcome, ReviewState, RoutedBy, Stage
from reviews.launch import routing
from reviews.models import Campaign, Review, ReviewItem

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

NEW_SHEETS = """
INSERT INTO reviews_review (
    campaign_id, reviewer_id, reviewer_name, round, state, opened_at, statement,
    sign_in_method, decisions_count, receipt_digest, receipt_size)
SELECT %(campaign)s, p.id, p.name,
       1 + (SELECT count(*) FROM reviews_review r
             WHERE r.campaign_id = %(campaign)s AND r.reviewer_id = p.id),
       'open', %(at)s, '', '', 0, '', 0
  FROM accounts_person p
 WHERE p.id IN (SELECT to_id FROM successor)
   AND NOT EXISTS (SELECT FROM reviews_review r WHERE r.campaign_id = %(campaign)s
                      AND r.reviewer_id = p.id AND r.state = 'open')
"""

# Unsigned decisions of the one who leaves become proposals to the successor.
PROPOSALS = """
UPDATE reviews_decision d SET state = 'proposed', ended_at = %(at)s
  FROM successor s
 WHERE d.item_id = s.item_id AND d.stage = s.stage AND d.state IN ('standing', 'contested')
   AND s.to_id IS NOT NULL
"""

MOVE = """
UPDATE reviews_reviewitem i
   SET review_id = CASE WHEN s.stage = 1 THEN r.id ELSE i.review_id END,
       second_review_id = CASE WHEN s.stage = 2 THEN r.id ELSE i.second_review_id END,
       routed_by = CASE WHEN s.stage = 1 THEN %(cause)s ELSE i.routed_by END,
       routing_note = CASE WHEN s.stage = 1 THEN %(note)s ELSE i.routing_note END,
       version = i.version + (s.stage = 1)::int,
       second_version = i.second_version + (s.stage = 2)::int
  FROM successor s
  JOIN reviews_review r ON r.campaign_id = %(campaign)s AND r.reviewer_id = s.to_id
       AND r.state = 'open'
 WHERE i.id = s.item_id
"""

NOTE = """
INSERT INTO reviews_reassignment (
    item_id, stage, from_person_id, to_person_id, cause, note, by_ref, at)
SELECT item_id, stage, from_id, to_id, %(cause)s, %(note)s, %(by)s, %(at)s
  FROM successor WHERE to_id IS NOT NULL
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


def reassign_item(
    item: ReviewItem, *, actor: Actor, to: Person, reason: str, stage: Stage = Stage.FIRST
) -> None:
    """Hand one item to another person, by its reviewer or by the security team, with a reason."""
    if not reason.strip():
        raise WrongInput("Say why somebody else is to judge this.")
    with transaction.atomic():
        user = acting_user(actor)
        item = (
            ReviewItem.objects.select_for_update(of=("self",))
            .select_related("campaign", "account", "review", "second_review")
            .get(pk=item.pk)
        )
        holder = item.review if stage == Stage.FIRST else item.second_review
        if holder is None:
            raise Conflict("This item has no second person to take it from.")
        if holder.state == ReviewState.SIGNED:
            raise Conflict("This item has been signed off: what was signed stays where it is.")
        if user.person_id != holder.reviewer_id:
            require_campaign_runner(actor)
        if item.campaign.state != CampaignState.OPEN or item.outcome in {
            Outcome.GONE,
            Outcome.NOT_REVIEWED,
        }:
            raise Conflict("This item is over: it cannot be handed on.")
        _check_successor(item, to, stage)
        _reassign_one(item, holder, stage, actor=actor, to=to, reason=reason.strip())


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
        campaign = Campaign.objects.select_for_update().get(pk=review.campaign_id)
        review = Review.objects.select_for_update().get(pk=review.pk)
        if campaign.state != CampaignState.OPEN or review.state != ReviewState.OPEN:
            raise Conflict("This sheet is closed: nothing on it can be handed over.")
        if to.status not in rules.MAY_REVIEW or to.pk == review.reviewer_id:
            raise WrongInput(f"{to.name} cannot take this over: choose somebody else who is here.")
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS successor")
            cursor.execute(HANDED_OVER, {"to": to.pk, "review": review.pk})
            cursor.execute("SELECT count(*) FROM successor")
            (all_of_it,) = cursor.fetchone() or (0,)
        moved = _carry_over(campaign, actor=actor, cause=RoutedBy.REASSIGNED, note=reason.strip())
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
        return _carry_over(review.campaign, actor=actor, cause=RoutedBy.DONE_AGAIN, note=note)


def _check_successor(item: ReviewItem, to: Person, stage: Stage) -> None:
    other = item.second_review if stage == Stage.FIRST else item.review
    if to.status not in rules.MAY_REVIEW:
        raise WrongInput(f"{to.name} cannot review: they have left or are on leave.")
    if rules.is_own_access(to.pk, item.account):
        raise NotAllowed(f"{to.name} would judge their own access.")
    if other is not None and other.reviewer_id == to.pk:
        raise NotAllowed(f"{to.name} judges this item at the other stage already.")


def _reassign_one(
    item: ReviewItem, holder: Review, stage: Stage, *, actor: Actor, to: Person, reason: str
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS successor")
        cursor.execute(
            "CREATE TEMP TABLE successor ON COMMIT DROP AS SELECT %s::bigint AS item_id,"
            " %s::int AS stage, %s::bigint AS from_id, %s::bigint AS to_id",
            [item.pk, int(stage), holder.reviewer_id, to.pk],
        )
    _carry_over(item.campaign, actor=actor, cause=RoutedBy.REASSIGNED, note=reason)


def _move(
    campaign: Campaign, moving: str, *, actor: Actor, cause: RoutedBy, note: str, by_rule: bool
) -> int:
    with transaction.atomic():
        locked = Campaign.objects.select_for_update().get(pk=campaign.pk)
        if locked.state != CampaignState.OPEN:
            return 0
        given: dict[str, Any] = {"campaign": campaign.pk, "by_rule": by_rule}
        with connection.cursor() as cursor:
            cursor.execute(
                "DROP TABLE IF EXISTS moving, successor, plan_item, plan_fallback, plan_named"
            )
            for sql in (routing.FALLBACK, moving, TODAY, routing.NAMED, SUCCESSORS):
                cursor.execute(sql, given)
        return _carry_over(locked, actor=actor, cause=cause, note=note)


def _carry_over(campaign: Campaign, *, actor: Actor, cause: RoutedBy, note: str) -> int:
    """Move what the temporary table ``successor`` lists, note it and tell both sides."""
    given: dict[str, Any] = {
        "campaign": campaign.pk,
        "at": clock.now(),
        "cause": cause.value,
        "note": note,
        "by": actor.ref,
    }
    with connection.cursor() as cursor:
        for sql in (NEW_SHEETS, PROPOSALS, MOVE, NOTE):
            cursor.execute(sql, given)
        cursor.execute("SELECT item_id, stage, from_id, to_id FROM successor ORDER BY item_id")
        moved = cursor.fetchall()
    trail.record_many(
        Verb.ITEM_REASSIGNED,
        actor=actor,
        stream=campaign.stream,
        rows=(
            trail.EventRow(
                f"item:{item}",
                {"stage": stage, "from": source, "to": target, "cause": cause.value},
                {"note": note},
            )
            for item, stage, source, target in moved
            if target is not None
        ),
    )
    settle([item for item, _, _, _ in moved], at=given["at"])
    cancel_waiting([item for item, _, _, _ in moved], actor=actor)
    stranded = [row for row in moved if row[3] is None]
    notices.tell_moved(campaign, moved, cause, actor=actor)
    if stranded:
        notices.tell_stranded(campaign, len(stranded), actor=actor)
    return len(moved) - len(stranded)
