"""23. Already gone at the target: success, by read-back.

Without a connector that reads back, the next complete import does.
"""

from datetime import timedelta

import pytest

import clock
from accounts.models import User
from audit.errors import Conflict
from reviews.enums import Choice, RevocationState
from reviews.models import Campaign, Revocation
from tests.cast import NOON
from tests.commands.running import run_well
from tests.scenarios.company import (
    Office,
    choose,
    follow,
    item_of,
    keep_the_rest,
    reads,
    remove,
)

pytestmark = pytest.mark.django_db(transaction=True)

LATER = NOON + timedelta(hours=3)


@pytest.fixture
def campaign(office: Office, alice: User, owner: User, sam: User) -> Campaign:
    """Tom is revoked, and the import after that shows him no more; nobody noted a removal."""
    office.staff()
    office.ledger(exported_at=NOON)
    campaign = office.open()
    choose(alice, item_of(campaign, "tom"), Choice.REVOKE, "Left the team")
    keep_the_rest(alice, campaign)
    with clock.set_to(LATER):
        office.ledger(reads("lena"), reads("mei"), exported_at=LATER)
        follow()
    return campaign


def test_it_is_verified_by_the_import_although_nobody_carried_it_out(
    office: Office, campaign: Campaign
) -> None:
    order = Revocation.objects.get()
    assert (order.state, order.done_at, order.done_by, order.verified_at) == (
        RevocationState.VERIFIED,
        None,
        None,
        LATER,
    )
    assert order.verified_by_run is not None
    closed = run_well("close_campaign", campaign.pk)
    assert (closed["state"], closed["gaps"]) == ("closed", [])
    package = office.evidence(campaign)
    assert package.cover["interim"] is False
    assert package.cells("revocations.csv", "state", "verified_by_run", "done_by") == [
        ("verified", str(order.verified_by_run_id), "")
    ]


def test_noting_it_by_hand_afterwards_is_a_conflict_and_changes_nothing(
    campaign: Campaign, owner: User
) -> None:
    with pytest.raises(Conflict, match='stands at "Verified gone"'):
        remove(owner, item_of(campaign, "tom"))
    assert Revocation.objects.get().state == RevocationState.VERIFIED


def test_gone_in_an_export_from_before_the_order_is_no_success(
    office: Office, alice: User, owner: User, sam: User
) -> None:
    office.staff()
    office.ledger(exported_at=NOON)
    campaign = office.open()
    with clock.set_to(LATER):
        choose(alice, item_of(campaign, "tom"), Choice.REVOKE, "Left the team")
        office.ledger(reads("lena"), reads("mei"), exported_at=LATER - timedelta(hours=1))
        follow()
    assert Revocation.objects.get().state == RevocationState.WAITING
