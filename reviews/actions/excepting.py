"""Exceptions: asked for by the reviewer, granted or refused by another person, over on a day."""

from datetime import date, timedelta

from django.db import transaction

import clock
from accounts import insights
from accounts.actions import lapses
from accounts.enums import AccountType
from accounts.models import User
from audit import trail
from audit.actors import Actor
from audit.canonical import JSON
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.verbs import Verb
from reviews import rules
from reviews.actions import exception_notices
from reviews.actions.authority import acting_user, require_second_person
from reviews.enums import CampaignState, ExceptionState, Outcome, RecheckState, ReviewState
from reviews.models import Recheck, ReviewItem, RuleException
from reviews.models.exceptions import LIVE_EXCEPTIONS


def ask_exception(
    item: ReviewItem, *, actor: Actor, reason: str, control: str, ends_on: date
) -> RuleException:
    """Ask for leave to keep until ``ends_on`` what a rule forbids.

    It is asked for by whoever has to decide: the reviewer of an open sheet, or who is asked
    again. Meanwhile the item stays open.
    """
    with transaction.atomic():
        user = acting_user(actor)
        item = _locked(item.pk)
        if user.person is None or not _is_theirs(user, item):
            raise NotAllowed("This item is not yours to decide on.")
        if rules.is_own_access(user.person_id, item.account):
            raise NotAllowed("This is your own access: somebody else must judge it.")
        _check_open(item)
        _check_request(item, reason, control, ends_on)
        asked = RuleException.objects.create(
            item=item,
            rules=rules.violations(item),
            reason=reason.strip(),
            control=control.strip(),
            ends_on=ends_on,
            asked_by=user.person,
            asked_by_name=user.person.name,
            asked_by_ref=user.ref,
            asked_at=clock.now(),
        )
        _record(
            Verb.EXCEPTION_ASKED,
            asked,
            actor,
            {"item": item.pk, "rules": asked.rules, "until": ends_on.isoformat()},
            {"reason": asked.reason, "control": asked.control},
        )
        exception_notices.tell_asked(asked, actor=actor)
    return asked


def withdraw_exception(asked: RuleException, *, actor: Actor) -> RuleException:
    """Take one's own request back, before anybody has decided on it."""
    with transaction.atomic():
        user = acting_user(actor)
        asked = _locked_request(asked.pk)
        if asked.asked_by_id != user.person_id:
            raise NotAllowed("Only who asked for this exception takes it back.")
        _end(asked, ExceptionState.WITHDRAWN, Verb.EXCEPTION_WITHDRAWN, actor)
    return asked


def grant_exception(asked: RuleException, *, actor: Actor, because: str) -> RuleException:
    """Give leave: the item may be kept until the exception's end, and no longer."""
    with transaction.atomic():
        asked, user = _begin_decision(asked, actor, because)
        _check_open(asked.item)
        if asked.ends_on <= clock.today():
            raise WrongInput("The end that was asked for has passed: refuse it, with that reason.")
        _decide(asked, ExceptionState.GRANTED, user, because)
        ReviewItem.objects.filter(pk=asked.item_id).update(excepted_until=asked.ends_on)
        _record_decision(Verb.EXCEPTION_GRANTED, asked, actor)
        exception_notices.tell_decided(asked, actor=actor)
    return asked


def refuse_exception(asked: RuleException, *, actor: Actor, because: str) -> RuleException:
    with transaction.atomic():
        asked, user = _begin_decision(asked, actor, because)
        _decide(asked, ExceptionState.REFUSED, user, because)
        _record_decision(Verb.EXCEPTION_REFUSED, asked, actor)
        exception_notices.tell_decided(asked, actor=actor)
    return asked


def why_not_decide(asked: RuleException, user: User) -> str:
    """Why ``user`` cannot grant or refuse it, in a sentence; blank where they can."""
    try:
        _require_other_person(asked, user)
    except NotAllowed as refusal:
        return str(refusal)
    return ""


def end_exceptions(*, actor: Actor) -> int:
    """End what has come to its day, and requests that nothing hangs on any more.

    What was kept by an exception is a violation again; that its reviewer is asked follows from
    the decision, whose day it is, too.
    """
    with transaction.atomic():
        due = RuleException.objects.select_for_update(of=("self",), skip_locked=True).filter(
            state=ExceptionState.GRANTED, ends_on__lte=clock.today()
        )
        over = list(due.select_related("item__campaign", "item__account").order_by("pk"))
        for granted in over:
            ReviewItem.objects.filter(pk=granted.item_id).update(excepted_until=None)
            _end(granted, ExceptionState.ENDED, Verb.EXCEPTION_ENDED, actor)
            _open_findings(granted, actor)
        for asked in _without_purpose():
            _end(asked, ExceptionState.WITHDRAWN, Verb.EXCEPTION_WITHDRAWN, actor)
    return len(over)


def _without_purpose() -> list[RuleException]:
    """Requests whose item has been decided otherwise, or is over, and is not asked again."""
    asked = (
        RuleException.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(state=ExceptionState.ASKED)
        .exclude(item__outcome=Outcome.OPEN, item__campaign__state=CampaignState.OPEN)
        .exclude(item__rechecks__state=RecheckState.ASKED)
        .select_related("item__campaign")
    )
    return list(asked.order_by("pk"))


