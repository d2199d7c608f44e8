"""A small sheet of Alice's, and the fragments of pages that tests ask about."""

import pytest

from accounts.enums import AccountType
from accounts.models import System, User
from reviews.models import Campaign, Review, ReviewItem
from tests.cast import person_of
from tests.reviews.world import (
    admin_right,
    holding,
    open_campaign,
    report_of,
    right,
    service_account,
    sheet_of,
)


@pytest.fixture
def campaign(sam: User, alice: User, ledger: System, noon: object) -> Campaign:
    """Tom is privileged, a contractor has no end date, Lena and Mei read; Bob's Ida reads too."""
    read = right(ledger, "read", plain_words="Read the books")
    holding(ledger, report_of(alice, "Tom Eriksen"), admin_right(ledger))
    for name in ("Lena Fischer", "Mei Tanaka"):
        holding(ledger, report_of(alice, name), read)
    priya = report_of(alice, "Priya Natarajan")
    holding(ledger, priya, read, type=AccountType.TEMPORARY, sponsor=person_of(alice))
    service_account(ledger, person=None)
    return open_campaign(sam)


@pytest.fixture
def sheet(campaign: Campaign, alice: User) -> Review:
    return sheet_of(campaign, alice)


def of(campaign: Campaign, name: str) -> ReviewItem:
    """The item of the person, or of the account, by that name."""
    items = ReviewItem.objects.filter(campaign=campaign)
    return items.filter(holder_name__startswith=name).first() or items.get(account_username=name)
