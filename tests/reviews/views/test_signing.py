"""Signing off on a page: totals, statement, password, receipt."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

import clock
from accounts.models import System, User
from audit.models import Disclosure, Event
from reviews.actions.deciding import Pick, decide
from reviews.actions.signing import STATEMENT
from reviews.enums import Choice, ReviewState
from reviews.models import Campaign, Review, ReviewItem
from reviews.queries.sheets import ENOUGH_TO_TELL
from tests.cast import PASSWORD, acting
from tests.reviews.views.conftest import of
from tests.reviews.world import holding, open_campaign, report_of, right, sheet_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def decided(client: Client, alice: User, sheet: Review) -> Review:
    """Everything of Alice's is revoked, one by one."""
    for item in sheet.items.all():
        decide(
            sheet,
            actor=acting(alice),
            picks=[Pick(item.pk, 1)],
            choice=Choice.REVOKE,
            reason="The team is dissolved",
        )
    client.force_login(alice)
    return sheet


def sign(client: Client, sheet: Review, **given: str) -> Any:
    given = {"agreed": "on", "password": PASSWORD, **given}
    return client.post(f"/reviews/{sheet.pk}/sign-off/", given)


def state(sheet: Review) -> str:
    return Review.objects.get(pk=sheet.pk).state


def test_page_shows_what_it_comes_to_and_the_statement_word_for_word(
    client: Client, decided: Review
) -> None:
    page = client.get(f"/reviews/{decided.pk}/sign-off/").content.decode()
    assert STATEMENT in page
    assert page.count("The team is dissolved") == 4


def test_sign_off_locks_the_sheet_and_gives_a_receipt(client: Client, decided: Review) -> None:
    answer = sign(client, decided)
    assert answer["Location"] == f"/reviews/{decided.pk}/receipt/"
    signed = Review.objects.get(pk=decided.pk)
    assert (signed.state, signed.sign_in_method) == (ReviewState.SIGNED, "password")
    page = client.get(answer["Location"]).content.decode()
    assert signed.receipt_digest in page
    assert len(signed.receipt_digest) == 64
    assert STATEMENT in page
    sheet = client.get(f"/reviews/{decided.pk}/").content.decode()
    assert ("Signed off" in sheet, 'id="keep-' in sheet) == (True, False)


def test_wrong_password_signs_nothing_and_is_an_event(client: Client, decided: Review) -> None:
    answer = sign(client, decided, password="guessed")
    assert answer.status_code == 422
    assert "This is not your password" in answer.content.decode()
    assert state(decided) == ReviewState.OPEN
    assert Event.objects.get(verb="trail.refused").target == f"review:{decided.pk}"
    assert Disclosure.objects.filter(text="The password was wrong.").count() == 1
    assert not Disclosure.objects.filter(text__contains="guessed").exists()


def test_statement_must_be_agreed_to(client: Client, decided: Review) -> None:
    answer = client.post(f"/reviews/{decided.pk}/sign-off/", {"password": PASSWORD})
    assert (answer.status_code, state(decided)) == (422, ReviewState.OPEN)


def test_open_items_are_named_before_and_refused_at_signing(
    client: Client, alice: User, sheet: Review
) -> None:
    client.force_login(alice)
    page = client.get(f"/reviews/{sheet.pk}/sign-off/").content.decode()
    assert "4 items still open or contested" in page
    answer = sign(client, sheet)
    assert "4 items are still open or contested" in answer.content.decode()
    assert state(sheet) == ReviewState.OPEN


def test_nobody_else_gets_to_the_signature(client: Client, sam: User, decided: Review) -> None:
    client.force_login(sam)
    assert sign(client, decided).status_code == 404
    assert state(decided) == ReviewState.OPEN


def test_page_lists_what_one_should_see_again(
    client: Client, alice: User, sheet: Review, campaign: Campaign
) -> None:
    """Lena is kept late and until a day, Mei against advice, and Tom is asked about."""
    client.force_login(alice)
    ReviewItem.objects.filter(holder_name="Mei Tanaka").update(worst="R")
    choices: dict[str, dict[str, Any]] = {
        "Lena": {"choice": Choice.CERTIFY_UNTIL, "until": date(2026, 12, 24)},
        "Mei": {"choice": Choice.CERTIFY, "reason": "Quarter end"},
        "Tom": {"choice": Choice.DONT_KNOW},
    }
    with clock.set_to(campaign.due_at + timedelta(hours=1)):
        for name, choice in choices.items():
            picks = [Pick(of(campaign, name).pk, 1)]
            decide(sheet, actor=acting(alice), picks=picks, **choice)
        page = client.get(f"/reviews/{sheet.pk}/sign-off/").content.decode()
    headings = re.findall(r'<h2 id="[^"]+">([^<]+)</h2>(?:<span class="count[^>]*>(\d+))?', page)
    assert headings == [
        ("What it comes to", ""),
        ("You revoke", "0"),
        ("You keep, although removal is recommended", "1"),
        ("You keep until a day", "1"),
        ("Open questions", "1"),
        ("Decided late", "3"),
        ("Your statement", ""),
    ]
    assert ("Quarter end" in page, "24 December 2026" in page) == (True, True)


def test_page_takes_the_same_queries_whatever_it_lists(
    client: Client, sam: User, alice: User, ledger: System, noon: object
) -> None:
    read = right(ledger, "read")
    client.force_login(alice)
    counts = []
    for quarter, people in (("2026-Q4", ENOUGH_TO_TELL), ("2027-Q1", 60)):
        for number in range(people):
            person = report_of(alice, f"{quarter} {number}")
            holding(ledger, person, read, username=f"{quarter}-{number}")
        campaign = open_campaign(sam, quarter=quarter)
        sheet = sheet_of(campaign, alice)
        picks = [Pick(item.pk, 1) for item in sheet.items.all()]
        decide(sheet, actor=acting(alice), picks=picks, choice=Choice.REVOKE, reason="Dissolved")
        client.get(f"/reviews/{sheet.pk}/sign-off/")
        with CaptureQueriesContext(connection) as caught:
            client.get(f"/reviews/{sheet.pk}/sign-off/")
        counts.append(len(caught))
        Campaign.objects.update(state="closed")
    assert counts[0] == counts[1]
