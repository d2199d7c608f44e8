"""Making a merge stand still half way, and knowing that it does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic, sleep

from django.db import connection

from jobs.apart import own_connection


@contextmanager
def grants_locked() -> Iterator[None]:
    """Whoever merges comes as far as the grants, with its accounts written, and waits there."""
    with own_connection() as own, own.cursor() as cursor:
        cursor.execute("BEGIN; LOCK TABLE accounts_grant IN SHARE MODE")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def sessions_waiting() -> int:
    """How many sessions of this database wait for a lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
            " WHERE NOT l.granted AND a.datname = current_database()"
        )
        (waiting,) = cursor.fetchone() or (0,)
    return int(waiting)


def wait_until(is_so: Callable[[], bool], seconds: float = 60) -> None:
    end = monotonic() + seconds
    while not is_so():
        assert monotonic() < end, "It did not come about in time."
        sleep(0.05)
