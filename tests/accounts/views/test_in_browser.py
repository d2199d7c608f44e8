"""The account pages as people see and press them: a newcomer's way from nothing to linked
accounts and settled findings, and every page wide and narrow, light and dark, by axe."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Account, Entitlement, Finding, ImportRun, Person, System, Team, User
from jobs.runner import drain
from tests.accounts.imports import import_accounts, import_people, read_text
from tests.browser import axe, look, sign_in
from tests.cast import make_person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PEOPLE = """\
Personnel number;Full name;Mail;Title;Team;Worker type;Status;Leaves on;Reports to
E1;Alice Okafor;alice.okafor@example.com;Head of Payments;Payments;employee;active;;
E2;Kim Lee;kim.lee@example.com;Engineer;Payments;employee;active;;E1
E3;Lea Fischer;lea.fischer@example.com;Engineer;Payments;employee;left;2026-09-04;E1
E4;Omar Haddad;omar@example.com;Clerk;Finance;employee;active;;Nobody Known
"""
ACCOUNTS = """\
Login,Mail,Display name,Kind,State,Last sign-in,Roles
kim.lee,kim.lee@example.com,Kim Lee,,active,2026-10-01,reader;admin
lea.fischer,lea.fischer@example.com,Lea Fischer,,active,2026-09-20,reader
ohaddad,,O. Haddad,,active,never,reader
svc-nightly,,,service,active,,admin
,,without a name,,,,reader
"""


def press_through(page: Page) -> None:
    """From the columns to the picture that stands, as the screen says, with a worker at hand."""
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_role("heading", name="The file is being read")).to_be_visible()
    drain()
    page.get_by_role("button", name="Import", exact=True).click()
    drain()
    expect(page.get_by_role("heading", name="This is the picture now")).to_be_visible()


def test_a_newcomer_is_led_from_nothing_to_settled_findings(
    page: Page, live_server: LiveServer, tmp_path: Path, sam: User
) -> None:
    people, accounts = tmp_path / "people.csv", tmp_path / "vault.csv"
    people.write_text(PEOPLE)
    accounts.write_text(ACCOUNTS)
    sign_in(page, live_server, sam)
    page.goto(f"{live_server.url}/sources/")
    page.locator(".empty").get_by_role("link", name="Import people").click()
    page.locator("input[type=file]").set_input_files(people)
    page.get_by_role("button", name="Go on to the columns").click()
    # One header that no list knows is said by hand.
    page.get_by_label("Leaves on").select_option("Last day")
    page.get_by_label("Personnel number").select_option("Employee id")
    page.get_by_label("Reports to").select_option("Manager")
    press_through(page)
    expect(page.locator("#run")).to_contain_text("2 of 4 people have no manager to rely on")
    page.get_by_role("link", name="Import accounts").click()
    page.get_by_label("Its name").fill("Vault")
    page.get_by_label("Data class").select_option("Customer Confidential")
    page.get_by_label("Owner").press_sequentially("alice")
    expect(page.locator("#people-found option")).to_have_count(1)
    page.get_by_label("Owner").fill("Alice Okafor")
    page.locator("input[type=file]").set_input_files(accounts)
    page.get_by_role("button", name="Go on to the columns").click()
    expect(page.get_by_label("Rights in one cell")).to_have_value(";")
    page.get_by_label("Kind").select_option("Account type")
    page.get_by_label("Last sign-in").select_option("Last used")
    page.get_by_label("State").select_option("Status")
    press_through(page)
    expect(page.locator("#run")).to_contain_text("2 of 4 live accounts matched to somebody")
    # By keys alone: to the first account, its suggestion, and on.
    page.get_by_role("link", name="Resolve 2").click()
    page.wait_for_url("**/accounts/unmatched/*")
    page.keyboard.press("j")
    expect(page.locator("tr.is-current")).to_contain_text("ohaddad")
    page.keyboard.press("1")
    expect(page.get_by_text("belongs to Omar Haddad")).to_be_visible()
    expect(page.locator("tr.is-current")).to_contain_text("svc-nightly")
    page.keyboard.press("f")
    page.keyboard.type("Payments")
    page.get_by_role("button", name="They own it").click()
    expect(page.get_by_text("belongs to Payments")).to_be_visible()
    assert Account.objects.get(username="ohaddad").person == Person.objects.get(name="Omar Haddad")
    # What is left of the service account is its purpose, named on its finding.
    page.goto(f"{live_server.url}/findings/?state=open")
    page.get_by_role("link", name="No purpose recorded").click()
    page.get_by_label("What is it for?").fill("Copies rows at night.")
    page.get_by_role("button", name="Name the purpose").click()
    expect(page.get_by_text("Corrected by a person")).to_be_visible()
    # And a right is described in its row, and confirmed.
    page.goto(f"{live_server.url}/systems/{System.objects.get().pk}/catalogue/")
    page.get_by_role("link", name=re.compile("Describe admin")).click()
    page.get_by_label("In plain words").fill("Change everybody's access")
    page.get_by_label("Privileged").last.select_option("yes")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("version 1")).to_be_visible()
    page.reload()
    page.get_by_role("button", name="Confirm 1 as right").click()
    expect(page.get_by_text("1 right is confirmed.")).to_be_visible()
    assert Entitlement.objects.get(key="admin").is_privileged


@pytest.fixture
def pages(sam: User, ada: User, alice: User) -> dict[str, str]:
    """An address for each page there is, in a house that has something to show on it."""
    import_people(PEOPLE.replace("Leaves on", "end").replace("Reports to", "manager"))
    rights = {"options": {"separator": ";"}}
    run = import_accounts(ACCOUNTS, system="Vault", **rights)
    system = System.objects.get()
    System.objects.update(data_class="customer_confidential", description="Where keys lie.")
    make_person("Olaf Haddad")
    drain()
    staged = read_text(run.source, ACCOUNTS, **rights)
    asked = read_text(run.source, "Login,created\nkim,03/04/2026\n")
    waits = read_text(run.source, ACCOUNTS, **rights)
    ImportRun.objects.filter(pk=waits.pk).update(state="uploaded")
    import_accounts("username\n" + "".join(f"u{n}\n" for n in range(20)), system="Wiki")
    held = import_accounts("username\nu1\n", system="Wiki")
    return {
        "sources": "/sources/",
        "runs": "/imports/",
        "import-people": "/imports/people/",
        "import-accounts": "/imports/accounts/",
        "import-columns": f"/imports/{staged.pk}/columns/",
        "run-staged": f"/imports/{staged.pk}/",
        "run-uploaded": f"/imports/{waits.pk}/",
        "run-complete": f"/imports/{run.pk}/",
        "run-failed": f"/imports/{asked.pk}/",
        "run-failed-columns": f"/imports/{asked.pk}/columns/",
        "run-held": f"/imports/{held.pk}/",
        "people": "/people/",
        "manager-problems": "/people/problems/",
        "person": f"/people/{Person.objects.get(employee_id='E1').pk}/",
        "teams": "/teams/",
        "team": f"/teams/{Team.objects.earliest('pk').pk}/",
        "team-access": "/team/",
        "systems": "/systems/",
        "system": f"/systems/{system.pk}/",
        "system-runs": f"/systems/{system.pk}/imports/",
        "system-form": f"/systems/{system.pk}/edit/",
        "inventory": "/systems/inventory/",
        "catalogue": f"/systems/{system.pk}/catalogue/",
        "catalogue-file": f"/systems/{system.pk}/catalogue/read/",
        "entry": f"/systems/{system.pk}/catalogue/{Entitlement.objects.earliest('pk').pk}/",
        "accounts": "/accounts/",
        "account": f"/accounts/{Account.objects.get(username='lea.fischer').pk}/",
        "account-service": f"/accounts/{Account.objects.get(username='svc-nightly').pk}/",
        "unmatched": "/accounts/unmatched/",
        "findings": "/findings/",
        "finding-leaver": f"/findings/{Finding.objects.get(rule='S1').pk}/",
        "finding-service": f"/findings/{Finding.objects.get(rule='S13').pk}/",
        "users": "/users/",
        "user": f"/users/{alice.pk}/",
        "user-new": "/users/new/",
    }


def test_every_page_is_seen_and_axe_finds_nothing(
    page: Page, live_server: LiveServer, ada: User, pages: dict[str, str]
) -> None:
    sign_in(page, live_server, ada)
    wrong = []
    for name, address in pages.items():
        answer = page.goto(live_server.url + address)
        assert answer is not None
        assert answer.status == 200, address
        try:
            look(page, name)
            axe(page)
        except AssertionError as error:
            wrong.append(f"{name}: {error}")
    assert not wrong, "\n".join(wrong)


def test_pages_of_an_empty_house_say_what_to_do(
    page: Page, live_server: LiveServer, ada: User
) -> None:
    sign_in(page, live_server, ada)
    for name, address in {
        "empty-sources": "/sources/",
        "empty-systems": "/systems/",
        "empty-accounts": "/accounts/",
        "empty-findings": "/findings/",
        "empty-team-access": "/team/",
    }.items():
        page.goto(live_server.url + address)
        expect(page.locator(".empty").first).to_be_visible()
        look(page, name)
        axe(page)


def test_a_form_in_a_row_is_seen(page: Page, live_server: LiveServer, sam: User) -> None:
    import_people(PEOPLE)
    import_accounts(ACCOUNTS, system="Vault")
    sign_in(page, live_server, sam)
    page.goto(f"{live_server.url}/systems/{System.objects.get().pk}/catalogue/")
    page.get_by_role("link", name=re.compile("^Describe")).first.click()
    expect(page.get_by_label("In plain words")).to_be_visible()
    look(page, "catalogue-row")
    axe(page)
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_label("In plain words")).to_have_count(0)
    page.goto(f"{live_server.url}/accounts/unmatched/")
    page.get_by_text("Say whose it is").first.click()
    look(page, "unmatched-asked")
    axe(page)
