"""Doing the work: effect and cursor together or not at all, by one runner at a time."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection
from pytest_django import Settings

import clock
from jobs.models import Job, JobState
from jobs.queue import enqueue
from jobs.runner import MAX_ATTEMPTS, STOPPED, drain, run, run_to_end
from tests.jobs.handlers import effects


@pytest.mark.django_db
def test_drain_runs_all_chunks_of_all_that_is_due() -> None:
    enqueue("tests.count", key="a", payload={"chunks": 3})
    enqueue("tests.count", key="b", payload={})
    enqueue("tests.count", key="later", payload={}, due=clock.now() + timedelta(hours=1))
    assert drain() == 4
    assert (effects("a"), effects("b"), effects("later")) == (3, 1, 0)
    assert Job.objects.get(key="a").result == {"chunks": 3}
    assert Job.objects.get(key="later").state == JobState.WAITING


@pytest.mark.django_db
def test_drain_of_named_keys_leaves_the_others() -> None:
    enqueue("tests.count", key="a", payload={})
    enqueue("tests.count", key="b", payload={})
    assert drain(only_keys=["b"]) == 1
    assert (effects("a"), effects("b")) == (0, 1)


@pytest.mark.django_db
def test_drain_stops_at_its_limit() -> None:
    enqueue("tests.count", key="a", payload={})
    assert drain(limit_seconds=0) == 0


@pytest.mark.django_db
def test_done_job_is_not_run_again() -> None:
    job = enqueue("tests.count", key="a", payload={})
    assert [run(job.pk), run(job.pk)] == [True, False]
    assert effects("a") == 1


@pytest.mark.django_db
def test_failure_rolls_back_the_effect_and_is_put_off() -> None:
    job = enqueue("tests.fail", key="a", payload={})
    before = clock.now()
    assert drain() == 1
    job.refresh_from_db()
    assert effects("a") == 0
    assert (job.state, job.attempts) == (JobState.WAITING, 1)
    assert job.error == "ValueError: The file has no column named mail."
    assert job.due_at >= before + timedelta(seconds=10)


@pytest.mark.django_db
def test_failure_after_all_attempts_is_failed_for_all_to_see() -> None:
    job = run_to_end(enqueue("tests.fail", key="a", payload={}))
    assert (job.state, job.attempts) == (JobState.FAILED, MAX_ATTEMPTS)
    assert job.error == "ValueError: The file has no column named mail."
    assert job.finished_at is not None


@pytest.mark.django_db
def test_unknown_kind_fails_in_words() -> None:
    Job.objects.create(kind="gone", key="a", due_at=clock.now(), created_at=clock.now())
    drain()
    assert Job.objects.get().error == "KeyError: 'gone'"


@pytest.mark.django_db
def test_expired_lease_is_taken_over_and_counted() -> None:
    job = enqueue("tests.count", key="a", payload={})
    lease = clock.now() + timedelta(seconds=60)
    Job.objects.update(state=JobState.RUNNING, lease_until=lease)
    assert run(job.pk) is False
    Job.objects.update(lease_until=clock.now() - timedelta(seconds=1))
    assert run(job.pk) is True
    assert effects("a") == 1


@pytest.mark.django_db
def test_job_that_kills_every_runner_is_failed_in_the_end() -> None:
    job = enqueue("tests.count", key="a", payload={})
    past = clock.now() - timedelta(seconds=1)
    Job.objects.update(state=JobState.RUNNING, lease_until=past, attempts=MAX_ATTEMPTS - 1)
    assert run(job.pk) is False
    job.refresh_from_db()
    assert (job.state, job.error) == (JobState.FAILED, STOPPED)
    assert effects("a") == 0


def _run_apart(job_id: int, answers: list[bool]) -> threading.Thread:
    def body() -> None:
        answers.append(run(job_id))
        connection.close()

    thread = threading.Thread(target=body)
    thread.start()
    return thread


def _wait_until_running(job: Job) -> None:
    while Job.objects.get(pk=job.pk).state != JobState.RUNNING:
        time.sleep(0.01)


@pytest.mark.django_db(transaction=True)
def test_two_runners_of_one_job_take_effect_once(settings: Settings) -> None:
    settings.JOB_LEASE_SECONDS = 0  # The row's lock alone must keep the second one out.
    job = enqueue("tests.slow", key="a", payload={"seconds": 0.5})
    answers: list[bool] = []
    other = _run_apart(job.pk, answers)
    _wait_until_running(job)
    time.sleep(0.1)
    assert run(job.pk) is False
    other.join()
    assert answers == [True]
    assert effects("a") == 1


@pytest.mark.django_db(transaction=True)
def test_run_to_end_waits_for_another_runner() -> None:
    job = enqueue("tests.slow", key="a", payload={"seconds": 0.4})
    other = _run_apart(job.pk, [])
    _wait_until_running(job)
    assert run_to_end(job, poll_seconds=0.05).state == JobState.DONE
    other.join()
    assert effects("a") == 1
