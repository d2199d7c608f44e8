"""Revoking the whole account: the one act across lanes, and what it may not reach."""

import pytest

from accounts.models import System, User
from audit.errors import NotAllowed, WrongInput
from audit.models import Event
from reviews.actions.deciding import Pick, decide, revoke_account
from reviews.enums import Choice, Outcome
from reviews.models import Decision, Review, ReviewItem
from tests.cast import acting
from tests.reviews.world import admin_right, holding, open_campaign, report_of, right, sheet_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def account(sam: User, alice: User, ledger: System) -> Review:
    """Tom's account: one right to look at closely, one new; Lena's: one."""
    read = right(ledger, "read")
    holding(ledger, report_of(alice, "Tom Eriksen"), read, admin_right(ledger))
    holding(ledger, report_of(alice, "Lena Fischer"), read)
    return sheet_of(open_campaign(sam), alice)


def of_tom(sheet: Review) -> list[Pick]:
    return [
        Pick(item.pk, item.version)
        for item in sheet.items.filter(holder_name="Tom Eriksen").order_by("pk")
    ]


def test_whole_account_is_revoked_across_lanes_each_right_with_its_own_event(
    account: Review, alice: User
) -> None:
    verdict = revoke_account(account, actor=acting(alice), picks=of_tom(account), reason="Left")
    assert len(verdict.decided) == 2
    made = Decision.objects.filter(review=account).values_list("choice", "reason", "bulk_size")
    assert list(made) == [("revoke", "Left", 2)] * 2
    bodies = Event.objects.filter(verb="decision.made").values_list("body", flat=True)
    assert ['"whole_account":true' in body for body in bodies] == [True, True]


def test_whole_account_is_one_account_only(account: Review, alice: User) -> None:
    picks = [Pick(item.pk, item.version) for item in account.items.all()]
    with pytest.raises(NotAllowed, match="several accounts"):
        revoke_account(account, actor=acting(alice), picks=picks, reason="Left")
    assert Decision.objects.count() == 0


def test_whole_account_needs_a_reason(account: Review, alice: User) -> None:
    with pytest.raises(WrongInput, match="needs a reason"):
        revoke_account(account, actor=acting(alice), picks=of_tom(account), reason="  ")


def test_whole_account_is_for_the_sheets_reviewer_alone(account: Review, bob: User) -> None:
    with pytest.raises(NotAllowed, match="only its reviewer"):
        revoke_account(account, actor=acting(bob), picks=of_tom(account), reason="Left")


def test_whole_account_keeps_a_stale_right_as_contested_and_revokes_the_rest(
    account: Review, alice: User
) -> None:
    picks = of_tom(account)
    admin = account.items.get(right="admin")
    decide(
        account,
        actor=acting(alice),
        picks=[Pick(admin.pk, 1)],
        choice=Choice.CERTIFY,
        reason="On call",
    )
    verdict = revoke_account(account, actor=acting(alice), picks=picks, reason="Left")
    assert (len(verdict.decided), list(verdict.conflicts)) == (1, [admin.pk])
    assert ReviewItem.objects.get(pk=admin.pk).outcome == Outcome.REVOKED
