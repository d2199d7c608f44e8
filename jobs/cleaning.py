"""Keeping the list of jobs readable: what the clock starts leaves no row behind for ever."""

from datetime import timedelta

from django.conf import settings

import clock
from jobs.models import Heartbeat, Job, JobProgress, JobState
from jobs.queue import Step

KEEP = timedelta(days=1)
BATCH = 5_000


def clear_finished(_job: Job) -> Step:
    """Drop recurring jobs done a day ago; failed ones, and all that people asked for, stay."""
    then = clock.now() - KEEP
    old = Job.objects.filter(
        kind__in=settings.RECURRING_JOBS, state=JobState.DONE, finished_at__lt=then
    )
    dropped, _ = Job.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:BATCH])).delete()
    if dropped == BATCH:
        return Step.more({})
    Heartbeat.objects.filter(at__lt=then, errors=0).delete()
    running = Job.objects.filter(state__in=[JobState.WAITING, JobState.RUNNING])
    JobProgress.objects.exclude(pk__in=running.values("pk")).delete()
    return Step.done()