def _open_findings(ended: RuleException, actor: Actor) -> None:
    """What is still there and was kept by the exception breaks its rules as before."""
    item = ended.item
    broken = {i["rule"]: i for i in item.insights if i["rule"] in rules.violations(item)}
    if item.outcome != Outcome.CERTIFIED_UNTIL:
        return
    for rule in ended.rules:
        if rule in broken:
            lapses.open_lapse(
                item.account,
                item.grant,
                actor=actor,
                rule=rule,
                facts=broken[rule],
                sentence=(
                    f"{insights.label(broken[rule])}: an exception for {item} of "
                    f"{item.account} ended on {ended.ends_on:%-d %B %Y}."
                ),
                link=f"exception:{ended.pk}",
            )


def _locked(item_id: int) -> ReviewItem:
    return (
        ReviewItem.objects.select_for_update(of=("self",), no_key=True)
        .select_related("campaign", "account", "review", "second_review")
        .get(pk=item_id)
    )


def _is_theirs(user: User, item: ReviewItem) -> bool:
    sheets = [s for s in (item.review, item.second_review) if s and s.state == ReviewState.OPEN]
    if any(sheet.reviewer_id == user.person_id for sheet in sheets):
        return True
    return Recheck.objects.filter(
        item=item, state=RecheckState.ASKED, person=user.person_id
    ).exists()


def _check_open(item: ReviewItem) -> None:
    """There is something left to decide: on the sheet, or since it is asked again."""
    on_sheet = item.campaign.state == CampaignState.OPEN and item.outcome == Outcome.OPEN
    if not on_sheet and not item.rechecks.filter(state=RecheckState.ASKED).exists():
        raise Conflict("This item is decided or over: there is nothing left to except.")


def _check_request(item: ReviewItem, reason: str, control: str, ends_on: date) -> None:
    if not rules.violations(item):
        raise WrongInput("No rule forbids this access: decide on it, it needs no exception.")
    if not reason.strip() or not control.strip():
        raise WrongInput("Say why it is needed, and what makes up for the risk meanwhile.")
    policy = insights.Policy(**item.campaign.policy)
    longest = policy.exception_longest
    if item.account_type == AccountType.TEMPORARY:
        # It could not be kept until a later day: the exception is from another rule.
        longest = min(longest, policy.temporary_total)
    if not clock.today() < ends_on <= clock.today() + timedelta(days=longest):
        raise WrongInput(f"Choose an end after today and within {longest} days.")
    if item.exceptions.filter(state__in=LIVE_EXCEPTIONS).exists():
        raise Conflict("An exception for this item is asked for or granted already.")


def _begin_decision(asked: RuleException, actor: Actor, because: str) -> tuple[RuleException, User]:
    user = acting_user(actor)
    item = _locked(asked.item_id)
    asked = _locked_request(asked.pk)
    asked.item = item
    _require_other_person(asked, user)
    if not because.strip():
        raise WrongInput("Say why you grant or refuse it: the reviewer reads your reason.")
    return asked, user


def _locked_request(pk: int) -> RuleException:
    asked = (
        RuleException.objects.select_for_update(of=("self",))
        .select_related("item__campaign", "item__account")
        .get(pk=pk)
    )
    if asked.state != ExceptionState.ASKED:
        raise Conflict(f"This exception has been {asked.get_state_display().lower()} already.")
    return asked


def _require_other_person(asked: RuleException, user: User) -> None:
    require_second_person(user, Actor.system("exception"), asked_by=asked.asked_by_ref)
    if user.person_id == asked.asked_by_id:
        raise NotAllowed("You asked for this exception yourself: another person decides on it.")
    if rules.is_own_access(user.person_id, asked.item.account):
        raise NotAllowed("This is your own access: another person decides on its exception.")


def _decide(asked: RuleException, state: ExceptionState, user: User, because: str) -> None:
    asked.state, asked.decided_at = state, clock.now()
    asked.decided_by_ref, asked.decided_because = user.ref, because.strip()
    asked.decided_by_name = user.person.name if user.person else user.email
    asked.save()


def _end(asked: RuleException, state: ExceptionState, verb: Verb, actor: Actor) -> None:
    asked.state, asked.ended_at = state, clock.now()
    asked.save(update_fields=["state", "ended_at"])
    _record(verb, asked, actor, {"item": asked.item_id}, {})


def _record_decision(verb: Verb, asked: RuleException, actor: Actor) -> None:
    data: dict[str, JSON] = {
        "item": asked.item_id,
        "asked_by": asked.asked_by_ref,
        "until": asked.ends_on.isoformat(),
    }
    _record(verb, asked, actor, data, {"because": asked.decided_because})


def _record(
    verb: Verb, asked: RuleException, actor: Actor, data: dict[str, JSON], private: dict[str, str]
) -> None:
    trail.record(
        verb,
        actor=actor,
        target=f"exception:{asked.pk}",
        data=data,
        private=private,
        stream=asked.item.campaign.stream,
    )
