"""Background work on a page: seen and set going again by those who run the product."""

import pytest
from django.test import Client

import clock
from accounts.models import User
from audit.models import Event
from jobs.models import Heartbeat, Job, JobProgress, JobState

pytestmark = pytest.mark.django_db


@pytest.fixture
def failed() -> Job:
    return Job.objects.create(
        kind="accounts.import_people",
        key="import:7",
        state=JobState.FAILED,
        attempts=5,
        error="KeyError: 'mail'",
        due_at=clock.now(),
        created_at=clock.now(),
    )


def _retried() -> int:
    return Event.objects.filter(body__contains='"work.retried"').count()


def test_work_shows_what_failed_and_why(client: Client, sam: User, failed: Job) -> None:
    client.force_login(sam)
    page = client.get("/work/").content.decode()
    assert "Import people" in page
    assert "KeyError: &#x27;mail&#x27;" in page
    assert f'action="/work/{failed.pk}/retry/"' in page
    assert "No worker is running" in page
    assert "every 3s" not in page


def test_work_that_runs_shows_how_far_it_is(client: Client, sam: User, failed: Job) -> None:
    Job.objects.update(state=JobState.RUNNING, error="")
    JobProgress.objects.create(job_id=failed.pk, done=1_200, total=5_000)
    Heartbeat.objects.create(name="worker:here", at=clock.now())
    client.force_login(sam)
    page = client.get("/work/").content.decode()
    assert "1,200 of 5,000" in page
    assert 'hx-get="/work/" hx-trigger="every 3s"' in page
    assert "No worker is running" not in page


def test_work_says_which_regular_act_fails(client: Client, ada: User) -> None:
    Heartbeat.objects.create(name="audit.sealing.tick", at=None, errors=3, error="No key.")
    client.force_login(ada)
    page = client.get("/work/").content.decode()
    assert "audit.sealing.tick failed 3 times in a row: No key." in page


def test_retry_sets_failed_work_going_and_is_an_event(
    client: Client, sam: User, failed: Job
) -> None:
    client.force_login(sam)
    assert client.post(f"/work/{failed.pk}/retry/").headers["Location"] == "/work/"
    failed.refresh_from_db()
    assert (failed.state, failed.attempts) == (JobState.WAITING, 0)
    assert _retried() == 1


def test_retry_pressed_twice_says_so_and_is_one_event(
    client: Client, sam: User, failed: Job
) -> None:
    client.force_login(sam)
    client.post(f"/work/{failed.pk}/retry/")
    page = client.post(f"/work/{failed.pk}/retry/", follow=True).content.decode()
    assert "This work is no longer failed" in page
    assert _retried() == 1


@pytest.mark.parametrize("name", ["alice", "carol"])
def test_work_is_not_there_for_others(
    client: Client, request: pytest.FixtureRequest, failed: Job, name: str
) -> None:
    client.force_login(request.getfixturevalue(name))
    answers = [client.get("/work/"), client.post(f"/work/{failed.pk}/retry/")]
    assert [answer.status_code for answer in answers] == [404, 404]
    failed.refresh_from_db()
    assert failed.state == JobState.FAILED
    assert _retried() == 0
