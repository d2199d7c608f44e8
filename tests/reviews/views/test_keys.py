"""The sheet by keyboard alone, and what a screen reader is told of it."""

import re
from datetime import timedelta
from itertools import pairwise

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

import clock
from accounts.models import User
from reviews.enums import ReviewState
from reviews.models import Decision, Review
from tests.browser import axe, sign_in
from tests.cast import NOON, PASSWORD, make_run, make_system, person_of
from tests.reviews.world import holding, open_campaign, report_of, right, sheet_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def sheet(page: Page, live_server: LiveServer, alice: User, live_sheet: Review) -> Review:
    """The sheet, open before Alice."""
    sign_in(page, live_server, alice)
    page.goto(f"{live_server.url}/reviews/{live_sheet.pk}/")
    return live_sheet


def row(page: Page, name: str, right: str = "") -> Locator:
    found = page.locator(".item", has_text=name)
    return found.filter(has_text=right) if right else found


def stand_at(page: Page, found: Locator) -> None:
    """Go down by J until the row is marked."""
    for _ in range(10):
        if "is-current" in (found.get_attribute("class") or ""):
            return
        page.keyboard.press("j")
    pytest.fail("J never came to the row.")


def hold_up(page: Page, what: str = "**/decide/") -> list[Route]:
    """Decisions, or ``what`` else is asked for, on their way and not let through yet."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(what, hold)
    return held


def test_the_whole_path_is_gone_by_keyboard_alone(page: Page, sheet: Review) -> None:
    keys = page.keyboard
    keys.press("r")
    keys.press("1")
    expect(row(page, "Jonas Weber").get_by_text("Revoked", exact=True)).to_be_visible()
    keys.press("r")
    keys.press("2")
    expect(row(page, "Priya Natarajan").get_by_text("Revoked", exact=True)).to_be_visible()
    keys.press("a")
    keys.press("3")
    expect(row(page, "Tom Eriksen").get_by_text("Kept", exact=True)).to_be_visible()
    expect(row(page, "Lena Fischer").first).to_be_focused()
    keys.press("Shift+X")
    keys.press("a")
    expect(page.get_by_role("heading", name="Keep 6 items together?")).to_be_visible()
    keys.type("All on the team")
    keys.press("Enter")
    expect(page.get_by_text("All decided")).to_be_visible()
    axe(page)
    while page.evaluate("document.activeElement.textContent") != "Sign off":
        keys.press("Tab")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Sign off 9 items")).to_be_visible()
    page.get_by_label("This is true.").focus()
    keys.press("Space")
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Receipt")).to_be_visible()
    sheet.refresh_from_db()
    assert sheet.state == ReviewState.SIGNED
    assert sorted(Decision.objects.values_list("choice", flat=True)) == (
        ["certify"] * 7 + ["revoke"] * 2
    )


def test_a_key_shows_before_the_server_has_answered_and_the_next_is_taken(
    page: Page, sheet: Review
) -> None:
    held = hold_up(page)
    lena, mei = row(page, "Lena Fischer", "Edit pages"), row(page, "Mei Tanaka", "Edit pages")
    stand_at(page, lena)
    page.keyboard.press("a")
    expect(lena).to_have_attribute("aria-busy", "true")
    expect(lena.get_by_role("button", name="Keep")).to_have_class(re.compile("is-pressed"))
    expect(lena).not_to_be_focused()
    expect(page.locator(".item.is-current")).to_be_focused()
    stand_at(page, mei)
    page.keyboard.press("a")
    expect(mei).to_have_attribute("aria-busy", "true")
    for route in held:
        route.continue_()
    expect(lena.get_by_text("Kept", exact=True)).to_be_visible()
    expect(mei.get_by_text("Kept", exact=True)).to_be_visible()
    assert Decision.objects.count() == 2


def test_a_refusal_rolls_the_row_back_with_its_sentence(page: Page, sheet: Review) -> None:
    lena = row(page, "Lena Fischer", "Edit pages")
    sheet.items.filter(holder_name="Lena Fischer").update(version=2)
    stand_at(page, lena)
    page.keyboard.press("a")
    expect(lena.get_by_role("alert")).to_contain_text("has changed since you saw it")
    expect(lena).not_to_have_attribute("aria-busy", "true")
    expect(lena.get_by_role("button", name="Keep Lena Fischer")).to_be_visible()


def test_a_held_key_decides_once(page: Page, sheet: Review) -> None:
    stand_at(page, row(page, "Lena Fischer", "Edit pages"))
    page.keyboard.down("a")
    for _ in range(5):
        page.keyboard.down("a")
    page.keyboard.up("a")
    expect(page.get_by_text("1 of 9 decided")).to_be_visible()
    assert Decision.objects.count() == 1


def test_undo_takes_back_the_last_decision_wherever_one_stands(page: Page, sheet: Review) -> None:
    lena = row(page, "Lena Fischer", "Edit pages")
    stand_at(page, lena)
    page.keyboard.press("a")
    expect(page.get_by_role("button", name='Undo "Kept Lena Fischer"')).to_be_visible()
    page.keyboard.press("u")
    expect(lena.get_by_role("button", name="Keep Lena Fischer")).to_be_visible()
    expect(lena).to_be_focused()
    expect(page.locator("#sheet-said")).to_contain_text("Taken back: Lena Fischer")


def test_enter_goes_on_to_the_next_page_when_all_of_one_is_decided(
    page: Page, live_server: LiveServer, alice: User, sam: User
) -> None:
    wiki = make_system("Wiki", owner=person_of(sam))
    make_run(wiki)
    edit = right(wiki, "edit", plain_words="Edit pages")
    for number in range(60):
        holding(wiki, report_of(alice, f"Person {number:02}"), edit, username=f"p{number:02}")
    due = clock.today() + timedelta(days=10)
    with clock.set_to(NOON):
        long = sheet_of(open_campaign(sam, due=due), alice)
    sign_in(page, live_server, alice)
    page.goto(f"{live_server.url}/reviews/{long.pk}/")
    expect(page.locator(".item")).to_have_count(50)
    page.keyboard.press("Shift+X")
    page.keyboard.press("a")
    expect(page.get_by_role("button", name="Keep 50")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Kept: 50 items.")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("u")
    expect(page.get_by_text("49 of 60 decided")).to_be_visible()
    page.keyboard.press("a")
    expect(page.get_by_role("link", name="Next")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".item")).to_have_count(10)
    expect(page.locator(".item.is-current")).to_contain_text("Person 50")
    expect(page.locator(".item.is-current")).to_be_focused()
    page.keyboard.press("a")
    expect(page.get_by_text("51 of 60 decided")).to_be_visible()
    expect(page.locator(".item.is-current")).to_contain_text("Person 51")
    expect(page.locator(".item.is-current")).to_be_focused()


def test_a_comment_opens_the_reason_of_the_row(page: Page, sheet: Review) -> None:
    lena = row(page, "Lena Fischer", "Edit pages")
    stand_at(page, lena)
    page.keyboard.press("c")
    expect(lena.get_by_text("Why keep it?")).to_be_visible()
    axe(page)
    page.keyboard.press("c")
    page.keyboard.type("Writes the handbook, and asks r u sure?")
    page.keyboard.press("Enter")
    expect(lena.get_by_text('"Writes the handbook, and asks r u sure?"')).to_be_visible()
    assert [(d.choice, d.reason) for d in Decision.objects.all()] == [
        ("certify", "Writes the handbook, and asks r u sure?")
    ]


def test_keys_rest_in_fields_with_modifiers_and_where_they_are_switched_off(
    page: Page, sheet: Review
) -> None:
    keys = page.keyboard
    lena = row(page, "Lena Fischer", "Edit pages")
    stand_at(page, lena)
    keys.press("Control+r+x")
    page.get_by_label("Lane").focus()
    keys.press("a")
    keys.press("/")
    keys.press("j")
    lena.focus()
    keys.press("?")
    keys.press("a")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.get_by_role("checkbox", name="Single letters act.").uncheck()
    axe(page)
    keys.press("Escape")
    page.reload()
    for key in ("j", "a", "r", "?", "x"):
        keys.press(key)
    expect(row(page, "Jonas Weber")).to_have_class("item is-current")
    expect(page.get_by_text("Why revoke it?")).to_have_count(0)
    row(page, "Jonas Weber").focus()
    keys.press("ArrowDown")
    expect(row(page, "Priya Natarajan")).to_be_focused()
    keys.press("End")
    expect(row(page, "Sofia Marino").last).to_be_focused()
    keys.press("Home")
    expect(row(page, "Jonas Weber")).to_be_focused()
    assert Decision.objects.count() == 0
    page.get_by_role("button", name="Keys").click()
    page.get_by_role("checkbox", name="Single letters act.").check()
    keys.press("Escape")
    row(page, "Jonas Weber").focus()
    keys.press("j")
    expect(row(page, "Priya Natarajan")).to_be_focused()


def test_a_screen_reader_is_told_what_stands_where(page: Page, sheet: Review) -> None:
    expect(page.get_by_role("main")).to_match_aria_snapshot(
        """
        - main:
          - heading "Who keeps what" [level=1]
          - progressbar "0 of 9 decided"
          - status
          - region "Must look":
            - heading "Must look" [level=2]
          - region "New":
            - heading "New" [level=2]
          - complementary "The item":
            - heading "Jonas Weber" [level=2]
            - heading "What this right permits" [level=3]
          - region "Your progress":
            - link "Sign off when done"
        """
    )
    lena = row(page, "Lena Fischer", "Edit pages")
    expect(lena).to_match_aria_snapshot(
        """
        - listitem:
          - checkbox "Pick Lena Fischer, Edit pages in Wiki"
          - link "Lena Fischer details of Edit pages"
          - text: /Edit pages in Wiki/
          - button "Keep Lena Fischer"
          - link "Revoke Lena Fischer"
          - link "Keep until a day Lena Fischer"
          - link "Don't know Lena Fischer"
          - link "Not my person to judge Lena Fischer"
          - link "Delegate Lena Fischer"
        """
    )
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3')].map(h => +h.tagName[1])")
    assert [below - above for above, below in pairwise(levels) if below - above > 1] == []


def test_what_was_done_is_told_and_the_focus_goes_to_what_is_next(
    page: Page, sheet: Review
) -> None:
    said = page.locator("#sheet-said")
    expect(said).to_have_attribute("role", "status")
    lena = row(page, "Lena Fischer", "Edit pages")
    lena.get_by_role("button", name="Keep Lena Fischer").press("Enter")
    expect(said).to_have_text("Kept: Lena Fischer, Edit pages in Wiki. 8 to go.")
    expect(lena).not_to_be_focused()
    expect(page.locator(".item.is-current")).to_be_focused()
    row(page, "Jonas Weber").get_by_role("link", name="Revoke").press("Enter")
    expect(row(page, "Jonas Weber").get_by_role("button", name="No longer needed")).to_be_focused()
    page.keyboard.press("Escape")
    expect(row(page, "Jonas Weber")).to_be_focused()


def test_what_is_typed_while_a_row_asks_acts_on_nothing(page: Page, sheet: Review) -> None:
    held = hold_up(page, "**/ask/*")
    page.keyboard.press("r")
    expect(row(page, "Jonas Weber")).to_have_attribute("aria-busy", "true")
    page.keyboard.type("dx")
    assert page.url.endswith(f"/reviews/{sheet.pk}/")
    held[0].continue_()
    expect(page.get_by_text("Why revoke it?")).to_be_visible()
    assert page.locator("[name=pick]:checked").count() == 0


def test_a_small_window_never_asks_for_the_panel_by_itself(page: Page, sheet: Review) -> None:
    page.set_viewport_size({"width": 640, "height": 450})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    page.evaluate("htmx.trigger('#sheet-panel a', 'intersect')")
    page.keyboard.press("j")
    expect(row(page, "Priya Natarajan")).to_be_focused()
    assert [url for url in asked if "/items/" in url] == []
    assert page.url.endswith(f"/reviews/{sheet.pk}/")


def test_nothing_is_lost_at_twice_the_size(page: Page, sheet: Review) -> None:
    """At 200 % a window of 1280 pixels is as wide as one of 640; text alone may double, too."""
    page.set_viewport_size({"width": 640, "height": 450})
    acts = page.locator(".item .btn:visible, .foot-bar .btn:visible")
    for size in ("100%", "200%"):
        page.evaluate(f"document.documentElement.style.setProperty('font-size', '{size}')")
        assert page.evaluate("document.documentElement.scrollWidth") <= 640
        cut = acts.evaluate_all("all => all.filter(b => b.scrollWidth > b.clientWidth + 1).length")
        assert cut == 0
        expect(page.get_by_role("button", name="Keep Lena Fischer").first).to_be_visible()
        expect(page.get_by_role("link", name="Sign off when done")).to_be_visible()


def test_acts_on_a_row_leave_the_address_and_the_place_as_they_are(
    page: Page, sheet: Review
) -> None:
    page.set_viewport_size({"width": 1280, "height": 500})
    address, steps = page.url, page.evaluate("history.length")
    mei = row(page, "Mei Tanaka", "Edit pages")
    mei.scroll_into_view_if_needed()
    place = page.evaluate("window.scrollY")
    mei.get_by_role("link", name="Don't know").click()
    mei.get_by_role("link", name="Cancel").click()
    expect(mei.get_by_role("link", name="Don't know")).to_be_visible()
    assert page.evaluate("window.scrollY") == place > 0
    mei.get_by_role("button", name="Keep Mei Tanaka").click()
    expect(mei.get_by_text("Kept", exact=True)).to_be_visible()
    assert (page.url, page.evaluate("history.length")) == (address, steps)
    mei.get_by_role("button", name="Undo").click()
    mei.get_by_role("link", name="Delegate").click()
    expect(page).to_have_url(re.compile(r"/delegate/\?item="))
