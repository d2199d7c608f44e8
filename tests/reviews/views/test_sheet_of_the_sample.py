"""The sample company's sheets in a browser: one of 120 items is judged with few keys, and the
pictures of docs/images are taken, each from the state that it shows (`make pictures`)."""

import re
from collections.abc import Iterator
from io import StringIO
from typing import Any, NamedTuple

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client, override_settings
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from portx_access.places import BASE_DIR
from reviews.enums import Lane, Outcome, ReviewState
from reviews.models import Review
from tests.browser import visiting
from tests.cast import PASSWORD
from tests.pictures import picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
IMAGES = BASE_DIR / "docs" / "images"
PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740},
    "has_touch": True,
    "is_mobile": True,
}
BROKEN = ("net::ERR_", "htmx:sendError", "htmx:afterRequest")
# Each is the name of a picture in docs/images, and taken below.
STATES = {
    "sheet", "sheet-dark", "sheet-phone", "sheet-list-phone", "panel", "panel-phone", "reason",
    "keys", "bulk", "conflict", "waiting", "sign-off", "receipt",
}  # fmt: skip


class Sheet(NamedTuple):
    """A sheet of the sample company, and how its reviewer is known to the server."""

    review: Review
    address: str
    session: str

    def open(self, page: Page, more: str = "") -> None:
        page.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": self.session, "url": self.address}]
        )
        page.goto(self.address + more)


@pytest.fixture(scope="module")
def company(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Sheet]]:
    """The sample company behind a server, loaded once: its open sheets by their reviewers."""
    folder = tmp_path_factory.mktemp("sample")
    with django_db_blocker.unblock(), override_settings(SAMPLE=True, VAR_DIR=folder):
        call_command("load_sample", stdout=StringIO(), stderr=StringIO())
        server = LiveServer("localhost")
        yield {name: sheet_of(server, name) for name in ("Bob Lindqvist", "Claire Beaumont")}
        server.stop()
        call_command("flush", interactive=False)


def sheet_of(server: LiveServer, name: str) -> Sheet:
    review = Review.objects.get(reviewer_name=name, state=ReviewState.OPEN)
    user = User.objects.get(person=review.reviewer_id)
    user.set_password(PASSWORD)
    user.save()
    client = Client()
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    return Sheet(review, f"{server.url}/reviews/{review.pk}/", session)


@pytest.fixture(scope="module")
def taken() -> set[str]:
    """The pictures that the tests of this file have taken."""
    return set()


@pytest.fixture
def take(taken: set[str]) -> Any:
    def take(page: Page, name: str) -> None:
        picture(page, name)
        taken.add(name)

    return take


def test_a_sheet_of_120_items_is_judged_one_by_one_with_few_keys(
    page: Page, company: dict[str, Sheet], take: Any
) -> None:
    """No bulk, so that each item is judged by itself; typed words and the password apart."""
    bob = company["Bob Lindqvist"]
    bob.open(page)
    count = bob.review.items.exclude(outcome=Outcome.GONE).count()
    assert count >= 115
    pressed = 0

    def press(key: str) -> None:
        nonlocal pressed
        pressed += 1
        page.keyboard.press(key)

    for _ in range(2 * count):
        if page.get_by_text("All decided", exact=True).count():
            break
        if page.evaluate("document.activeElement.rel") == "next":
            press("Enter")
            expect(page.locator(".item.is-current:not(.is-done)")).to_be_focused()
            continue
        row = page.locator(".item.is-current")
        name = row.get_attribute("id")
        keeps = row.locator("[data-key=a].btn-keep").count()
        asks = not row.locator("button[data-key=a]").count()
        press("a" if keeps else "r")
        if asks:
            # A question: the first usual reason, or the day that the contract ends.
            expect(page.locator(f"#{name} .item-ask")).to_be_visible()
            press("1" if page.locator(f"#{name} [data-key='1']").count() else "Enter")
        expect(page.locator(f"#{name}")).to_contain_class("is-done")
    expect(page.get_by_text("All decided", exact=True)).to_be_visible()
    assert pressed <= 1.2 * count, f"{pressed} keys for {count} items"
    page.locator("[data-sign-off]").press("Enter")
    expect(page.get_by_role("heading", name=f"Sign off {count} items")).to_be_visible()
    take(page, "sign-off")
    page.get_by_label("This is true.").check()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Sign off").click()
    expect(page.get_by_role("heading", name="Receipt")).to_be_visible()
    take(page, "receipt")


