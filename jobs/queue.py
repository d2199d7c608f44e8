"""How work is asked for, and how a handler says how far it has come."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings

import clock
from jobs.apart import own_connection
from jobs.models import Job, JobProgress, JobState

REPORT_SECONDS = 0.5

# The job that has reported last, and when by the process's own clock.
_last_report: tuple[int | None, float] = (None, 0.0)


@dataclass(frozen=True, slots=True)
class Step:
    """What one chunk came to: ``Step.done(...)`` or ``Step.more(...)``."""

    finished: bool
    cursor: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)
    progress: int | None = None
    total: int | None = None

    @classmethod
    def done(cls, result: Mapping[str, Any] | None = None) -> Step:
        return cls(finished=True, result=result or {})

    @classmethod
    def more(
        cls, cursor: Mapping[str, Any], done: int | None = None, total: int | None = None
    ) -> Step:
        """``cursor`` comes back as ``job.cursor``; ``done`` of ``total`` is what people see."""
        return cls(finished=False, cursor=cursor, progress=done, total=total)


@dataclass(frozen=True, slots=True)
class Progress:
    state: JobState
    done: int
    total: int | None


def enqueue(kind: str, *, key: str, payload: Mapping[str, Any], due: datetime | None = None) -> Job:
    """Write down that work is owed, in the caller's transaction; nothing is published here.

    The same key again gives the job that there already is, whatever its state.
    """
    if kind not in settings.JOB_HANDLERS:
        raise LookupError(f"No handler does jobs of kind {kind!r}: name one in JOB_HANDLERS.")
    now = clock.now()
    job = Job(kind=kind, key=key, payload=dict(payload), due_at=due or now, created_at=now)
    Job.objects.bulk_create([job], ignore_conflicts=True)
    return Job.objects.get(key=key)


def owns_transactions(handler: Callable[[Job], Step]) -> Callable[[Job], Step]:
    """Mark a handler whose effects lie outside the database (a mail, a call): it runs without a
    transaction around it, commits after each effect, and guards each by a row of its own."""
    handler.owns_transactions = True  # type: ignore[attr-defined]  # a mark the runner reads
    return handler


def ask_again(job_id: int) -> bool:
    """Give a failed job all its attempts once more, from its cursor; False if it had not failed."""
    return bool(
        Job.objects.filter(pk=job_id, state=JobState.FAILED).update(
            state=JobState.WAITING, due_at=clock.now(), rung_at=None, attempts=0, finished_at=None
        )
    )


def get_progress(job: Job) -> Progress:
    """How far the job is, counting what the chunk that runs now has reported."""
    now = JobProgress.objects.filter(pk=job.pk).first() if job.state != JobState.DONE else None
    if now is None:
        return Progress(JobState(job.state), job.progress_done, job.progress_total)
    return Progress(JobState(job.state), now.done, now.total)


def report_progress(job: Job, done: int, total: int | None = None) -> None:
    """Show how far the chunk that runs now is, at once, though its transaction is still open.

    Of one job at most two a second reach the database; call it as often as is natural.
    """
    global _last_report
    (last, at), moment = _last_report, time.monotonic()
    if last == job.pk and moment - at < REPORT_SECONDS:
        return
    _last_report = job.pk, moment
    with own_connection() as own, own.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO jobs_jobprogress (job_id, done, total) VALUES (%s, %s, %s)
            ON CONFLICT (job_id) DO UPDATE SET done = EXCLUDED.done, total = EXCLUDED.total
            """,
            [job.pk, done, total],
        )
