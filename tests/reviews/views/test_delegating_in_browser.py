"""Delegating as people see and press it: the form, the delegate's sheet, out of office."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

import clock
from accounts.models import Person, System, User
from reviews.actions.delegating import Term, delegate
from reviews.models import Review
from tests.browser import axe, look, sign_in
from tests.cast import NOON, acting, person_of
from tests.reviews.world import admin_right, holding, open_campaign, report_of, right, sheet_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def sheet(sam: User, alice: User, bob: User, ledger: System) -> Review:
    """Alice's: a privileged right and three plain ones; Lena is Bob's report by now."""
    read = right(ledger, "ledger_ro", plain_words="Read the settlement tables")
    for name in ("Lena Fischer", "Mei Tanaka", "Sofia Marino"):
        holding(ledger, report_of(alice, name, title="Engineer"), read)
    tom = report_of(alice, "Tom Eriksen", title="Engineer")
    holding(ledger, tom, admin_right(ledger), username="tom.eriksen")
    # The server reads the real clock: launched at noon of the tests, and due after today.
    due = clock.today() + timedelta(days=10)
    with clock.set_to(NOON):
        campaign = open_campaign(sam, due=due)
    Person.objects.filter(name="Lena Fischer").update(manager=person_of(bob))
    return sheet_of(campaign, alice)


def fill_term(page: Page) -> None:
    page.get_by_label("Who decides for you?").fill("bob.larsen@example.com")
    page.get_by_label("Until").fill(f"{clock.today() + timedelta(days=7):%Y-%m-%d}")
    page.get_by_label("Why").fill("On leave")


def test_one_row_and_picked_rows_are_delegated(
    page: Page, live_server: LiveServer, alice: User, sheet: Review
) -> None:
    sign_in(page, live_server, alice)
    page.goto(f"{live_server.url}/reviews/{sheet.pk}/")
    page.get_by_role("link", name="Delegate Tom Eriksen").click()
    expect(page.get_by_role("heading", name="Delegate 1 item")).to_be_visible()
    look(page, "delegate")
    axe(page)
    fill_term(page)
    page.get_by_role("button", name="Delegate").click()
    expect(page.get_by_text("Bob Larsen decides on 1 item")).to_be_visible()
    page.get_by_label("Pick Mei Tanaka").check()
    page.get_by_label("Pick Sofia Marino").check()
    page.get_by_role("button", name="Delegate what is picked in New").click()
    expect(page.get_by_role("heading", name="Delegate 2 items")).to_be_visible()
    fill_term(page)
    page.get_by_role("button", name="Delegate").click()
    expect(page.get_by_role("heading", name="Others decide for you")).to_be_visible()
    look(page, "delegated-of-reviewer")
    axe(page)
    page.get_by_role("button", name="End it").first.click()
    expect(page.get_by_text("What has been decided stands.")).to_be_visible()


def test_delegate_decides_on_their_part(
    page: Page, live_server: LiveServer, alice: User, bob: User, sheet: Review
) -> None:
    theirs = list(sheet.items.exclude(holder_name="Mei Tanaka").values_list("pk", flat=True))
    term = Term(person_of(bob), clock.today(), clock.today() + timedelta(days=7), "On leave")
    delegate(sheet, actor=acting(alice), term=term, item_ids=theirs)
    sign_in(page, live_server, bob)
    page.goto(f"{live_server.url}/reviews/")
    look(page, "sheets-delegated")
    axe(page)
    page.get_by_role("link", name="Decide for Alice Okafor").click()
    expect(page.get_by_text("You decide for Alice Okafor until")).to_be_visible()
    expect(page.get_by_text("0 of 3 decided")).to_be_visible()
    look(page, "delegate-sheet")
    axe(page)
    keys = page.keyboard
    keys.press("a")
    expect(page.get_by_text("Why keep it?")).to_be_visible()
    keys.press("1")
    tom = page.locator(".item", has_text="Tom Eriksen")
    expect(tom.get_by_text("Bob Larsen decided this for Alice Okafor")).to_be_visible()
    expect(page.get_by_text("2 to go", exact=True)).to_be_visible()
    keys.press("u")
    expect(page.get_by_text("3 to go", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Sign off")).to_have_count(0)


def test_not_mine_is_handed_on_by_one_press(
    page: Page, live_server: LiveServer, alice: User, sheet: Review
) -> None:
    sign_in(page, live_server, alice)
    page.goto(f"{live_server.url}/reviews/{sheet.pk}/")
    page.get_by_role("link", name="Not my person to judge Lena Fischer").click()
    expect(page.get_by_text("Is it theirs?")).to_be_visible()
    look(page, "not-mine")
    axe(page)
    page.get_by_role("button", name="Bob Larsen Manages Lena Fischer").click()
    expect(page.get_by_text("is now Bob Larsen's to judge")).to_be_visible()
    page.get_by_label("Pick Mei Tanaka").check()
    page.get_by_label("Pick Sofia Marino").check()
    page.get_by_role("button", name="Hand on what is picked in New").click()
    expect(page.get_by_role("heading", name="Hand on 2 items")).to_be_visible()
    look(page, "hand-on")
    axe(page)


def test_out_of_office_is_set_from_the_profile(
    page: Page, live_server: LiveServer, alice: User, sheet: Review
) -> None:
    sign_in(page, live_server, alice)
    page.goto(f"{live_server.url}/profile/")
    page.get_by_role("link", name="Delegations").click()
    fill_term(page)
    page.get_by_role("button", name="Let them decide").click()
    expect(page.get_by_text("Bob Larsen decides for you from")).to_be_visible()
    look(page, "away")
    axe(page)
