"""Sources: how each stands, what to do next, and the way from an empty start."""

import csv
from datetime import timedelta

import pytest
from django.test import Client

from accounts.actions.systems import retire_system
from accounts.enums import RunState
from accounts.models import System, User
from tests.accounts.imports import import_accounts, import_people
from tests.cast import NOON, acting, make_account, make_run, make_system

pytestmark = pytest.mark.usefixtures("noon", "db")


def standing(client: Client) -> dict[str, str]:
    """Of each system the word of its chip, as the export has it."""
    text = b"".join(client.get("/sources/?export=csv")).decode("utf-8-sig")
    return {row["System"]: row["State"] for row in csv.DictReader(text.splitlines())}


def test_from_nothing_the_page_leads_to_people_then_to_accounts(client: Client, sam: User) -> None:
    client.force_login(sam)
    page = client.get("/sources/").content.decode()
    assert "Begin with the people" in page
    assert 'class="btn btn-primary" href="/imports/people/"' in page
    import_people("employee id,name\n7,Kim\n")
    page = client.get("/sources/").content.decode()
    assert 'class="btn btn-primary" href="/imports/people/"' not in page
    assert "Begin with the people" not in page
    assert 'class="btn btn-primary" href="/imports/accounts/"' in page
    assert "No system yet" in page


def test_each_source_says_how_it_stands(client: Client, sam: User, ledger: System) -> None:
    make_run(make_system("Old"), read_at=NOON - timedelta(days=8))
    make_system("Bare")
    for state in (RunState.HELD, RunState.FAILED, RunState.STAGED, RunState.IMPORTING):
        system = make_system(str(state.label))
        make_run(system)
        make_run(system, state=state)
    client.force_login(sam)
    assert standing(client) == {
        "Bare": "uncovered",
        "Failed": "last import failed",
        "Held for a person": "held",
        "Importing": "importing",
        "Ledger": "fresh",
        "Old": "stale",
        "Read, waiting for Import": "waits for Import",
    }
    page = client.get("/sources/?state=stale").content.decode()
    assert ("Old" in page, "Ledger" in page) == (True, False)


def test_an_old_source_says_its_age(client: Client, sam: User) -> None:
    system = make_system("Old")
    make_run(system, read_at=NOON - timedelta(days=8))
    client.force_login(sam)
    page = client.get("/sources/").content.decode()
    assert "8 days ago" in page
    assert f'href="/imports/accounts/?system={system.pk}">Import again' in page


def test_a_retired_system_is_no_gap(client: Client, sam: User, ledger: System) -> None:
    retire_system(ledger, actor=acting(sam))
    client.force_login(sam)
    assert standing(client) == {}


def test_accounts_of_nobody_lead_to_the_page_that_links_them(
    client: Client, sam: User, ledger: System
) -> None:
    make_account(ledger, "stray")
    client.force_login(sam)
    page = client.get("/sources/").content.decode()
    assert f'<a href="/accounts/unmatched/?system={ledger.pk}">1</a>' in page


def test_an_auditor_sees_sources_and_no_button_that_imports(client: Client, carol: User) -> None:
    import_accounts("username\nkim\n")
    client.force_login(carol)
    page = client.get("/sources/").content.decode()
    assert ("Vault" in page, "/imports/accounts/" in page) == (True, False)


def test_runs_are_listed_with_what_came_of_them(client: Client, carol: User) -> None:
    run = import_accounts("username,last login\nkim,\n,\nlea,nonsense,\n")
    client.force_login(carol)
    page = client.get("/imports/").content.decode()
    assert f'<a href="/imports/{run.pk}/">{run.pk}</a>' in page
    assert client.get("/imports/?state=held").content.decode().count("<tr>") == 0
