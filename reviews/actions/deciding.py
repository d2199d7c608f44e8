"""Deciding: keep, keep until, revoke, don't know; one item or many in one act.

One item is a set of one. The rows are locked, each is judged by the predicates of
``reviews.rules``, and what may stand is written in a few statements whatever the number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from django.db import transaction

import clock
from audit import trail
from audit.actors import Actor
from audit.canonical import JSON
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.verbs import Verb
from reviews import rules
from reviews.actions import pacing
from reviews.actions.authority import acting_user
from reviews.actions.confirming import match_seals, record_confirmations
from reviews.actions.revoking import withdraw_for_items
from reviews.actions.seats import (
    judged_at_other_stage,
    refuse_own_access,
    require_delegated,
    take_seat,
)
from reviews.actions.settling import settle
from reviews.actions.writing import Act, contest, end_standing, write
from reviews.enums import CampaignState, Choice, DecisionState, Lane, Outcome, ReviewState, Stage
from reviews.models import Decision, Review
from reviews.queries import describe_standing
from reviews.queries.locked import LockedItem, lock_items, share_campaign
from reviews.queries.today import Today


class Pick(NamedTuple):
    """An item as the person saw it."""

    item_id: int
    version: int


@dataclass(slots=True)
class Verdict:
    """What became of one act: the items it decided, those on which the very same choice stood
    already (a form sent twice), and a sentence for each that it did not decide."""

    decided: list[int] = field(default_factory=list)
    repeated: list[int] = field(default_factory=list)
    conflicts: dict[int, str] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)
    late: bool = False


CONTESTED = "Two choices stand against each other here: settle it in its own row."


def decide(
    review: Review,
    *,
    actor: Actor,
    picks: Sequence[Pick],
    choice: Choice,
    reason: str = "",
    until: date | None = None,
    confirming: Mapping[int, str] | None = None,
    timed: bool = True,
) -> Verdict:
    """Decide ``picks`` of one's own sheet, or as a delegate of its reviewer, in one transaction.

    Several at once must lie in one lane, and never in must look, and contested ones are left out.
    ``confirming`` maps items of service accounts to the seal of the owner and purpose that the
    person saw and confirms by keeping them. ``timed`` says that it comes as it was chosen: what
    waited for a connection comes in a burst, which is nobody's pace. A stale pick is not decided
    but kept as contested. A single pick that cannot stand raises Conflict, NotAllowed or
    WrongInput; of many, the verdict says what became of each.
    """
    with transaction.atomic():
        act = _begin(review, actor, choice, reason, until, len(picks))
        items = _locked_items(act, picks)
        if len(picks) > 1:
            _require_one_lane(items)
        confirmed = match_seals(items.values(), confirming or {})
        items |= {pk: items[pk]._replace(unconfirmed=False) for pk in confirmed}
        verdict = _carry_out(act, items, picks, timed=timed)
        if act.is_keeping:
            _confirm(act, {pk: confirmed[pk] for pk in verdict.decided if pk in confirmed})
        if len(picks) == 1 and verdict.refused:
            raise WrongInput(next(iter(verdict.refused.values())))
    if len(picks) == 1 and verdict.conflicts:
        raise Conflict(next(iter(verdict.conflicts.values())))
    return verdict


def revoke_account(review: Review, *, actor: Actor, picks: Sequence[Pick], reason: str) -> Verdict:
    """Revoke the rights of one account that lie on one's own sheet, in whatever lane.

    The one act that reaches across lanes and into must look: it takes away, and keeps nothing.
    """
    with transaction.atomic():
        act = _begin(review, actor, Choice.REVOKE, reason, None, len(picks))
        if not act.reason:
            raise WrongInput("Say why in a few words: this decision needs a reason.")
        items = _locked_items(act, picks)
        if len({item.account_id for item in items.values()}) != 1:
            raise NotAllowed("These are rights of several accounts: revoke one account at a time.")
        return _carry_out(act, items, picks, whole_account=True)


def _carry_out(
    act: Act,
    items: dict[int, LockedItem],
    picks: Sequence[Pick],
    *,
    whole_account: bool = False,
    timed: bool = True,
) -> Verdict:
    verdict = _judge(act, items, picks)
    more: dict[str, JSON] = {"whole_account": True} if whole_account else {}
    write(act, [items[pk] for pk in verdict.decided], dict(picks), more)
    contest(act, _not_yet_contested(act, items, verdict, dict(picks)), dict(picks), more)
    if timed and verdict.decided:
        pacing.measure(act.review, act.campaign, verdict.decided, at=act.at)
    return verdict


def undo(review: Review, *, actor: Actor, pick: Pick) -> Decision:
    """Take back one's own decision on an item, or as the reviewer a delegate's, until its
    removal has gone out or the sheet is signed."""
    with transaction.atomic():
        act = _begin(review, actor, Choice.DONT_KNOW, "", None, 1)
        item = _locked_items(act, [pick])[pick.item_id]
        stage = rules.stage_of(item, review)
        if stage is None:
            raise Conflict("This item is not on your sheet any more.")
        decision = Decision.objects.filter(item=item.pk, stage=stage, state="standing").first()
        if decision is None or (act.seat.for_person and decision.person_id != act.person.pk):
            raise Conflict("There is nothing of yours to undo on this item any more.")
        if rules.version_of(item, stage) != pick.version:
            raise Conflict(describe_standing(item.pk, stage))
        if item.contested:
            raise Conflict("Two choices stand against each other here: decide again to settle it.")
        end_standing([item.pk], stage, "undone", act.at)
        settle([item.pk], at=act.at, raising=stage)
        withdraw_for_items([item.pk], actor=actor)
        trail.record(
            Verb.DECISION_UNDONE,
            actor=actor,
            target=f"item:{item.pk}",
            data={
                "stage": stage,
                "choice": decision.choice,
                "review": review.pk,
                **act.seat.names,
            },
            stream=act.campaign.stream,
        )
    return decision


def _begin(
    review: Review, actor: Actor, choice: Choice, reason: str, until: date | None, size: int
) -> Act:
    """Lock the campaign against its closing, and make sure that the sheet is the actor's to
    decide on, by themselves or in the reviewer's place."""
    user = acting_user(actor)
    campaign = share_campaign(review.campaign_id)
    review = Review.objects.select_for_update(no_key=True).get(pk=review.pk)
    seat = take_seat(review, user)
    if campaign.state != CampaignState.OPEN:
        raise Conflict(f"{campaign.title} is closed: nothing can be decided in it any more.")
    if review.state != ReviewState.OPEN:
        by = "You have" if seat.for_person is None else f"{seat.for_person.name} has"
        raise Conflict(f"{by} signed this sheet off: it cannot be changed any more.")
    now = clock.now()
    if choice != Choice.CERTIFY_UNTIL:
        until = None
    elif until is None or until <= clock.today():
        raise WrongInput("Say until when to keep it: a day after today.")
    return Act(actor, user, seat, campaign, choice, reason.strip(), until, now, size)


