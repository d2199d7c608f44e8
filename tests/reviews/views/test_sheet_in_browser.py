"""The sheet as it is seen: grouped, folded and opened, filtered, several at once, and its panel."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

import clock
from accounts.actions.catalogue import update_entry
from accounts.models import Account, System, User
from reviews.actions.deciding import Pick, decide
from reviews.enums import Choice
from reviews.models import Review, ReviewItem
from tests.browser import axe, look, sign_in
from tests.cast import NOON, acting, make_run, make_system, make_team, person_of
from tests.reviews.world import (
    admin_right,
    holding,
    lie_unchanged,
    open_campaign,
    report_of,
    right,
    sheet_of,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PEOPLE = ("Ida Berg", "Lena Fischer", "Mei Tanaka", "Sofia Marino", "Tom Eriksen")


@pytest.fixture
def sheet(sam: User, alice: User, ledger: System) -> Review:
    """Five people of one team: unchanged in the ledger and the wiki, new in the mailer, and Tom
    an administrator of the ledger besides."""
    team = make_team("Payments")
    read = right(ledger, "read", plain_words="Read the books", permits="See every entry.")
    export = right(ledger, "export", plain_words="Export the books")
    wiki = make_system("Wiki", owner=person_of(sam))
    make_run(wiki)
    mailer = make_system("Mailer", owner=person_of(sam))
    make_run(mailer)
    edit, send = right(wiki, "edit", plain_words="Edit pages"), right(mailer, "send")
    for name in PEOPLE:
        person = report_of(alice, name, title="Engineer", team=team)
        extra = [admin_right(ledger)] if name == "Tom Eriksen" else []
        holding(ledger, person, read, export, *extra)
        holding(wiki, person, edit)
        if name != "Ida Berg":
            holding(mailer, person, send)
    due = clock.today() + timedelta(days=10)
    with clock.set_to(NOON):
        campaign = open_campaign(sam, due=due)
    lie_unchanged(campaign, wiki)
    ReviewItem.objects.filter(right__endswith="the books").update(lane=4, is_new=False)
    return sheet_of(campaign, alice)


def test_sheet_lies_by_person_or_by_system_and_remembers(
    page: Page, live_server: LiveServer, alice: User, sheet: Review
) -> None:
    sign_in(page, live_server, alice)
    page.goto(f"{live_server.url}/reviews/{sheet.pk}/")
    expect(page.get_by_text("3 unchanged rights in Ledger, Wiki")).to_have_count(5)
    look(page, "sheet-by-person")
    axe(page)
    page.get_by_role("button", name="system").click()
    expect(page.get_by_role("heading", name="Wiki", level=3)).to_be_visible()
    look(page, "sheet-by-system")
    axe(page)
    page.goto(f"{live_server.url}/reviews/{sheet.pk}/")
    expect(page.get_by_role("button", name="system")).to_have_attribute("aria-pressed", "true")


def test_folded_rights_are_kept_by_one_key_and_opened_to_be_judged_one_by_one(
    page: Page, live_server: LiveServer, alice: User, sheet: Review
) -> None:
    sign_in(page, live_server, alice)
    page.goto(f"{live_server.url}/reviews/{sheet.pk}/?lane=4")
    ida = page.locator(".item-fold", has_text="Ida Berg")
    expect(ida).to_have_class("item item-fold is-current")
    page.keyboard.press("a")
    expect(ida.get_by_text("3 kept")).to_be_visible()
    expect(page.get_by_text("3 of 20 decided")).to_be_visible()
    lena = page.locator(".item-fold", has_text="Lena Fischer")
    expect(lena).to_have_class("item item-fold is-current")
    page.keyboard.press("Enter")
    expect(page.locator(".item-fold", has_text="Lena Fischer")).to_have_count(0)
    expect(page.locator(".item", has_text="Lena Fischer")).to_have_count(3)
    look(page, "sheet-opened")
    # At its end the bar at the foot lies over no row.
    page.keyboard.press("End")
    axe(page)
    page.get_by_role("button", name="Keep Lena Fischer").first.click()
    expect(page.get_by_text("4 of 20 decided")).to_be_visible()


def test_sheet_filtered_to_nothing_leads_back(
    page: Page, live_server: LiveServer, alice: User, sheet: Review
) -> None:
    sign_in(page, live_server, alice)
    page.goto(f"{live_server.url}/reviews/{sheet.pk}/?q=nobody&class=public")
    expect(page.get_by_role("heading", name="Nothing fits these filters")).to_be_visible()
    look(page, "sheet-filtered-to-nothing")
    axe(page)
    page.get_by_role("link", name="Take off all filters").click()
    expect(page.get_by_text("20 items", exact=True)).to_be_visible()


def test_each_filter_is_told_to_whom_does_not_see_the_rows(
    page: Page, live_server: LiveServer, alice: User, sheet: Review
) -> None:
    sign_in(page, live_server, alice)
    page.goto(f"{live_server.url}/reviews/{sheet.pk}/")
    told = page.locator("#list-said")
    for lane, words in (("1", "1 item shown"), ("3", "4 items shown"), ("", "20 items shown")):
        page.get_by_label("Lane").select_option(lane)
        expect(told).to_have_text(words)


def test_panel_tells_all_that_is_known(
    page: Page, live_server: LiveServer, alice: User, owner: User, sheet: Review
) -> None:
    tom = sheet.items.get(right="Read the books", holder_name="Tom Eriksen")
    assert tom.entitlement is not None
    update_entry(
        tom.entitlement,
        actor=acting(owner),
        version=0,
        plain_words="Read all books",
        permits="See every entry of every year.",
        privileged="no",
        baseline=False,
        allowed_teams=[],
        allowed_roles=[],
    )
    Account.objects.filter(pk=tom.account_id).update(purpose="Month end", person=None)
    sign_in(page, live_server, alice)
    page.goto(f"{live_server.url}/reviews/{sheet.pk}/?q=tom&fold=no")
    page.get_by_role("link", name="Tom Eriksen details of Read the books").click()
    panel = page.get_by_role("complementary", name="The item")
    expect(panel.get_by_text("Catalogue today")).to_be_visible()
    expect(panel.get_by_text("New: Belongs to nobody")).to_be_visible()
    look(page, "sheet-panel")
    axe(page)
    page.goto(f"{live_server.url}/reviews/{sheet.pk}/items/{tom.pk}/")
    look(page, "sheet-panel-alone")
    axe(page)


def test_several_at_once_show_what_speaks_against_and_what_became_of_each(
    page: Page, live_server: LiveServer, alice: User, sheet: Review
) -> None:
    sign_in(page, live_server, alice)
    page.goto(f"{live_server.url}/reviews/{sheet.pk}/?lane=4")
    page.get_by_role("button", name="Pick all").click()
    page.get_by_role("button", name="Revoke picked in Unchanged").click()
    expect(page.get_by_role("heading", name="Revoke 15 items together?")).to_be_visible()
    look(page, "bulk-confirm")
    axe(page)
    lena = sheet.items.get(right="Export the books", holder_name="Lena Fischer")
    decide(sheet, actor=acting(alice), picks=[Pick(lena.pk, 1)], choice=Choice.CERTIFY)
    page.get_by_label("Why").fill("Project over")
    page.get_by_role("button", name="Revoke 15").click()
    expect(page.get_by_role("heading", name="What became of each")).to_be_visible()
    expect(page.get_by_text("Alice Okafor chose")).to_be_visible()
    look(page, "bulk-results")
    axe(page)


def test_whole_account_is_revoked_from_any_of_its_rows(
    page: Page, live_server: LiveServer, alice: User, sheet: Review
) -> None:
    sign_in(page, live_server, alice)
    page.goto(f"{live_server.url}/reviews/{sheet.pk}/?lane=1")
    page.keyboard.press("r")
    page.get_by_role("link", name="Or the whole account, 3 rights").click()
    expect(page.get_by_role("heading", name="Revoke the whole account?")).to_be_visible()
    look(page, "whole-account")
    axe(page)
    page.get_by_role("button", name="No longer needed").click()
    expect(page.get_by_text("Revoked: 3 items.")).to_be_visible()


def test_folded_rights_are_opened_and_kept_without_script(
    live_server: LiveServer, alice: User, sheet: Review, browser: Browser
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    phone = context.new_page()
    sign_in(phone, live_server, alice)
    phone.goto(f"{live_server.url}/reviews/{sheet.pk}/?lane=4")
    phone.get_by_role("button", name="Keep all 3 of Ida Berg").click()
    expect(phone.get_by_text("Kept: 3 items.")).to_be_visible()
    phone.get_by_role("link", name="Lena Fischer show each of the 3 rights").click()
    expect(phone.get_by_role("checkbox")).to_have_count(3)
    context.close()


def test_sheet_loses_nothing_at_200_percent(
    page: Page, live_server: LiveServer, alice: User, sheet: Review
) -> None:
    """A window of 1280 pixels at 200 % is one of 640."""
    sign_in(page, live_server, alice)
    page.set_viewport_size({"width": 640, "height": 450})
    page.goto(f"{live_server.url}/reviews/{sheet.pk}/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 640
    expect(page.get_by_role("button", name="Keep all 3 of Ida Berg")).to_be_visible()
    expect(page.get_by_role("link", name="Don't know").first).to_be_visible()
