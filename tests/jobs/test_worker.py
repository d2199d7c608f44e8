"""A real Celery worker and a real Redis: scenario 27, and workers killed in the middle."""

from collections.abc import Callable, Iterable
from functools import partial

import pytest
from redis import Redis

from jobs import relay
from jobs.heartbeats import worker_lives
from jobs.models import Job, JobState
from jobs.queue import enqueue
from tests.jobs.handlers import effects
from tests.jobs.processes import kill, worker
from tests.jobs.test_relay import bell, serving, wait_until

__all__ = ["bell", "serving"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "RING_SECONDS", 0.1)
    monkeypatch.setattr(relay, "RING_AGAIN_AFTER", relay.RING_AGAIN_AFTER / 15)


def _all_done() -> bool:
    return not Job.objects.exclude(state=JobState.DONE).exists()


def _have_done(so_many: int) -> bool:
    return Job.objects.filter(state=JobState.DONE).count() >= so_many


def _effects(keys: Iterable[str]) -> list[int]:
    return [effects(key) for key in keys]


def test_broker_emptied_while_work_is_due_loses_nothing_and_doubles_nothing(
    bell: Redis, serving: Callable[[], None]
) -> None:
    keys = [f"job-{number}" for number in range(20)]
    with worker():
        wait_until(worker_lives, seconds=30)
        for key in keys:
            enqueue("tests.slow", key=key, payload={"seconds": 0.1})
        serving()
        for so_many in (2, 6, 10, 14):
            wait_until(partial(_have_done, so_many))
            bell.flushdb()
        wait_until(_all_done, seconds=30)
    assert _effects(keys) == [1] * 20


def test_worker_killed_during_a_chunk_loses_nothing_and_doubles_nothing(
    bell: Redis, serving: Callable[[], None]
) -> None:
    keys = ["a", "b", "c"]
    for key in keys:
        enqueue("tests.slow", key=key, payload={"seconds": 1})
    serving()
    with worker() as first:
        wait_until(Job.objects.filter(state=JobState.RUNNING).exists, seconds=30)
        kill(first)
    assert _effects(keys) == [0, 0, 0]
    with worker():
        wait_until(_all_done, seconds=30)
    assert _effects(keys) == [1, 1, 1]