def _locked_items(act: Act, picks: Sequence[Pick]) -> dict[int, LockedItem]:
    items = lock_items([pick.item_id for pick in picks])
    if len(items) < len(picks):
        raise NotAllowed("Some of these items are not on your sheet.")
    for item in items.values():
        refuse_own_access(act.seat, item)
    here = [item.pk for item in items.values() if rules.stage_of(item, act.review)]
    require_delegated(act.seat, here)
    return items


def _require_one_lane(items: Mapping[int, LockedItem]) -> None:
    lanes = {item.lane for item in items.values()}
    if Lane.MUST_LOOK in lanes:
        raise NotAllowed("What must be looked at is decided one by one.")
    if len(lanes) > 1:
        raise NotAllowed("Several at once must lie in one lane.")


def _judge(act: Act, items: dict[int, LockedItem], picks: Sequence[Pick]) -> Verdict:
    verdict, latest = Verdict(late=act.late), rules.latest_end(act.campaign)
    of_two = [item.pk for item in items.values() if item.second_review_id]
    at_other_stage = judged_at_other_stage(act.seat, of_two)
    for pick in picks:
        item = items[pick.item_id]
        stage = rules.stage_of(item, act.review)
        if stage is None:
            verdict.refused[item.pk] = (
                "This item is not on your sheet any more: it has been given to somebody else."
            )
        elif item.pk in at_other_stage:
            verdict.refused[item.pk] = (
                "You have chosen for the other of the two people who judge this: it takes "
                "somebody else."
            )
        elif item.outcome in {Outcome.GONE, Outcome.NOT_REVIEWED}:
            verdict.refused[item.pk] = "This access is gone: there is nothing left to decide."
        elif rules.version_of(item, stage) != pick.version and _stands_already(act, item, stage):
            verdict.repeated.append(item.pk)
        elif rules.version_of(item, stage) != pick.version:
            verdict.conflicts[item.pk] = describe_standing(item.pk, stage)
        elif act.size > 1 and item.contested:
            verdict.refused[item.pk] = CONTESTED
        elif refusal := rules.why_not(item, act.choice, act.reason, act.until):
            verdict.refused[item.pk] = refusal
        elif too_late := rules.ends_too_late(item.account_type, act.until, latest):
            verdict.refused[item.pk] = too_late
        else:
            verdict.decided.append(item.pk)
    return verdict


def _stands_already(act: Act, item: LockedItem, stage: Stage) -> bool:
    """Whether this is the person's own standing choice once more: a form that was sent twice."""
    return Decision.objects.filter(
        item=item.pk,
        stage=stage,
        state=DecisionState.STANDING,
        person=act.person,
        choice=act.choice,
        until=act.until,
        reason=act.reason,
    ).exists()


def _confirm(act: Act, confirmed: Mapping[int, Today]) -> None:
    record_confirmations(
        confirmed, campaign=act.campaign, person=act.person, actor=act.actor, at=act.at
    )


def _not_yet_contested(
    act: Act, items: Mapping[int, LockedItem], verdict: Verdict, saw: Mapping[int, int]
) -> list[LockedItem]:
    """The conflicts but for those that this very choice made before: a form that was sent twice."""
    before = Decision.objects.filter(
        item__in=verdict.conflicts,
        state=DecisionState.CONTESTED,
        person=act.person,
        choice=act.choice,
        until=act.until,
        reason=act.reason,
    )
    told = {pk for pk, version in before.values_list("item", "saw_version") if saw[pk] == version}
    return [items[pk] for pk in verdict.conflicts if pk not in told]
