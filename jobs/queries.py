"""What pages show of work and messages, and what the cockpit counts as trouble."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

from django.db.models import Q, QuerySet

import clock
from jobs.heartbeats import relay_lives, worker_lives
from jobs.models import Heartbeat, Job, JobProgress, JobState, Message, MessageState

Row = TypeVar("Row", Job, Message)

PAGE = 50
LATE_AFTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows newest first, and the place from which the older ones follow."""

    rows: list[Row]
    older: int | None

    @property
    def is_busy(self) -> bool:
        """Whether a row on it will change by itself."""
        return any(row.state in {JobState.WAITING, JobState.RUNNING} for row in self.rows)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What nobody may overlook: each count leads to rows on a page."""

    failed_messages: int
    late_messages: int
    failed_jobs: int

    def __bool__(self) -> bool:
        return bool(self.failed_messages or self.late_messages or self.failed_jobs)


@dataclass(frozen=True, slots=True)
class Pulse:
    """Who is there to do the work, and which regular acts fail just now."""

    worker: bool
    relay: bool
    failing: list[Heartbeat]


def count_trouble() -> Trouble:
    unsent = Message.objects.filter(state__in=[MessageState.DUE, MessageState.SENDING])
    overdue = Q(due_at__lt=clock.now() - LATE_AFTER)
    put_off = Q(state=MessageState.DUE, attempts__gt=0)
    return Trouble(
        failed_messages=Message.objects.filter(state=MessageState.FAILED).count(),
        late_messages=unsent.filter(overdue | put_off).count(),
        failed_jobs=Job.objects.filter(state=JobState.FAILED).count(),
    )


def take_pulse() -> Pulse:
    return Pulse(worker_lives(), relay_lives(), list(Heartbeat.objects.filter(errors__gt=0)))


def messages(*, state: str = "", before: str = "") -> Page[Message]:
    """Without bodies: showing one is an event, and its caller's to record."""
    return _page(Message.objects.defer("body"), state, before)


def jobs(*, state: str = "", before: str = "") -> Page[Job]:
    """Counting what chunks that run now have reported: two queries, however many rows."""
    page = _page(Job.objects.all(), state, before)
    reported = JobProgress.objects.in_bulk([job.pk for job in page.rows])
    for job in page.rows:
        if job.pk in reported and job.state != JobState.DONE:
            job.progress_done = reported[job.pk].done
            job.progress_total = reported[job.pk].total
    return page


def _page(rows: QuerySet[Row], state: str, before: str) -> Page[Row]:
    if state:
        rows = rows.filter(state=state)
    if before.isdecimal():
        rows = rows.filter(pk__lt=int(before))
    shown = list(rows.order_by("-pk")[: PAGE + 1])
    return Page(shown[:PAGE], shown[PAGE - 1].pk if len(shown) > PAGE else None)
