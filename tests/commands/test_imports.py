"""import_people and import_accounts: their counts, their statuses, who may take a held run."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import clock
from accounts.enums import DataClass, RunState
from accounts.models import Account, ImportRun, Person, System, User
from audit.models import Event
from tests.cast import NOON, make_person
from tests.commands.running import DONE, NEEDS_A_PERSON, WRONG_INPUT, Ran, run, run_well, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

PEOPLE = (
    "employee_id,name,mail,title,department,team,worker_type,status,start,end,manager\n"
    "1,Alice Okafor,alice@example.com,Head,Sales,Sales,employee,active,2020-01-01,,\n"
    "2,Tom Eriksen,tom@example.com,Clerk,Sales,Sales,employee,active,2021-01-01,,1\n"
)
ACCOUNTS = "username,mail,entitlement\n" + "".join(
    f"user{n:02},user{n:02}@example.com,read\n" for n in range(20)
)
COUNTS = ("rows_read", "imported", "rejected", "created", "updated", "unchanged", "vanished")


def counts(ran: Ran) -> tuple[Any, ...]:
    return (*(ran.said[name] for name in COUNTS), ran.said["status"])


@pytest.fixture
def people(tmp_path: Path) -> Path:
    return write(tmp_path, "people.csv", PEOPLE)


@pytest.fixture
def accounts(tmp_path: Path) -> Path:
    return write(tmp_path, "accounts.csv", ACCOUNTS)


def test_import_people_says_what_came_of_each_row(people: Path) -> None:
    first, again = run("import_people", people), run("import_people", people)
    assert counts(first) == (2, 2, 0, 2, 0, 0, 0, "complete")
    assert counts(again) == (2, 2, 0, 0, 0, 2, 0, "complete")
    assert (first.status, first.errors, again.status) == (DONE, "", DONE)
    assert ImportRun.objects.get(pk=first.said["run"]).state == RunState.COMPLETE


def test_rosters_make_only_their_own_people_vanish(people: Path, tmp_path: Path) -> None:
    run_well("import_people", people)
    guests = write(tmp_path, "g.csv", "name,mail\nGus,gus@example.com\nGia,gia@example.com\n")
    run_well("import_people", guests, "--roster", "Guests")
    write(tmp_path, "g.csv", "name,mail\nGus,gus@example.com\n")
    assert counts(run("import_people", guests, "--roster", "guests"))[-2:] == (1, "complete")
    gone = Person.objects.exclude(gone_at=None)
    assert list(gone.values_list("name", flat=True)) == ["Gia"]


def test_map_names_columns_that_headers_do_not(tmp_path: Path) -> None:
    file = write(tmp_path, "p.csv", "Who,Reach them at,Boss\nAl,al@example.com,\n")
    mapped = ("--map", "name=Who", "--map", "mail=Reach them at", "--map", "manager=Boss")
    assert run_well("import_people", file, *mapped)["created"] == 1
    assert list(Person.objects.values_list("name", "mail")) == [("Al", "al@example.com")]


def test_import_accounts_makes_the_system_as_it_is_told(accounts: Path) -> None:
    make_person("Olga", mail="olga@example.com")
    said = run("import_accounts", "Ledger", accounts, *["--data-class", "internal"])
    assert counts(said) == (20, 20, 0, 20, 0, 0, 0, "complete")
    run_well(
        "import_accounts",
        "ledger",
        accounts,
        "--data-class",
        "customer_confidential",
        "--owner",
        "OLGA@example.com",
    )
    system = System.objects.get()
    assert system.owner is not None
    assert (system.name, system.data_class, system.owner.name) == (
        "Ledger",
        DataClass.CUSTOMER,
        "Olga",
    )


def test_a_row_that_is_rejected_is_counted_and_named(tmp_path: Path) -> None:
    file = write(tmp_path, "a.csv", "username,entitlement,created\nann,r,2024-01-02\nben,r,soon\n")
    ran = run("import_accounts", "Ledger", file)
    assert counts(ran) == (2, 1, 1, 1, 0, 0, 0, "complete")
    assert ran.status == DONE
    assert ran.errors.startswith("row 3 was rejected: ")


def test_an_export_time_decides_age_and_what_a_run_proves(accounts: Path) -> None:
    stated = run_well(
        "import_accounts", "Ledger", accounts, "--exported-at", "2026-10-04T08:30:00+02:00"
    )
    silent = run_well("import_accounts", "Wiki", accounts)
    times = ImportRun.objects.order_by("pk").values_list("pk", "read_at", "proves_until")
    exported = datetime(2026, 10, 4, 6, 30, tzinfo=UTC)
    assert list(times) == [(stated["run"], exported, exported), (silent["run"], NOON, None)]


def test_where_a_file_comes_from_is_kept(accounts: Path) -> None:
    stated = ["--exported-by", "Sam Ito", "--report", "All users", "--source-count", "20"]
    run_well("import_accounts", "Ledger", accounts, *stated)
    said = ImportRun.objects.get()
    assert (said.exported_by, said.report, said.source_count) == ("Sam Ito", "All users", 20)


def test_another_count_than_the_sources_fails_the_run(accounts: Path) -> None:
    ran = run("import_accounts", "Ledger", accounts, "--source-count", "21")
    assert (ran.status, ran.said["status"], Account.objects.count()) == (WRONG_INPUT, "failed", 0)
    assert ran.errors == (
        "The import is incomplete: the source counts 21 rows and the file has 20. "
        "Export it again, or correct the count.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["import_people", "absent.csv"], "There is no file absent.csv."),
        (["import_people"], "Name the file to import: import_people FILE."),
        (
            ["import_accounts", "Ledger"],
            "Name the system and the file: import_accounts SYSTEM FILE.",
        ),
        (
            ["import_people", "FILE", "--map", "name"],
            "--map takes FIELD=COLUMN, and 'name' is not that.",
        ),
        (
            ["import_people", "FILE", "--exported-at", "yesterday"],
            "--exported-at is 'yesterday': write it like 2026-10-01T09:30:00+00:00.",
        ),
        (
            ["import_people", "FILE", "--exported-at", "2026-10-05T12:00:01+00:00"],
            "The time of the export lies in the future: check it and its time zone.",
        ),
        (
            ["import_accounts", "Ledger", "FILE", "--data-class", "secret"],
            (
                "secret is no data class: choose one of public, internal, company_confidential, "
                "customer_confidential."
            ),
        ),
        (
            ["import_accounts", "Ledger", "FILE", "--owner", "nobody@example.com"],
            (
                "Nobody has the mail nobody@example.com: name the owner by the mail of one person "
                "of a roster."
            ),
        ),
        (
            ["import_people", "FILE", "--actor", "nobody@example.com"],
            (
                "--actor names nobody@example.com, and no active user has that mail: check it, or "
                "make the user with create_user."
            ),
        ),
        (["import_people", "--take", "77"], "There is no such run 77 to take."),
    ],
)
def test_wrong_input_is_one_line_and_changes_nothing(
    people: Path, arguments: list[str], sentence: str
) -> None:
    ran = run(*[str(people) if word == "FILE" else word for word in arguments])
    assert (ran.status, ran.said, ran.errors) == (WRONG_INPUT, {}, sentence + "\n")
    assert (Person.objects.count(), ImportRun.objects.count(), System.objects.count()) == (0, 0, 0)


def test_a_file_without_the_needed_columns_is_one_line(tmp_path: Path) -> None:
    file = write(tmp_path, "a.csv", "colour,size\nred,9\n")
    ran = run("import_accounts", "Ledger", file)
    assert (ran.status, ran.said, ran.errors.count("\n")) == (WRONG_INPUT, {}, 1)
    assert "account_id or username" in ran.errors
    assert (System.objects.count(), Event.objects.count()) == (0, 0)


@pytest.fixture
def held(accounts: Path, sam: User) -> Ran:
    """Ten of twenty accounts are gone from the second file."""
    run_well("import_accounts", "Ledger", accounts)
    fewer = write(accounts.parent, "fewer.csv", "\n".join(ACCOUNTS.splitlines()[:11]) + "\n")
    return run("import_accounts", "Ledger", fewer)


def take(held: Ran, *arguments: object) -> Ran:
    return run("import_accounts", "--take", held.said["run"], *arguments)


def live() -> int:
    return Account.objects.filter(gone_at=None).count()


def test_a_held_run_ends_with_3_and_says_what_taking_it_would_do(held: Ran) -> None:
    assert (held.status, counts(held)) == (
        NEEDS_A_PERSON,
        (10, 10, 0, 0, 0, 10, 10, "held"),
    )
    assert held.errors.splitlines() == [
        (
            f"Run {held.said['run']} is held, and nothing was changed: 10 of 20 accounts are gone "
            "without an ordered removal or a known leaver: more than 5 %. 10 of 20 grants are gone "
            "without an ordered removal or a known leaver: more than 5 %. To take it all the same: "
            f"import_accounts --take {held.said['run']} --reason TEXT --acknowledged-by MAIL"
        )
    ]
    assert live() == 20


def test_a_held_run_is_taken_with_a_reason_and_another_person(held: Ran, sam: User) -> None:
    taken = take(held, "--reason", "Clean-up", "--acknowledged-by", sam.email)
    assert (taken.status, counts(taken)) == (DONE, (10, 10, 0, 0, 0, 10, 10, "complete"))
    assert live() == 10
    event = Event.objects.get(verb="import.taken")
    assert event.actor.startswith("system:command line (")
    assert '"approver":"' + sam.ref + '"' in event.body
    assert '"named_by":"named on the command line"' in event.body


@pytest.mark.parametrize(
    ("who", "sentence"),
    [
        ("nobody", "Somebody else must agree to take a held run: name them."),
        ("alice", "Whoever agrees to take a held run is active, of the security team or an "),
        ("sam by sam", "Whoever agrees to take a held run is active, of the security team or an "),
    ],
)
def test_a_held_run_is_not_taken_without_another_person(
    held: Ran, alice: User, sam: User, who: str, sentence: str
) -> None:
    said: list[str] = {
        "nobody": [],
        "alice": ["--acknowledged-by", alice.email],
        "sam by sam": ["--acknowledged-by", sam.email, "--actor", sam.email],
    }[who]
    ran = take(held, "--reason", "Clean-up", *said)
    assert (ran.status, ran.said, live()) == (WRONG_INPUT, {}, 20)
    assert ran.errors.startswith(sentence)
    refusals = Event.objects.filter(verb="trail.refused", target="command:import_accounts")
    assert refusals.count() == (who != "nobody")


def test_a_held_run_is_not_taken_without_a_reason(held: Ran, sam: User) -> None:
    ran = take(held, "--acknowledged-by", sam.email)
    assert (ran.status, ran.errors, live()) == (
        WRONG_INPUT,
        "Say why this run may be taken.\n",
        20,
    )


def test_an_import_by_a_person_bears_the_name_and_how_it_came(people: Path, sam: User) -> None:
    run_well("import_people", people, "--actor", sam.email)
    event = Event.objects.get(verb="import.completed")
    assert (event.actor, event.channel) == (sam.ref, "command")
    assert '"named_by":"named on the command line"' in event.body


def test_an_import_is_for_those_who_run_and_owners(people: Path, alice: User) -> None:
    ran = run("import_people", people, "--actor", alice.email)
    assert (ran.status, Person.objects.count()) == (WRONG_INPUT, 1)
    assert ran.errors == "Only the security team and administrators add a roster.\n"


def test_age_counts_from_the_upload_where_no_export_is_stated(accounts: Path) -> None:
    run_well("import_accounts", "Ledger", accounts)
    with clock.set_to(NOON + timedelta(days=1)):
        run_well("import_accounts", "Ledger", accounts)
    reads = ImportRun.objects.order_by("pk").values_list("read_at", flat=True)
    assert list(reads) == [NOON, NOON + timedelta(days=1)]
