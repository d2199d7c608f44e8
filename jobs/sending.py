"""Sending the messages that are due, by Django's mail, each marked on its own.

Handing a mail over and marking it cannot be one act. A message is marked as being sent before,
and as sent after: a sender killed between the two leaves at most that one message in doubt. It
is sent again, its row says so, and both copies bear the same Message-ID, made from the key, so
that the receiver can drop the second.
"""

import hashlib
import logging
import smtplib
import time
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

import clock
from jobs.messages import owed_messages
from jobs.models import Job, Message, MessageState
from jobs.queue import Step, owns_transactions

BATCH_SECONDS = 20
IN_DOUBT_AFTER = timedelta(seconds=60)
MAX_ATTEMPTS = 6
FIRST_PAUSE = timedelta(minutes=1)
PAUSE_FACTOR = 4
IN_DOUBT = (
    "Sending was interrupted, so this may arrive twice; both copies bear the same Message-ID."
)

logger = logging.getLogger(__name__)


@owns_transactions
def send_messages(job: Job) -> Step:
    """Send what is due for at most BATCH_SECONDS.

    A mail server that cannot be reached fails the job and costs no message an attempt; one that
    turns a message down fails that message.
    """
    if settings.MAIL_IS_KEPT:
        kept = Message.objects.filter(owed_messages()).update(state=MessageState.KEPT)
        return Step.done({"kept": kept})
    end = time.monotonic() + BATCH_SECONDS
    tried = int(job.cursor.get("tried", 0))
    with get_connection() as mailer:
        while time.monotonic() < end:
            mailer.open()  # It was closed if the last message was not taken.
            message = _take_next()
            if message is None:
                return Step.done({"tried": tried})
            _send(mailer, message)
            tried += 1
    return Step.more({"tried": tried}, done=tried)


def _take_next() -> Message | None:
    """Mark the next message as being sent. While that stands, nobody else takes it."""
    with transaction.atomic():
        message = (
            Message.objects.select_for_update(skip_locked=True)
            .filter(owed_messages())
            .order_by("due_at", "pk")
            .first()
        )
        if message is None:
            return None
        if message.state == MessageState.SENDING:
            message.error = IN_DOUBT
        message.state = MessageState.SENDING
        message.attempts += 1
        message.due_at = clock.now() + IN_DOUBT_AFTER
        message.save()
    return message


def _send(mailer: BaseEmailBackend, message: Message) -> None:
    with transaction.atomic():
        held = (
            Message.objects.select_for_update(skip_locked=True)
            .filter(pk=message.pk, state=MessageState.SENDING, attempts=message.attempts)
            .first()
        )
        if held is None:
            return
        try:
            mailer.send_messages([_as_mail(held)])
        except Exception as error:
            logger.exception("Message %s was not taken", held.pk)
            mailer.close()
            _put_off(held, error)
        else:
            held.state = MessageState.SENT
            held.sent_at = clock.now()
        held.save()


def _as_mail(message: Message) -> EmailMessage:
    digest = hashlib.sha256(message.key.encode()).hexdigest()[:40]
    host = urlsplit(settings.PUBLIC_URL).hostname
    return EmailMessage(
        subject=message.subject,
        body=message.body,
        to=[message.to],
        headers={"Message-ID": f"<{digest}@{host}>", "Auto-Submitted": "auto-generated"},
    )


def _put_off(message: Message, error: Exception) -> None:
    is_final, message.error = _verdict(error)
    if is_final or message.attempts >= MAX_ATTEMPTS:
        message.state = MessageState.FAILED
    else:
        message.state = MessageState.DUE
        pause = FIRST_PAUSE * PAUSE_FACTOR ** (message.attempts - 1)
        message.due_at = clock.now() + pause


def _verdict(error: Exception) -> tuple[bool, str]:
    """Whether trying again is pointless, and the server's own words."""
    reply: str | bytes
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, reply = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, reply = error.smtp_code, error.smtp_error
    else:
        return isinstance(error, ValueError), f"{type(error).__name__}: {error}"
    words = reply.decode(errors="replace") if isinstance(reply, bytes) else reply
    return code >= 500, f"{code} {words}"
