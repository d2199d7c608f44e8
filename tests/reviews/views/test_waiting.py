"""A connection that breaks: what is decided meanwhile waits in the page, is sent once when it
is back, and is never lost nor doubled."""

import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Dialog, Locator, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from audit.models import Event
from reviews.models import Decision, Review
from tests.browser import axe, look, sign_in, visiting

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BROKEN = ("net::ERR_", "htmx:sendError", "htmx:afterRequest", "status of 5", "Status Error Code 5")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with visiting(browser, forgiven=BROKEN) as visitor:
        yield visitor


@pytest.fixture
def address(page: Page, live_server: LiveServer, alice: User, live_sheet: Review) -> str:
    sign_in(page, live_server, alice)
    return f"{live_server.url}/reviews/{live_sheet.pk}/"


def row(page: Page, name: str, right: str = "") -> Locator:
    found = page.locator(".item", has_text=name)
    return found.filter(has_text=right) if right else found


def bar(page: Page) -> Locator:
    return page.locator("#sheet-waiting")


def keep(page: Page, name: str) -> None:
    row(page, name, "Edit pages").get_by_role("button", name=f"Keep {name}").click()


def noted(page: Page) -> list[str]:
    """What the page keeps in the tab of decisions that wait."""
    keys: list[str] = page.evaluate("Object.keys(sessionStorage)")
    return [key for key in keys if key.startswith("portx:")]


def chosen(name: str) -> list[tuple[str, str, str]]:
    found = Decision.objects.filter(item__holder_name=name).order_by("id")
    return list(found.values_list("choice", "state", "reason"))


def test_decisions_wait_without_a_connection_and_are_sent_once(page: Page, address: str) -> None:
    page.goto(address)
    page.context.set_offline(True)
    expect(bar(page)).to_contain_text("No connection. What you decide waits here")
    keep(page, "Lena Fischer")
    keep(page, "Mei Tanaka")
    words = "No connection: 2 decisions wait here and are sent when it is back."
    expect(bar(page)).to_contain_text(words)
    expect(row(page, "Mei Tanaka", "Edit pages")).to_contain_text(
        '"Keep" waits for the connection.'
    )
    look(page, "waiting")
    axe(page)
    assert Decision.objects.count() == 0
    page.context.set_offline(False)
    expect(bar(page)).to_have_text("The connection is back, and everything has been sent.")
    expect(row(page, "Lena Fischer", "Edit pages").get_by_text("Kept", exact=True)).to_be_visible()
    expect(row(page, "Mei Tanaka", "Edit pages").get_by_text("Kept", exact=True)).to_be_visible()
    assert chosen("Lena Fischer") == chosen("Mei Tanaka") == [("certify", "standing", "")]
    assert noted(page) == []


def test_what_waits_survives_a_reload_and_is_taken_back_before_it_was_sent(
    page: Page, address: str
) -> None:
    page.goto(address)
    page.context.set_offline(True)
    keep(page, "Lena Fischer")
    keep(page, "Mei Tanaka")
    row(page, "Lena Fischer", "Edit pages").get_by_role("button", name="Take back").click()
    expect(row(page, "Lena Fischer", "Edit pages")).to_be_focused()
    expect(bar(page)).to_contain_text("1 decision waits here and is sent")
    warned: list[str] = []

    def leave(dialog: Dialog) -> None:
        warned.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    page.route("**/decide/", lambda route: route.abort())
    page.context.set_offline(False)
    page.reload()
    expect(row(page, "Mei Tanaka", "Edit pages")).to_contain_text("no answer came")
    page.unroute("**/decide/")
    bar(page).get_by_role("button", name="Try now").click()
    expect(row(page, "Mei Tanaka", "Edit pages").get_by_text("Kept", exact=True)).to_be_visible()
    assert warned in ([], ["beforeunload"])
    assert chosen("Mei Tanaka") == [("certify", "standing", "")]
    assert chosen("Lena Fischer") == []


