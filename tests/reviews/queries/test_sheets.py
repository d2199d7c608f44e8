"""What lies on a sheet, and how long it takes by its reviewer's own pace."""

from datetime import timedelta

import pytest

import clock
from accounts.models import System, User
from reviews.actions.deciding import Pick, decide
from reviews.enums import Choice
from reviews.models import Review
from reviews.queries.sheets import ENOUGH_TO_TELL, items_in_order, items_of, pace_of
from tests.cast import NOON, acting
from tests.reviews.world import (
    admin_right,
    holding,
    open_campaign,
    report_of,
    right,
    sheet_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def sheet(sam: User, alice: User, ledger: System) -> Review:
    """Thirteen rights that are all new: 12 seconds each, as is usual."""
    rights = [right(ledger, f"right-{n}") for n in range(13)]
    holding(ledger, report_of(alice, "Tom Eriksen"), *rights)
    return sheet_of(open_campaign(sam), alice)


def keep(sheet: Review, alice: User, number: int, *, every: int) -> None:
    for place, item in enumerate(sheet.items.order_by("pk")[:number]):
        with clock.set_to(NOON + timedelta(seconds=every * place)):
            decide(sheet, actor=acting(alice), picks=[Pick(item.pk, 1)], choice=Choice.CERTIFY)


def test_pace_is_what_is_usual_until_there_is_enough_to_tell(sheet: Review, alice: User) -> None:
    keep(sheet, alice, ENOUGH_TO_TELL, every=6)
    assert pace_of(sheet) == 1.0


def test_pace_is_the_reviewers_own_as_a_multiple_of_what_is_usual(
    sheet: Review, alice: User
) -> None:
    keep(sheet, alice, ENOUGH_TO_TELL + 1, every=6)
    assert pace_of(sheet) == 0.5


def test_pace_leaves_pauses_out(sheet: Review, alice: User) -> None:
    keep(sheet, alice, ENOUGH_TO_TELL + 1, every=600)
    assert pace_of(sheet) == 1.0


def test_items_in_order_are_those_of_the_sheet_at_either_stage(
    sam: User, alice: User, owner: User, ledger: System
) -> None:
    read = right(ledger, "read")
    holding(ledger, report_of(alice, "Tom Eriksen"), read, admin_right(ledger))
    holding(ledger, report_of(owner, "Ida Berg"), read)
    campaign = open_campaign(sam)
    found = {
        user: sorted(items_in_order(sheet_of(campaign, user)).values_list("right", "review"))
        for user in (alice, owner)
    }
    first, second = sheet_of(campaign, alice), sheet_of(campaign, owner)
    assert found[alice] == [("admin", first.pk), ("read", first.pk)]
    assert found[owner] == [("admin", first.pk), ("read", second.pk)]
    assert set(items_in_order(second)) == set(items_of(second))
