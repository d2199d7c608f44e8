"""The one clock: every time that the product stores or compares is read here.

It is a ground room of its own, because the trail, background work, imports and reviews
all need it and none of them may import the other. Only the sample company and the tests
may set it (``settings.CLOCK_MAY_BE_SET``): times in a real trail are never invented.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

_set_to: ContextVar[datetime | None] = ContextVar("clock_set_to", default=None)


def now() -> datetime:
    """The present moment, in UTC."""
    return _set_to.get() or datetime.now(UTC)


def today(zone: str | None = None) -> date:
    """The calendar day it is now in ``zone`` (``settings.TIME_ZONE`` by default)."""
    return now().astimezone(ZoneInfo(zone or settings.TIME_ZONE)).date()


@contextmanager
def set_to(moment: datetime) -> Iterator[None]:
    """Hold the clock still at ``moment`` (aware) for the code inside the block.

    Raises ImproperlyConfigured outside the sample database and the tests.
    """
    if not settings.CLOCK_MAY_BE_SET:
        raise ImproperlyConfigured(
            "The clock can be set in the sample database only: a real trail bears real times."
        )
    if moment.tzinfo is None:
        raise ValueError("The clock is set to a moment with a time zone; this one has none.")
    token = _set_to.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _set_to.reset(token)
