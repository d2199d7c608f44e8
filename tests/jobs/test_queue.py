"""Asking for work: in the transaction of the act, once for a key."""

import pytest
from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from jobs.models import Job, JobState
from jobs.queue import ask_again, enqueue, get_progress, report_progress
from jobs.runner import run
from tests.jobs.handlers import effects


@pytest.mark.django_db
def test_enqueue_same_key_twice_gives_one_row() -> None:
    first = enqueue("tests.count", key="import:7", payload={"chunks": 2})
    second = enqueue("tests.count", key="import:7", payload={"chunks": 9})
    assert second.pk == first.pk
    assert list(Job.objects.values_list("key", "payload")) == [("import:7", {"chunks": 2})]


@pytest.mark.django_db
def test_enqueue_in_rolled_back_transaction_leaves_no_row() -> None:
    with transaction.atomic():
        enqueue("tests.count", key="import:7", payload={})
        transaction.set_rollback(True)
    assert Job.objects.count() == 0


@pytest.mark.django_db
def test_enqueue_unknown_kind_is_refused() -> None:
    with pytest.raises(LookupError, match=r"No handler does jobs of kind 'tests\.nobody'"):
        enqueue("tests.nobody", key="x", payload={})
    assert Job.objects.count() == 0


@pytest.mark.django_db
def test_progress_follows_the_chunks() -> None:
    job = enqueue("tests.count", key="c", payload={"chunks": 2})
    run(job.pk)
    job.refresh_from_db()
    assert (get_progress(job).done, get_progress(job).total) == (1, 2)
    run(job.pk)
    job.refresh_from_db()
    assert (get_progress(job).state, get_progress(job).done) == (JobState.DONE, 2)


@pytest.mark.django_db(transaction=True)
def test_progress_is_seen_before_the_chunk_ends_and_taken_back_if_it_fails() -> None:
    job = enqueue("tests.fail", key="f", payload={})
    with transaction.atomic():
        Job.objects.select_for_update().get(pk=job.pk)
        report_progress(job, 70, 100)
        transaction.set_rollback(True)
    assert (get_progress(job).done, get_progress(job).total) == (70, 100)
    run(job.pk)
    job.refresh_from_db()
    assert (get_progress(job).done, get_progress(job).total) == (0, None)


@pytest.mark.django_db(transaction=True)
def test_progress_of_a_job_is_seen_however_soon_it_follows_on_another() -> None:
    jobs = [enqueue("tests.count", key=key, payload={}) for key in ("first", "second")]
    for job in jobs:
        report_progress(job, 10, 100)
    assert [get_progress(job).done for job in jobs] == [10, 10]


@pytest.mark.django_db
def test_ask_again_starts_only_what_has_failed() -> None:
    job = enqueue("tests.count", key="c", payload={})
    assert ask_again(job.pk) is False
    Job.objects.update(state=JobState.FAILED, attempts=5)
    assert ask_again(job.pk) is True
    assert run(job.pk) is True
    assert effects("c") == 1


def test_every_handler_and_tick_named_in_settings_exists() -> None:
    paths = [*settings.JOB_HANDLERS.values(), *settings.RELAY_TICKS]
    assert all(callable(import_string(path)) for path in paths)
    assert set(settings.RECURRING_JOBS) <= set(settings.JOB_HANDLERS)
