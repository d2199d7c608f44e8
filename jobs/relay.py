"""The one process that rings for due work and keeps the clock's appointments.

It stands apart from the workers, so that nothing in it waits behind a chunk, and under an
advisory lock, so that a second one stands by and takes over when the first dies. Ringing is a
thread of its own: a broker that says nothing delays neither the seal nor the clock.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q
from django.utils.module_loading import import_string

import clock
from jobs import heartbeats
from jobs.apart import own_connection
from jobs.messages import wake_sender
from jobs.models import Job, JobState
from jobs.queue import enqueue
from jobs.runner import owed
from jobs.tasks import run_job

LOCK = 7_102_846_359_120_011
RING_SECONDS = 0.5
TICK_SECONDS = 1.0
BROKER_PAUSE_SECONDS = 2.0
# How long a broker may be silent before it counts as away.
PATIENCE = {"socket_timeout": 3, "socket_connect_timeout": 2}
# A worker that was told of a job and has not begun it is told again after this time.
RING_AGAIN_AFTER = timedelta(seconds=15)
# Told of at most so many at once: the queue stays in the database, and a busy worker's short.
RUNG_AT_ONCE = 100

logger = logging.getLogger(__name__)


def serve(stop: threading.Event) -> None:
    """Be the relay, or stand by, until ``stop`` is set; a lost database is waited for."""
    while not stop.is_set():
        try:
            with own_connection() as guard:
                if _holds_lock(guard):
                    logger.info("This relay rings for due work from now on")
                    _work(stop, guard)
        except (DatabaseError, InterfaceError):
            logger.exception("The relay lost the database and tries again")
        connection.close_if_unusable_or_obsolete()
        stop.wait(TICK_SECONDS)


def ring() -> int:
    """Tell the workers what is owed; gives how many jobs were rung for."""
    again = clock.now() - RING_AGAIN_AFTER
    on_its_way = Job.objects.filter(state=JobState.WAITING, rung_at__gte=again).count()
    unheard = Q(rung_at=None) | Q(rung_at__lt=again)
    jobs = Job.objects.filter(owed(), unheard).order_by("due_at", "pk")
    job_ids = jobs.values_list("pk", flat=True)[: max(0, RUNG_AT_ONCE - on_its_way)]
    if job_ids:
        with run_job.app.connection_for_write(transport_options=PATIENCE) as broker:
            for job_id in job_ids:
                run_job.app.send_task(run_job.name, (job_id,), connection=broker, retry=False)
                Job.objects.filter(pk=job_id).update(rung_at=clock.now())
    return len(job_ids)


def start_recurring() -> None:
    """Ask for each recurring job once a slot, unless the one before is still owed."""
    seconds = int(clock.now().timestamp())
    keys = {kind: f"{kind}:{seconds // every}" for kind, every in settings.RECURRING_JOBS.items()}
    owing = {JobState.WAITING, JobState.RUNNING}
    there = Job.objects.filter(Q(key__in=keys.values()) | Q(kind__in=keys, state__in=owing))
    kinds_there = set(there.values_list("kind", flat=True))
    for kind, key in keys.items():
        if kind not in kinds_there:
            enqueue(kind, key=key, payload={})


def _holds_lock(guard: BaseDatabaseWrapper) -> bool:
    with guard.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def _work(stop: threading.Event, guard: BaseDatabaseWrapper) -> None:
    ended = threading.Event()
    bell = threading.Thread(target=_ring_until, args=(ended,), name="bell", daemon=True)
    bell.start()
    try:
        while not stop.is_set():
            began = time.monotonic()
            _check(guard)
            heartbeats.beat("relay")
            _attempt("recurring jobs", start_recurring)
            _attempt("message sender", wake_sender)
            for path in settings.RELAY_TICKS:
                _attempt(path, import_string(path))
            stop.wait(max(0.0, TICK_SECONDS - (time.monotonic() - began)))
        heartbeats.end("relay")
    finally:
        ended.set()
        bell.join(timeout=5)


def _check(guard: BaseDatabaseWrapper) -> None:
    """Raise if the session that holds the lock is gone: another relay may be at work then."""
    with guard.cursor() as cursor:
        cursor.execute("SELECT 1")


def _ring_until(ended: threading.Event) -> None:
    while not ended.is_set():
        went_well = _attempt("broker", ring)
        ended.wait(RING_SECONDS if went_well else BROKER_PAUSE_SECONDS)
    connection.close()


def _attempt(name: str, act: Callable[[], object]) -> bool:
    """One act of the loop: its error is logged and counted, and never ends the loop."""
    try:
        act()
        heartbeats.beat(name)
    except Exception as error:
        logger.exception("%s failed in the relay", name)
        connection.close_if_unusable_or_obsolete()
        _count(name, error)
        return False
    return True


def _count(name: str, error: Exception) -> None:
    try:
        heartbeats.count_error(name, error)
    except (DatabaseError, InterfaceError):
        logger.exception("The error of %s could not be counted", name)
