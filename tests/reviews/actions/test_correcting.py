"""Putting a violation right on the sheet, so that it can be judged."""

import pytest

from accounts.models import System, User
from audit.errors import NotAllowed, WrongInput
from audit.models import Event
from reviews.actions.correcting import Naming, correct_item
from reviews.actions.deciding import Pick, decide
from reviews.enums import Choice, Outcome
from reviews.models import Review, ReviewItem
from tests.cast import acting, make_grant, make_team, person_of
from tests.reviews.world import open_campaign, right, service_account, sheet_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def sheet(sam: User, alice: User, ledger: System) -> Review:
    """A service account without a purpose lies with the lead of its team."""
    service_account(ledger, owner_team=make_team("Payments", lead=person_of(alice)))
    return sheet_of(open_campaign(sam), alice)


@pytest.fixture
def item(sheet: Review) -> ReviewItem:
    return sheet.items.get()


def test_correct_purpose_strikes_the_violation_and_lets_it_be_kept(
    sheet: Review, item: ReviewItem, alice: User
) -> None:
    corrected = correct_item(
        sheet, item, actor=acting(alice), naming=Naming(purpose="Nightly settlement")
    )
    assert list(corrected.corrected) == ["S13"]
    assert corrected.purpose == ""
    assert corrected.account.purpose == "Nightly settlement"
    decide(
        sheet,
        actor=acting(alice),
        picks=[Pick(item.pk, corrected.version)],
        choice=Choice.CERTIFY,
        reason="Settles every night",
    )
    item.refresh_from_db()
    assert item.outcome == Outcome.CERTIFIED
    assert Event.objects.filter(verb="item.corrected").count() == 1


def test_correct_without_naming_anything_is_refused(
    sheet: Review, item: ReviewItem, alice: User
) -> None:
    with pytest.raises(WrongInput):
        correct_item(sheet, item, actor=acting(alice), naming=Naming(purpose="  "))


def test_correct_by_somebody_else_is_refused(sheet: Review, item: ReviewItem, bob: User) -> None:
    with pytest.raises(NotAllowed):
        correct_item(sheet, item, actor=acting(bob), naming=Naming(purpose="Mine"))
    item.account.refresh_from_db()
    assert item.account.purpose == ""


def test_correction_that_leaves_something_missing_strikes_nothing(
    sam: User, owner: User, ledger: System
) -> None:
    service_account(ledger, username="svc-nobody")
    sheet = sheet_of(open_campaign(sam), owner)
    item = sheet.items.get()
    corrected = correct_item(sheet, item, actor=acting(owner), naming=Naming(purpose="Reports"))
    assert corrected.corrected == {}


def test_correction_holds_for_every_item_of_the_account(
    sam: User, alice: User, ledger: System
) -> None:
    account = service_account(
        ledger, username="svc-two", owner_team=make_team("Ledger team", lead=person_of(alice))
    )
    for key in ("read", "write"):
        make_grant(account, right(ledger, key))
    sheet = sheet_of(open_campaign(sam), alice)
    first = sheet.items.order_by("pk")[0]
    correct_item(sheet, first, actor=acting(alice), naming=Naming(purpose="Reports"))
    assert [list(item.corrected) for item in sheet.items.all()] == [["S13"], ["S13"]]
