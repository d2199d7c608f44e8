"""The inventory on pages, and the page of a system."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.enums import DataClass
from accounts.models import System, User
from tests.accounts.imports import import_accounts
from tests.cast import make_account, make_system, person_of

pytestmark = pytest.mark.usefixtures("noon", "db")


def test_a_system_is_added_changed_and_retired(client: Client, sam: User, alice: User) -> None:
    client.force_login(sam)
    said = {
        "name": "Okta",
        "data_class": "internal",
        "criticality": "high",
        "owner": "Alice Okafor",
    }
    page = client.post("/systems/new/", said, follow=True).content.decode()
    system = System.objects.get()
    assert (system.owner, system.owner_reviews) == (alice.person, False)
    assert "no complete import yet: nothing of it would be reviewed" in page
    shown = client.get(f"/systems/{system.pk}/edit/").content.decode()
    assert 'value="Alice Okafor &lt;alice.okafor@example.com&gt;"' in shown
    changed = {**said, "data_class": "customer_confidential", "owner": "", "owner_reviews": "on"}
    client.post(f"/systems/{system.pk}/edit/", changed)
    system.refresh_from_db()
    assert (system.data_class, system.owner, system.owner_reviews) == (
        DataClass.CUSTOMER,
        None,
        True,
    )
    page = client.post(f"/systems/{system.pk}/retire/", follow=True).content.decode()
    assert "Okta is retired: later campaigns leave it out." in page
    page = client.post(f"/systems/{system.pk}/retire/", {"back": "1"}, follow=True).content.decode()
    assert "Okta is back in the inventory." in page


def test_a_system_whose_name_is_taken_or_whose_owner_nobody_is(client: Client, sam: User) -> None:
    make_system("Okta")
    client.force_login(sam)
    said = {"name": "OKTA", "data_class": "internal", "criticality": "low"}
    answer = client.post("/systems/new/", said)
    assert answer.status_code == 422
    assert "There is a system OKTA already: choose another name." in answer.content.decode()
    page = client.post("/systems/new/", {**said, "name": "X", "owner": "who"}).content.decode()
    assert "Nobody here is known by &#x27;who&#x27;" in page


def test_an_inventory_is_read_and_says_which_rows_it_rejects(client: Client, sam: User) -> None:
    client.force_login(sam)
    file = SimpleUploadedFile(
        "systems.csv", b"name,data class,room\nOkta,Internal,4\nWiki,Secret,5\n"
    )
    page = client.post("/systems/inventory/", {"file": file}).content.decode()
    assert "2 rows read: 1 created, 0 updated, 0 unchanged, 1 rejected." in page
    assert "Not used: the columns room." in page
    assert "“Secret” is no data class" in page
    file = SimpleUploadedFile("systems.csv", b"name\nokta\n")
    answer = client.post("/systems/inventory/", {"file": file})
    assert answer.headers["Location"] == "/systems/"
    file = SimpleUploadedFile("systems.csv", b"system\nokta\n")
    answer = client.post("/systems/inventory/", {"file": file})
    assert (answer.status_code, "no column “name”" in answer.content.decode()) == (422, True)


def test_a_system_shows_its_accounts_and_how_many_matched(
    client: Client, owner: User, ledger: System
) -> None:
    make_account(ledger, "kim", person=person_of(owner))
    make_account(ledger, "stray")
    make_account(make_system("Other"), "elsewhere")
    client.force_login(owner)
    page = client.get(f"/systems/{ledger.pk}/").content.decode()
    assert "1 of 2 live accounts matched" in page
    assert ("stray" in page, "elsewhere" in page) == (True, False)
    assert "Read today" in page
    assert f'href="/systems/{ledger.pk}/edit/"' not in page


def test_a_system_lists_the_runs_of_its_own_source(client: Client, sam: User) -> None:
    import_accounts("username\nkim\n", system="Other")
    run = import_accounts("username\nkim\n")
    system = run.source.system
    assert system is not None
    client.force_login(sam)
    shown = client.get(f"/systems/{system.pk}/imports/").context["shown"]
    assert shown.rows == [run]


def test_nobody_sees_a_system_in_the_list_that_is_not_theirs(
    client: Client, owner: User, alice: User, ledger: System
) -> None:
    make_system("Other")
    for user, names in ((owner, ["Ledger"]), (alice, [])):
        client.force_login(user)
        assert [row.name for row in client.get("/systems/").context["shown"].rows] == names
