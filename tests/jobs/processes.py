"""Processes of the product on the test's own servers: a real worker, a real relay."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection


def environment() -> dict[str, str]:
    """What a process needs to work on the database and the broker of this test."""
    database = urlsplit(os.environ["DATABASE_URL"])._replace(
        path="/" + connection.settings_dict["NAME"]
    )
    return {
        **os.environ,
        "DATABASE_URL": database.geturl(),
        "REDIS_URL": settings.REDIS_URL,
        "DJANGO_SETTINGS_MODULE": "tests.jobs.worker_settings",
        "JOB_LEASE_SECONDS": "2",
    }


@contextmanager
def worker() -> Iterator[subprocess.Popen[bytes]]:
    """A Celery worker with two children; killed at the end with all of them."""
    command = [sys.executable, "-m", "celery", "-A", "portx_access", "worker", "-c", "2"]
    process = subprocess.Popen(
        [*command, "--loglevel", "ERROR"],
        cwd=settings.BASE_DIR,
        env=environment(),
        start_new_session=True,
    )
    try:
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """As the kernel does it when memory is out: the worker and its children, at once."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
