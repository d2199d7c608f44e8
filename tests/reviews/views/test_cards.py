"""The sheet on a phone: one card at a time, by two large buttons or by a swipe."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from reviews.enums import ReviewState
from reviews.models import Decision, Review
from tests.browser import axe, sign_in, visiting
from tests.cast import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def phone(
    browser: Browser, live_server: LiveServer, alice: User, live_sheet: Review
) -> Iterator[Page]:
    """Alice's phone, with the sheet on it."""
    with visiting(
        browser, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True
    ) as page:
        sign_in(page, live_server, alice)
        page.goto(f"{live_server.url}/reviews/{live_sheet.pk}/")
        yield page


def card(page: Page) -> Locator:
    return page.locator(".item.is-current")


def deck(page: Page) -> Locator:
    return page.get_by_role("group", name="One at a time")


def swipe(page: Page, found: Locator, by: int) -> None:
    """A finger that goes over the row, as the browser is told of it by the screen."""
    box = found.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + 30
    touch = page.context.new_cdp_session(page)
    touch.send(
        "Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]}
    )
    for step in range(1, 9):
        point = {"x": x + by * step / 8, "y": y}
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    touch.detach()


def test_the_whole_path_is_gone_by_thumb(phone: Page, live_sheet: Review) -> None:
    thumbs = deck(phone)
    for place, name in enumerate(("Jonas Weber", "Priya Natarajan"), start=1):
        expect(card(phone)).to_contain_text(name)
        expect(thumbs.get_by_text(f"{place} of 9")).to_be_visible()
        thumbs.get_by_role("button", name=f"Revoke {name}").tap()
        card(phone).get_by_role("button", name="No longer needed").tap()
    expect(card(phone)).to_contain_text("Tom Eriksen")
    thumbs.get_by_role("button", name="Keep Tom Eriksen").tap()
    card(phone).get_by_role("button", name="On call").tap()
    for place in range(4, 10):
        expect(thumbs.get_by_text(f"{place} of 9")).to_be_visible()
        # What holds customers' data and is new asks why: its Keep leads to a question.
        asks = card(phone).locator("a[data-key=a]").count()
        thumbs.get_by_role("button", name="Keep").tap()
        if asks:
            card(phone).get_by_role("button", name="Needed for present duties").tap()
    expect(phone.get_by_text("All decided")).to_be_visible()
    phone.get_by_role("link", name="Sign off").tap()
    phone.get_by_label("This is true.").tap()
    phone.get_by_label("Your password").fill(PASSWORD)
    phone.get_by_role("button", name="Sign off").tap()
    expect(phone.get_by_role("heading", name="Receipt")).to_be_visible()
    live_sheet.refresh_from_db()
    assert live_sheet.state == ReviewState.SIGNED


def test_a_swipe_right_keeps_one_left_asks_why_and_a_short_one_does_nothing(phone: Page) -> None:
    lena = phone.locator(".item", has_text="Edit pages").filter(has_text="Lena Fischer")
    while "is-current" not in (lena.get_attribute("class") or ""):
        deck(phone).get_by_role("button", name="Skip").tap()
    expect(lena).to_contain_class("is-current")
    swipe(phone, lena, 60)
    expect(lena).to_contain_class("is-current")
    assert Decision.objects.count() == 0
    swipe(phone, lena, 150)
    expect(phone.get_by_text("1 of 9 decided")).to_be_visible()
    expect(lena).to_be_hidden()
    swipe(phone, card(phone), -150)
    expect(card(phone).get_by_text("Why revoke it?")).to_be_visible()
    card(phone).get_by_role("link", name="Cancel").click()
    expect(deck(phone).get_by_role("button", name="Revoke")).to_be_visible()
    assert Decision.objects.get().choice == "certify"


def test_a_card_opens_its_panel_below_and_the_list_is_one_press_away(phone: Page) -> None:
    expect(phone.locator(".item:visible")).to_have_count(1)
    card(phone).get_by_role("link", name="Jonas Weber details").tap()
    panel = phone.get_by_role("complementary", name="The item")
    expect(panel.get_by_role("heading", name="What this right permits")).to_be_visible()
    phone.emulate_media(reduced_motion="reduce")
    axe(phone)
    deck(phone).get_by_role("button", name="Skip").tap()
    expect(panel).to_be_hidden()
    deck(phone).get_by_role("button", name="Show the list").tap()
    expect(phone.locator(".item:visible")).to_have_count(9)
    phone.reload()
    expect(phone.locator(".item:visible")).to_have_count(9)
    deck(phone).get_by_role("button", name="One at a time").tap()
    expect(phone.locator(".item:visible")).to_have_count(1)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_card_does_not_move_for_whoever_asked_for_no_motion(phone: Page) -> None:
    moves = "getComputedStyle(document.querySelector('.item.is-current')).animationName"
    assert phone.evaluate(moves) == "card-in"
    phone.emulate_media(reduced_motion="reduce")
    assert phone.evaluate(moves) == "none"
