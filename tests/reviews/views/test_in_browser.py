"""The pages of a review as people see and press them: by mouse, by key, by thumb."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

import clock
from accounts.models import User
from reviews.actions.deciding import Pick, decide
from reviews.enums import Choice
from reviews.models import Review
from tests.browser import axe, look, sign_in
from tests.cast import PASSWORD, acting

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def sheet(live_sheet: Review) -> Review:
    """The sheet of these tests is looked at today."""
    return live_sheet


def test_sheet_is_seen_and_axe_finds_nothing(
    page: Page, live_server: LiveServer, alice: User, sheet: Review
) -> None:
    sign_in(page, live_server, alice)
    page.goto(f"{live_server.url}/reviews/")
    look(page, "sheets")
    axe(page)
    page.goto(f"{live_server.url}/reviews/{sheet.pk}/")
    look(page, "sheet")
    axe(page)


def test_sheet_is_done_by_keyboard_alone(
    page: Page, live_server: LiveServer, alice: User, sheet: Review
) -> None:
    sign_in(page, live_server, alice)
    page.goto(f"{live_server.url}/reviews/{sheet.pk}/")
    keys = page.keyboard
    jonas = page.locator(".item", has_text="Jonas Weber")
    expect(jonas).to_have_class("item is-current")
    keys.press("r")
    expect(page.get_by_text("Why revoke it?")).to_be_visible()
    keys.press("Escape")
    expect(page.get_by_text("Why revoke it?")).to_have_count(0)
    keys.press("r")
    expect(jonas.get_by_role("button", name="No longer needed")).to_be_focused()
    keys.press("c")
    expect(jonas.get_by_role("textbox")).to_be_focused()
    keys.type("ajar")
    keys.press("Enter")
    expect(jonas.get_by_text("Revoked", exact=True)).to_be_visible()
    expect(page.get_by_text("8 to go", exact=True)).to_be_visible()
    expect(jonas.get_by_text('"ajar"')).to_be_visible()
    priya = page.locator(".item", has_text="Priya Natarajan")
    expect(priya).to_have_class("item is-current")
    keys.press("a")
    in_time = clock.today() + timedelta(days=60)
    page.get_by_label("Until which day is it needed?").fill(in_time.isoformat())
    keys.press("Enter")
    expect(priya.get_by_text("No end date: put right")).to_be_visible()
    keys.press("q")
    expect(priya.get_by_label("What do you want to ask Olga Petrova?")).to_be_focused()
    keys.press("Enter")
    expect(priya.get_by_text("Asked", exact=True)).to_be_visible()
    keys.press("j")
    keys.press("a")
    expect(page.get_by_text("Why keep it?")).to_be_visible()
    keys.press("1")
    tom = page.locator(".item", has_text="Tom Eriksen")
    expect(tom.get_by_text("Kept", exact=True)).to_be_visible()
    expect(page.locator(".item.is-current")).to_contain_text("Lena Fischer")
    keys.press("k")
    keys.press("u")
    expect(tom.get_by_role("link", name="Keep Tom Eriksen")).to_be_visible()
    keys.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    keys.press("Escape")
    keys.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_sheet_panel_follows_the_row_and_rows_are_picked_together(
    page: Page, live_server: LiveServer, alice: User, sheet: Review
) -> None:
    sign_in(page, live_server, alice)
    page.goto(f"{live_server.url}/reviews/{sheet.pk}/")
    panel = page.get_by_role("complementary", name="The item")
    expect(panel.get_by_role("heading", name="Jonas Weber")).to_be_visible()
    page.get_by_role("link", name="Tom Eriksen").first.click()
    expect(panel.get_by_role("heading", name="Tom Eriksen")).to_be_visible()
    page.get_by_role("button", name="Pick all").click()
    page.get_by_role("button", name="Keep picked").click()
    expect(page.get_by_role("heading", name="Keep 6 items together?")).to_be_visible()
    look(page, "sheet-bulk")
    axe(page)
    page.get_by_label("Why").fill("All on the team")
    page.get_by_role("button", name="Keep 6").click()
    expect(page.get_by_text("Kept: 6 items.")).to_be_visible()
    expect(page.get_by_text("6 of 9 decided")).to_be_visible()
    look(page, "sheet-decided")


def test_sheet_is_decided_by_thumb_without_script(
    live_server: LiveServer, alice: User, sheet: Review, browser: Browser
) -> None:
    """A phone that runs no script: every act is a form or a link."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    phone = context.new_page()
    sign_in(phone, live_server, alice)
    phone.goto(f"{live_server.url}/reviews/{sheet.pk}/?lane=1")
    for name in ("Jonas Weber", "Priya Natarajan", "Tom Eriksen"):
        phone.get_by_role("link", name=f"Revoke {name}").click()
        phone.get_by_role("button", name="No longer needed").click()
        expect(phone.get_by_text(f"Revoked: {name}")).to_be_visible()
    expect(phone.get_by_text("6 to go", exact=True)).to_be_visible()
    context.close()


def test_signature_and_receipt_are_seen(
    page: Page, live_server: LiveServer, alice: User, sheet: Review
) -> None:
    for item in sheet.items.all():
        picks = [Pick(item.pk, item.version)]
        decide(sheet, actor=acting(alice), picks=picks, choice=Choice.REVOKE, reason="Over")
    sign_in(page, live_server, alice)
    page.goto(f"{live_server.url}/reviews/{sheet.pk}/sign-off/")
    look(page, "sign-off")
    axe(page)
    page.get_by_label("This is true.").check()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Sign off").click()
    expect(page.get_by_role("heading", name="Receipt")).to_be_visible()
    look(page, "receipt")
    axe(page)
    page.goto(f"{live_server.url}/reviews/{sheet.pk}/items/{sheet.items.all()[0].pk}/")
    look(page, "item")
    axe(page)


def test_questions_are_seen(
    page: Page, live_server: LiveServer, alice: User, owner: User, sheet: Review
) -> None:
    item = sheet.items.filter(system_name="Ledger").order_by("-lane")[0]
    picks = [Pick(item.pk, item.version)]
    decide(
        sheet, actor=acting(alice), picks=picks, choice=Choice.DONT_KNOW, reason="For the audit?"
    )
    sign_in(page, live_server, owner)
    page.goto(f"{live_server.url}/questions/")
    look(page, "questions")
    axe(page)
    page.get_by_role("link", name="Answer").click()
    look(page, "question")
    axe(page)
