"""Delegations: somebody else decides for a while, and the reviewer stays answerable.

What the delegate may not judge is never part of one, now or later: the items of a delegation
are asked for as they are on the day (``reviews.queries.delegations``).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction

import clock
from accounts.models import Person
from audit import trail
from audit.actors import Actor
from audit.canonical import JSON
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.verbs import Verb
from reviews import rules
from reviews.actions import delegation_notices
from reviews.actions.authority import acting_user
from reviews.enums import CampaignState, ReviewState
from reviews.models import Campaign, Delegation, Review, ReviewItem
from reviews.models.delegations import LONGEST_DAYS
from reviews.queries.delegations import delegations_on, may_judge, out_of_office
from reviews.queries.sheets import OVER, items_of


@dataclass(frozen=True, slots=True)
class Term:
    """To whom, from which day to which, and why."""

    to: Person
    starts: date
    ends: date
    reason: str


@dataclass(frozen=True, slots=True)
class Delegated:
    """What came of it; ``stayed`` are the items that the delegate may not judge."""

    delegation: Delegation
    count: int
    stayed: list[ReviewItem]


def delegate(
    review: Review, *, actor: Actor, term: Term, item_ids: Collection[int] | None = None
) -> Delegated:
    """Let somebody else decide on one's own sheet, or on some of its items, within the dates.

    What would be their own access, or theirs at both stages, stays; NotAllowed where that is
    all of it.
    """
    with transaction.atomic():
        review = _lock_own(review, actor)
        _check(term, of=review.reviewer)
        wanted = items_of(review).exclude(outcome__in=OVER)
        if item_ids is not None:
            wanted = wanted.filter(pk__in=item_ids)
        given = list(
            wanted.filter(may_judge(term.to.pk)).order_by("pk").values_list("pk", flat=True)
        )
        stayed = list(wanted.exclude(pk__in=given).order_by("lane", "holder_name", "pk"))
        if item_ids is not None and len(given) + len(stayed) < len(set(item_ids)):
            raise NotAllowed("Some of these items are not on your sheet, or are gone.")
        if not given:
            raise NotAllowed(
                f"{term.to.name} may judge none of it: it is their own access, or they judge it "
                "as the other of two people."
            )
        _refuse_twice(review, term, None if item_ids is None else given)
        made = _make(term, actor, of=review.reviewer, review=review, whole=item_ids is None)
        if item_ids is not None:
            made.items.set(given)
        _record(Verb.DELEGATION_MADE, made, actor, items=_which(made, given))
        delegation_notices.tell_made(made, len(given), actor=actor)
    return Delegated(made, len(given), stayed)


def set_out_of_office(*, actor: Actor, term: Term) -> Delegation:
    """Let somebody else decide on all of one's sheets within the dates, also on those that a
    campaign brings meanwhile."""
    with transaction.atomic():
        person = acting_user(actor).person
        if person is None:
            raise NotAllowed("No person of the company stands behind this login.")
        person = Person.objects.select_for_update().get(pk=person.pk)
        _check(term, of=person)
        if away := out_of_office(person.pk, term.starts, term.ends):
            raise Conflict(
                f"{away.to_person.name} decides for you from {_day(away.starts_on)} to "
                f"{_day(away.ends_on)} already: end that first."
            )
        made = _make(term, actor, of=person, review=None, whole=True)
        _record(Verb.DELEGATION_OUT_OF_OFFICE, made, actor)
        delegation_notices.tell_made(made, None, actor=actor)
    return made


def end_delegation(delegation: Delegation, *, actor: Actor) -> Delegation:
    """Take it back, or as the delegate give it back; what was decided stands."""
    with transaction.atomic():
        delegation = (
            Delegation.objects.select_for_update(of=("self",))
            .select_related("from_person", "to_person", "review__campaign")
            .get(pk=delegation.pk)
        )
        mine = acting_user(actor).person_id
        if mine is None or mine not in {delegation.from_person_id, delegation.to_person_id}:
            raise NotAllowed("Only the two people whom a delegation is about end it.")
        if delegation.ended_at is not None or delegation.ends_on < clock.today():
            raise Conflict("This delegation has ended already.")
        delegation.ended_at, delegation.ended_by_ref = clock.now(), actor.ref
        delegation.save(update_fields=["ended_at", "ended_by_ref"])
        _record(Verb.DELEGATION_ENDED, delegation, actor)
        delegation_notices.tell_ended(delegation, actor=actor)
    return delegation


def _lock_own(review: Review, actor: Actor) -> Review:
    """The actor's own open sheet; who decides for somebody else passes nothing on."""
    campaign = Campaign.objects.select_for_update(no_key=True).get(pk=review.campaign_id)
    review = (
        Review.objects.select_for_update(of=("self",), no_key=True)
        .select_related("reviewer", "campaign")
        .get(pk=review.pk)
    )
    if acting_user(actor).person_id != review.reviewer_id:
        raise NotAllowed(
            "Only its reviewer delegates a sheet: who decides in somebody's place cannot pass "
            "that on."
        )
    if campaign.state != CampaignState.OPEN or review.state != ReviewState.OPEN:
        raise Conflict("This sheet is closed: there is nothing left on it to delegate.")
    return review


