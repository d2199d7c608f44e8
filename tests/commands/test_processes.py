"""``manage.py`` in processes of its own: the statuses and the one line that scripts trust."""

from pathlib import Path

import pytest

import clock
from accounts.models import System
from tests.cast import make_person, make_run, make_system
from tests.commands.running import DONE, NEEDS_A_PERSON, WRONG_INPUT, run_apart, write
from tests.reviews.world import holding, right

pytestmark = pytest.mark.django_db(transaction=True)

Q4 = ("--quarter", "2026-Q4")


@pytest.fixture
def today() -> System:
    """A system read just now, by the real clock, with somebody whom nobody manages."""
    system = make_system("Ledger")
    make_run(system, read_at=clock.now())
    holding(system, make_person("Noor Haddad", manager_problem="missing"), right(system, "read"))
    return system


def test_a_command_ends_with_0_2_or_3(today: System) -> None:
    closed = run_apart("open_campaign", *Q4)
    assert (closed.status, [gate["gate"] for gate in closed.said["gates"]], closed.errors) == (
        NEEDS_A_PERSON,
        ["G3"],
        (
            "1 item has nobody who may judge: every candidate would judge their own access, or has "
            "left. Name more people as fallback.\n"
        ),
    )
    wrong = run_apart("open_campaign", "--quarter", "Q4")
    assert (wrong.status, wrong.said, wrong.errors) == (
        WRONG_INPUT,
        {},
        "CommandError: 'Q4' is no quarter: write a year and a quarter, as in 2026-Q4.\n",
    )
    pia = make_person("Pia Lund")
    opened = run_apart("open_campaign", *Q4, "--fallback", pia.mail)
    assert (opened.status, opened.said["state"], opened.errors) == (DONE, "open", "")


def test_verify_audit_trail_ends_with_0(today: System, tmp_path: Path) -> None:
    file = write(tmp_path, "a.csv", "username,entitlement\nann,read\n")
    imported = run_apart("import_accounts", "Wiki", file)
    assert (imported.status, imported.said["created"], imported.errors) == (DONE, 1, "")
    checked = run_apart("verify_audit_trail")
    assert (checked.status, checked.said["result"], checked.said["found"]) == (DONE, "valid", 0)
