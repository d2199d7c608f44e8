"""When a run waits for a person, and what a run that is taken proves."""

from datetime import datetime, timedelta

import pytest

import clock
from accounts.actions import imports
from accounts.enums import PersonStatus, RunState
from accounts.models import Account, Entitlement, ExpectedRemoval, Grant, Person, User
from tests.accounts.imports import (
    COMMAND,
    import_accounts,
    import_people,
    work_off,
)
from tests.cast import acting

pytestmark = pytest.mark.django_db

HEADERS = "username,mail,mfa,entitlement\n"


def file(*names: int, mfa: str = "yes", right: str = "read") -> str:
    return HEADERS + "".join(f"u{n},u{n}@example.com,{mfa},{right}\n" for n in names)


HUNDRED = file(*range(100))


def live() -> int:
    return Account.objects.filter(gone_at=None).count()


@pytest.mark.parametrize(
    ("before", "after", "held"),
    [
        (100, 95, False),  # Five are no more than 5 %.
        (100, 94, True),
        (50, 46, False),  # Four are too few to hold, though they are 8 %.
        (50, 45, True),
        (3, 0, True),  # All are gone.
    ],
)
def test_shrinking_is_held_from_a_twentieth_and_five_on(
    noon: datetime, before: int, after: int, held: bool
) -> None:
    import_accounts(file(*range(before)))
    run = import_accounts(file(*range(after)))
    assert (run.state == RunState.HELD, live()) == (held, before if held else after)


def test_scenario_2_zero_rows_are_no_mass_removal(noon: datetime) -> None:
    import_accounts(HUNDRED)
    run = import_accounts(HEADERS, exported_at=noon)
    assert (run.state, run.proves_until, live()) == (RunState.HELD, None, 100)
    assert run.held_for == [
        "The file gives no row that can be taken.",
        "All 100 accounts are gone.",
        "All 100 grants are gone.",
        "The column of entitlement was filled in the last import and is empty or missing now.",
        "The column of mail was filled in the last import and is empty or missing now.",
        "The column of mfa was filled in the last import and is empty or missing now.",
        "The column of username was filled in the last import and is empty or missing now.",
    ]


@pytest.mark.parametrize("text", [file(*range(100), mfa=""), HUNDRED.replace("mfa", "colour")])
def test_scenario_2_a_column_newly_empty_is_held_and_proves_nothing(
    noon: datetime, sam: User, text: str
) -> None:
    import_accounts(HUNDRED)
    run = import_accounts(text, exported_at=noon)
    assert run.held_for == [
        "The column of mfa was filled in the last import and is empty or missing now."
    ]
    imports.take_run(run, actor=COMMAND, reason="The export has no MFA now.", acknowledged_by=sam)
    run = work_off(run)
    assert (run.state, run.proves_until) == (RunState.COMPLETE, None)
    assert "Newly empty or missing: mfa. So it proves no removal." in run.warnings


def test_scenario_2_ordered_removals_pass_without_being_held(noon: datetime) -> None:
    import_accounts(HUNDRED)
    for account in Account.objects.filter(key__in=[f"u{n}" for n in range(50, 100)]):
        grant = account.grants.get()
        ExpectedRemoval.objects.create(
            account=account, entitlement=grant.entitlement, ordered_at=noon
        )
    run = import_accounts(file(*range(50)), exported_at=noon)
    assert (run.state, run.vanished, run.proves_until) == (RunState.COMPLETE, 50, noon)


def test_ordered_removal_of_one_right_does_not_excuse_the_whole_account(noon: datetime) -> None:
    import_accounts(file(*range(20)) + "".join(f"u{n},,,admin\n" for n in range(20)))
    admin = Entitlement.objects.get(key="admin")
    for account in Account.objects.filter(key__in=[f"u{n}" for n in range(10, 20)]):
        ExpectedRemoval.objects.create(account=account, entitlement=admin, ordered_at=noon)
    run = import_accounts(file(*range(10)) + "".join(f"u{n},,,admin\n" for n in range(10)))
    assert run.held_for == [
        "10 of 20 accounts are gone without an ordered removal or a known leaver: more than 5 %.",
        "10 of 40 grants are gone without an ordered removal or a known leaver: more than 5 %.",
    ]


