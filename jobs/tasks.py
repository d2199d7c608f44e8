"""What a Celery worker is told: the id of a job, and nothing else.

A worker says that it lives for as long as it hears the broker.
"""

import time
from typing import Any

from celery import shared_task
from celery.signals import heartbeat_sent, worker_shutdown

from jobs import heartbeats, runner
from jobs.apart import own_connection

# Short, so that a worker that is told to stop is not waited for.
TURN_SECONDS = 5


@shared_task(name="jobs.run_job", ignore_result=True, acks_late=True, reject_on_worker_lost=True)
def run_job(job_id: int) -> None:
    """Do the job's chunks for a turn; what is left the relay rings for again."""
    end = time.monotonic() + TURN_SECONDS
    while runner.run(job_id) and time.monotonic() < end:
        pass


@heartbeat_sent.connect
def say_alive(sender: Any, **_: object) -> None:
    # The worker forks its children from this process: they must not inherit a connection.
    with own_connection() as own:
        heartbeats.beat(_name(sender.eventer.hostname), own)


@worker_shutdown.connect
def say_goodbye(sender: Any, **_: object) -> None:
    with own_connection() as own:
        heartbeats.end(_name(sender.hostname), own)


def _name(hostname: str) -> str:
    return f"worker:{hostname}"[:120]