def _check(term: Term, *, of: Person) -> None:
    today = clock.today()
    if not term.reason.strip():
        raise WrongInput("Say why somebody else decides for you.")
    if term.to.pk == of.pk:
        raise WrongInput("Choose somebody else than yourself.")
    if term.to.status not in rules.MAY_REVIEW or term.to.has_left(term.starts):
        raise WrongInput(f"{term.to.name} cannot decide for you: they have left or are on leave.")
    if term.starts < today or term.ends < term.starts:
        raise WrongInput("Choose days from today on, the last not before the first.")
    if term.ends > term.starts + timedelta(days=LONGEST_DAYS - 1):
        raise WrongInput(f"At most {LONGEST_DAYS} days: hand on what is not yours any more.")
    if away := out_of_office(term.to.pk, term.starts, term.ends):
        raise WrongInput(
            f"{term.to.name} is out of office from {_day(away.starts_on)} to "
            f"{_day(away.ends_on)}: choose somebody who is there."
        )


def _refuse_twice(review: Review, term: Term, given: Sequence[int] | None) -> None:
    """A form that was sent twice, or what the same person decides by another delegation."""
    same = delegations_on(review).filter(to_person=term.to)
    same = same.overlapping(term.starts, term.ends)
    covered = same.filter(whole=True).exists()
    if given is not None and not covered:
        named = ReviewItem.objects.filter(pk__in=given, delegations__in=same).distinct().count()
        covered = named == len(given)
    if covered:
        raise Conflict(f"{term.to.name} decides on this within these days already.")


def _make(
    term: Term, actor: Actor, *, of: Person, review: Review | None, whole: bool
) -> Delegation:
    return Delegation.objects.create(
        from_person=of,
        to_person=term.to,
        review=review,
        whole=whole,
        starts_on=term.starts,
        ends_on=term.ends,
        reason=term.reason.strip(),
        made_at=clock.now(),
        made_by_ref=actor.ref,
    )


def _record(verb: Verb, delegation: Delegation, actor: Actor, **data: JSON) -> None:
    """In the stream of the sheet's campaign; out of office is about no single one."""
    review = delegation.review
    trail.record(
        verb,
        actor=actor,
        target=f"review:{review.pk}" if review else f"person:{delegation.from_person_id}",
        data={
            "delegation": delegation.pk,
            "from": delegation.from_person_id,
            "to": delegation.to_person_id,
            "starts": delegation.starts_on.isoformat(),
            "ends": delegation.ends_on.isoformat(),
            **data,
        },
        private={"reason": delegation.reason},
        stream=review.campaign.stream if review else trail.SYSTEM,
    )


def _which(made: Delegation, given: Sequence[int]) -> JSON:
    """The whole sheet as it stands on each day, or the items by number."""
    return "all" if made.whole else list(given)


def _day(day: date) -> str:
    return f"{day:%-d %B}"