def test_known_leavers_may_go(noon: datetime) -> None:
    people = "".join(f"{n},P {n},u{n}@example.com,left,\n" for n in range(10, 20))
    import_people("employee_id,name,mail,status,end\n1,Al,a@example.com,active,\n" + people)
    import_accounts(file(*range(20)))
    run = import_accounts(file(*range(10)))
    assert (run.state, run.vanished) == (RunState.COMPLETE, 10)


def test_shrinking_roster_is_held(noon: datetime) -> None:
    rows = [f"{n},P {n},active\n" for n in range(20)]
    import_people("employee_id,name,status\n" + "".join(rows))
    run = import_people("employee_id,name,status\n" + "".join(rows[:14]))
    assert run.held_for == [
        "6 of 20 people are gone without an ordered removal or a known leaver: more than 5 %."
    ]
    Person.objects.filter(employee_id__in=["17", "18", "19"]).update(status=PersonStatus.LEFT)
    assert import_people("employee_id,name,status\n" + "".join(rows[:14])).vanished == 6


def test_held_run_changes_nothing_until_it_is_taken(noon: datetime, sam: User, ada: User) -> None:
    import_accounts(HUNDRED)
    run = import_accounts(file(*range(50)), exported_at=noon)
    assert (live(), run.preview["vanished"], run.vanished) == (100, 50, 0)
    imports.take_run(run, actor=acting(ada), reason="Half of them left.", acknowledged_by=sam)
    run = work_off(run)
    assert (run.state, run.vanished, live()) == (RunState.COMPLETE, 50, 50)
    assert (run.taken_by_ref, run.acknowledged_by_ref, run.taken_at) == (ada.ref, sam.ref, noon)
    assert run.proves_until == noon


def test_discarded_run_leaves_the_picture(noon: datetime, sam: User) -> None:
    import_accounts(HUNDRED)
    run = import_accounts(file(*range(50)))
    imports.discard_run(run, actor=acting(sam), reason="Only half was exported.")
    run.refresh_from_db()
    assert (run.state, live()) == (RunState.DISCARDED, 100)


@pytest.mark.parametrize("proves", [False, True])
def test_run_proves_removals_before_its_export_only_where_that_is_stated(
    noon: datetime, proves: bool
) -> None:
    import_accounts(file(1, 2, 3))
    exported = noon - timedelta(hours=3)
    run = import_accounts(file(1, 2), exported_at=exported if proves else None)
    assert run.proves_until == (exported if proves else None)
    assert run.read_at == (exported if proves else noon)


def test_column_mapped_anew_proves_nothing(noon: datetime) -> None:
    import_accounts("login,other,role\nann,ann2,read\n", mapping={"username": "login"})
    run = import_accounts(
        "login,other,role\nann,ann,read\n", mapping={"username": "other"}, exported_at=noon
    )
    assert (run.state, run.proves_until) == (RunState.COMPLETE, None)
    assert "Mapped anew: username. So it proves no removal." in run.warnings


def test_mapping_is_remembered_for_the_next_file(noon: datetime) -> None:
    import_accounts("who,what\nann,read\n", mapping={"username": "who", "entitlement": "what"})
    with clock.set_to(noon + timedelta(days=1)):
        run = import_accounts("who,what\nann,read\nben,read\n", exported_at=noon)
    assert (run.state, run.created, run.unchanged) == (RunState.COMPLETE, 1, 1)
    assert run.proves_until == noon


def test_scenario_23_what_is_gone_already_is_proved_by_the_next_complete_run(
    noon: datetime,
) -> None:
    import_accounts(file(1, 2, 3))
    import_accounts(file(1, 2))
    gone = Grant.objects.exclude(gone_at=None).get()
    run = import_accounts(file(1, 2), exported_at=noon)
    gone.refresh_from_db()
    assert (run.vanished, run.proves_until, gone.gone_at) == (0, noon, noon)
    assert run.source.current_run == run
