"""2. Zero or far fewer rows, or a column newly empty. Not read as mass removal, and it verifies
no revocation; a person confirms or rejects the run. A clean-up that carries out ordered
revocations passes without being held."""

from datetime import datetime, timedelta

import pytest

import clock
from accounts.actions.imports import discard_run
from accounts.enums import RunState
from accounts.models import Account, ImportRun, User
from reviews.enums import Choice, RevocationState
from reviews.models import Campaign, Revocation
from tests.cast import NOON, acting
from tests.commands.running import DONE, NEEDS_A_PERSON, Ran, run, run_well
from tests.scenarios.company import (
    Office,
    choose,
    follow,
    item_of,
    keep_the_rest,
    reads,
    remove,
)

pytestmark = pytest.mark.django_db

REPORTS = [f"clerk{number:02}" for number in range(20)]
ROWS = [reads(name) for name in REPORTS]
LATER = NOON + timedelta(hours=2)


@pytest.fixture
def campaign(office: Office, alice: User, owner: User, sam: User) -> Campaign:
    """Twenty reports of Alice's; clerk00 to clerk05 are revoked, and Olga removed them."""
    office.staff(
        *(
            f"{n},{name},{name}@example.com,,,employee,active,,1"
            for n, name in enumerate(REPORTS, 9)
        )
    )
    office.ledger(*ROWS, exported_at=NOON)
    campaign = office.open()
    for name in REPORTS[:6]:
        choose(alice, item_of(campaign, name), Choice.REVOKE, "No longer needed")
    keep_the_rest(alice, campaign)
    for name in REPORTS[:6]:
        remove(owner, item_of(campaign, name))
    return campaign


def next_import(office: Office, *rows: str) -> Ran:
    with clock.set_to(LATER):
        ran = office.ledger(*rows, exported_at=LATER)
        follow()
    return ran


def live() -> int:
    return Account.objects.filter(gone_at=None).count()


def removals() -> list[str]:
    return sorted(set(Revocation.objects.values_list("state", flat=True)))


def test_a_clean_up_of_what_was_ordered_passes(office: Office, campaign: Campaign) -> None:
    ran = next_import(office, *ROWS[6:])
    assert (ran.status, ran.said["vanished"], live()) == (DONE, 6, 14)
    assert removals() == [RevocationState.VERIFIED]


def test_zero_rows_are_held(office: Office, campaign: Campaign) -> None:
    ran = next_import(office, "")
    assert (ran.status, ran.said["held_for"][:3]) == (
        NEEDS_A_PERSON,
        [
            "The file gives no row that can be taken.",
            "All 20 accounts are gone.",
            "All 20 grants are gone.",
        ],
    )
    assert (live(), removals()) == (20, [RevocationState.DONE])


def test_far_fewer_rows_are_held_beyond_what_was_ordered(
    office: Office, campaign: Campaign
) -> None:
    ran = next_import(office, *ROWS[11:])
    assert (ran.status, ran.said["held_for"]) == (
        NEEDS_A_PERSON,
        [
            f"5 of 20 {what} are gone without an ordered removal or a known leaver: more than 5 %."
            for what in ("accounts", "grants")
        ],
    )
    assert (live(), removals()) == (20, [RevocationState.DONE])
    assert next_import(office, *ROWS[10:]).status == DONE, "four are not yet suspicious"


def test_a_person_confirms_a_held_run(office: Office, campaign: Campaign, sam: User) -> None:
    held = next_import(office, *ROWS[12:])
    with clock.set_to(LATER):
        took = ["--take", held.said["run"], "--reason", "Twelve left", "--acknowledged-by"]
        taken = run_well("import_accounts", *took, sam.email)
        follow()
    assert (taken["status"], taken["vanished"], live()) == ("complete", 12, 8)
    assert removals() == [RevocationState.VERIFIED]


def test_a_person_rejects_a_held_run(office: Office, campaign: Campaign, sam: User) -> None:
    held = next_import(office, *ROWS[12:])
    rejected = ImportRun.objects.get(pk=held.said["run"])
    discard_run(rejected, actor=acting(sam), reason="Half an export")
    rejected.refresh_from_db()
    assert (rejected.state, live(), removals()) == (RunState.DISCARDED, 20, [RevocationState.DONE])
    refused = run("import_accounts", "--take", held.said["run"], "--reason", "x")
    assert refused.status == 2
    assert next_import(office, *ROWS[6:]).status == DONE


def test_a_column_newly_empty_is_held_and_proves_nothing_even_when_taken(
    office: Office, campaign: Campaign, sam: User
) -> None:
    blank = [row.replace("2026-10-02", "") for row in ROWS[6:]]
    held = next_import(office, *blank)
    assert (held.status, held.said["held_for"], live()) == (
        NEEDS_A_PERSON,
        ["The column of last_used was filled in the last import and is empty or missing now."],
        20,
    )
    with clock.set_to(LATER):
        took = ["--take", held.said["run"], "--reason", "Known fault", "--acknowledged-by"]
        taken = run_well("import_accounts", *took, sam.email)
        follow()
    assert taken["warnings"] == ["Newly empty or missing: last_used. So it proves no removal."]
    assert (live(), removals()) == (14, [RevocationState.DONE])


def test_an_export_from_before_the_removal_proves_nothing(
    office: Office, campaign: Campaign, noon: datetime
) -> None:
    with clock.set_to(LATER):
        office.ledger(*ROWS[6:], exported_at=noon - timedelta(minutes=1))
        follow()
    assert removals() == [RevocationState.DONE]
    next_import(office, *ROWS[6:])
    assert removals() == [RevocationState.VERIFIED]
