"""What the clock starts goes away by itself; what failed, and what people asked for, stays."""

from datetime import timedelta

import pytest
from pytest_django import Settings

import clock
from jobs.cleaning import clear_finished
from jobs.models import Heartbeat, Job, JobProgress, JobState


@pytest.mark.django_db
def test_clear_finished_drops_only_recurring_jobs_done_a_day_ago(settings: Settings) -> None:
    settings.RECURRING_JOBS = {"hourly": 3600}
    now = clock.now()
    old, new = now - timedelta(days=2), now - timedelta(hours=2)
    for key, kind, state, finished in (
        ("old", "hourly", JobState.DONE, old),
        ("new", "hourly", JobState.DONE, new),
        ("failed", "hourly", JobState.FAILED, old),
        ("import", "asked", JobState.DONE, old),
        ("now", "hourly", JobState.RUNNING, None),
    ):
        job = Job.objects.create(
            kind=kind, key=key, state=state, due_at=old, created_at=old, finished_at=finished
        )
        JobProgress.objects.create(job_id=job.pk, done=1)
    Heartbeat.objects.create(name="worker:gone", at=old)
    Heartbeat.objects.create(name="audit.sealing.tick", at=old, errors=3)

    assert clear_finished(Job()).finished

    assert set(Job.objects.values_list("key", flat=True)) == {"new", "failed", "import", "now"}
    assert [progress.job_id for progress in JobProgress.objects.all()] == [
        Job.objects.get(key="now").pk
    ]
    assert [heartbeat.name for heartbeat in Heartbeat.objects.all()] == ["audit.sealing.tick"]
