"""Signs of life: which process is there, which regular act goes well, and which does not."""

import time
from datetime import timedelta

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F

import clock
from jobs.models import Heartbeat

BEAT_SECONDS = 5
DEAD_AFTER = timedelta(seconds=20)

BEAT = """
    INSERT INTO jobs_heartbeat (name, at, errors, error) VALUES (%s, %s, 0, '')
    ON CONFLICT (name) DO UPDATE SET at = EXCLUDED.at, errors = 0, error = ''
"""

_last_beats: dict[str, float] = {}


def beat(name: str, using: BaseDatabaseWrapper | None = None) -> None:
    """Say that all is well; written at most every few seconds, at once after an error."""
    moment = time.monotonic()
    if moment - _last_beats.get(name, -BEAT_SECONDS) < BEAT_SECONDS:
        return
    with (using or connection).cursor() as cursor:
        cursor.execute(BEAT, [name, clock.now()])
    _last_beats[name] = moment


def count_error(name: str, error: Exception) -> None:
    """Say what went wrong; the count goes on until all is well again."""
    _last_beats.pop(name, None)
    words = f"{type(error).__name__}: {error}"
    Heartbeat.objects.get_or_create(name=name, defaults={"at": None})
    Heartbeat.objects.filter(name=name).update(errors=F("errors") + 1, error=words)


def end(name: str, using: BaseDatabaseWrapper | None = None) -> None:
    """Say goodbye, so that nobody waits for a process that has stopped in good order."""
    with (using or connection).cursor() as cursor:
        cursor.execute("DELETE FROM jobs_heartbeat WHERE name = %s", [name])
    _last_beats.pop(name, None)


def worker_lives() -> bool:
    """Whether a Celery worker that hears the broker was there a moment ago."""
    return _lives("worker:")


def relay_lives() -> bool:
    return _lives("relay")


def _lives(name: str) -> bool:
    now = clock.now()
    return Heartbeat.objects.filter(
        name__startswith=name, at__gt=now - DEAD_AFTER, at__lt=now + DEAD_AFTER
    ).exists()
