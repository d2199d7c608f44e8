"""21. Launch pressed twice: one campaign, one set of items."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

import clock
from accounts.models import User
from audit.models import Event
from jobs.models import Message
from jobs.runner import drain
from reviews.actions.launching import launch_campaign, start_launch
from reviews.actions.planning import plan_campaign
from reviews.enums import CampaignState
from reviews.models import Campaign, Review, ReviewItem
from tests.cast import NOON, acting
from tests.commands.running import run_apart, run_well
from tests.scenarios.company import Q4, Office

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(office: Office, alice: User, owner: User, sam: User) -> Office:
    office.staff()
    office.ledger()
    return office


def assert_one() -> None:
    drain()
    assert Campaign.objects.values_list("state", "items_count").get() == (CampaignState.OPEN, 3)
    assert (ReviewItem.objects.count(), Review.objects.count()) == (3, 1)
    assert Event.objects.filter(verb="campaign.launched").count() == 1
    assert Message.objects.filter(key__startswith="launch:").count() == 1


def test_on_the_page(shop: Office, sam: User) -> None:
    plan = plan_campaign(actor=acting(sam), quarter="2026-Q4")
    start_launch(plan, actor=acting(sam))
    start_launch(plan, actor=acting(sam))
    drain()
    start_launch(plan, actor=acting(sam))
    assert_one()


def test_at_the_terminal(shop: Office) -> None:
    assert run_well("open_campaign", *Q4) == run_well("open_campaign", *Q4)
    assert_one()


def test_at_once_from_plan_to_launch(shop: Office, sam: User) -> None:
    start = Barrier(3)

    def act(_: int) -> int:
        try:
            with clock.set_to(NOON):
                start.wait()
                plan = plan_campaign(actor=acting(sam), quarter="2026-Q4")
                return launch_campaign(plan, actor=acting(sam)).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        assert len(set(pool.map(act, range(3)))) == 1
    assert_one()


def test_in_processes_beside_one_another(shop: Office, sam: User) -> None:
    """By the real clock, by which the ledger is stale: Sam acknowledges it in both."""
    leave = ["--acknowledge", "By the real clock", "--acknowledged-by", sam.email]
    with ThreadPoolExecutor(2) as pool:
        ran = list(pool.map(lambda _: run_apart("open_campaign", *Q4, *leave), range(2)))
    assert [each.status for each in ran] == [0, 0], [each.errors for each in ran]
    assert ran[0].said["id"] == ran[1].said["id"]
    assert_one()
