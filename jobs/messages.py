"""Telling people something: a message is a row first, unique by its key, and sent later."""

from __future__ import annotations

from datetime import datetime

import clock
from jobs.models import Message


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
