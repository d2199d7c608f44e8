"""The relay: rings again for what was lost, keeps appointments, and outlives every error."""

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings as product
from django.db import connection
from kombu.exceptions import OperationalError
from pytest_django import Settings
from redis import Redis

import clock
from jobs import heartbeats, relay
from jobs.apart import own_connection
from jobs.models import Heartbeat, Job, JobState
from jobs.queue import enqueue
from jobs.runner import drain, run
from jobs.tasks import run_job
from tests.jobs.processes import environment

NOON = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
QUEUE = "celery"


@pytest.fixture
def bell() -> Iterator[Redis]:
    """The broker with an empty queue, and nobody who listens."""
    redis = Redis.from_url(product.REDIS_URL)
    redis.flushdb()
    yield redis
    redis.flushdb()
    redis.close()


@pytest.fixture
def serving(settings: Settings) -> Iterator[Callable[[], None]]:
    """Starts a relay beside the test, and stops it at the end."""
    settings.RELAY_TICKS = []
    settings.RECURRING_JOBS = {}
    heartbeats._last_beats.clear()
    stop = threading.Event()
    thread = threading.Thread(target=_serve, args=(stop,))
    yield thread.start
    stop.set()
    thread.join(timeout=10)
    assert not thread.is_alive()


def _serve(stop: threading.Event) -> None:
    relay.serve(stop)
    connection.close()


def wait_until(is_so: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "It did not come about in time."
        time.sleep(0.05)


@pytest.mark.django_db
def test_ring_tells_of_each_due_job_once(bell: Redis) -> None:
    enqueue("tests.count", key="a", payload={})
    enqueue("tests.count", key="later", payload={}, due=clock.now() + timedelta(hours=1))
    assert [relay.ring(), relay.ring()] == [1, 0]
    assert bell.llen(QUEUE) == 1


@pytest.mark.django_db
def test_ring_again_when_the_broker_was_emptied(bell: Redis) -> None:
    with clock.set_to(NOON):
        enqueue("tests.count", key="a", payload={})
        relay.ring()
    bell.flushdb()
    with clock.set_to(NOON + timedelta(seconds=16)):
        assert relay.ring() == 1
    assert bell.llen(QUEUE) == 1


@pytest.mark.django_db
def test_ring_again_when_a_lease_has_expired(bell: Redis) -> None:
    job = enqueue("tests.count", key="a", payload={}, due=NOON)
    lease = NOON + timedelta(seconds=60)
    Job.objects.update(state=JobState.RUNNING, rung_at=NOON, lease_until=lease)
    with clock.set_to(NOON + timedelta(seconds=59)):
        assert relay.ring() == 0
    with clock.set_to(NOON + timedelta(seconds=61)):
        assert relay.ring() == 1
        assert run(job.pk) is True
    assert bell.llen(QUEUE) == 1


@pytest.mark.django_db
def test_ring_keeps_the_queue_short(bell: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "RUNG_AT_ONCE", 2)
    for number in range(3):
        enqueue("tests.count", key=str(number), payload={})
    assert [relay.ring(), relay.ring()] == [2, 0]
    drain(only_keys=["0"])
    assert relay.ring() == 1
    assert bell.llen(QUEUE) == 3


@pytest.mark.django_db
def test_ring_gives_up_on_a_silent_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    job = enqueue("tests.count", key="a", payload={})
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        monkeypatch.setattr(run_job.app.conf, "broker_write_url", address)
        monkeypatch.setitem(relay.PATIENCE, "socket_timeout", 0.2)
        began = time.monotonic()
        with pytest.raises(OperationalError):
            relay.ring()
        assert time.monotonic() - began < 20
    job.refresh_from_db()
    assert job.rung_at is None


@pytest.mark.django_db
def test_recurring_job_is_asked_for_once_a_slot(settings: Settings) -> None:
    settings.RECURRING_JOBS = {"tests.count": 60}
    slot = int(NOON.timestamp()) // 60
    for seconds in (0, 30, 60, 90):
        with clock.set_to(NOON + timedelta(seconds=seconds)):
            relay.start_recurring()
            drain()
    assert list(Job.objects.order_by("pk").values_list("key", flat=True)) == [
        f"tests.count:{slot}",
        f"tests.count:{slot + 1}",
    ]


@pytest.mark.django_db
def test_recurring_job_waits_for_the_one_before(settings: Settings) -> None:
    settings.RECURRING_JOBS = {"tests.count": 60}
    for minutes in (0, 1, 2):
        with clock.set_to(NOON + timedelta(minutes=minutes)):
            relay.start_recurring()
    assert Job.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_tick_that_fails_is_counted_and_ends_nothing(
    settings: Settings, serving: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "TICK_SECONDS", 0.05)
    settings.RELAY_TICKS = ["tests.jobs.handlers.bad_tick", "tests.jobs.handlers.good_tick"]
    serving()
    bad = Heartbeat.objects.filter(name="tests.jobs.handlers.bad_tick", errors__gte=2)
    wait_until(bad.exists)
    assert bad.get().error == "RuntimeError: The sealer has no key."
    assert Heartbeat.objects.get(name="tests.jobs.handlers.good_tick").errors == 0
    assert heartbeats.relay_lives()


@pytest.mark.django_db(transaction=True)
def test_standby_takes_over_when_the_lock_is_free(
    bell: Redis, serving: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "TICK_SECONDS", 0.05)
    enqueue("tests.count", key="a", payload={})
    with own_connection() as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [relay.LOCK])
        serving()
        time.sleep(0.5)
        assert bell.llen(QUEUE) == 0
    wait_until(lambda: bell.llen(QUEUE) == 1)


@pytest.mark.django_db(transaction=True)
def test_relay_command_stops_cleanly_when_told() -> None:
    command = [sys.executable, "manage.py", "relay"]
    process = subprocess.Popen(command, cwd=product.BASE_DIR, env=environment())
    wait_until(heartbeats.relay_lives, seconds=20)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) == 0
    assert not heartbeats.relay_lives()
