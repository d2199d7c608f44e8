"""7. Role or mail changes after the decision. Evidence still shows what the reviewer saw; the
change appears beside it."""

from datetime import timedelta

import pytest

import clock
from accounts.models import Account, Entitlement, Person, System, User
from reviews.enums import Choice
from reviews.queries.sheets import items_of, rows_of
from tests.cast import NOON
from tests.scenarios.company import Office, choose, follow, item_of, reads
from tests.reviews.world import sheet_of

pytestmark = pytest.mark.django_db(transaction=True)

SAW = (
    "tom@example.com",
    "Tom Eriksen",
    "Clerk",
    "Payments",
    "Alice Okafor",
    "read",
    "internal",
)
COLUMNS = (
    "account_mail",
    "holder_name",
    "holder_title",
    "holder_team",
    "holder_manager",
    "right",
    "data_class",
)


def test_evidence_shows_what_was_seen(
    office: Office, alice: User, owner: User, sam: User
) -> None:
    office.staff()
    office.ledger()
    campaign = office.open()
    item = item_of(campaign, "tom")
    choose(alice, item, Choice.CERTIFY)
    before = tuple(getattr(item, name) for name in COLUMNS)

    with clock.set_to(NOON + timedelta(days=1)):
        moved = "4,Tom Smith,tom@example.com,Director,Sales,employee,active,,2"
        assert office.people(moved, *(STAFF_BUT_TOM)).status == 0
        office.ledger("tom,smith@example.com,read,2026-10-02", *map(reads, ("lena", "mei")))
        follow()
        Entitlement.objects.filter(key="read").update(plain_words="Everything")
        System.objects.filter(name="Ledger").update(data_class="customer_confidential")

    person, account = Person.objects.get(employee_id="4"), Account.objects.get(username="tom")
    assert (person.name, person.title, account.mail) == (
        "Tom Smith",
        "Director",
        "smith@example.com",
    )
    item.refresh_from_db()
    assert tuple(getattr(item, name) for name in COLUMNS) == before == SAW
    assert (item.outcome, item.version) == ("certified", 2)
    (seen,) = [row for row in office.evidence(campaign).rows("population.csv") if row["item"] == str(item.pk)]
    assert tuple(seen[name] for name in COLUMNS) == SAW
