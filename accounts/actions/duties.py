"""Conflicts of duties: two rights that nobody should hold together (rule S19)."""

from django.db import transaction
from django.db.models import Q

import clock
from accounts.actors import user_of
from accounts.models import DutyConflict, Entitlement
from accounts.rules import may_run
from audit import trail
from audit.actors import Actor
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.verbs import Verb

LONGEST_NAME = 200


def add_conflict(
    *, actor: Actor, name: str, first: Entitlement, second: Entitlement, reason: str
) -> DutyConflict:
    """Declare two rights, perhaps of two systems, to be in conflict from now on."""
    name, reason = " ".join(name.split()), reason.strip()
    if not name or len(name) > LONGEST_NAME:
        raise WrongInput(f"The name of a conflict has 1 to {LONGEST_NAME} characters.")
    if not reason:
        raise WrongInput("Say what one person could do with both: reviewers read it.")
    if first == second:
        raise WrongInput("A conflict is between two rights: name another one.")
    with transaction.atomic():
        _require_may_declare(actor)
        # The pair is locked, so that two people cannot declare the same at once.
        list(
            Entitlement.objects.select_for_update(no_key=True)
            .filter(pk__in=[first.pk, second.pk])
            .order_by("pk")
        )
        _check_is_new(name, first, second)
        conflict = DutyConflict.objects.create(
            name=name,
            first=first,
            second=second,
            reason=reason,
            made_by_id=actor.user_id,
            made_at=clock.now(),
        )
        trail.record(
            Verb.DUTY_CONFLICT_ADDED,
            actor=actor,
            target=f"duty_conflict:{conflict.pk}",
            data={"first": first.pk, "second": second.pk},
            private={"name": name, "reason": reason},
        )
    return conflict


def end_conflict(conflict: DutyConflict, *, actor: Actor, reason: str) -> DutyConflict:
    """End it: from now on both rights may be held together. What was judged under it stands."""
    if not reason.strip():
        raise WrongInput("Say why both rights may be held together from now on.")
    with transaction.atomic():
        _require_may_declare(actor)
        conflict = DutyConflict.objects.select_for_update().get(pk=conflict.pk)
        if conflict.ended_at is not None:
            raise Conflict(
                f"{conflict} was ended on {conflict.ended_at:%-d %B %Y at %H:%M} UTC already."
            )
        conflict.ended_at = clock.now()
        conflict.save(update_fields=["ended_at"])
        trail.record(
            Verb.DUTY_CONFLICT_ENDED,
            actor=actor,
            target=f"duty_conflict:{conflict.pk}",
            private={"reason": reason.strip()},
        )
    return conflict


def _check_is_new(name: str, first: Entitlement, second: Entitlement) -> None:
    standing = DutyConflict.objects.filter(ended_at=None)
    pair = Q(first=first, second=second) | Q(first=second, second=first)
    if other := standing.filter(pair).first():
        raise WrongInput(f"These two rights are in conflict already, as {other}.")
    if standing.filter(name__iexact=name).exists():
        raise WrongInput(f"There is a conflict {name} already: choose another name.")


def _require_may_declare(actor: Actor) -> None:
    user = user_of(actor)
    if user is not None and not may_run(user):
        raise NotAllowed(
            "Conflicts of duties are declared by the security team and administrators."
        )
