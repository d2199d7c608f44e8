"""5. Unknown stays unknown: account type, status, MFA, last use."""

import pytest

from accounts.models import Finding, User
from tests.scenarios.company import Office, item_of

pytestmark = pytest.mark.django_db(transaction=True)

NOTHING_SAID = ("unclassified", "unknown", "not_available", "not_available", None)
NOT_KNOWN = ("unclassified", "unknown", "unknown", "unknown", None)


@pytest.fixture
def shop(office: Office, alice: User, owner: User, sam: User) -> Office:
    """Zebra's file has no such columns; Yak's has them and leaves them blank."""
    office.staff("9,Lou,lou@example.com,,,employee,left,2026-09-30,1")
    office.accounts("Zoo", "zebra,read", header="username,entitlement")
    office.accounts(
        "Farm",
        "yak,read,,,",
        "hen,read,active,yes,2026-10-01",
        header="username,entitlement,status,mfa,last_used",
    )
    office.accounts("Club", "lou,lou@example.com,", header="username,mail,last_used")
    return office


def test_from_the_file_to_the_item_and_the_evidence(shop: Office) -> None:
    campaign = shop.open()
    said = ("account_type", "account_status", "mfa", "last_use", "last_used")
    zebra, yak = item_of(campaign, "zebra"), item_of(campaign, "yak")
    assert tuple(getattr(zebra, name) for name in said) == NOTHING_SAID
    assert tuple(getattr(yak, name) for name in said) == NOT_KNOWN
    package = shop.evidence(campaign)
    cells = package.cells("population.csv", "account_username", *said)
    assert {cell[0]: cell[1:] for cell in cells if cell[0] in {"zebra", "yak"}} == {
        "zebra": (*NOTHING_SAID[:-1], ""),
        "yak": (*NOT_KNOWN[:-1], ""),
    }


def test_unknown_last_use_is_said_and_never_read_as_unused(shop: Office) -> None:
    campaign = shop.open()
    for username in ("zebra", "yak"):
        rules = {insight["rule"] for insight in item_of(campaign, username).insights}
        assert "S5" in rules
        assert not rules & {"S2", "S3"}


def test_a_leavers_account_of_unknown_status_counts_as_live(shop: Office) -> None:
    (finding,) = Finding.objects.filter(system__name="Club", rule="S1")
    assert finding.sentence.startswith(
        "Its holder left on 30 September 2026, and the account counts as live, since its status "
        "is unknown; whether it was used after that is unknown."
    )
    assert item_of(shop.open(), "lou").lane == 1
