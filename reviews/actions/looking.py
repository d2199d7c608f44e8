"""Second looks: somebody independent judges a part of what was kept on a sheet again.

A sheet calls for them by its pace (Q1, Q2) or by what was kept against advice (Q3), or the
security team does. Which of its decisions they are says Q5: all that is of high risk, and a
random sample of the rest. High risk is the lane "must look". A revoke needs none: it takes
access away, and one revoke is enough.
"""

import json
from typing import Any, NamedTuple

from django.db import connection, transaction

import clock
from accounts.insights import Policy
from accounts.models import Person, User
from audit import trail
from audit.actors import Actor
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.models import Event
from audit.verbs import Verb
from reviews import rules
from reviews.actions.authority import acting_user, require_campaign_runner
from reviews.actions.rerouting import do_again
from reviews.actions.revoking import order_at_once
from reviews.actions.settling import settle
from reviews.enums import CampaignState, Choice, DecisionState, LookResult, ReviewState, Stage
from reviews.launch import routing
from reviews.models import Decision, Review, ReviewItem, SecondLook
from reviews.queries.checking import NOT_KEPT, to_look_at
from reviews.queries.locked import share_campaign

MANNER = """
SELECT count(*) FILTER (WHERE single AND seconds IS NOT NULL AND lane <> 4),
       count(*) FILTER (WHERE single AND seconds IS NOT NULL AND lane <> 4 AND kept),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE single AND lane <> 4),
       count(*) FILTER (WHERE single AND lane = 1 AND kept AND seconds < %(fast)s
                          AND NOT details_opened),
       count(*) FILTER (WHERE worst = 'R'),
       count(*) FILTER (WHERE worst = 'R' AND kept),
       count(DISTINCT lower(btrim(reason))) FILTER (WHERE worst = 'R')
  FROM (SELECT i.lane, i.worst, d.reason, d.bulk_size = 1 AS single,
               d.choice IN ('certify', 'certify_until') AS kept, p.seconds, p.details_opened
          FROM reviews_decision d
          JOIN reviews_reviewitem i ON i.id = d.item_id
          LEFT JOIN reviews_pace p ON p.decision_id = d.id
         WHERE d.review_id = %(review)s AND d.state = 'standing' AND d.stage IN (1, 2)) s
"""

# The digest by which each is drawn can be worked out by anybody from the sign-off's event.
ASK = """
INSERT INTO reviews_secondlook (
    item_id, decision_id, review_id, rule, drawn, looker_id, asked_at, result, reason)
WITH kept AS (
    SELECT d.item_id, d.id AS decision_id, i.worst, i.lane = 1 AS high_risk,
           encode(sha256(convert_to(
               %(seed)s || ':' || d.item_id || ':' || d.stage, 'UTF8')), 'hex') AS drawn,
           ARRAY[d.person_id, first.reviewer_id, second.reviewer_id, a.person_id,
                 coalesce(a.operator_id, a.owner_person_id)] AS not_independent
      FROM reviews_decision d
      JOIN reviews_reviewitem i ON i.id = d.item_id
      JOIN accounts_account a ON a.id = i.account_id
      JOIN reviews_review first ON first.id = i.review_id
      LEFT JOIN reviews_review second ON second.id = i.second_review_id
     WHERE d.review_id = %(review)s AND d.state = 'standing' AND d.stage IN (1, 2)
       AND d.choice IN ('certify', 'certify_until')
       AND i.outcome NOT IN ('revoked', 'gone', 'not_reviewed')
), ranked AS (
    SELECT *, row_number() OVER drawing AS rank,
           greatest(%(least)s, ceil(%(share)s * count(*) OVER (PARTITION BY high_risk) / 100.0))
               AS sample
      FROM kept WINDOW drawing AS (PARTITION BY high_risk ORDER BY drawn)
)
SELECT item_id, decision_id, %(review)s,
       CASE WHEN high_risk AND worst = 'R' THEN 'recommended'
            WHEN high_risk THEN 'high_risk' ELSE 'sample' END,
       drawn,
       (SELECT f.person_id FROM plan_fallback f
         WHERE array_position(not_independent, f.person_id) IS NULL
         ORDER BY f.rank LIMIT 1),
       %(at)s, 'open', ''
  FROM ranked WHERE high_risk OR rank <= sample
 ORDER BY item_id
"""

