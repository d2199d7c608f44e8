"""Planning: a campaign is judged by the policy in force at its launch, and keeps it."""

from dataclasses import asdict
from datetime import timedelta

import pytest

from accounts.insights import current_policy
from accounts.models import System, User
from reviews.actions.launching import launch_campaign
from reviews.actions.planning import make_preview, plan_campaign
from reviews.models import Campaign, ReviewItem
from tests.accounts.policies import in_force
from tests.cast import NOON, acting
from tests.reviews.world import DUE, holding, open_campaign, report_of, right

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def kept(campaign: Campaign) -> tuple[int, int]:
    campaign.refresh_from_db()
    return campaign.policy_version, campaign.policy["inactive_notice"]


def test_a_plan_takes_the_policy_until_its_launch(sam: User, alice: User, ledger: System) -> None:
    used = NOON - timedelta(days=25)
    holding(ledger, report_of(alice, "Tom Eriksen"), right(ledger, "read"), last_used=used)
    plan = plan_campaign(actor=acting(sam), quarter="2026-Q4", due=DUE, zone="UTC")
    assert kept(plan) == (1, 30)
    in_force(sam, inactive_notice=28)
    make_preview(plan)
    assert kept(plan) == (2, 28)
    in_force(sam, inactive_notice=20)
    launch_campaign(plan, actor=acting(sam))
    assert (kept(plan), plan.policy) == ((3, 20), asdict(current_policy()))
    (insight,) = (each for each in ReviewItem.objects.get().insights if each["rule"] == "S2")
    assert insight["value"]["limit"] == 20


def test_an_open_campaign_keeps_the_policy_that_it_was_launched_with(
    sam: User, alice: User, ledger: System
) -> None:
    holding(ledger, report_of(alice, "Tom Eriksen"), right(ledger, "read"))
    campaign = open_campaign(sam)
    in_force(sam, inactive_notice=20)
    launch_campaign(campaign, actor=acting(sam))
    assert kept(campaign) == (1, 30)
