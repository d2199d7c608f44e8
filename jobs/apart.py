"""A database connection of one's own: outside the open transaction, and outside the pool."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper


@contextmanager
def own_connection() -> Iterator[BaseDatabaseWrapper]:
    """Autocommits, and is closed for good at the end: what its session held is let go then."""
    own = connection.copy()
    options = own.settings_dict["OPTIONS"]
    options.pop("pool", None)
    options.setdefault("connect_timeout", 5)
    try:
        yield own
    finally:
        own.close()
