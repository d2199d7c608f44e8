"""Closing: nothing is kept silently, gaps need a name, and totals add up."""

from datetime import timedelta

import pytest

from accounts.enums import RunState
from accounts.models import System, User
from audit.errors import NotAllowed
from audit.models import Event
from reviews.actions.closing import close_campaign
from reviews.actions.deciding import Pick, decide
from reviews.actions.launching import Acknowledgement, launch_campaign
from reviews.actions.signing import sign_off
from reviews.enums import CampaignState, Choice, Outcome
from reviews.launch.gates import GateClosed
from reviews.models import Campaign, Review, ReviewItem
from tests.cast import NOON, acting, make_run, make_system
from tests.reviews.world import holding, open_campaign, report_of, right, sheet_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def campaign(sam: User, alice: User, ledger: System) -> Campaign:
    read = right(ledger, "read")
    for name in ("Tom Eriksen", "Lena Fischer"):
        holding(ledger, report_of(alice, name), read)
    return open_campaign(sam)


def keep(sheet: Review, user: User, items: list[ReviewItem]) -> None:
    decide(
        sheet,
        actor=acting(user),
        picks=[Pick(item.pk, item.version) for item in items],
        choice=Choice.CERTIFY,
    )


def gaps_of(campaign: Campaign, sam: User) -> list[str]:
    with pytest.raises(GateClosed) as refusal:
        close_campaign(campaign, actor=acting(sam))
    return [gap.gate for gap in refusal.value.gates]


def test_close_with_everything_signed_has_totals_that_add_up(
    campaign: Campaign, sam: User, alice: User
) -> None:
    sheet = sheet_of(campaign, alice)
    keep(sheet, alice, list(sheet.items.all()))
    sign_off(sheet, actor=acting(alice), method="password")
    closed = close_campaign(campaign, actor=acting(sam))
    assert closed.state == CampaignState.CLOSED
    assert closed.totals == {
        "open": 0,
        "certified": 2,
        "certified_until": 0,
        "revoked": 0,
        "gone": 0,
        "not_reviewed": 0,
        "items": 2,
    }


def test_closing_notes_as_of_when_the_facts_were_that_it_judged(
    campaign: Campaign, sam: User, ada: User, ledger: System
) -> None:
    """A system that was left out, or whose import is newer by now, was not judged by it."""
    other = make_system("Wiki")
    make_run(ledger, read_at=NOON + timedelta(days=3))
    gaps = Acknowledgement("Looked at elsewhere.", ada)
    close_campaign(campaign, actor=acting(sam), with_gaps=gaps)
    ledger.refresh_from_db()
    other.refresh_from_db()
    assert (ledger.reviewed_as_of, other.reviewed_as_of) == (NOON, None)


def test_a_campaign_that_closes_late_takes_nothing_back(
    campaign: Campaign, sam: User, ada: User, ledger: System
) -> None:
    ledger.reviewed_as_of = NOON + timedelta(days=1)
    ledger.save()
    gaps = Acknowledgement("Looked at elsewhere.", ada)
    close_campaign(campaign, actor=acting(sam), with_gaps=gaps)
    ledger.refresh_from_db()
    assert ledger.reviewed_as_of == NOON + timedelta(days=1)


def test_close_with_undecided_items_is_refused_and_recorded(campaign: Campaign, sam: User) -> None:
    assert gaps_of(campaign, sam) == ["not_reviewed"]
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.OPEN
    assert Event.objects.filter(verb="campaign.close_refused").count() == 1


def test_close_with_an_unsigned_sheet_is_a_gap(campaign: Campaign, sam: User, alice: User) -> None:
    sheet = sheet_of(campaign, alice)
    keep(sheet, alice, list(sheet.items.all()))
    assert gaps_of(campaign, sam) == ["unsigned"]


def test_close_with_an_unproved_removal_is_a_gap(
    campaign: Campaign, sam: User, alice: User
) -> None:
    sheet = sheet_of(campaign, alice)
    decide(
        sheet,
        actor=acting(alice),
        picks=[Pick(item.pk, item.version) for item in sheet.items.all()],
        choice=Choice.REVOKE,
        reason="not needed",
    )
    sign_off(sheet, actor=acting(alice), method="password")
    assert gaps_of(campaign, sam) == ["unproved"]


def test_close_with_an_uncovered_system_is_a_gap(
    sam: User, ada: User, alice: User, ledger: System
) -> None:
    holding(ledger, report_of(alice, "Tom Eriksen"), right(ledger, "read"))
    make_run(make_system("Payroll"), state=RunState.FAILED)
    with pytest.raises(GateClosed):
        open_campaign(sam)
    campaign = launch_campaign(
        Campaign.objects.get(), actor=acting(sam), acknowledgement=Acknowledgement("later", ada)
    )
    assert gaps_of(campaign, sam) == ["not_reviewed", "uncovered"]


def test_close_with_gaps_leaves_the_undecided_not_reviewed(
    campaign: Campaign, sam: User, ada: User, alice: User
) -> None:
    sheet = sheet_of(campaign, alice)
    first, second = sheet.items.order_by("pk")
    keep(sheet, alice, [first])
    closed = close_campaign(
        campaign, actor=acting(sam), with_gaps=Acknowledgement("Alice is ill", ada)
    )
    second.refresh_from_db()
    assert (second.outcome, closed.gaps_approved_by_ref, closed.gaps_reason) == (
        Outcome.NOT_REVIEWED,
        ada.ref,
        "Alice is ill",
    )
    assert Event.objects.get(verb="item.not_reviewed").target == f"item:{second.pk}"


def test_close_with_gaps_by_ones_own_leave_is_refused(campaign: Campaign, sam: User) -> None:
    with pytest.raises(NotAllowed):
        close_campaign(campaign, actor=acting(sam), with_gaps=Acknowledgement("fine", sam))
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.OPEN


def test_close_by_a_reviewer_is_refused(campaign: Campaign, alice: User) -> None:
    with pytest.raises(NotAllowed):
        close_campaign(campaign, actor=acting(alice))


def test_next_campaign_knows_what_was_kept_and_what_changed(
    campaign: Campaign, sam: User, ada: User, alice: User
) -> None:
    sheet = sheet_of(campaign, alice)
    keep(sheet, alice, list(sheet.items.all()))
    sign_off(sheet, actor=acting(alice), method="password")
    close_campaign(campaign, actor=acting(sam))
    tom = ReviewItem.objects.get(holder_name="Tom Eriksen").holder
    assert tom is not None
    tom.title = "Director"
    tom.save()
    later = open_campaign(sam, quarter="2027-Q1")
    lanes = dict(later.items.values_list("holder_name", "lane"))
    changes = later.items.get(holder_name="Tom Eriksen").changes
    assert lanes == {"Tom Eriksen": 2, "Lena Fischer": 4}
    assert changes == [{"field": "title", "was": "", "now": "Director"}]
