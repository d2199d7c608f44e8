"""6. Orphaned account is in scope and flagged."""

import pytest

from accounts.models import Finding, User
from audit.errors import WrongInput
from reviews.enums import Choice, Lane, Outcome, RoutedBy
from reviews.models import Campaign
from tests.scenarios.company import Office, choose, item_of, reads

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(office: Office, alice: User, owner: User, sam: User) -> Campaign:
    office.staff()
    office.ledger(reads("tom"), "zebra,,read,2026-10-02", "svc-old,,write,2026-10-02")
    return office.open()


def test_it_is_an_item_that_must_be_looked_at(campaign: Campaign, sam: User) -> None:
    assert (campaign.in_scope, campaign.items_count) == (3, 3)
    for username in ("zebra", "svc-old"):
        item = item_of(campaign, username)
        broken = [i["rule"] for i in item.insights if i["outcome"] == "V"]
        assert (item.lane, item.holder_name, "S17" in broken) == (Lane.MUST_LOOK, "", True)
    assert item_of(campaign, "zebra").routed_by == RoutedBy.FALLBACK


def test_it_is_a_finding_before_any_campaign(
    office: Office, alice: User, owner: User, sam: User
) -> None:
    office.staff()
    office.ledger(reads("tom"), "zebra,,read,2026-10-02")
    found = Finding.objects.filter(rule="S17")
    assert [(each.account.username, each.state) for each in found] == [("zebra", "open")]


def test_it_cannot_simply_be_kept(campaign: Campaign, sam: User) -> None:
    item = item_of(campaign, "zebra")
    with pytest.raises(WrongInput, match="A rule forbids this access as it is"):
        choose(sam, item, Choice.CERTIFY, "Harmless")
    choose(sam, item, Choice.REVOKE, "Nobody's")
    item.refresh_from_db()
    assert item.outcome == Outcome.REVOKED
