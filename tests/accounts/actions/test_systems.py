"""The inventory: who keeps it, what a file of it may leave out, and which rows it rejects."""

from pathlib import Path
from typing import Any

import pytest

from accounts.actions.systems import (
    INVENTORY,
    create_system,
    import_inventory,
    reinstate_system,
    retire_system,
    update_system,
)
from accounts.actions.tables import Outcome, Rejected, read_table
from accounts.enums import Criticality, DataClass
from accounts.models import System, User
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.models import Event
from tests.accounts.imports import COMMAND
from tests.cast import NOON, acting, make_person, make_system, person_of

pytestmark = pytest.mark.usefixtures("noon", "db")


def take(folder: Path, text: str) -> Outcome:
    file = folder / "systems.csv"
    file.write_text(text)
    return import_inventory(read_table(file, columns=INVENTORY).rows, actor=COMMAND)


def test_create_system_is_an_event_without_its_name(sam: User, alice: User) -> None:
    system = create_system(
        actor=acting(sam), name=" Okta  main ", data_class=DataClass.COMPANY, owner=alice.person
    )
    system.refresh_from_db()
    assert (system.name, system.criticality, system.owner) == (
        "Okta main",
        Criticality.MEDIUM,
        alice.person,
    )
    event = Event.objects.get(verb="system.added")
    assert (event.target, "Okta" in event.body) == (f"system:{system.pk}", False)
    assert f'"owner":"person:{person_of(alice).pk}"' in event.body


def test_create_system_of_a_name_that_is_taken(sam: User) -> None:
    make_system("Okta")
    with pytest.raises(WrongInput, match="There is a system okta already"):
        create_system(actor=acting(sam), name="okta", data_class=DataClass.PUBLIC)


def test_the_inventory_is_not_its_owners_to_keep(ledger: System, owner: User, carol: User) -> None:
    for user in (owner, carol):
        with pytest.raises(NotAllowed, match="kept by the security team"):
            retire_system(ledger, actor=acting(user))
    assert System.objects.filter(retired_at=None).count() == 1
    assert Event.objects.count() == 0


def test_update_system_says_what_changed_and_nothing_twice(ledger: System, sam: User) -> None:
    facts: dict[str, Any] = {
        "name": "Ledger",
        "data_class": DataClass.CUSTOMER,
        "criticality": Criticality.HIGH,
        "owner": None,
        "description": "Where money is counted.",
        "owner_reviews": True,
    }
    for _ in range(2):
        update_system(ledger, actor=acting(sam), **facts)
    ledger.refresh_from_db()
    assert {name: getattr(ledger, name) for name in facts} == facts
    event = Event.objects.get(verb="system.changed")
    changed = '"changed":"data_class,criticality,owner_id,description,owner_reviews"'
    assert changed in event.body


def test_retire_system_and_take_it_back(ledger: System, ada: User) -> None:
    assert retire_system(ledger, actor=acting(ada)).retired_at == NOON
    with pytest.raises(Conflict, match="retired on 5 October 2026 already"):
        retire_system(ledger, actor=acting(ada))
    assert reinstate_system(ledger, actor=acting(ada)).retired_at is None
    with pytest.raises(Conflict, match="is not retired"):
        reinstate_system(ledger, actor=acting(ada))


def test_import_inventory_adds_and_describes(tmp_path: Path, ledger: System) -> None:
    owner = make_person("Greta", mail="greta@example.com")
    outcome = take(
        tmp_path,
        "Name,Data class,Criticality,Owner,Description,Room\n"
        "GitHub,Company Confidential,High,GRETA@example.com,Source code,4\n"
        "ledger,customer_confidential,,,,5\n",
    )
    assert (outcome.created, outcome.updated, outcome.rejected) == (1, 1, [])
    github = System.objects.get(name="GitHub")
    assert (github.data_class, github.criticality, github.owner, github.description) == (
        DataClass.COMPANY,
        Criticality.HIGH,
        owner,
        "Source code",
    )
    before = ledger.owner
    ledger.refresh_from_db()
    assert (ledger.name, ledger.data_class, ledger.owner) == ("Ledger", DataClass.CUSTOMER, before)


def test_import_inventory_again_changes_nothing(tmp_path: Path) -> None:
    text = "name,data_class,owner_reviews\nGitHub,Public,yes\n"
    take(tmp_path, text)
    outcome = take(tmp_path, text)
    assert (outcome.unchanged, outcome.read) == (1, 1)
    assert System.objects.get().owner_reviews
    assert Event.objects.filter(verb="system.changed").count() == 0
    assert (
        '"created":0,"imported":1'
        in Event.objects.filter(verb="inventory.imported").latest("id").body
    )


def test_import_inventory_rejects_each_row_with_its_reason(tmp_path: Path) -> None:
    make_person(mail="two@example.com")
    make_person(mail="two@example.com")
    outcome = take(
        tmp_path,
        "name,data_class,owner\n"
        "One,Secret,\nTwo,Public,two@example.com\nThree,Public,who@example.com\n"
        ",Public,\nFour,,\nFive,Public,\nfive,Public,\nSix,Public,,,x\n",
    )
    assert outcome.rejected == [
        Rejected(
            2,
            "“Secret” is no data class: write one of Public, Internal, Company "
            "Confidential, Customer Confidential.",
        ),
        Rejected(3, "The owner is two@example.com, and several people have that mail."),
        Rejected(4, "The owner is who@example.com, and nobody who is here has that mail."),
        Rejected(5, "The name of a system has 1 to 200 characters."),
        Rejected(
            6,
            "Choose a data class for Four: Public, Internal, Company Confidential, "
            "Customer Confidential.",
        ),
        Rejected(8, "five stands in an earlier row already."),
        Rejected(9, "The row has 5 cells, the header has 3."),
    ]
    assert (outcome.read, outcome.imported) == (8, 1)
    assert list(System.objects.values_list("name", flat=True)) == ["Five"]


def test_a_table_without_its_first_column_or_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(WrongInput, match="no column “name”"):
        take(tmp_path, "system,class\nOkta,Public\n")
    with pytest.raises(WrongInput, match="not a CSV or XLSX"):
        take(tmp_path, "%PDF-1.7")


def test_a_table_names_the_columns_that_it_ignores(tmp_path: Path) -> None:
    file = tmp_path / "systems.csv"
    file.write_text("name,Room,data class\nOkta,4,Public\n")
    table = read_table(file, columns=INVENTORY)
    assert (table.ignored, table.rows[0].cells) == (
        ["Room"],
        {"name": "Okta", "data_class": "Public"},
    )
