"""What nobody may overlook is counted."""

from datetime import timedelta

import pytest

import clock
from jobs.models import Job, JobState, Message, MessageState
from jobs.queries import Trouble, count_trouble
from tests.jobs.test_messages import tell


@pytest.mark.django_db
def test_trouble_counts_what_failed_and_what_is_late() -> None:
    for name in ("sent", "failed", "late", "put-off", "fresh"):
        tell(name, key=name)
    assert not count_trouble()
    now = clock.now()
    long_ago = now - timedelta(minutes=20)
    Message.objects.filter(key="sent").update(state=MessageState.SENT, due_at=long_ago)
    Message.objects.filter(key="failed").update(state=MessageState.FAILED)
    Message.objects.filter(key="late").update(due_at=long_ago)
    Message.objects.filter(key="put-off").update(attempts=1, due_at=now + timedelta(minutes=1))
    Job.objects.create(kind="x", key="x", state=JobState.FAILED, due_at=now, created_at=now)
    assert count_trouble() == Trouble(failed_messages=1, late_messages=2, failed_jobs=1)
