"""Sending by a real mail server: each mail once, refusals in the server's words."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pytest_django import Settings

import clock
from jobs.models import Job, JobState, Message, MessageState
from jobs.runner import drain
from jobs.sending import IN_DOUBT, MAX_ATTEMPTS
from tests.jobs.test_messages import tell


class Office:
    """A mail server's rules: who is unknown here, who is busy, and what came in."""

    def __init__(self) -> None:
        self.received: list[tuple[str, str]] = []

    async def handle_RCPT(  # noqa: N802 - the server's name for it
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _: list[str]
    ) -> str:
        if address.startswith("nobody"):
            return "550 5.1.1 No such mailbox here"
        if address.startswith("busy"):
            return "450 4.2.1 Try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the server's name for it
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        letter = message_from_bytes(envelope.original_content or b"")
        self.received += [(address, letter["Message-ID"]) for address in envelope.rcpt_tos]
        return "250 OK"


@pytest.fixture
def office(settings: Settings) -> Iterator[Office]:
    office = Office()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    controller = Controller(office, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = port
    settings.MAIL_IS_KEPT = False
    yield office
    controller.stop()


@pytest.mark.django_db
def test_each_message_reaches_the_server_once(office: Office) -> None:
    for name in ("alice", "bob", "carol"):
        tell(name)
    drain()
    Job.objects.update(state=JobState.WAITING)
    drain()
    assert [to for to, _ in office.received] == [
        "alice@example.com",
        "bob@example.com",
        "carol@example.com",
    ]
    assert len({identity for _, identity in office.received}) == 3
    assert set(Message.objects.values_list("state", "attempts")) == {(MessageState.SENT, 1)}


@pytest.mark.django_db
def test_refused_recipient_is_failed_in_the_servers_words(office: Office) -> None:
    refused = tell("nobody")
    tell("bob")
    drain()
    refused.refresh_from_db()
    assert (refused.state, refused.error) == (
        MessageState.FAILED,
        "550 5.1.1 No such mailbox here",
    )
    assert [to for to, _ in office.received] == ["bob@example.com"]


@pytest.mark.django_db
def test_busy_recipient_is_tried_again_until_all_attempts_are_used(office: Office) -> None:
    busy = tell("busy")
    moment = clock.now()
    for attempt in range(1, MAX_ATTEMPTS + 1):
        with clock.set_to(moment):
            drain()
        busy.refresh_from_db()
        assert busy.attempts == attempt
        moment = busy.due_at
    assert (busy.state, busy.error) == (MessageState.FAILED, "450 4.2.1 Try again later")
    assert office.received == []


@pytest.mark.django_db
def test_sender_killed_between_sending_and_marking_says_that_it_may_be_twice(
    office: Office,
) -> None:
    message = tell("alice")
    drain()
    # What a sender leaves behind that is killed after the server took the mail.
    Message.objects.update(
        state=MessageState.SENDING, due_at=clock.now() + timedelta(seconds=60), sent_at=None
    )
    drain()
    assert len(office.received) == 1
    with clock.set_to(clock.now() + timedelta(seconds=61)):
        drain()
    message.refresh_from_db()
    assert (message.state, message.error) == (MessageState.SENT, IN_DOUBT)
    assert len(office.received) == 2
    assert len(set(office.received)) == 1


@pytest.mark.django_db
def test_unreachable_server_fails_the_job_and_costs_no_message_an_attempt(
    settings: Settings,
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    settings.MAIL_IS_KEPT = False
    message = tell("alice")
    drain()
    message.refresh_from_db()
    assert (message.state, message.attempts) == (MessageState.DUE, 0)
    assert Job.objects.get().error.startswith("ConnectionRefusedError")
