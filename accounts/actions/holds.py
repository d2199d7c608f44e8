"""Taking a held run all the same: one person asks with a reason, and another one agrees later."""

from __future__ import annotations

from django.db import transaction

from accounts.actions.imports import take_run
from accounts.actors import user_of
from accounts.enums import RunState
from accounts.models import ImportRun, User
from accounts.rules import may_act_for_system, may_run
from audit import trail
from audit.actors import Actor
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.verbs import Verb


def request_to_take(run: ImportRun, *, actor: Actor, reason: str) -> ImportRun:
    """Ask for leave to take a held run; a later request stands in place of an earlier one."""
    if not reason.strip():
        raise WrongInput("Say why this run may be taken.")
    with transaction.atomic():
        _require_may_ask(run, user_of(actor))
        held = _locked(run)
        held.taken_by_ref, held.taken_reason = actor.ref, reason.strip()
        held.save(update_fields=["taken_by_ref", "taken_reason"])
        trail.record(
            Verb.IMPORT_TAKE_REQUESTED,
            actor=actor,
            target=f"run:{run.pk}",
            private={"reason": held.taken_reason},
        )
    return held


def approve_taking(run: ImportRun, *, actor: Actor) -> ImportRun:
    """Agree to what somebody else has asked for: the run is imported as it was read."""
    with transaction.atomic():
        approver = user_of(actor)
        held = _locked(run)
        asked = asker_of(held)
        if asked is None:
            raise WrongInput("Nobody has asked to take this run: ask first, with a reason.")
        asker = Actor.user(
            asked.pk, actor.channel, request=actor.request, named_by="asked before the approval"
        )
        take_run(held, actor=asker, reason=held.taken_reason, acknowledged_by=approver)
    return held


def asker_of(run: ImportRun) -> User | None:
    """Who has asked to take the run, if anybody."""
    kind, _, number = run.taken_by_ref.partition(":")
    if kind != "user" or not number.isdecimal():
        return None
    return User.objects.select_related("person").filter(pk=int(number)).first()


def _locked(run: ImportRun) -> ImportRun:
    held = ImportRun.objects.select_for_update(of=("self",)).select_related("source").get(pk=run.pk)
    if held.state != RunState.HELD:
        raise Conflict(
            f"Run {run.pk} is {held.get_state_display().lower()} by now. Look at it again."
        )
    return held


def _require_may_ask(run: ImportRun, user: User | None) -> None:
    system = run.source.system
    if user is None or not (may_act_for_system(user, system) if system else may_run(user)):
        raise NotAllowed(
            "Taking a held run is asked for by the security team, administrators and the owner "
            "of the system."
        )
