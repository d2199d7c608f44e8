"""Rows for lists: accounts of one system, with ties and nulls where an order needs them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from accounts.enums import AccountType
from accounts.models import Account, System
from tests.cast import NOON, make_system

START = datetime(2026, 1, 1, 12, tzinfo=UTC)


def accounts(
    names: Iterable[str], days: Iterable[int | None] = (), *, system: System | None = None
) -> list[Account]:
    """An account a name, last used so many days after the first of January, or never."""
    named = list(names)
    used = [*days, *[None] * len(named)]
    system = system or make_system()
    return Account.objects.bulk_create(
        Account(
            system=system,
            key=f"{place}-{name}",
            username=name,
            type=AccountType.SERVICE if name.startswith("svc") else AccountType.PERSONAL,
            last_used=None if day is None else START + timedelta(days=day),
            first_seen_at=NOON,
        )
        for place, (name, day) in enumerate(zip(named, used, strict=False))
    )
