"""Signing off, correcting a mistake and looking again, as people see them."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

import clock
from accounts.models import User
from reviews.actions.deciding import Pick, decide
from reviews.actions.seeing import see_sheet
from reviews.enums import Choice
from reviews.models import Campaign, Review, ReviewItem
from tests.browser import axe, look, sign_in
from tests.cast import NOON, PASSWORD, acting
from tests.reviews.views.conftest import of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def decided(alice: User, sheet: Review, campaign: Campaign) -> Review:
    """Tom and Lena are kept quickly, Lena against advice; Mei until a day; Priya is revoked."""
    ReviewItem.objects.filter(holder_name="Lena Fischer").update(worst="R")
    see_sheet(sheet, actor=acting(alice))
    choices = {
        "Tom": (Choice.CERTIFY, "On call"),
        "Lena": (Choice.CERTIFY, "Quarter end"),
        "Mei": (Choice.CERTIFY_UNTIL, "Until the handover"),
        "Priya": (Choice.REVOKE, "The project is over"),
    }
    for number, (name, (choice, reason)) in enumerate(choices.items(), 1):
        with clock.set_to(NOON + timedelta(seconds=4 * number)):
            decide(
                sheet,
                actor=acting(alice),
                picks=[Pick(of(campaign, name).pk, 1)],
                choice=choice,
                reason=reason,
                until=(NOON + timedelta(days=80)).date() if choice == "certify_until" else None,
            )
    return sheet


def test_a_sheet_is_signed_corrected_and_looked_at_again(
    page: Page, live_server: LiveServer, alice: User, sam: User, decided: Review
) -> None:
    sign_in(page, live_server, alice)
    page.goto(f"{live_server.url}/reviews/{decided.pk}/sign-off/")
    expect(page.get_by_text("Look again?")).to_be_visible()
    look(page, "sign-off")
    axe(page)
    page.get_by_label("This is true.").check()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Sign off").click()
    expect(page.get_by_role("heading", name="Found a mistake?")).to_be_visible()
    page.get_by_role("link", name="the sheet", exact=True).click()
    look(page, "sheet-signed")
    axe(page)
    page.get_by_role("link", name="Correct Lena Fischer, Read the books").click()
    page.get_by_label("What should stand instead?").select_option("revoke")
    page.get_by_label("What was wrong?").fill("She changed teams in September")
    look(page, "correction-ask")
    axe(page)
    page.get_by_role("button", name="Ask for approval").click()
    expect(page.get_by_role("heading", name="Corrected since")).to_be_visible()
    look(page, "receipt-corrected")
    axe(page)

    page.context.clear_cookies()
    sign_in(page, live_server, sam)
    page.goto(f"{live_server.url}/corrections/")
    look(page, "corrections")
    axe(page)
    page.get_by_role("link", name="Lena Fischer").click()
    look(page, "correction")
    axe(page)
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Approve the correction").click()
    expect(page.get_by_text("both versions are kept.")).to_be_visible()

    page.goto(f"{live_server.url}/second-looks/")
    look(page, "second-looks")
    axe(page)
    page.get_by_role("link", name="Tom Eriksen").click()
    look(page, "second-look")
    axe(page)
    page.get_by_label("Why").fill("Nobody is on call any more")
    page.get_by_role("button", name="Overturn: revoke it").click()
    expect(page.get_by_text("This is the next one.")).to_be_visible()
    page.goto(f"{live_server.url}/cockpit/")
    expect(page.get_by_text("1 second look not answered", exact=True)).to_be_visible()