def test_an_answer_lost_after_the_decision_stood_doubles_nothing(page: Page, address: str) -> None:
    lost: list[int] = []

    def lose_the_answer(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    page.goto(address)
    page.route("**/decide/", lose_the_answer)
    keep(page, "Lena Fischer")
    expect(row(page, "Lena Fischer", "Edit pages").get_by_text("Kept", exact=True)).to_be_visible()
    assert lost == [200]
    assert chosen("Lena Fischer") == [("certify", "standing", "")]
    assert Event.objects.filter(verb="decision.made").count() == 1


def test_a_reason_is_asked_without_a_connection(page: Page, address: str) -> None:
    page.goto(address)
    page.context.set_offline(True)
    jonas = row(page, "Jonas Weber")
    page.keyboard.press("r")
    expect(jonas.get_by_role("textbox")).to_be_focused()
    page.keyboard.type("Left the desk")
    page.keyboard.press("Enter")
    expect(jonas).to_contain_text('"Revoke" waits for the connection.')
    expect(row(page, "Priya Natarajan")).to_be_focused()
    page.context.set_offline(False)
    expect(jonas.get_by_text("Revoked", exact=True)).to_be_visible()
    assert chosen("Jonas Weber") == [("revoke", "standing", "Left the desk")]


def test_an_ended_session_keeps_what_waits_until_one_has_signed_in(
    page: Page, address: str, live_server: LiveServer, alice: User
) -> None:
    page.goto(address)
    # Its answer would bring the cookie back.
    expect(page.get_by_role("heading", name="Why it is on this sheet")).to_be_visible()
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    keep(page, "Lena Fischer")
    expect(bar(page)).to_contain_text("You have been signed out: 1 decision waits here.")
    look(page, "signed-out")
    axe(page)
    bar(page).get_by_role("link", name="Sign in again").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in(page, live_server, alice)
    page.goto(address)
    expect(row(page, "Lena Fischer", "Edit pages").get_by_text("Kept", exact=True)).to_be_visible()
    assert chosen("Lena Fischer") == [("certify", "standing", "")]


def test_what_another_person_left_in_the_tab_is_not_sent(
    page: Page, address: str, live_server: LiveServer, bob: User
) -> None:
    page.goto(address)
    page.evaluate("sessionStorage.setItem('portx:waiting:999:1', '[{\"item\": \"1\"}]')")
    page.reload()
    assert noted(page) == []
    assert Decision.objects.count() == 0


def test_a_stale_page_gives_a_conflict_that_says_who_what_and_when(
    page: Page, address: str
) -> None:
    other = page.context.new_page()
    page.goto(address)
    other.goto(address)
    mei = row(other, "Mei Tanaka", "Edit pages")
    mei.get_by_role("link", name="Revoke").click()
    expect(mei.get_by_text("Why revoke it?")).to_be_visible()
    for name in ("Lena Fischer", "Mei Tanaka"):
        keep(page, name)
        kept = row(page, name, "Edit pages").get_by_text("Kept", exact=True)
        expect(kept).to_be_visible()
    mei.get_by_role("button", name="No longer needed").click()
    expect(mei.get_by_role("alert")).to_contain_text(re.compile("Alice Okafor .*Keep.* on "))
    expect(mei).to_contain_text("Contested")
    assert [state for _choice, state, _reason in chosen("Mei Tanaka")] == ["standing", "contested"]
    lena = row(other, "Lena Fischer", "Edit pages")
    lena.get_by_role("link", name="Revoke").click()
    expect(lena.get_by_role("alert")).to_contain_text("Alice Okafor")
    expect(lena.get_by_text("Kept", exact=True)).to_be_visible()
    assert chosen("Lena Fischer") == [("certify", "standing", "")]
    look(other, "stale-row")
    axe(other)


def test_a_failing_server_is_tried_again_and_one_that_refuses_is_not(
    page: Page, address: str
) -> None:
    seen: list[int] = []

    def fail_once(route: Route) -> None:
        seen.append(len(seen))
        if len(seen) == 1:
            route.fulfill(status=503, body="busy")
        else:
            route.continue_()

    page.goto(address)
    page.route("**/decide/", fail_once)
    keep(page, "Mei Tanaka")
    expect(row(page, "Mei Tanaka", "Edit pages").get_by_text("Kept", exact=True)).to_be_visible()
    assert len(seen) == 2
    page.route("**/decide/", lambda route: route.fulfill(status=500, body="broken"))
    keep(page, "Sofia Marino")
    expect(page.locator("#messages")).to_contain_text("Something went wrong on our side")
    expect(row(page, "Sofia Marino", "Edit pages")).not_to_have_attribute("aria-busy", "true")
    assert noted(page) == []
