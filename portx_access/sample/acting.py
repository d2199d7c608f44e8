"""The people at work on a campaign: sheets, questions and removals, each act at its own time."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from math import ceil
from typing import NamedTuple

from django.db.models import Q

import clock
from accounts.enums import Severity
from accounts.models import Person
from audit import sealing
from jobs.runner import drain
from portx_access.sample import stories
from portx_access.sample.cast import actor_of, follow_invitation
from portx_access.sample.company import World
from portx_access.sample.diary import Diary
from portx_access.sample.feeding import StoryBroken
from portx_access.sample.stories import Seen, Session, Verdict
from reviews import rules
from reviews.actions.correcting import Naming, correct_item
from reviews.actions.deciding import Pick, decide
from reviews.actions.questions import answer_question
from reviews.actions.revoking import carry_out
from reviews.actions.seeing import see_sheet
from reviews.actions.signing import give_receipt, sign_off
from reviews.actions.timing import keep_time
from reviews.enums import Choice, Lane, ReviewState, RevocationState, Stage
from reviews.models import Campaign, Question, Review, ReviewItem, Revocation
from reviews.queries import count_undecided
from reviews.queries.today import today_of

BULK = 40
CHOICES = {
    "certify": Choice.CERTIFY,
    "correct": Choice.CERTIFY,
    "revoke": Choice.REVOKE,
    "unknown": Choice.DONT_KNOW,
}


class Act(NamedTuple):
    """One choice on one item, or on several of a lane."""

    items: tuple[int, ...]
    verdict: Verdict


def beat() -> None:
    """What worker and relay do all day long."""
    keep_time()
    drain()
    sealing.tick()


class Work:
    """All work on one campaign, noted in the diary as it comes up."""

    def __init__(
        self, campaign: Campaign, review: stories.Review, world: World, diary: Diary
    ) -> None:
        self.campaign, self.review, self.world, self.diary = campaign, review, world, diary
        self._orders: set[int] = set()

    def begin(self) -> None:
        """Note when each reviewer sits down."""
        soonest = clock.now() + timedelta(minutes=30)
        for sheet in self.campaign.reviews.select_related("reviewer").order_by("pk"):
            session = stories.session(self.world, self.review, key_of(sheet.reviewer))
            if session:
                at = max(session.starts, soonest)
                self.diary.note(at, partial(self._sit_down, sheet, session))

    def beat(self) -> None:
        beat()
        self.take_up_removals()

    def _sit_down(self, sheet: Review, session: Session) -> None:
        follow_invitation(key_of(sheet.reviewer))
        see_sheet(sheet, actor=actor_of(key_of(sheet.reviewer)))
        items = list(
            ReviewItem.objects.filter(Q(review=sheet) | Q(second_review=sheet))
            .exclude(outcome="gone")
            .order_by("lane", "holder_name", "pk")
        )
        at = clock.now()
        for act in self._acts(items[: ceil(session.share * len(items))], sheet):
            at += timedelta(seconds=session.seconds_each + 2 * len(act.items))
            self.diary.note(at, partial(self._judge, sheet, act))
        if session.signs:
            at = max(session.signs, at + timedelta(minutes=4))
            self.diary.note(at, partial(self._sign, sheet))

    def _acts(self, items: Iterable[ReviewItem], sheet: Review) -> list[Act]:
        """One by one; but new access system by system, and what is unchanged at a stroke."""
        groups: dict[object, list[int]] = {}
        verdicts: dict[object, Verdict] = {}
        for item in items:
            verdict = self._verdict(item, sheet)
            if verdict.outcome == "leave":
                continue
            key: object = item.pk
            if verdict.outcome == "certify" and item.lane == Lane.NEW:
                key = (item.system_name, verdict)
            elif verdict.outcome == "certify" and item.lane == Lane.UNCHANGED:
                key = verdict
            groups.setdefault(key, []).append(item.pk)
            verdicts[key] = verdict
        return [
            Act(tuple(ids[first : first + BULK]), verdicts[key])
            for key, ids in groups.items()
            for first in range(0, len(ids), BULK)
        ]

    def _verdict(self, item: ReviewItem, sheet: Review) -> Verdict:
        seen = seen_of(item)
        verdict = stories.verdict(self.world, self.review, seen)
        if verdict.outcome == "unknown" and rules.stage_of(item, sheet) == Stage.SECOND:
            return stories.answer(self.world, self.review, seen)
        if not verdict.reason and rules.needs_reason(item, CHOICES.get(verdict.outcome, "")):
            return Verdict(verdict.outcome, stories.KEEP_REASONS[seen.system])
        return verdict

    def _judge(self, sheet: Review, act: Act) -> None:
        actor = actor_of(key_of(sheet.reviewer))
        choice = CHOICES[act.verdict.outcome]
        items = list(ReviewItem.objects.filter(pk__in=act.items))
        if choice == Choice.CERTIFY:
            self._put_right(sheet, act, items)
        verdict = decide(
            sheet,
            actor=actor,
            picks=[pick_of(item, sheet) for item in ReviewItem.objects.filter(pk__in=act.items)],
            choice=choice,
            reason=act.verdict.reason,
            confirming={pk: today.seal for pk, today in today_of(items).items()},
        )
        if verdict.refused or verdict.conflicts:
            raise StoryBroken(f"{sheet}: {verdict}")
        if act.verdict.outcome == "unknown":
            self._ask(sheet, act)
        if act.verdict.outcome == "revoke":
            self.take_up_removals()

    def _put_right(self, sheet: Review, act: Act, items: list[ReviewItem]) -> None:
        """Name what is missing, and explain each use of an emergency account."""
        for item in items:
            uses = [use for today in today_of([item]).values() for use in today.unexplained]
            naming = Naming(explained={use.pk: stories.EMERGENCY_USE for use in uses})
            if act.verdict.outcome == "correct":
                naming = replace(naming, purpose=act.verdict.purpose, end=act.verdict.end)
            if naming != Naming():
                correct_item(sheet, item, actor=actor_of(key_of(sheet.reviewer)), naming=naming)

    def _ask(self, sheet: Review, act: Act) -> None:
        for question in Question.objects.filter(item__in=act.items, answered_at=None):
            at = clock.now() + timedelta(hours=22)
            self.diary.note(at, partial(self._answer, question, sheet))

    def _answer(self, question: Question, sheet: Review) -> None:
        if question.asked_of is None:
            raise StoryBroken(f"Nobody is asked about {question.item}.")
        owner = key_of(question.asked_of)
        answer = stories.answer(self.world, self.review, seen_of(question.item))
        if answer.outcome == "leave":
            return
        follow_invitation(owner)
        answer_question(question, actor=actor_of(owner), answer=answer.reason)
        judged = Act((question.item_id,), answer)
        at = clock.now() + timedelta(hours=3)
        self.diary.note(at, partial(self._judge, sheet, judged))
        self.diary.note(at + timedelta(minutes=4), partial(self._sign, sheet))

    def _sign(self, sheet: Review) -> None:
        """Sign off, unless something is still to be answered or was put off."""
        sheet.refresh_from_db()
        if sheet.state == ReviewState.SIGNED or count_undecided(sheet):
            return
        actor = actor_of(key_of(sheet.reviewer))
        give_receipt(sign_off(sheet, actor=actor, method="password"), actor=actor)
        self.take_up_removals()

    def take_up_removals(self) -> None:
        """Note when the owners of the systems report what has been sent out to them."""
        orders = Revocation.objects.filter(state=RevocationState.OPEN).exclude(pk__in=self._orders)
        for order in orders.select_related("owner_person", "entitlement"):
            self._orders.add(order.pk)
            removal = self._removal(order)
            if removal and order.sent_at:
                at = order.sent_at + removal.after
                self.diary.note(at, partial(self._carry_out, order, removal.note))

    def _removal(self, order: Revocation) -> stories.Removal | None:
        right = order.entitlement.key if order.entitlement else ""
        for removal in stories.removals(self.world, self.review):
            told = removal.order
            if (told.system, removal.username) == (order.system_name, order.account_username) and (
                told.right in ("", right)
            ):
                return removal
        return None

    def _carry_out(self, order: Revocation, note: str) -> None:
        if order.owner_person is None:
            raise StoryBroken(f"Nobody is to carry out {order}.")
        owner = key_of(order.owner_person)
        follow_invitation(owner)
        carry_out(order, actor=actor_of(owner), note=note)


def key_of(person: Person) -> str:
    return person.mail.partition("@")[0]


def seen_of(item: ReviewItem) -> Seen:
    asking = frozenset(
        insight["rule"]
        for insight in item.insights
        if insight["outcome"] in {Severity.VIOLATION, Severity.REVOKE}
    )
    return Seen(
        system=item.system_name,
        username=item.account_username,
        right=item.entitlement_key,
        privileged=item.privileged,
        data_class=item.get_data_class_display(),
        unchanged=item.lane == Lane.UNCHANGED,
        rules=asking,
        violation=bool(rules.violations(item)),
    )


def pick_of(item: ReviewItem, sheet: Review) -> Pick:
    stage = rules.stage_of(item, sheet)
    if stage is None:
        raise StoryBroken(f"{item} has left the sheet {sheet}.")
    return Pick(item.pk, rules.version_of(item, stage))
