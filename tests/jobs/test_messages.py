"""A message is a row first, once for its key."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction
from pytest_django import DjangoAssertNumQueries, Settings

import clock
from jobs.messages import SENDER, queue_message, wake_sender
from jobs.models import Job, JobState, Message, MessageState
from jobs.runner import drain


def tell(name: str, key: str = "") -> Message:
    return queue_message(
        key=key or f"launch:3:{name}",
        to=f"{name}@example.com",
        subject="7 items\nwait for you",
        body="Begin: http://127.0.0.1:8000/reviews/",
        about="campaign:3",
    )


@pytest.mark.django_db
def test_queue_message_same_key_twice_gives_the_first() -> None:
    first = tell("alice", key="launch:3")
    assert tell("bob", key="launch:3").pk == first.pk
    assert list(Message.objects.values_list("to", "subject")) == [
        ("alice@example.com", "7 items wait for you")
    ]


@pytest.mark.django_db
def test_queue_message_in_rolled_back_transaction_leaves_no_row() -> None:
    with transaction.atomic():
        tell("alice")
        transaction.set_rollback(True)
    assert Message.objects.count() == 0


@pytest.mark.django_db
def test_without_mail_server_message_is_kept_and_not_sent(settings: Settings) -> None:
    settings.MAIL_IS_KEPT = True
    message = tell("alice")
    drain()
    message.refresh_from_db()
    assert (message.state, message.sent_at, mail.outbox) == (MessageState.KEPT, None, [])


@pytest.mark.django_db
def test_message_due_later_waits(settings: Settings) -> None:
    settings.MAIL_IS_KEPT = False
    tomorrow = clock.now() + timedelta(days=1)
    queue_message(key="k", to="a@example.com", subject="s", body="b", about="x:1", due=tomorrow)
    drain()
    assert mail.outbox == []
    with clock.set_to(tomorrow):
        drain()
        drain()
    assert [letter.to for letter in mail.outbox] == [["a@example.com"]]


@pytest.mark.django_db
def test_wake_sender_sets_the_one_row_to_work_again() -> None:
    with clock.set_to(clock.now()):
        tell("alice")
        drain()
        tell("bob")
        drain()
    assert Message.objects.filter(state=MessageState.KEPT).count() == 2
    assert list(Job.objects.values_list("key", "state")) == [(SENDER, JobState.DONE)]


@pytest.mark.django_db
def test_wake_sender_lets_a_failed_sender_rest_first() -> None:
    tell("alice")
    wake_sender()
    Job.objects.update(state=JobState.FAILED, finished_at=clock.now())
    wake_sender()
    assert Job.objects.get().state == JobState.FAILED
    with clock.set_to(clock.now() + timedelta(minutes=11)):
        wake_sender()
    assert Job.objects.get().state == JobState.WAITING


@pytest.mark.django_db
def test_wake_sender_without_due_message_asks_once_and_for_nothing(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(1):
        wake_sender()
    assert Job.objects.count() == 0
