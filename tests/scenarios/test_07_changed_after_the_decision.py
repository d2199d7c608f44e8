"""7. Role or mail changes after the decision. Evidence still shows what the reviewer saw; the
change appears beside it."""

from datetime import timedelta

import pytest

import clock
from accounts.models import Account, Entitlement, Person, System, User
from reviews.enums import Choice
from reviews.models import Campaign, ReviewItem
from reviews.queries.panels import changed_since
from tests.cast import NOON
from tests.scenarios.company import STAFF, Office, choose, follow, item_of

pytestmark = pytest.mark.django_db(transaction=True)

HEADER = "employee_id,username,mail,entitlement"
REST = ("5,lena,lena@example.com,read", "6,mei,mei@example.com,read")
SEEN = {
    "account_mail": "tom@example.com",
    "holder_name": "Tom Eriksen",
    "holder_title": "Clerk",
    "holder_team": "Payments",
    "holder_manager": "Alice Okafor",
    "right": "read",
    "data_class": "internal",
    "outcome": "certified",
}


@pytest.fixture
def campaign(office: Office, alice: User, owner: User, sam: User) -> Campaign:
    """Alice has kept Tom's right, and the next day everything about it has another name."""
    office.staff()
    office.accounts("Ledger", "4,tom,tom@example.com,read", *REST, header=HEADER)
    campaign = office.open()
    choose(alice, item_of(campaign, "tom"), Choice.CERTIFY)
    with clock.set_to(NOON + timedelta(days=1)):
        tom = "4,Tom Smith,tom@example.com,Director,Support,employee,active,,2"
        assert office.people(*STAFF[:3], tom, *STAFF[4:]).status == 0
        office.accounts("Ledger", "4,tom,smith@example.com,read", *REST, header=HEADER)
        Entitlement.objects.filter(key="read").update(plain_words="Post payments")
        System.objects.filter(name="Ledger").update(data_class="customer_confidential")
        follow()
    person, account = Person.objects.get(employee_id="4"), Account.objects.get(username="tom")
    assert (person.name, account.mail) == ("Tom Smith", "smith@example.com")
    return campaign


def test_item_and_evidence_show_what_was_seen(office: Office, campaign: Campaign) -> None:
    item = item_of(campaign, "tom")
    assert {name: getattr(item, name) for name in SEEN} == SEEN
    (row,) = [
        r for r in office.evidence(campaign).rows("population.csv") if r["item"] == str(item.pk)
    ]
    assert {name: row[name] for name in SEEN} == SEEN


def test_the_change_appears_beside_it(campaign: Campaign) -> None:
    assert changes(item_of(campaign, "tom")) == {
        "Right": ("read", "Post payments"),
        "Mail": ("tom@example.com", "smith@example.com"),
        "Holder": ("Tom Eriksen", "Tom Smith"),
        "Title": ("Clerk", "Director"),
        "Team": ("Payments", "Support"),
        "Manager": ("Alice Okafor", "Bob Larsen"),
    }


def test_a_right_that_was_replaced_is_said_to_be_gone(office: Office, campaign: Campaign) -> None:
    with clock.set_to(NOON + timedelta(days=2)):
        office.accounts("Ledger", "4,tom,smith@example.com,post", *REST, header=HEADER)
        follow()
    item = item_of(campaign, "tom")
    assert changes(item)["Right"] == ("read", "")
    assert (item.right, item.outcome) == ("read", "certified")


def changes(item: ReviewItem) -> dict[str, tuple[str, str]]:
    return {since.field: (since.was, since.now) for since in changed_since(item)}
