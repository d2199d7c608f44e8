"""Signing off on a page: totals, statement, password, receipt."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from audit.models import Disclosure, Event
from reviews.actions.deciding import Pick, decide
from reviews.actions.signing import STATEMENT
from reviews.enums import Choice, ReviewState
from reviews.models import Review
from tests.cast import PASSWORD, acting

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