COUNT = """
SELECT count(*), count(l.id), count(l.id) FILTER (WHERE l.rule = 'sample')
  FROM reviews_decision d LEFT JOIN reviews_secondlook l ON l.decision_id = d.id
 WHERE d.review_id = %(review)s AND d.state = 'standing' AND d.stage IN (1, 2)
   AND d.choice IN ('certify', 'certify_until')
"""


class Manner(NamedTuple):
    """How a sheet was decided, as far as it calls for a second look."""

    measured: int
    measured_kept: int
    median: float | None
    fast: int
    recommended: int
    recommended_kept: int
    reasons: int

    def calls(self, policy: Policy) -> bool:
        return self.is_hasty(policy) or self.fast > 0 or self.is_against_advice(policy)

    def is_hasty(self, policy: Policy) -> bool:
        """Q1: many, one by one, quickly, and hardly any revoked."""
        return (
            self.measured >= policy.hasty_items
            and self.median is not None
            and self.median < policy.hasty_seconds
            and 100 * self.measured_kept > policy.hasty_kept * self.measured
        )

    def is_against_advice(self, policy: Policy) -> bool:
        """Q3: every recommendation to revoke kept, and none with a reason of its own."""
        all_kept = self.recommended == self.recommended_kept
        return self.recommended >= policy.recommended_kept and all_kept and self.reasons <= 1


def ask_for_looks(review: Review, *, seed: str, actor: Actor) -> None:
    """Put a part of what was kept under a second look, where the way it was decided calls for it.

    Call it in the transaction of the sign-off. ``seed`` is the nonce of its event: nobody knows
    it before, and everybody who reads the trail can draw the same sample again.
    """
    policy = Policy(**review.campaign.policy)
    with connection.cursor() as cursor:
        cursor.execute(MANNER, {"review": review.pk, "fast": policy.fast_seconds})
        manner = Manner._make(cursor.fetchone() or ())
    if manner.calls(policy):
        _draw(review, policy, seed=seed, actor=actor)


def call_for_looks(review: Review, *, actor: Actor, reason: str) -> int:
    """Ask for a second look at a signed sheet although nothing calls for one; how many of its
    decisions it came to comes back."""
    if not reason.strip():
        raise WrongInput("Say why somebody is to look at this sheet again.")
    with transaction.atomic():
        require_campaign_runner(actor)
        campaign = share_campaign(review.campaign_id)
        review = Review.objects.select_for_update(no_key=True).get(pk=review.pk)
        if review.state != ReviewState.SIGNED or campaign.state != CampaignState.OPEN:
            raise Conflict("Only a signed sheet of an open campaign is looked at again.")
        if SecondLook.objects.filter(review=review).exists():
            raise Conflict("This sheet is under a second look already.")
        signed = Event.objects.get(
            stream=campaign.stream, verb=Verb.REVIEW_SIGNED, target=f"review:{review.pk}"
        )
        seed, policy = json.loads(signed.body)["nonce"], Policy(**campaign.policy)
        looks = _draw(review, policy, seed=seed, actor=actor, reason=reason.strip())
        if not looks:
            raise WrongInput("Nothing stands as kept on this sheet: there is nothing to look at.")
    return looks


