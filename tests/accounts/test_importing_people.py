"""Rosters: who is who, who is gone, and who manages whom."""

from datetime import date, datetime, timedelta

import pytest

import clock
from accounts.enums import LinkMethod, ManagerProblem, PersonStatus, RunState, WorkerType
from accounts.importing.managers import resolve_managers
from accounts.models import Account, Person, Team
from tests.accounts.imports import counts, import_accounts, import_people
from tests.cast import make_person

pytestmark = pytest.mark.django_db

HEADERS = "employee_id,name,mail,title,team,worker_type,status,start,end,manager\n"
ROSTER = HEADERS + (
    "1,Ada,ada@example.com,Head,Core,Employee,Active,2020-01-01,,\n"
    "2,Bob,bob@example.com,Lead,core,Employee,Active,2021-01-01,2027-12-31,ada@example.com\n"
    "3,Cyd,cyd@example.com,Clerk,Ops,Contractor,Active,2022-01-01,2026-12-31,Bob\n"
)


def managers() -> dict[str, tuple[str | None, str]]:
    rows = Person.objects.values_list("name", "manager__name", "manager_problem")
    return {name: (manager, problem) for name, manager, problem in rows}


def test_roster_brings_people_with_teams_and_managers(noon: datetime) -> None:
    run = import_people(ROSTER)
    assert (run.state, counts(run)["created"]) == (RunState.COMPLETE, 3)
    cyd = Person.objects.get(employee_id="3")
    assert (cyd.worker_type, cyd.status, cyd.end) == (
        WorkerType.CONTRACTOR,
        PersonStatus.ACTIVE,
        date(2026, 12, 31),
    )
    assert managers() == {
        "Ada": (None, ManagerProblem.MISSING),
        "Bob": ("Ada", ""),
        "Cyd": ("Bob", ""),
    }
    assert list(Team.objects.order_by("name").values_list("name", flat=True)) == ["Core", "Ops"]


def test_same_roster_again_changes_nothing(noon: datetime) -> None:
    import_people(ROSTER)
    run = import_people(ROSTER)
    assert (run.created, run.updated, run.unchanged, run.vanished) == (0, 0, 3, 0)


def test_only_its_own_people_vanish_from_a_roster(noon: datetime) -> None:
    made_by_hand = make_person("Hal")
    import_people(ROSTER)
    import_people("employee_id,name\nX1,Xia\n", roster="Contractors")
    run = import_people(ROSTER.replace(ROSTER.splitlines()[3], ""))
    assert (run.vanished, run.unchanged) == (1, 2)
    gone = Person.objects.get(gone_run=run)
    assert (gone.name, gone.status, gone.gone_at) == ("Cyd", PersonStatus.GONE, noon)
    assert Person.objects.filter(gone_at=None).count() == 4
    assert Person.objects.get(pk=made_by_hand.pk).status == PersonStatus.ACTIVE


def test_person_made_by_hand_is_taken_over_by_mail(noon: datetime) -> None:
    by_hand = Person.objects.create(name="A. Da", mail="ADA@example.com")
    run = import_people(ROSTER)
    ada = Person.objects.get(employee_id="1")
    assert (run.created, run.updated) == (2, 1)
    assert (ada.pk, ada.name, ada.source) == (by_hand.pk, "Ada", run.source)


def test_contractor_who_becomes_an_employee_stays_one_person(noon: datetime) -> None:
    import_people("name,mail\nZoe,zoe@example.com\nYan,yan@example.com\n", roster="Contractors")
    zoe = Person.objects.get(name="Zoe")
    import_people("name,mail\nYan,yan@example.com\n", roster="Contractors")
    import_people("employee_id,name,mail\n9,Zoe,zoe@example.com\n")
    zoe.refresh_from_db()
    assert (zoe.employee_id, zoe.gone_at, zoe.source and zoe.source.name) == (
        "9",
        None,
        "Employees",
    )


def test_employee_ids_that_come_later_belong_to_the_same_people(noon: datetime) -> None:
    import_people("name,mail\nAda,ada@example.com\n")
    run = import_people("employee_id,name,mail\n1,Ada,ada@example.com\n")
    assert (run.created, run.updated, run.vanished) == (0, 1, 0)


def test_managers_that_cannot_be_relied_on_are_reported(noon: datetime) -> None:
    import_people(
        "employee_id,name,status,manager\n"
        "1,Kit,active,Nobody\n2,Lee,active,Sam Twin\n3,Sam Twin,active,1\n4,Sam Twin,active,1\n"
        "5,Ned,left,1\n6,Oda,active,5\n7,Pia,active,8\n8,Quy,active,9\n9,Rea,active,7\n"
        "10,Sol,active,7\n11,Tor,active,11\n"
    )
    found = {
        person.employee_id: person.manager_problem
        for person in Person.objects.exclude(manager_problem="")
    }
    assert found == {
        "1": ManagerProblem.UNKNOWN,
        "2": ManagerProblem.AMBIGUOUS,
        "6": ManagerProblem.DEPARTED,
        "7": ManagerProblem.CIRCLE,
        "8": ManagerProblem.CIRCLE,
        "9": ManagerProblem.CIRCLE,
        "11": ManagerProblem.CIRCLE,
    }
    resolve_managers()
    assert Person.objects.filter(manager_problem=ManagerProblem.CIRCLE).count() == 4


def test_manager_by_name_is_who_is_still_here(noon: datetime) -> None:
    import_people("employee_id,name,status,manager\n1,Kit,left,\n2,Kit,active,\n3,Lee,active,kit\n")
    lee = Person.objects.get(name="Lee")
    assert (lee.manager and lee.manager.employee_id, lee.manager_problem) == ("2", "")


def test_move_is_noted_when_title_team_or_manager_changes(noon: datetime) -> None:
    import_people(ROSTER)
    with clock.set_to(noon + timedelta(days=30)):
        import_people(ROSTER.replace("Clerk,Ops", "Clerk,Core").replace("Lead", "Director"))
    moved = Person.objects.exclude(moved_at=None).order_by("name")
    assert list(moved.values_list("name", "moved_at")) == [
        ("Bob", noon + timedelta(days=30)),
        ("Cyd", noon + timedelta(days=30)),
    ]


def test_accounts_are_linked_when_the_roster_comes_later(noon: datetime) -> None:
    import_accounts("username,mail\nada,ada@example.com\n")
    assert Account.objects.get().person is None
    import_people(ROSTER)
    account = Account.objects.get()
    assert (account.person and account.person.name, account.link_method) == ("Ada", LinkMethod.MAIL)
    assert account.type == "personal"


def test_two_rows_about_one_person_that_differ_reject_the_roster(noon: datetime) -> None:
    run = import_people(ROSTER + "3,Cyd,cyd@example.com,Boss,Ops,Contractor,Active,,,Bob\n")
    assert (run.state, Person.objects.count()) == (RunState.FAILED, 0)
    assert run.error.startswith(
        "Two rows are about one person and say different things: rows 4 and 5 (“3”)."
    )


def test_repeated_and_nameless_rows_are_rejected(noon: datetime) -> None:
    run = import_people(ROSTER + ROSTER.splitlines()[3] + "\n,Nix,,,,,,,,\n")
    reasons = run.rejected_rows.order_by("row_number").values_list("row_number", "reason")
    assert list(reasons) == [
        (5, "It says the same as row 4."),
        (6, "The row has no employee_id and no mail."),
    ]
    assert (run.rows_read, run.imported, run.rejected) == (5, 3, 2)
