"""Deciding: keep, keep until, revoke, don't know; one item or many in one act.

One item is a set of one. The rows are locked, each is judged by the predicates of
``reviews.rules``, and what may stand is written in a few statements whatever the number.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from django.db import connection, transaction

import clock
from accounts.models import Person, User
from audit import trail
from audit.actors import Actor
from audit.canonical import JSON
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.verbs import Verb
from reviews import rules
from reviews.actions.authority import acting_user
from reviews.actions.questions import ask_owners
from reviews.actions.revoking import order_for_items, withdraw_for_items
from reviews.actions.settling import settle
from reviews.enums import CampaignState, Choice, DecisionState, Lane, Outcome, ReviewState, Stage
from reviews.models import Campaign, Decision, Review
from reviews.queries import describe_standing
from reviews.queries.locked import LockedItem, array_of, lock_items


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


@dataclass(frozen=True, slots=True)
class _Act:
    actor: Actor
    user: User
    person: Person
    review: Review
    campaign: Campaign
    choice: Choice
    reason: str
    until: date | None
    at: datetime
    size: int

    @property
    def late(self) -> bool:
        return self.at > self.campaign.due_at


def decide(
    review: Review,
    *,
    actor: Actor,
    picks: Sequence[Pick],
    choice: Choice,
    reason: str = "",
    until: date | None = None,
) -> Verdict:
    """Decide ``picks`` of one's own sheet in one transaction.

    Several at once must lie in one lane, and never in must look. A stale pick is not decided
    but kept as contested. A single pick that cannot stand raises Conflict, NotAllowed or
    WrongInput; of many, the verdict says what became of each.
    """
    with transaction.atomic():
        act = _begin(review, actor, choice, reason, until, len(picks))
        items = _locked_items(act, picks)
        verdict = _judge(act, items, picks)
        _write(act, [items[pk] for pk in verdict.decided], dict(picks))
        _contest(act, _not_yet_contested(act, items, verdict, dict(picks)), dict(picks))
        if len(picks) == 1 and verdict.refused:
            raise WrongInput(next(iter(verdict.refused.values())))
    if len(picks) == 1 and verdict.conflicts:
        raise Conflict(next(iter(verdict.conflicts.values())))
    return verdict


def undo(review: Review, *, actor: Actor, pick: Pick) -> Decision:
    """Take back one's own decision on an item, until its removal has gone out or one signs."""
    with transaction.atomic():
        act = _begin(review, actor, Choice.DONT_KNOW, "", None, 1)
        item = _locked_items(act, [pick])[pick.item_id]
        stage = rules.stage_of(item, review)
        if stage is None:
            raise Conflict("This item is not on your sheet any more.")
        decision = Decision.objects.filter(item=item.pk, stage=stage, state="standing").first()
        if decision is None or decision.person_id != act.person.pk:
            raise Conflict("There is nothing of yours to undo on this item any more.")
        if rules.version_of(item, stage) != pick.version:
            raise Conflict(describe_standing(item.pk, stage))
        if item.contested:
            raise Conflict("Two choices stand against each other here: decide again to settle it.")
        _end_standing([item.pk], stage, "undone", act.at)
        settle([item.pk], at=act.at, raising=stage)
        withdraw_for_items([item.pk], actor=actor)
        trail.record(
            Verb.DECISION_UNDONE,
            actor=actor,
            target=f"item:{item.pk}",
            data={"stage": stage, "choice": decision.choice, "review": review.pk},
            stream=act.campaign.stream,
        )
    return decision


def _begin(
    review: Review, actor: Actor, choice: Choice, reason: str, until: date | None, size: int
) -> _Act:
    """Lock the campaign against its closing, and make sure that the sheet is the actor's."""
    user = acting_user(actor)
    campaign = _share(review.campaign_id)
    review = Review.objects.select_for_update().get(pk=review.pk)
    if user.person is None or review.reviewer_id != user.person_id:
        raise NotAllowed("This sheet is somebody else's: only its reviewer decides on it.")
    if campaign.state != CampaignState.OPEN:
        raise Conflict(f"{campaign.title} is closed: nothing can be decided in it any more.")
    if review.state != ReviewState.OPEN:
        raise Conflict("You have signed this sheet off: it cannot be changed any more.")
    now = clock.now()
    if choice == Choice.CERTIFY_UNTIL and (until is None or until <= now.date()):
        raise WrongInput("Say until when to keep it: a day after today.")
    return _Act(
        actor, user, user.person, review, campaign, choice, reason.strip(), until, now, size
    )


def _share(campaign_id: int) -> Campaign:
    """The campaign, locked FOR SHARE: many may decide at once, and nobody closes meanwhile."""
    return Campaign.objects.raw(
        "SELECT * FROM reviews_campaign WHERE id = %s FOR SHARE", [campaign_id]
    )[0]


def _locked_items(act: _Act, picks: Sequence[Pick]) -> dict[int, LockedItem]:
    items = lock_items([pick.item_id for pick in picks])
    if act.size > 1:
        lanes = {item.lane for item in items.values()}
        if Lane.MUST_LOOK in lanes:
            raise NotAllowed("What must be looked at is decided one by one.")
        if len(lanes) > 1:
            raise NotAllowed("Several at once must lie in one lane.")
    if len(items) < len(picks):
        raise NotAllowed("Some of these items are not on your sheet.")
    return items


