"""A small sheet of Alice's, and the fragments of pages that tests ask about."""

from datetime import timedelta

import pytest

import clock
from accounts.enums import AccountType, LastUse
from accounts.models import System, User
from reviews.models import Campaign, Review, ReviewItem
from tests.cast import NOON, make_run, make_system, person_of
from tests.reviews.world import (
    admin_right,
    confidential,
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


@pytest.fixture
def live_sheet(sam: User, alice: User, ledger: System) -> Review:
    """Alice's: a violation, a privileged right, a contractor, and what is plainly new."""
    ledger = confidential(ledger)
    read = right(ledger, "ledger_ro", plain_words="Read the settlement tables")
    write = right(
        ledger,
        "ledger_rw",
        plain_words="Read and write the settlement tables",
        permits="Change any row in the settlement and payout tables.",
    )
    wiki = make_system("Wiki", owner=person_of(alice))
    make_run(wiki)
    page = right(wiki, "edit", plain_words="Edit pages")
    tom = report_of(alice, "Tom Eriksen", title="Engineer")
    holding(ledger, tom, admin_right(ledger), username="tom.eriksen")
    for name in ("Lena Fischer", "Mei Tanaka", "Sofia Marino"):
        person = report_of(alice, name, title="Engineer")
        holding(ledger, person, read)
        holding(wiki, person, page)
    priya = report_of(alice, "Priya Natarajan", title="Contractor")
    holding(
        ledger, priya, write, type=AccountType.TEMPORARY, sponsor=person_of(alice), expires=None
    )
    idle = report_of(alice, "Jonas Weber", title="Analyst")
    holding(ledger, idle, read, last_use=LastUse.NEVER, last_used=None)
    # The server reads the real clock: launched at noon of the tests, and due after today.
    due = clock.today() + timedelta(days=10)
    with clock.set_to(NOON):
        return sheet_of(open_campaign(sam, due=due), alice)


def of(campaign: Campaign, name: str) -> ReviewItem:
    """The item of the person, or of the account, by that name."""
    items = ReviewItem.objects.filter(campaign=campaign)
    return items.filter(holder_name__startswith=name).first() or items.get(account_username=name)
