"""Uses of emergency accounts as imports tell of them."""

from datetime import UTC, datetime

import pytest

from accounts.models import EmergencyUse, ImportRun
from tests.accounts.imports import import_accounts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def told(*used: str) -> ImportRun:
    """An import of two emergency accounts, the second never used, and of somebody's own."""
    rows = [f"breakglass,emergency,{day}" for day in used]
    rows += ["firecall,emergency,never", "kim,user,2026-10-01"]
    return import_accounts("username,type,last_used\n" + "\n".join(rows) + "\n")


def noted() -> list[tuple[str, datetime]]:
    return list(EmergencyUse.objects.order_by("pk").values_list("account__username", "used_at"))


def test_first_import_notes_the_use_that_it_shows() -> None:
    run = told("2026-09-30T10:00:00Z")
    assert noted() == [("breakglass", datetime(2026, 9, 30, 10, tzinfo=UTC))]
    use = EmergencyUse.objects.get()
    assert (use.run, use.explanation, use.explained_at) == (run, "", None)


def test_same_use_told_again_is_noted_once() -> None:
    told("2026-09-30T10:00:00Z")
    told("2026-09-30T10:00:00Z")
    assert len(noted()) == 1


def test_later_use_is_noted_beside_the_earlier_and_an_earlier_one_is_not() -> None:
    told("2026-09-30T10:00:00Z")
    told("2026-10-02T08:00:00Z")
    told("2026-10-01T08:00:00Z")
    assert [at for _, at in noted()] == [
        datetime(2026, 9, 30, 10, tzinfo=UTC),
        datetime(2026, 10, 2, 8, tzinfo=UTC),
    ]


def test_held_import_notes_nothing() -> None:
    names = [f"breakglass{n},emergency,2026-09-30" for n in range(20)]
    import_accounts("username,type,last_used\n" + "\n".join(names) + "\n")
    later = [f"breakglass{n},emergency,2026-10-02" for n in range(3)]
    import_accounts("username,type,last_used\n" + "\n".join(later) + "\n")
    assert EmergencyUse.objects.count() == 20
