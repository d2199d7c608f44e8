"""Users change their own login only, and each change is an event."""

from importlib import import_module

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings

from accounts.actions.profile import end_own_sessions, group_sheets, set_zone
from accounts.models import User
from audit.errors import NotAllowed, WrongInput
from audit.models import Event
from tests.cast import acting


def make_session(user: User) -> UserSession:
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store["_auth_user_id"] = str(user.pk)
    store.create()
    session: UserSession = UserSession.objects.create(
        user=user, ip="127.0.0.1", session_key=store.session_key, user_agent="A browser"
    )
    return session


def events() -> list[str]:
    return [event.verb for event in Event.objects.order_by("id")]


def test_zone_is_stored_and_recorded(alice: User) -> None:
    set_zone(alice, actor=acting(alice), zone="Europe/London")
    alice.refresh_from_db()
    assert alice.zone == "Europe/London"
    assert events() == ["user.zone_changed"]


@pytest.mark.parametrize("zone", ["Mars/Base", "../etc/passwd", "x" * 300])
def test_zone_that_is_none_is_refused(alice: User, zone: str) -> None:
    with pytest.raises(WrongInput):
        set_zone(alice, actor=acting(alice), zone=zone)
    assert events() == []


def test_zone_of_somebody_else_is_refused(alice: User, ada: User) -> None:
    with pytest.raises(NotAllowed):
        set_zone(alice, actor=acting(ada), zone="UTC")
    assert events() == []


def test_sessions_of_oneself_end_and_those_of_others_stay(alice: User, bob: User) -> None:
    own, other = make_session(alice), make_session(bob)
    assert end_own_sessions(alice, actor=acting(alice), sessions=[own, other]) == 1
    assert [(session.user, session.exists()) for session in UserSession.objects.all()] == [
        (bob, True)
    ]
    assert not own.exists()
    assert events() == ["session.ended"]


def test_sessions_are_ended_by_oneself_only(alice: User, ada: User) -> None:
    session = make_session(alice)
    with pytest.raises(NotAllowed):
        end_own_sessions(alice, actor=acting(ada), sessions=[session])
    assert session.exists()


def test_grouping_of_sheets_is_stored_and_recorded_once(alice: User) -> None:
    for _ in range(2):
        group_sheets(alice, actor=acting(alice), by="system")
    alice.refresh_from_db()
    assert alice.sheets_by == "system"
    assert events() == ["user.sheets_grouped"]


def test_grouping_of_sheets_that_is_none_or_somebody_elses_is_refused(
    alice: User, ada: User
) -> None:
    with pytest.raises(WrongInput):
        group_sheets(alice, actor=acting(alice), by="colour")
    with pytest.raises(NotAllowed):
        group_sheets(alice, actor=acting(ada), by="system")
