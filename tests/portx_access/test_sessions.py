"""Requests of one session beside one another: none takes back what another has put in."""

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from pytest_django import Settings

from portx_access.sessions import SessionStore

pytestmark = pytest.mark.django_db


@pytest.fixture
def key() -> str:
    store = SessionStore()
    store["drafts"] = ["the first"]
    store.save()
    assert store.session_key is not None
    return store.session_key


def test_session_that_was_only_read_takes_nothing_back(key: str) -> None:
    slow, quick = SessionStore(key), SessionStore(key)
    assert slow["drafts"] == ["the first"]
    quick["drafts"] = ["the first", "the second"]
    quick.save()
    slow.save()
    assert SessionStore(key)["drafts"] == ["the first", "the second"]


def test_session_that_was_only_read_ends_later(key: str, settings: Settings) -> None:
    before = Session.objects.get(pk=key).expire_date
    settings.SESSION_COOKIE_AGE *= 2
    SessionStore(key).save()
    assert (Session.objects.get(pk=key).expire_date - before).total_seconds() > 60


def test_session_that_was_ended_meanwhile_does_not_come_back(key: str) -> None:
    store = SessionStore(key)
    assert store["drafts"] == ["the first"]
    SessionStore(key).delete()
    with pytest.raises(UpdateError):
        store.save()
    assert not Session.objects.filter(pk=key).exists()
