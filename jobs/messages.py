"""Telling people something: a message is a row first, unique by its key, and sent later."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

import clock
from jobs.models import Job, JobState, Message, MessageState
from jobs.queue import enqueue

SENDER = "jobs.send_messages"
# A sender that failed for good is set to work again after this pause: mail stays owed.
SENDER_PAUSE = timedelta(minutes=10)


def queue_message(
    *,
    key: str,
    to: str,
    subject: str,
    body: str,
    about: str,
    due: datetime | None = None,
    person_id: int | None = None,
) -> Message:
    """Write down, in the caller's transaction, that ``to`` is to be told this, once.

    ``key`` says who, about what and on which day ("digest:person:7:2026-10-05"): the same key
    again changes nothing and gives the first message back. ``about`` names a subject of the
    trail ("campaign:3").
    """
    now = clock.now()
    message = Message(
        key=key,
        to=to,
        subject=" ".join(subject.split()),
        body=body,
        about=about,
        due_at=due or now,
        person_id=person_id,
        created_at=now,
    )
    Message.objects.bulk_create([message], ignore_conflicts=True)
    return Message.objects.get(key=key)


def owed_messages() -> Q:
    """What a sender may take now: due, or in doubt because a sender did not come back."""
    return Q(state__in=[MessageState.DUE, MessageState.SENDING], due_at__lte=clock.now())


def wake_sender() -> None:
    """Set the one sending job to work if a message is due. It is one row for ever: a launch
    that queues ten thousand messages asks for nothing else."""
    now = clock.now()
    if not Message.objects.filter(owed_messages()).exists():
        return
    enqueue(SENDER, key=SENDER, payload={})
    rested = Q(state=JobState.DONE) | Q(state=JobState.FAILED, finished_at__lt=now - SENDER_PAUSE)
    Job.objects.filter(rested, key=SENDER).update(
        state=JobState.WAITING, due_at=now, rung_at=None, cursor={}, attempts=0, finished_at=None
    )