def _draw(review: Review, policy: Policy, *, seed: str, actor: Actor, reason: str = "") -> int:
    """Q5: all kept high risk and a sample of the rest, each to somebody independent."""
    given: dict[str, Any] = {
        "review": review.pk,
        "campaign": review.campaign_id,
        "seed": seed,
        "share": policy.second_look_share,
        "least": policy.second_look_least,
        "at": clock.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS plan_fallback")
        cursor.execute(routing.FALLBACK, given)
        cursor.execute(ASK, given)
        cursor.execute(COUNT, given)
        kept, looks, sample = cursor.fetchone() or (0, 0, 0)
    if looks:
        trail.record(
            Verb.REVIEW_LOOKS_ASKED,
            actor=actor,
            target=f"review:{review.pk}",
            data={
                "kept": kept,
                "looks": looks,
                "high_risk": looks - sample,
                "sample": sample,
                "share": policy.second_look_share,
                "least": policy.second_look_least,
                "seed": seed,
            },
            private={"reason": reason} if reason else {},
            stream=review.campaign.stream,
        )
    return int(looks)


def agree(look: SecondLook, *, actor: Actor, reason: str = "") -> SecondLook:
    """Find that what was kept may be kept."""
    with transaction.atomic():
        look, person, _ = _to_answer(look, actor)
        _answer(look, LookResult.AGREED, person, reason, actor)
        _draw_conclusion(look.review, actor)
    return look


def overturn(look: SecondLook, *, actor: Actor, reason: str) -> SecondLook:
    """Revoke what was kept: the looker's revoke stands beside the keep, and one is enough."""
    if not reason.strip():
        raise WrongInput("Say why this must not be kept: the reviewer reads it.")
    with transaction.atomic():
        look, person, user = _to_answer(look, actor)
        _answer(look, LookResult.OVERTURNED, person, reason, actor)
        _revoke(look, person, user, actor)
        _draw_conclusion(look.review, actor)
    return look


def _to_answer(look: SecondLook, actor: Actor) -> tuple[SecondLook, Person, User]:
    """The look, locked behind its campaign, sheet and item, if the actor may answer it."""
    user = acting_user(actor)
    campaign = share_campaign(look.item.campaign_id)
    Review.objects.select_for_update(no_key=True).get(pk=look.review_id)
    ReviewItem.objects.select_for_update(no_key=True).get(pk=look.item_id)
    look = (
        SecondLook.objects.select_for_update(of=("self",))
        .select_related(
            "decision",
            "review__campaign",
            "item__account",
            "item__review",
            "item__second_review",
        )
        .get(pk=look.pk)
    )
    if user.person is None or not rules.may_look_again(user, look):
        raise NotAllowed(
            "Somebody independent looks again: not who judged this, nor who holds the access."
        )
    if campaign.state != CampaignState.OPEN:
        raise Conflict(f"{campaign.title} is closed: nothing in it is looked at again.")
    if look.result != LookResult.OPEN:
        raise Conflict(f"This has been answered already: {look.get_result_display().lower()}.")
    if look.item.outcome in NOT_KEPT or look.decision.state != DecisionState.STANDING:
        raise Conflict("What was kept does not stand any more: there is nothing left to look at.")
    return look, user.person, user


def _answer(
    look: SecondLook, result: LookResult, person: Person, reason: str, actor: Actor
) -> None:
    look.result, look.looked_by, look.looked_at = result, person, clock.now()
    look.reason = reason.strip()
    look.save(update_fields=["result", "looked_by", "looked_at", "reason"])
    trail.record(
        Verb.LOOK_OVERTURNED if result == LookResult.OVERTURNED else Verb.LOOK_AGREED,
        actor=actor,
        target=f"item:{look.item_id}",
        data={"look": look.pk, "decision": look.decision_id, "review": look.review_id},
        private={"reason": look.reason} if look.reason else {},
        stream=look.review.campaign.stream,
    )


def _revoke(look: SecondLook, person: Person, user: User, actor: Actor) -> None:
    item, campaign, now = look.item, look.review.campaign, clock.now()
    Decision.objects.create(
        item=item,
        stage=Stage.LOOK,
        review=look.review,
        person=person,
        person_name=person.name,
        user=user,
        state=DecisionState.STANDING,
        choice=Choice.REVOKE,
        reason=look.reason,
        decided_at=now,
        late=now > campaign.due_at,
        channel=actor.channel.value,
        saw_version=item.version,
        signed_at=now,
    )
    settle([item.pk], at=now)
    trail.record(
        Verb.DECISION_MADE,
        actor=actor,
        target=f"item:{item.pk}",
        data={
            "stage": int(Stage.LOOK),
            "choice": Choice.REVOKE.value,
            "until": "",
            "late": now > campaign.due_at,
            "bulk": 1,
            "review": look.review_id,
            "shown": item.commitment,
            "version": item.version,
        },
        private={"reason": look.reason},
        stream=campaign.stream,
    )
    order_at_once(item.pk, actor=actor, reason=look.reason)


def _draw_conclusion(review: Review, actor: Actor) -> None:
    """With the last answer: too much overturned, and what nobody looked at is done again."""
    looks = SecondLook.objects.filter(review=review)
    if looks.filter(to_look_at()).exists():
        return
    answered = looks.exclude(result=LookResult.OPEN).count()
    overturned = looks.filter(result=LookResult.OVERTURNED).count()
    share = Policy(**review.campaign.policy).overturned_share
    if 100 * overturned > share * answered:
        do_again(
            review,
            actor=actor,
            note=f"{overturned} of {answered} second looks overturned what was kept.",
        )
