"""Signing off: everything decided, locked, sent out, and a receipt."""

import pytest

from accounts.models import System, User
from audit.errors import Conflict, NotAllowed, WrongInput
from jobs.models import Message
from reviews.actions.deciding import Pick, decide
from reviews.actions.signing import STATEMENT, give_missing_receipts, give_receipt, sign_off
from reviews.actions.timing import CLOCK
from reviews.enums import Choice, ReviewState, RevocationState
from reviews.models import Campaign, Decision, Review, Revocation
from tests.cast import acting
from tests.reviews.world import holding, open_campaign, report_of, right, sheet_of

pytestmark = pytest.mark.usefixtures("noon")


def decide_all(sheet: Review, user: User, choice: Choice, reason: str = "") -> None:
    picks = [Pick(item.pk, item.version) for item in sheet.items.all()]
    decide(sheet, actor=acting(user), picks=picks, choice=choice, reason=reason)


@pytest.fixture
def sheet(sam: User, alice: User, ledger: System) -> Review:
    read = right(ledger, "read")
    for name in ("Tom Eriksen", "Lena Fischer"):
        holding(ledger, report_of(alice, name), read)
    return sheet_of(open_campaign(sam), alice)


@pytest.mark.django_db
def test_sign_off_locks_the_sheet_and_sends_its_removals_out(sheet: Review, alice: User) -> None:
    decide_all(sheet, alice, Choice.REVOKE, "No longer needed")
    signed = sign_off(sheet, actor=acting(alice), method="password")
    assert (signed.state, signed.statement, signed.decisions_count) == (
        ReviewState.SIGNED,
        STATEMENT,
        2,
    )
    assert set(Revocation.objects.values_list("state", flat=True)) == {RevocationState.OPEN}
    assert Decision.objects.filter(signed_at=None).count() == 0
    with pytest.raises(Conflict, match="signed this sheet off"):
        decide_all(signed, alice, Choice.CERTIFY)


@pytest.mark.django_db
def test_sign_off_with_an_open_item_is_refused(sheet: Review, alice: User) -> None:
    with pytest.raises(WrongInput, match="2 items are still open"):
        sign_off(sheet, actor=acting(alice), method="password")
    sheet.refresh_from_db()
    assert sheet.state == ReviewState.OPEN


@pytest.mark.django_db
def test_sign_off_with_a_dont_know_is_refused(sheet: Review, alice: User) -> None:
    decide_all(sheet, alice, Choice.DONT_KNOW)
    with pytest.raises(WrongInput, match="2 items are still open"):
        sign_off(sheet, actor=acting(alice), method="password")


@pytest.mark.django_db
def test_sign_off_with_a_contested_item_is_refused(sheet: Review, alice: User) -> None:
    decide_all(sheet, alice, Choice.CERTIFY)
    sheet.items.update(contested=True)
    with pytest.raises(WrongInput, match="contested"):
        sign_off(sheet, actor=acting(alice), method="password")


@pytest.mark.django_db
def test_sign_off_of_somebody_elses_sheet_is_refused(sheet: Review, alice: User, sam: User) -> None:
    decide_all(sheet, alice, Choice.CERTIFY)
    with pytest.raises(NotAllowed):
        sign_off(sheet, actor=acting(sam), method="password")


@pytest.mark.django_db(transaction=True)
def test_receipt_carries_a_checkpoint_out_of_the_database(sheet: Review, alice: User) -> None:
    decide_all(sheet, alice, Choice.CERTIFY)
    signed = sign_off(sheet, actor=acting(alice), method="password")
    receipt = give_receipt(signed, actor=CLOCK)
    assert (len(receipt.receipt_digest), receipt.receipt_size > 0) == (64, True)
    body = Message.objects.get(key=f"receipt:{sheet.pk}").body
    assert receipt.receipt_digest in body
    assert (
        "You signed off 2 decisions on 5 October 2026 at 12:00 UTC: 2 kept and 0 revoked." in body
    )
    assert "— " in body


@pytest.mark.django_db(transaction=True)
def test_receipt_lost_in_a_crash_is_given_later_once(sheet: Review, alice: User) -> None:
    decide_all(sheet, alice, Choice.CERTIFY)
    sign_off(sheet, actor=acting(alice), method="password")
    assert (give_missing_receipts(actor=CLOCK), give_missing_receipts(actor=CLOCK)) == (1, 0)
    assert Message.objects.filter(key__startswith="receipt:").count() == 1
    assert Campaign.objects.count() == 1
