"""A mistake in what was signed is corrected under two persons, and both versions are kept."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction

import clock
from accounts.models import Person, User
from audit import trail
from audit.actors import Actor
from audit.canonical import JSON
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.verbs import Verb
from reviews import rules
from reviews.actions import checking_notices
from reviews.actions.authority import acting_user
from reviews.actions.ending import move_ends
from reviews.actions.revoking import (
    GONE_OUT,
    has_gone_out,
    order_at_once,
    withdraw_for_items,
)
from reviews.actions.settling import settle
from reviews.enums import (
    CampaignState,
    Choice,
    CorrectionState,
    DecisionState,
    ReviewState,
    Stage,
)
from reviews.models import Campaign, Correction, Decision, Review, ReviewItem
from reviews.queries.checking import OVER
from reviews.queries.locked import lock_items, share_campaign

DAYS_TO_ANSWER = 7
KEEPING = (Choice.CERTIFY, Choice.CERTIFY_UNTIL)


@dataclass(frozen=True, slots=True)
class Instead:
    """What is to stand instead of what was signed, and why."""

    choice: Choice
    reason: str
    until: date | None = None


def ask_correction(
    review: Review, item: ReviewItem, *, actor: Actor, instead: Instead
) -> Correction:
    """Ask another person to let ``instead`` stand for an item of one's own signed sheet."""
    with transaction.atomic():
        person = _person_of(acting_user(actor))
        campaign = share_campaign(review.campaign_id)
        review = Review.objects.select_for_update(no_key=True).get(pk=review.pk)
        item = _locked(item.pk)
        stage = rules.stage_of(item, review)
        if review.reviewer_id != person.pk or stage is None:
            raise NotAllowed("Only its reviewer asks for a correction of what they signed.")
        _check_open(campaign)
        if review.state != ReviewState.SIGNED:
            raise Conflict("This sheet is not signed off: change the decision on the sheet itself.")
        decision = _signed_decision(item, stage)
        _check_instead(item, decision, instead)
        now = clock.now()
        correction = Correction.objects.create(
            item=item,
            stage=stage,
            decision=decision,
            choice=instead.choice,
            until=instead.until,
            reason=instead.reason.strip(),
            asked_by=person,
            asked_by_name=person.name,
            asked_at=now,
            lapses_at=now + timedelta(days=DAYS_TO_ANSWER),
        )
        _record(Verb.DECISION_CORRECTION_ASKED, correction, actor, {"reason": correction.reason})
    return correction


def approve_correction(correction: Correction, *, actor: Actor, method: str) -> Correction:
    """Let the correction stand: the old decision is kept as replaced, and what follows follows.

    ``method`` is how the person signed in again.
    """
    with transaction.atomic():
        user, campaign, correction = _to_answer(correction, actor)
        if correction.decision.state != DecisionState.STANDING:
            raise Conflict(
                "What was to be corrected does not stand any more: refuse this, and have it "
                "asked for again if it is still wanted."
            )
        item = correction.item
        said = Instead(Choice(correction.choice), correction.reason, correction.until)
        _check_possible(item, correction.decision, said)
        correction.new_decision = _replace(correction, campaign, actor)
        _answer(correction, CorrectionState.APPROVED, _person_of(user), "")
        settle([item.pk], at=clock.now(), raising=correction.stage)
        _record(
            Verb.DECISION_CORRECTION_APPROVED,
            correction,
            actor,
            {"reason": correction.reason},
            late=correction.new_decision.late,
            method=method,
        )
        if correction.choice == Choice.REVOKE:
            order_at_once(item.pk, actor=actor, reason=correction.reason)
        elif correction.decision.choice == Choice.REVOKE:
            withdraw_for_items([item.pk], actor=actor)
        if correction.until:
            move_ends(actor, [item], correction.until)
        checking_notices.tell_correction_answered(correction, actor=actor)
    return correction


def refuse_correction(correction: Correction, *, actor: Actor, reason: str) -> Correction:
    """Leave what was signed as it is, and say why."""
    if not reason.strip():
        raise WrongInput("Say why what was signed stays: the reviewer reads it.")
    with transaction.atomic():
        user, _, correction = _to_answer(correction, actor)
        _answer(correction, CorrectionState.REFUSED, _person_of(user), reason.strip())
        _record(Verb.DECISION_CORRECTION_REFUSED, correction, actor, {"answer": correction.answer})
        checking_notices.tell_correction_answered(correction, actor=actor)
    return correction


def lapse_corrections(*, actor: Actor) -> int:
    """End what nobody answered in time, and tell who asked."""
    with transaction.atomic():
        late = list(
            Correction.objects.select_for_update(of=("self",), skip_locked=True)
            .filter(state=CorrectionState.ASKED, lapses_at__lte=clock.now())
            .select_related("item__campaign", "decision", "asked_by")
            .order_by("pk")
        )
        for correction in late:
            _answer(correction, CorrectionState.LAPSED, None, "")
            _record(Verb.DECISION_CORRECTION_LAPSED, correction, actor, {})
            checking_notices.tell_correction_answered(correction, actor=actor)
    return len(late)


