"""What pages show of work and messages, and what the cockpit counts as trouble."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

import clock
from jobs.heartbeats import relay_lives, worker_lives
from jobs.models import Heartbeat, Job, JobProgress, JobState, Message, MessageState

LATE_AFTER = timedelta(minutes=15)


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


def messages() -> QuerySet[Message]:
    """Without bodies: showing one is an event, and its caller's to record."""
    return Message.objects.defer("body")


def jobs() -> QuerySet[Job]:
    """With ``shown_done`` and ``shown_total``, which count what chunks that run now report."""
    reported = JobProgress.objects.filter(job_id=OuterRef("pk"))
    return Job.objects.annotate(
        shown_done=Coalesce(Subquery(reported.values("done")), "progress_done"),
        shown_total=Coalesce(Subquery(reported.values("total")), "progress_total"),
    )


def is_busy() -> bool:
    """Whether something on the list of jobs will change by itself."""
    running = Q(state=JobState.RUNNING) | Q(state=JobState.WAITING, due_at__lte=clock.now())
    return Job.objects.filter(running).exists()
