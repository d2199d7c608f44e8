"""Correcting what was signed, on pages: asked for in the row, answered with the password."""

from typing import Any

import pytest
from django.test import Client

from accounts.enums import AccountType
from accounts.models import User
from audit.models import Disclosure, Event
from reviews.actions.deciding import Pick, decide
from reviews.actions.signing import sign_off
from reviews.enums import Choice, CorrectionState, Outcome
from reviews.models import Campaign, Correction, Review, ReviewItem
from tests.cast import PASSWORD, acting
from tests.reviews.views.conftest import of

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed(alice: User, sheet: Review) -> Review:
    """Lena's and Mei's rights are kept and the others revoked; signed."""
    for item in sheet.items.order_by("pk"):
        kept = item.holder_name in {"Lena Fischer", "Mei Tanaka"}
        decide(
            sheet,
            actor=acting(alice),
            picks=[Pick(item.pk, 1)],
            choice=Choice.CERTIFY if kept else Choice.REVOKE,
            reason="As it should be",
        )
    return sign_off(sheet, actor=acting(alice), method="password")


@pytest.fixture
def lena(campaign: Campaign) -> ReviewItem:
    return of(campaign, "Lena")


def ask(client: Client, sheet: Review, item: ReviewItem, **given: str) -> Any:
    given = {"choice": "revoke", "reason": "The wrong row", "until": "2026-12-24", **given}
    return client.post(f"/reviews/{sheet.pk}/items/{item.pk}/mistake/", given)


@pytest.fixture
def asked(client: Client, alice: User, signed: Review, lena: ReviewItem) -> Correction:
    client.force_login(alice)
    ask(client, signed, lena)
    return Correction.objects.get()


def test_a_signed_row_offers_correcting_to_its_reviewer_alone(
    client: Client, alice: User, sam: User, signed: Review, lena: ReviewItem
) -> None:
    offered = {}
    for user in (alice, sam):
        client.force_login(user)
        page = client.get(f"/reviews/{signed.pk}/").content.decode()
        offered[user.email] = f"/items/{lena.pk}/mistake/" in page
    assert offered == {alice.email: True, sam.email: False}


def test_asking_says_what_was_signed_and_shows_on_the_receipt(
    client: Client, alice: User, signed: Review, lena: ReviewItem
) -> None:
    client.force_login(alice)
    page = client.get(f"/reviews/{signed.pk}/items/{lena.pk}/mistake/").content.decode()
    assert "You signed: <b>Kept</b>" in page
    answer = ask(client, signed, lena)
    assert answer["Location"] == f"/reviews/{signed.pk}/receipt/"
    receipt = client.get(answer["Location"]).content.decode()
    assert ("Corrected since" in receipt, "The wrong row" in receipt) == (True, True)
    correction = Correction.objects.get()
    assert (correction.choice, correction.until) == ("revoke", None)


def test_how_late_a_temporary_account_may_end_is_said(
    client: Client, alice: User, signed: Review, lena: ReviewItem
) -> None:
    client.force_login(alice)
    ReviewItem.objects.filter(pk=lena.pk).update(account_type=AccountType.TEMPORARY)
    page = client.get(f"/reviews/{signed.pk}/items/{lena.pk}/mistake/").content.decode()
    limit = "It becomes the end date of the account: 3 January 2027 at the latest."
    assert (limit in page, 'max="2027-01-03"' in page) == (True, True)


def test_what_cannot_be_is_said_on_the_form(
    client: Client, alice: User, signed: Review, campaign: Campaign
) -> None:
    client.force_login(alice)
    answer = ask(client, signed, of(campaign, "Tom"), choice="certify")
    assert answer.status_code == 422
    assert "The removal has gone out already" in answer.content.decode()
    assert Correction.objects.count() == 0


def test_an_open_sheet_leads_back_to_its_rows(
    client: Client, alice: User, sheet: Review, lena: ReviewItem
) -> None:
    client.force_login(alice)
    answer = ask(client, sheet, lena)
    assert (answer["Location"], Correction.objects.count()) == (f"/reviews/{sheet.pk}/", 0)


def test_approving_takes_the_password_of_the_other_person(
    client: Client, sam: User, asked: Correction, lena: ReviewItem
) -> None:
    client.force_login(sam)
    wrong = client.post(f"/corrections/{asked.pk}/approve/", {"password": "guessed"})
    assert (wrong.status_code, "not your password" in wrong.content.decode()) == (422, True)
    assert Disclosure.objects.filter(text="The password was wrong.").count() == 1
    asked.refresh_from_db()
    assert asked.state == CorrectionState.ASKED
    right = client.post(f"/corrections/{asked.pk}/approve/", {"password": PASSWORD})
    assert right["Location"] == f"/corrections/{asked.pk}/"
    lena.refresh_from_db()
    assert lena.outcome == Outcome.REVOKED
    event = Event.objects.get(verb="decision.correction_approved")
    assert '"method":"password"' in event.body


def test_refusing_needs_a_reason_and_no_password(
    client: Client, sam: User, asked: Correction
) -> None:
    client.force_login(sam)
    assert client.post(f"/corrections/{asked.pk}/refuse/", {}).status_code == 422
    client.post(f"/corrections/{asked.pk}/refuse/", {"reason": "Still on call"})
    page = client.get(f"/corrections/{asked.pk}/").content.decode()
    assert ("Refused" in page, "Still on call" in page, "Approve the" in page) == (
        True,
        True,
        False,
    )


def test_who_asked_reads_it_and_cannot_answer(
    client: Client, alice: User, asked: Correction
) -> None:
    page = client.get(f"/corrections/{asked.pk}/").content.decode()
    assert ("Another person answers this" in page, "Approve the" in page) == (True, False)
    assert client.post(f"/corrections/{asked.pk}/approve/", {}).status_code == 404


def test_the_cockpit_and_the_first_page_name_what_waits(
    client: Client, sam: User, asked: Correction
) -> None:
    client.force_login(sam)
    cockpit = client.get("/cockpit/").content.decode()
    assert "1 correction of signed decisions to approve or refuse" in cockpit
    assert "1 correction of a signed decision" in client.get("/reviews/").content.decode()


def test_the_list_costs_the_same_at_one_and_many(
    client: Client, carol: User, asked: Correction, django_assert_num_queries: Any
) -> None:
    client.force_login(carol)
    client.get("/corrections/")
    with django_assert_num_queries(4):
        client.get("/corrections/")
    for _ in range(40):
        Correction.objects.create(
            item=asked.item,
            stage=1,
            decision=asked.decision,
            choice="revoke",
            reason="x",
            state="refused",
            asked_by=asked.asked_by,
            asked_by_name="Alice",
            asked_at=asked.asked_at,
            lapses_at=asked.lapses_at,
        )
    with django_assert_num_queries(4):
        page = client.get("/corrections/").content.decode()
    assert page.count('<th scope="row">') == 41


def test_the_list_is_exported_with_an_event(client: Client, carol: User, asked: Correction) -> None:
    client.force_login(carol)
    answer = client.get("/corrections/?export=csv")
    assert "The wrong row" in b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]  # streamed
    assert Event.objects.filter(verb="list.exported", target="list:corrections").count() == 1


def test_after_the_close_the_receipt_says_what_to_do_instead(
    client: Client, alice: User, signed: Review
) -> None:
    Campaign.objects.update(state="closed")
    client.force_login(alice)
    receipt = client.get(f"/reviews/{signed.pk}/receipt/").content.decode()
    assert "have it restored: it comes up in the next review" in receipt
