"""13. Reviewer leaves in mid-campaign. Pending items move, unsigned decisions become proposals to
the successor, signed ones stand; names stay, even after the user is deleted."""

from datetime import timedelta

import pytest

import clock
from accounts.models import User
from audit.models import Event
from jobs.models import Message
from reviews.enums import Choice, DecisionState, Outcome, ReviewState, RoutedBy
from reviews.models import Campaign, Decision, Reassignment, Review, ReviewItem
from tests.cast import NOON, person_of
from tests.scenarios.company import (
    STAFF,
    Office,
    choose,
    follow,
    item_of,
    keep_the_rest,
)

pytestmark = pytest.mark.django_db(transaction=True)

LEFT = STAFF[0].replace("active,,", "left,2026-10-05,")


@pytest.fixture
def campaign(office: Office, alice: User, bob: User, owner: User, sam: User) -> Campaign:
    office.staff()
    office.ledger()
    return office.open()


def leave(office: Office) -> None:
    """The next roster says that Alice has left, and that Tom is Bob's now."""
    with clock.set_to(NOON + timedelta(days=1)):
        bobs = STAFF[3].replace(",,1", ",,2")
        assert office.people(LEFT, *STAFF[1:3], bobs, *STAFF[4:]).status == 0
        follow()


def test_pending_items_move_and_unsigned_decisions_become_proposals(
    office: Office, campaign: Campaign, alice: User, bob: User, sam: User
) -> None:
    choose(alice, item_of(campaign, "tom"), Choice.CERTIFY)
    choose(alice, item_of(campaign, "lena"), Choice.REVOKE, "Moved on")
    leave(office)
    now = {i.account_username: i for i in ReviewItem.objects.select_related("review")}
    assert {name: i.review.reviewer_name for name, i in now.items()} == {
        "tom": "Bob Larsen",
        "lena": "Sam Ito",
        "mei": "Sam Ito",
    }
    assert {(i.outcome, i.routed_by, i.first_reviewer_id) for i in now.values()} == {
        (Outcome.OPEN, RoutedBy.SUCCESSOR, alice.person_id)
    }
    proposals = Decision.objects.order_by("item__account_username")
    assert list(proposals.values_list("choice", "state", "person_name")) == [
        ("revoke", DecisionState.PROPOSED, "Alice Okafor"),
        ("certify", DecisionState.PROPOSED, "Alice Okafor"),
    ]
    moves = Reassignment.objects.values_list("from_person", "cause", "note").distinct()
    assert list(moves) == [(alice.person_id, "successor", "The reviewer has left.")]
    assert Event.objects.filter(verb="item.reassigned").count() == 3
    told = Message.objects.filter(key__startswith="moved-to:").order_by("to")
    assert list(told.values_list("to", flat=True)) == [bob.email, sam.email]


def test_the_successor_decides_afresh(
    office: Office, campaign: Campaign, alice: User, sam: User, bob: User
) -> None:
    choose(alice, item_of(campaign, "tom"), Choice.CERTIFY)
    leave(office)
    choose(bob, item_of(campaign, "tom"), Choice.REVOKE, "Not needed by me")
    item = item_of(campaign, "tom")
    assert (
        item.outcome,
        list(item.decisions.order_by("id").values_list("person_name", "state")),
    ) == (
        Outcome.REVOKED,
        [("Alice Okafor", "replaced"), ("Bob Larsen", "standing")],
    )


def test_what_was_signed_stands(
    office: Office, campaign: Campaign, alice: User, bob: User, sam: User
) -> None:
    keep_the_rest(alice, campaign)
    leave(office)
    sheet = Review.objects.get(campaign=campaign)
    assert (sheet.state, sheet.reviewer_name, sheet.decisions_count) == (
        ReviewState.SIGNED,
        "Alice Okafor",
        3,
    )
    assert set(Decision.objects.values_list("state", flat=True)) == {DecisionState.STANDING}
    assert Reassignment.objects.count() == 0


def test_names_stay_after_the_user_is_deleted(
    office: Office, campaign: Campaign, alice: User, sam: User
) -> None:
    keep_the_rest(alice, campaign)
    person = person_of(alice)
    alice.delete()
    package = office.evidence(campaign)
    assert set(package.cells("decisions.csv", "person")) == {("Alice Okafor",)}
    assert package.cells("sign_offs.csv", "reviewer", "state") == [("Alice Okafor", "signed")]
    assert set(package.cells("population.csv", "reviewer", "first_reviewer")) == {
        (person.name, person.name)
    }
