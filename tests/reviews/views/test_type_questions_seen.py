"""The questions of the account types as people see and press them."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

import clock
from accounts.enums import AccountType, RegistrationKind
from accounts.models import AccountRegistration, EmergencyUse, System, User
from reviews.models import Review, ReviewItem
from tests.browser import axe, look, sign_in
from tests.cast import NOON, make_person, make_team, person_of
from tests.reviews.world import (
    give_insight,
    holding,
    open_campaign,
    report_of,
    right,
    service_account,
    sheet_of,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def sheet(sam: User, alice: User, ledger: System) -> Review:
    """A service account, one without a purpose, a used emergency account, two contractors, and
    an account called admin."""
    read = right(ledger, "ledger_ro", plain_words="Read the settlement tables")
    team = make_team("Payments", lead=person_of(alice))
    service_account(ledger, "svc-settlement", owner_team=team, purpose="Settles payouts at night")
    service_account(ledger, "svc-reports", owner_team=team)
    glass = service_account(
        ledger, "breakglass", type=AccountType.EMERGENCY, owner_team=team, purpose="Fires"
    )
    for days in (9, 2):
        glass.emergency_uses.create(used_at=NOON - timedelta(days=days), noticed_at=NOON)
    # The server reads the real clock.
    for name, days in (("Priya Natarajan", 40), ("Kofi Asante", 0)):
        holding(
            ledger,
            report_of(alice, name, title="Contractor"),
            read,
            type=AccountType.TEMPORARY,
            sponsor=person_of(alice),
            expires=clock.today() + timedelta(days=days),
        )
    holding(ledger, report_of(alice, "Tom Eriksen"), read, username="admin")
    due = clock.today() + timedelta(days=10)
    with clock.set_to(NOON):
        sheet = sheet_of(open_campaign(sam, due=due), alice)
    found = ReviewItem.objects.get(account_username="admin")
    give_insight(found, "S15", {"why": "generic_name", "login": "admin"})
    return sheet


def test_each_type_of_account_asks_its_question(
    page: Page, live_server: LiveServer, alice: User, sheet: Review
) -> None:
    make_person("Mei Tanaka", manager=person_of(alice))
    sign_in(page, live_server, alice)
    page.goto(f"{live_server.url}/reviews/{sheet.pk}/")
    look(page, "type-questions")
    axe(page)

    admin = page.locator(".item", has_text="Tom Eriksen")
    admin.get_by_role("link", name="Register as shared").click()
    expect(admin.get_by_label("Who shares it, and why?")).to_be_visible()
    look(page, "type-questions-shared")
    axe(page)
    admin.get_by_role("link", name="Cancel").click()
    admin.get_by_role("link", name="Assign Tom Eriksen to a person").click()
    admin.get_by_label("Whose account is it?").fill("Mei Tanaka")
    look(page, "type-questions-assign")
    admin.get_by_role("button", name="Assign").click()
    expect(admin.get_by_role("link", name="Keep Tom Eriksen", exact=True)).to_be_visible()

    glass = page.locator(".item", has_text="breakglass")
    glass.get_by_role("link", name="Explain 2 uses of breakglass").click()
    fields = glass.get_by_role("textbox")
    expect(fields).to_have_count(2)
    look(page, "type-questions-emergency")
    axe(page)
    fields.nth(0).fill("The yearly drill")
    fields.nth(1).fill("The ledger was locked after a failed release")
    glass.get_by_role("button", name="Explain").click()
    expect(glass.get_by_text('"The yearly drill" Alice Okafor')).to_be_visible()

    service = page.locator(".item", has_text="svc-settlement")
    service.get_by_role("link", name="Correct it").click()
    expect(service.get_by_label("What is it for?")).to_have_value("Settles payouts at night")
    look(page, "type-questions-service")
    axe(page)
    service.get_by_role("link", name="Cancel").click()
    service.get_by_role("button", name="Confirm and keep svc-settlement").click()
    expect(service.get_by_text("Confirmed by Alice Okafor")).to_be_visible()
    expect(service.get_by_text("Kept", exact=True)).to_be_visible()

    reports = page.locator(".item", has_text="svc-reports")
    reports.get_by_role("link", name="Put right svc-reports").click()
    reports.get_by_label("What is it for?").fill("Prints the month's reports")
    reports.get_by_role("button", name="This is right").click()
    expect(reports.get_by_text("Confirmed by Alice Okafor")).to_be_visible()

    priya = page.locator(".item", has_text="Priya Natarajan")
    priya.get_by_role("link", name="Keep until").first.click()
    expect(priya.get_by_text("It becomes its end date")).to_be_visible()
    look(page, "type-questions-temporary")
    axe(page)
    priya.get_by_role("button", name="Keep until then").click()
    expect(priya.locator(".btn-kept")).to_be_visible()
    kofi = page.locator(".item", has_text="Kofi Asante")
    expect(kofi.get_by_role("link", name="New end date Kofi Asante")).to_be_visible()
    look(page, "type-questions-answered")
    axe(page)


def test_service_accounts_are_confirmed_together(
    page: Page, live_server: LiveServer, alice: User, sheet: Review
) -> None:
    sign_in(page, live_server, alice)
    page.goto(f"{live_server.url}/reviews/{sheet.pk}/")
    page.get_by_role("checkbox", name="Pick svc-settlement").check()
    page.get_by_role("button", name="Keep picked").click()
    expect(page.get_by_text("By keeping them you confirm")).to_be_visible()
    look(page, "type-questions-bulk")
    axe(page)
    page.get_by_role("button", name="Keep 1").click()
    expect(page.get_by_text("Kept: 1 item.")).to_be_visible()


def test_emergency_uses_and_registrations_are_seen(
    page: Page, live_server: LiveServer, sam: User, sheet: Review
) -> None:
    admin = ReviewItem.objects.get(account_username="admin").account
    AccountRegistration.objects.create(
        account=admin,
        kind=RegistrationKind.SHARED,
        until=clock.today() + timedelta(days=60),
        reason="The night shift shares one console",
        made_by=sam.person,
        made_at=clock.now(),
    )
    sign_in(page, live_server, sam)
    page.goto(f"{live_server.url}/accounts/{admin.pk}/")
    look(page, "account-registered")
    axe(page)
    page.goto(f"{live_server.url}/accounts/emergency-uses/")
    look(page, "emergency-uses")
    axe(page)
    page.get_by_role("link", name="breakglass").first.click()
    look(page, "emergency-use")
    axe(page)
    page.get_by_label("What was it used for?").fill("The yearly drill")
    page.get_by_role("button", name="Explain it").click()
    expect(page.get_by_text("The use is explained.")).to_be_visible()
    look(page, "account-emergency")
    axe(page)
    EmergencyUse.objects.all().delete()
    page.goto(f"{live_server.url}/accounts/emergency-uses/")
    expect(page.get_by_role("heading", name="No use of an emergency account")).to_be_visible()
    look(page, "emergency-uses-none")
