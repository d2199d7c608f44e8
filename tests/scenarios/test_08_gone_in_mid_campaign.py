"""8. Account vanishes in mid-campaign. The item becomes "gone before decision", with no
reviewer's name; never certified."""

from datetime import timedelta

import pytest

import clock
from accounts.models import User
from audit.errors import WrongInput
from audit.models import Event
from reviews.enums import Choice, Outcome
from reviews.models import Campaign, Decision
from reviews.queries import count_undecided
from tests.cast import NOON
from tests.commands.running import run_well
from tests.reviews.world import sheet_of
from tests.scenarios.company import (
    Office,
    choose,
    follow,
    item_of,
    keep_the_rest,
    reads,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def campaign(office: Office, alice: User, owner: User, sam: User) -> Campaign:
    """Tom's account is gone from the next import, before Alice has decided on it."""
    office.staff()
    office.ledger()
    campaign = office.open()
    with clock.set_to(NOON + timedelta(hours=1)):
        office.ledger(reads("lena"), reads("mei"), exported_at=NOON + timedelta(hours=1))
        follow()
    return campaign


def test_it_is_gone_and_nobody_can_certify_it(campaign: Campaign, alice: User) -> None:
    item = item_of(campaign, "tom")
    assert item.outcome == Outcome.GONE
    with pytest.raises(WrongInput, match="This access is gone: there is nothing left to decide"):
        choose(alice, item, Choice.CERTIFY)
    item.refresh_from_db()
    assert (item.outcome, Decision.objects.count()) == (Outcome.GONE, 0)


def test_it_holds_nobody_up_and_bears_no_name(
    office: Office, campaign: Campaign, alice: User
) -> None:
    item = item_of(campaign, "tom")
    assert count_undecided(sheet_of(campaign, alice)) == 2
    keep_the_rest(alice, campaign)
    closed = run_well("close_campaign", campaign.pk)
    assert {name: count for name, count in closed["totals"].items() if count} == {
        "certified": 2,
        "gone": 1,
        "items": 3,
    }
    package = office.evidence(campaign)
    cells = package.cells("population.csv", "account_username", "outcome", "reviewer")
    assert sorted(cells) == [
        ("lena", "certified", "Alice Okafor"),
        ("mei", "certified", "Alice Okafor"),
        ("tom", "gone", ""),
    ]
    assert str(item.pk) not in {row["item"] for row in package.rows("decisions.csv")}
    assert Event.objects.get(verb="item.gone").target == f"item:{item.pk}"


def test_what_was_decided_before_it_vanished_stands(
    office: Office, alice: User, owner: User, sam: User
) -> None:
    office.staff()
    office.ledger()
    campaign = office.open()
    choose(alice, item_of(campaign, "tom"), Choice.CERTIFY)
    with clock.set_to(NOON + timedelta(hours=1)):
        office.ledger(reads("lena"), reads("mei"))
        follow()
    assert item_of(campaign, "tom").outcome == Outcome.CERTIFIED


def test_what_comes_back_is_open_again(office: Office, campaign: Campaign, alice: User) -> None:
    with clock.set_to(NOON + timedelta(hours=2)):
        office.ledger()
        follow()
    assert item_of(campaign, "tom").outcome == Outcome.OPEN
    assert count_undecided(sheet_of(campaign, alice)) == 3
