"""Requests of one session beside one another: none takes back what another has put in."""

from datetime import datetime, timedelta

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.utils import timezone

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


def ends_in(key: str, left: timedelta) -> datetime:
    """The session, as if it had been put off when so much was left of it."""
    end = timezone.now() + left
    Session.objects.filter(pk=key).update(expire_date=end)
    return end


def read(key: str) -> datetime:
    """When the session ends after a request that only looked."""
    store = SessionStore(key)
    assert store["drafts"] == ["the first"]
    store.save()
    return Session.objects.get(pk=key).expire_date


def test_session_that_was_only_read_ends_later(key: str) -> None:
    before = ends_in(key, timedelta(hours=8) - timedelta(minutes=2))
    assert (read(key) - before).total_seconds() > 60


def test_session_longer_than_they_are_now_ends_earlier(key: str) -> None:
    before = ends_in(key, timedelta(hours=12))
    assert (before - read(key)).total_seconds() > 3 * 3600


def test_session_that_was_put_off_within_a_minute_is_not_written(key: str) -> None:
    before = ends_in(key, timedelta(hours=8) - timedelta(seconds=30))
    assert read(key) == before


def test_session_that_was_ended_meanwhile_does_not_come_back(key: str) -> None:
    ends_in(key, timedelta(hours=1))
    store = SessionStore(key)
    assert store["drafts"] == ["the first"]
    SessionStore(key).delete()
    with pytest.raises(UpdateError):
        store.save()
    assert not Session.objects.filter(pk=key).exists()
