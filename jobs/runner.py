"""Doing the work that is owed: one bounded chunk of one job, by whoever holds its row.

A runner first takes a lease, so that everybody sees who is at it, then does the chunk with the
row locked: its effect and the new cursor become true together or not at all. Two runners of one
job cannot double anything, since the second finds the row locked or the lease not its own.
"""

import logging
import time
from collections.abc import Callable, Collection
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.module_loading import import_string

import clock
from jobs.messages import wake_sender
from jobs.models import Job, JobProgress, JobState
from jobs.queue import Step

MAX_ATTEMPTS = 5
FIRST_PAUSE = timedelta(seconds=10)
PAUSE_FACTOR = 4
STOPPED = "The runner stopped before this step was done."

logger = logging.getLogger(__name__)

Handler = Callable[[Job], Step]


def run(job_id: int, *, even_early: bool = False) -> bool:
    """Do one chunk of the job; False if it is not owed now or another runner is at it.

    A handler's error is never raised: its effect is rolled back, the job bears the words and is
    tried again after a pause, and after MAX_ATTEMPTS it is failed for people to see.
    """
    job = _take_lease(job_id, even_early=even_early)
    if job is None:
        return False
    try:
        _do_chunk(job)
    except Exception as error:
        logger.exception("A step of job %s (%s) failed", job.pk, job.kind)
        _note_failure(job, f"{type(error).__name__}: {error}")
    return True


def drain(*, only_keys: Collection[str] | None = None, limit_seconds: float | None = None) -> int:
    """Run what is due in this process until nothing is; gives how many chunks were run.

    For commands when no worker lives, and for tests. With ``only_keys`` nothing else is run.
    """
    end = None if limit_seconds is None else time.monotonic() + limit_seconds
    held_elsewhere: set[int] = set()
    chunks = 0
    while end is None or time.monotonic() < end:
        if only_keys is None:
            wake_sender()
        job_id = _next_owed(only_keys, held_elsewhere)
        if job_id is None:
            break
        if run(job_id):
            chunks += 1
        else:
            held_elsewhere.add(job_id)
    return chunks


def run_to_end(job: Job, *, poll_seconds: float = 0.2) -> Job:
    """Bring one job to done or failed, for a command that waits for it; workers may help.

    A failed step is tried again without a pause: somebody sits at the terminal.
    """
    while job.state not in {JobState.DONE, JobState.FAILED}:
        if not run(job.pk, even_early=True):
            time.sleep(poll_seconds)
        job.refresh_from_db()
    return job


def owed() -> Q:
    """What a runner may take now: due, or given up by a runner that did not come back."""
    now = clock.now()
    return Q(state=JobState.WAITING, due_at__lte=now) | Q(
        state=JobState.RUNNING, lease_until__lt=now
    )


def _next_owed(only_keys: Collection[str] | None, but: set[int]) -> int | None:
    jobs = Job.objects.filter(owed()).exclude(pk__in=but)
    if only_keys is not None:
        jobs = jobs.filter(key__in=only_keys)
    return jobs.order_by("due_at", "pk").values_list("pk", flat=True).first()


def _take_lease(job_id: int, *, even_early: bool) -> Job | None:
    ready = owed() | Q(state=JobState.WAITING) if even_early else owed()
    with transaction.atomic(durable=True):
        job = Job.objects.select_for_update(skip_locked=True).filter(ready, pk=job_id).first()
        if job is None:
            return None
        if job.state == JobState.RUNNING and _count_failure(job, STOPPED):
            job.save()
            return None
        now = clock.now()
        job.state = JobState.RUNNING
        job.lease_until = now + timedelta(seconds=settings.JOB_LEASE_SECONDS)
        job.started_at = job.started_at or now
        job.save()
    return job


def _do_chunk(job: Job) -> None:
    handler: Handler = import_string(settings.JOB_HANDLERS[job.kind])
    if getattr(handler, "owns_transactions", False):
        step = handler(job)
        with transaction.atomic(durable=True):
            if held := _still_ours(job):
                _move_on(held, step)
        return
    with transaction.atomic(durable=True):
        if held := _still_ours(job):
            _move_on(held, handler(held))


def _still_ours(job: Job) -> Job | None:
    """The row, locked, unless our lease ran out and somebody else has taken it meanwhile."""
    return (
        Job.objects.select_for_update(skip_locked=True)
        .filter(pk=job.pk, state=JobState.RUNNING, lease_until=job.lease_until)
        .first()
    )


def _move_on(job: Job, step: Step) -> None:
    now = clock.now()
    job.lease_until = None
    job.rung_at = None
    job.attempts = 0
    job.error = ""
    if step.finished:
        job.state = JobState.DONE
        job.result = dict(step.result)
        job.finished_at = now
        job.progress_done = job.progress_total or job.progress_done
    else:
        job.state = JobState.WAITING
        job.cursor = dict(step.cursor)
        job.due_at = now
        job.progress_done = job.progress_done if step.progress is None else step.progress
        job.progress_total = step.total or job.progress_total
    job.save()
    JobProgress.objects.filter(pk=job.pk).delete()


def _note_failure(job: Job, words: str) -> None:
    with transaction.atomic(durable=True):
        if held := _still_ours(job):
            if not _count_failure(held, words):
                held.state = JobState.WAITING
                held.due_at = clock.now() + FIRST_PAUSE * PAUSE_FACTOR ** (held.attempts - 1)
            held.save()
            JobProgress.objects.filter(pk=held.pk).delete()


def _count_failure(job: Job, words: str) -> bool:
    """Write the failure down on the job, unsaved; True if that was its last attempt."""
    job.attempts += 1
    job.error = words
    job.lease_until = None
    job.rung_at = None
    if job.attempts < MAX_ATTEMPTS:
        return False
    job.state = JobState.FAILED
    job.finished_at = clock.now()
    return True