def _person_of(user: User) -> Person:
    if user.person is None:
        raise NotAllowed("Your login belongs to nobody on the roster: have it linked first.")
    return user.person


def _locked(item_id: int) -> ReviewItem:
    return (
        ReviewItem.objects.select_for_update(of=("self",), no_key=True)
        .select_related("account", "campaign", "review", "second_review")
        .get(pk=item_id)
    )


def _to_answer(correction: Correction, actor: Actor) -> tuple[User, Campaign, Correction]:
    """The correction, locked behind its campaign and its item, if the actor may answer it."""
    user = acting_user(actor)
    campaign = share_campaign(correction.item.campaign_id)
    item = _locked(correction.item_id)
    correction = (
        Correction.objects.select_for_update(of=("self",))
        .select_related("decision", "asked_by")
        .get(pk=correction.pk)
    )
    correction.item = item
    if not rules.may_answer_correction(user, correction):
        raise NotAllowed(
            "Another person must answer this: of the security team, an administrator, or the "
            "second person; never the one who asks, nor who holds the access."
        )
    _check_open(campaign)
    if correction.state != CorrectionState.ASKED or correction.lapses_at <= clock.now():
        raise Conflict("This correction has been answered already, or has lapsed.")
    return user, campaign, correction


def _check_open(campaign: Campaign) -> None:
    if campaign.state != CampaignState.OPEN:
        raise Conflict(
            f"{campaign.title} is closed: what was decided in it stays as it is. To take access "
            "away now, have it removed; to give it back, have it restored: it comes up in the "
            "next review."
        )


def _signed_decision(item: ReviewItem, stage: Stage) -> Decision:
    if item.outcome in OVER:
        raise Conflict("This access is gone: there is nothing left to correct.")
    decision = Decision.objects.filter(
        item=item, stage=stage, state=DecisionState.STANDING, signed_at__isnull=False
    ).first()
    if decision is None:
        raise Conflict("Nothing that was signed stands on this item.")
    if Correction.objects.filter(item=item, stage=stage, state=CorrectionState.ASKED).exists():
        raise Conflict("A correction of this decision waits for an answer already.")
    return decision


def _check_instead(item: ReviewItem, decision: Decision, instead: Instead) -> None:
    if instead.choice not in {*KEEPING, Choice.REVOKE}:
        raise WrongInput("Say what is to stand instead: keep, keep until a day, or revoke.")
    if not instead.reason.strip():
        raise WrongInput("Say what was wrong: whoever approves it reads this.")
    if instead.choice == Choice.CERTIFY_UNTIL and (
        instead.until is None or instead.until <= clock.today()
    ):
        raise WrongInput("Say until when to keep it: a day after today.")
    if (decision.choice, decision.until) == (instead.choice, instead.until):
        raise WrongInput("This is what was signed already: there is nothing to correct.")
    _check_possible(item, decision, instead)


def _check_possible(item: ReviewItem, decision: Decision, instead: Instead) -> None:
    if decision.choice == Choice.REVOKE and instead.choice in KEEPING and has_gone_out(item):
        raise Conflict(GONE_OUT)
    locked = lock_items([item.pk])[item.pk]
    if refusal := rules.why_not(locked, instead.choice, instead.reason, instead.until):
        raise WrongInput(refusal)
    latest = rules.latest_end(item.campaign)
    if too_late := rules.ends_too_late(item.account_type, instead.until, latest):
        raise WrongInput(too_late)


def _replace(correction: Correction, campaign: Campaign, actor: Actor) -> Decision:
    """The new decision in the reviewer's name, signed; the old one is kept beside it."""
    old, now = correction.decision, clock.now()
    old.state, old.ended_at = DecisionState.REPLACED, now
    old.save(update_fields=["state", "ended_at"])
    return Decision.objects.create(
        item=correction.item,
        stage=correction.stage,
        review_id=old.review_id,
        person=correction.asked_by,
        person_name=correction.asked_by_name,
        user=User.objects.filter(person=correction.asked_by).first(),
        state=DecisionState.STANDING,
        choice=correction.choice,
        reason=correction.reason,
        until=correction.until,
        decided_at=now,
        late=now > campaign.due_at,
        channel=actor.channel.value,
        saw_version=rules.version_of(correction.item, Stage(correction.stage)),
        signed_at=now,
    )


def _answer(
    correction: Correction, state: CorrectionState, person: Person | None, answer: str
) -> None:
    correction.state, correction.answered_at = state, clock.now()
    correction.answered_by = person
    correction.answered_by_name = person.name if person else ""
    correction.answer = answer
    correction.save()


def _record(
    verb: Verb, correction: Correction, actor: Actor, private: dict[str, str], **more: JSON
) -> None:
    trail.record(
        verb,
        actor=actor,
        target=f"item:{correction.item_id}",
        data={
            "correction": correction.pk,
            "decision": correction.decision_id,
            "review": correction.decision.review_id,
            "asked_by": correction.asked_by_id,
            "stage": int(correction.stage),
            "was": str(correction.decision.choice),
            "choice": str(correction.choice),
            "until": correction.until.isoformat() if correction.until else "",
            **more,
        },
        private=private,
        stream=correction.item.campaign.stream,
    )
