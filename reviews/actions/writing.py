"""What a decision writes, in a few statements whatever the number of items: the choice itself,
its event, and what follows from it. Who may decide what has been judged before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from accounts.models import Person, User
from audit import trail
from audit.actors import Actor
from audit.canonical import JSON
from audit.verbs import Verb
from reviews import rules
from reviews.actions.ending import move_ends
from reviews.actions.questions import ask_owners
from reviews.actions.revoking import order_for_items, withdraw_for_items
from reviews.actions.seats import Seat
from reviews.actions.settling import settle
from reviews.enums import Choice, DecisionState, Outcome, Stage
from reviews.models import Campaign, Review
from reviews.queries.locked import LockedItem, array_of


@dataclass(frozen=True, slots=True)
class Act:
    """A choice that somebody makes from their seat at a sheet, on ``size`` items at once."""

    actor: Actor
    user: User
    seat: Seat
    campaign: Campaign
    choice: Choice
    reason: str
    until: date | None
    at: datetime
    size: int

    @property
    def person(self) -> Person:
        return self.seat.person

    @property
    def review(self) -> Review:
        return self.seat.review

    @property
    def late(self) -> bool:
        return self.at > self.campaign.due_at

    @property
    def is_keeping(self) -> bool:
        return self.choice in {Choice.CERTIFY, Choice.CERTIFY_UNTIL}


def write(
    act: Act, items: Sequence[LockedItem], saw: Mapping[int, int], more: Mapping[str, JSON]
) -> None:
    """Let the choice stand on ``items``, which have passed, and draw its consequences."""
    if not items:
        return
    for stage, group in _by_stage(act, items).items():
        ids = [item.pk for item in group]
        end_standing(ids, stage, "replaced", act.at)
        _insert(act, group, stage, DecisionState.STANDING, saw)
        settle(ids, at=act.at, raising=stage)
        _record(Verb.DECISION_MADE, act, group, stage, more)
        if act.choice == Choice.REVOKE:
            order_for_items(ids, actor=act.actor, reason=act.reason, at=act.at)
            continue
        withdraw_for_items([i.pk for i in group if i.outcome == Outcome.REVOKED], actor=act.actor)
        if act.until:
            move_ends(act.actor, group, act.until)
        if act.choice == Choice.DONT_KNOW:
            ask_owners(ids, actor=act.actor, text=act.reason, at=act.at)


def contest(
    act: Act, items: Sequence[LockedItem], saw: Mapping[int, int], more: Mapping[str, JSON]
) -> None:
    """Keep refused choices; where either is revoke, the item stands revoked until resolved."""
    for stage, group in _by_stage(act, items).items():
        ids = [item.pk for item in group]
        _insert(act, group, stage, DecisionState.CONTESTED, saw)
        settle(ids, at=act.at, raising=stage)
        _record(Verb.DECISION_CONTESTED, act, group, stage, more)
        if act.choice == Choice.REVOKE:
            order_for_items(ids, actor=act.actor, reason=act.reason, at=act.at)


def _by_stage(act: Act, items: Sequence[LockedItem]) -> dict[Stage, list[LockedItem]]:
    groups: dict[Stage, list[LockedItem]] = {}
    for item in items:
        if stage := rules.stage_of(item, act.review):
            groups.setdefault(stage, []).append(item)
    return groups


END = """
UPDATE reviews_decision SET state = %(state)s, ended_at = %(at)s
 WHERE item_id = ANY(%(items)s::bigint[]) AND stage = %(stage)s
   AND state IN ('standing', 'contested', 'proposed')
"""


def end_standing(ids: Sequence[int], stage: Stage, state: str, at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(END, {"items": array_of(ids), "stage": int(stage), "state": state, "at": at})


INSERT = """
INSERT INTO reviews_decision (
    item_id, stage, review_id, person_id, person_name, for_person_id, user_id, state, contested,
    choice, reason, until, decided_at, late, channel, bulk_size, saw_version, catalogue_version)
SELECT p.item, %(stage)s, %(review)s, %(person)s, %(name)s, %(for_person)s, %(user)s, %(state)s,
       %(contested)s, %(choice)s, %(reason)s, %(until)s, %(at)s, %(late)s, %(channel)s,
       %(size)s, p.version, i.catalogue_version
  FROM unnest(%(items)s::bigint[], %(versions)s::int[]) AS p(item, version)
  JOIN reviews_reviewitem i ON i.id = p.item
"""


def _insert(
    act: Act,
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
                "for_person": act.seat.for_person.pk if act.seat.for_person else None,
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


def _record(
    verb: Verb,
    act: Act,
    items: Sequence[LockedItem],
    stage: Stage,
    more: Mapping[str, JSON],
) -> None:
    data: dict[str, JSON] = {
        **more,
        "stage": int(stage),
        "choice": act.choice.value,
        "until": act.until.isoformat() if act.until else "",
        "late": act.late,
        "bulk": act.size,
        "review": act.review.pk,
        **act.seat.names,
    }
    private = {"reason": act.reason} if act.reason else {}
    trail.record_many(
        verb,
        actor=act.actor,
        stream=act.campaign.stream,
        rows=(
            trail.EventRow(
                f"item:{item.pk}",
                {
                    **data,
                    "shown": item.commitment,
                    "version": rules.version_of(item, stage),
                    "catalogue": item.catalogue_version,
                },
                private,
            )
            for item in items
        ),
    )