def _judge(act: _Act, items: dict[int, LockedItem], picks: Sequence[Pick]) -> Verdict:
    verdict = Verdict(late=act.late)
    for pick in picks:
        item = items[pick.item_id]
        stage = rules.stage_of(item, act.review)
        if stage is None:
            verdict.refused[item.pk] = (
                "This item is not on your sheet any more: it has been given to somebody else."
            )
        elif rules.is_own_access(act.person.pk, item):
            raise NotAllowed("This is your own access: somebody else must judge it.")
        elif item.outcome in {Outcome.GONE, Outcome.NOT_REVIEWED}:
            verdict.refused[item.pk] = "This access is gone: there is nothing left to decide."
        elif rules.version_of(item, stage) != pick.version and _stands_already(act, item, stage):
            verdict.repeated.append(item.pk)
        elif rules.version_of(item, stage) != pick.version:
            verdict.conflicts[item.pk] = describe_standing(item.pk, stage)
        elif refusal := rules.why_not(item, act.choice, act.reason):
            verdict.refused[item.pk] = refusal
        else:
            verdict.decided.append(item.pk)
    return verdict


def _stands_already(act: _Act, item: LockedItem, stage: Stage) -> bool:
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


def _write(act: _Act, items: Sequence[LockedItem], saw: Mapping[int, int]) -> None:
    """Let the choice stand on ``items``, which have passed, and draw its consequences."""
    if not items:
        return
    for stage, group in _by_stage(act.review, items).items():
        ids = [item.pk for item in group]
        _end_standing(ids, stage, "replaced", act.at)
        _insert(act, group, stage, DecisionState.STANDING, saw)
        settle(ids, at=act.at, raising=stage)
        _record(Verb.DECISION_MADE, act, group, stage)
        if act.choice == Choice.REVOKE:
            order_for_items(ids, actor=act.actor, reason=act.reason, at=act.at)
            continue
        withdraw_for_items([i.pk for i in group if i.outcome == Outcome.REVOKED], actor=act.actor)
        if act.choice == Choice.DONT_KNOW:
            ask_owners(ids, actor=act.actor, text=act.reason, at=act.at)


def _contest(act: _Act, items: Sequence[LockedItem], saw: Mapping[int, int]) -> None:
    """Keep refused choices; where either is revoke, the item stands revoked until resolved."""
    for stage, group in _by_stage(act.review, items).items():
        ids = [item.pk for item in group]
        _insert(act, group, stage, DecisionState.CONTESTED, saw)
        settle(ids, at=act.at, raising=stage)
        _record(Verb.DECISION_CONTESTED, act, group, stage)
        if act.choice == Choice.REVOKE:
            order_for_items(ids, actor=act.actor, reason=act.reason, at=act.at)


def _not_yet_contested(
    act: _Act, items: Mapping[int, LockedItem], verdict: Verdict, saw: Mapping[int, int]
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


def _by_stage(review: Review, items: Sequence[LockedItem]) -> dict[Stage, list[LockedItem]]:
    groups: dict[Stage, list[LockedItem]] = {}
    for item in items:
        if stage := rules.stage_of(item, review):
            groups.setdefault(stage, []).append(item)
    return groups


END = """
UPDATE reviews_decision SET state = %(state)s, ended_at = %(at)s
 WHERE item_id = ANY(%(items)s::bigint[]) AND stage = %(stage)s
   AND state IN ('standing', 'contested', 'proposed')
"""


def _end_standing(ids: Sequence[int], stage: Stage, state: str, at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(END, {"items": array_of(ids), "stage": int(stage), "state": state, "at": at})


INSERT = """
INSERT INTO reviews_decision (
    item_id, stage, review_id, person_id, person_name, user_id, state, contested, choice, reason,
    until, decided_at, late, channel, bulk_size, saw_version)
SELECT p.item, %(stage)s, %(review)s, %(person)s, %(name)s, %(user)s, %(state)s, %(contested)s,
       %(choice)s, %(reason)s, %(until)s, %(at)s, %(late)s, %(channel)s, %(size)s, p.version
  FROM unnest(%(items)s::bigint[], %(versions)s::int[]) AS p(item, version)
"""


def _insert(
    act: _Act,
    items: Sequence[LockedItem],
    stage: Stage,
    state: DecisionState,
    saw: Mapping[int, int],
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            INSERT,
            {
                "stage": int(stage),
                "review": act.review.pk,
                "person": act.person.pk,
                "name": act.person.name,
                "user": act.user.pk,
                "state": state.value,
                "contested": state == DecisionState.CONTESTED,
                "choice": act.choice.value,
                "reason": act.reason,
                "until": act.until,
                "at": act.at,
                "late": act.late,
                "channel": act.actor.channel.value,
                "size": act.size,
                "items": array_of(item.pk for item in items),
                "versions": array_of(saw[item.pk] for item in items),
            },
        )


def _record(verb: Verb, act: _Act, items: Sequence[LockedItem], stage: Stage) -> None:
    data: dict[str, JSON] = {
        "stage": int(stage),
        "choice": act.choice.value,
        "until": act.until.isoformat() if act.until else "",
        "late": act.late,
        "bulk": act.size,
        "review": act.review.pk,
    }
    private = {"reason": act.reason} if act.reason else {}
    trail.record_many(
        verb,
        actor=act.actor,
        stream=act.campaign.stream,
        rows=(
            trail.EventRow(
                f"item:{item.pk}",
                {**data, "shown": item.commitment, "version": rules.version_of(item, stage)},
                private,
            )
            for item in items
        ),
    )


def count_by_choice(review: Review) -> Counter[str]:
    """How many of the sheet's standing decisions there are of each choice."""
    return Counter(
        Decision.objects.filter(review=review, state="standing").values_list("choice", flat=True)
    )
