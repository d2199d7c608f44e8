"""Setting work going again, whoever asks: the guard of the verb itself."""

import pytest

import clock
from accounts.actions.work import retry_job
from accounts.models import User
from audit.actors import Actor
from audit.errors import NotAllowed
from audit.models import Event
from jobs.models import Job, JobState
from tests.cast import acting

pytestmark = pytest.mark.django_db


def test_retry_job_by_an_auditor_or_the_system_is_refused(carol: User) -> None:
    now = clock.now()
    job = Job.objects.create(kind="x", key="x", state="failed", due_at=now, created_at=now)
    for actor in (acting(carol), Actor.system("relay")):
        with pytest.raises(NotAllowed):
            retry_job(job.pk, actor=actor)
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert Event.objects.count() == 0
