"""Exceptions, what is asked again and contested rows as people see and press them."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

import clock
from accounts.enums import AccountType
from accounts.models import System, User
from audit.errors import Conflict
from reviews.actions.deciding import Pick, decide
from reviews.actions.excepting import ask_exception
from reviews.actions.rechecking import ask_again
from reviews.actions.timing import CLOCK
from reviews.enums import Choice
from reviews.models import Review, ReviewItem, RuleException
from tests.browser import axe, look, sign_in
from tests.cast import NOON, PASSWORD, acting, person_of
from tests.reviews.world import holding, open_campaign, report_of, right, sheet_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def sheet(sam: User, ada: User, alice: User, ledger: System) -> Review:
    """Alice's: a contractor without an end date, two who have nothing against them."""
    read = right(ledger, "read", plain_words="Read the settlement tables")
    priya = report_of(alice, "Priya Natarajan", title="Contractor")
    holding(ledger, priya, read, type=AccountType.TEMPORARY, sponsor=person_of(alice))
    for name in ("Lena Fischer", "Mei Tanaka"):
        holding(ledger, report_of(alice, name, title="Engineer"), read)
    with clock.set_to(NOON):
        return sheet_of(open_campaign(sam, due=clock.today() + timedelta(days=30)), alice)


def item_of(name: str) -> ReviewItem:
    return ReviewItem.objects.get(holder_name=name)


def ask(alice: User) -> RuleException:
    return ask_exception(
        item_of("Priya Natarajan"),
        actor=acting(alice),
        reason="The settlement project runs until spring",
        control="Every use is read by two people the next morning",
        ends_on=clock.today() + timedelta(days=60),
    )


def test_an_exception_is_asked_for_in_the_row(
    page: Page, live_server: LiveServer, alice: User, sheet: Review
) -> None:
    sign_in(page, live_server, alice)
    page.goto(f"{live_server.url}/reviews/{sheet.pk}/")
    priya = page.locator(".item", has_text="Priya Natarajan")
    priya.get_by_role("link", name="Exception").click()
    priya.get_by_label("Why is it needed although a rule forbids it?").fill("The project")
    priya.get_by_label("What makes up for the risk meanwhile?").fill("Read by two people")
    end = clock.today() + timedelta(days=60)
    priya.get_by_label("Until which day?").fill(end.isoformat())
    look(page, "exception-asking")
    axe(page)
    priya.get_by_role("button", name="Ask for an exception").click()
    expect(priya.get_by_text("Exception asked for")).to_be_visible()
    expect(priya.get_by_role("link", name="Revoke Priya Natarajan")).to_be_visible()
    look(page, "exception-asked")
    axe(page)


def test_it_is_granted_by_another_person_and_kept_until_its_end(
    page: Page, live_server: LiveServer, alice: User, sam: User, sheet: Review
) -> None:
    asked = ask(alice)
    sign_in(page, live_server, sam)
    page.goto(f"{live_server.url}/exceptions/")
    look(page, "exceptions")
    axe(page)
    page.get_by_role("link", name="Priya Natarajan").click()
    page.get_by_label("Why", exact=True).fill("Watched closely, and short")
    page.get_by_label("Your password").fill(PASSWORD)
    look(page, "exception-approving")
    axe(page)
    page.get_by_role("button", name="Grant").click()
    expect(page.get_by_text("Alice Okafor is told.")).to_be_visible()
    page.context.clear_cookies()
    sign_in(page, live_server, alice)
    page.goto(f"{live_server.url}/reviews/{sheet.pk}/")
    priya = page.locator(".item", has_text="Priya Natarajan")
    priya.get_by_role("link", name="Keep until").click()
    priya.get_by_label("Why", exact=True).fill("By exception")
    look(page, "exception-keeping")
    priya.get_by_role("button", name="Keep until then").last.click()
    expect(priya.get_by_text(f"Kept until {asked.ends_on:%-d %B %Y}")).to_be_visible()
    axe(page)


def test_what_was_kept_until_a_day_is_asked_again(
    page: Page, live_server: LiveServer, alice: User, sheet: Review
) -> None:
    with clock.set_to(NOON):
        decide(
            sheet,
            actor=acting(alice),
            picks=[Pick(item_of("Lena Fischer").pk, 1)],
            choice=Choice.CERTIFY_UNTIL,
            reason="The move to the new ledger",
            until=NOON.date() + timedelta(days=1),
        )
    ask_again(actor=CLOCK)
    sign_in(page, live_server, alice)
    page.goto(f"{live_server.url}/reviews/")
    page.get_by_role("link", name="Asked again").click()
    look(page, "asked-again")
    axe(page)
    page.get_by_role("link", name="Answer").click()
    day = clock.today() + timedelta(days=30)
    page.get_by_label("Until which day is it needed?").fill(day.isoformat())
    page.get_by_label("Why", exact=True).fill("The move takes longer")
    look(page, "asked-again-answer")
    axe(page)
    page.get_by_role("button", name="Keep until then").click()
    expect(page.get_by_text("Kept. It is asked again on that day.")).to_be_visible()


def test_a_contested_row_is_settled_with_one_press(
    page: Page, live_server: LiveServer, alice: User, sheet: Review
) -> None:
    pick = Pick(item_of("Mei Tanaka").pk, 1)
    decide(sheet, actor=acting(alice), picks=[pick], choice=Choice.CERTIFY)
    with pytest.raises(Conflict):
        decide(
            sheet, actor=acting(alice), picks=[pick], choice=Choice.REVOKE, reason="Changed duties"
        )
    sign_in(page, live_server, alice)
    page.goto(f"{live_server.url}/reviews/{sheet.pk}/")
    mei = page.locator(".item", has_text="Mei Tanaka")
    expect(mei.get_by_text("Contested")).to_be_visible()
    look(page, "contested")
    axe(page)
    mei.get_by_role("button", name="Settle: Keep").click()
    expect(mei.get_by_text("Kept", exact=True)).to_be_visible()
    expect(mei.get_by_text("Contested")).to_have_count(0)
