"""What users do to their own login: the zone of times, how sheets lie before them, and where they
are signed in."""

from collections.abc import Iterable
from importlib import import_module
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction

from accounts.enums import Grouping
from accounts.models import User
from audit import trail
from audit.actors import Actor
from audit.errors import NotAllowed, WrongInput
from audit.verbs import Verb


def set_zone(user: User, *, actor: Actor, zone: str) -> User:
    """Show times to this user in ``zone``, or with a blank one in that of the house."""
    _require_oneself(user, actor)
    _check(zone)
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk)
        before, user.zone = user.zone, zone
        user.save(update_fields=["zone"])
        trail.record(
            Verb.USER_ZONE_CHANGED,
            actor=actor,
            target=user.ref,
            data={"was": before, "now": zone},
        )
    return user


def group_sheets(user: User, *, actor: Actor, by: str) -> User:
    """Have the rows of review sheets lie by person or by system before this user."""
    _require_oneself(user, actor)
    if by not in Grouping.values:
        raise WrongInput("A sheet lies by person or by system: choose one of the two.")
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk)
        before, user.sheets_by = user.sheets_by, by
        if before != by:
            user.save(update_fields=["sheets_by"])
            trail.record(
                Verb.USER_SHEETS_GROUPED,
                actor=actor,
                target=user.ref,
                data={"was": before, "now": by},
            )
    return user


def end_own_sessions(user: User, *, actor: Actor, sessions: Iterable[UserSession]) -> int:
    """Sign this user out elsewhere; says from how many sessions."""
    _require_oneself(user, actor)
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    with transaction.atomic():
        own = [session for session in sessions if session.user_id == user.pk]
        for session in own:
            store.delete(session.session_key)
            session.delete()
        if own:
            trail.record(
                Verb.SESSION_ENDED, actor=actor, target=user.ref, data={"sessions": len(own)}
            )
    return len(own)


def _require_oneself(user: User, actor: Actor) -> None:
    if actor.user_id != user.pk:
        raise NotAllowed("Only the user themselves changes this.")


def _check(zone: str) -> None:
    try:
        if zone:
            ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise WrongInput(f"{zone!r} is no time zone: choose one such as Europe/London.") from error