def test_pictures_of_the_sheet_wide_are_true(
    browser: Browser, company: dict[str, Sheet], take: Any
) -> None:
    claire = company["Claire Beaumont"]
    with visiting(browser, forgiven=BROKEN) as page:
        claire.open(page)
        expect(page.get_by_role("heading", name="Must look")).to_be_visible()
        panel = page.locator("#panel-title")
        expect(panel).to_have_text("Ada Kowalczyk")
        take(page, "sheet")
        page.emulate_media(color_scheme="dark")
        take(page, "sheet-dark")
        page.emulate_media(color_scheme="light")
        page.locator(".item").nth(1).locator('[data-key="enter"]').click()
        expect(panel).to_have_text("Esther Mwangi")
        take(page, "panel")
        page.keyboard.press("r")
        expect(page.get_by_text("Why revoke it?")).to_be_visible()
        take(page, "reason")
        page.keyboard.press("Escape")
        expect(page.get_by_text("Why revoke it?")).to_have_count(0)
        page.keyboard.press("?")
        take(page, "keys")
        page.keyboard.press("Escape")
        page.context.set_offline(True)
        keep = page.locator("[data-key=a]:is(button)")
        for _ in range(2):
            keep.locator("visible=true").first.click()
        expect(page.get_by_text("2 decisions wait here")).to_be_visible()
        take(page, "waiting")
        page.context.set_offline(False)
        expect(page.get_by_text("everything has been sent")).to_be_visible()
        page.get_by_role("button", name="Pick all").last.click()
        page.get_by_role("button", name="Keep picked").last.click()
        expect(page.get_by_role("heading", name=re.compile("Keep .* together"))).to_be_visible()
        take(page, "bulk")


def test_pictures_of_a_conflict_are_true(
    browser: Browser, company: dict[str, Sheet], take: Any
) -> None:
    claire = company["Claire Beaumont"]
    with visiting(browser) as page:
        claire.open(page, f"?lane={Lane.NEW}")
        plain = page.locator(".item:not(.is-done):has(button[data-key=a])").first
        name = plain.get_attribute("id")
        row, other = page.locator(f"#{name}"), page.context.new_page()
        other.goto(page.url)
        row.locator('[data-key="r"]').click()
        expect(row.get_by_text("Why revoke it?")).to_be_visible()
        other.locator(f"#{name} [data-key=a]").click()
        expect(other.locator(f"#{name}").get_by_text("Kept", exact=True)).to_be_visible()
        row.get_by_role("button", name="No longer needed").click()
        expect(row.get_by_role("alert")).to_contain_text("Claire Beaumont")
        row.scroll_into_view_if_needed()
        take(page, "conflict")


def test_pictures_of_the_sheet_on_a_phone_are_true(
    browser: Browser, company: dict[str, Sheet], take: Any
) -> None:
    with visiting(browser, **PHONE) as page:
        company["Claire Beaumont"].open(page)
        deck = page.get_by_role("group", name="One at a time")
        expect(deck.get_by_role("button", name="Revoke")).to_be_visible()
        take(page, "sheet-phone")
        page.locator(".item.is-current [data-key=enter]").tap()
        expect(page.get_by_role("heading", name="What this right permits")).to_be_in_viewport()
        take(page, "panel-phone")
        deck.get_by_role("button", name="Show the list").tap()
        take(page, "sheet-list-phone")


def test_every_picture_of_the_docs_is_taken_here_and_small(taken: set[str]) -> None:
    kept = {path.stem: path.stat().st_size for path in IMAGES.glob("*.png")}
    assert taken == STATES == set(kept)
    assert [name for name, size in kept.items() if size > 150_000] == []
    pages = [BASE_DIR / "README.md", *(BASE_DIR / "docs").glob("*.md")]
    shown = {
        name for page in pages for name in re.findall(r"images/([\w-]+)\.png", page.read_text())
    }
    assert shown <= STATES
