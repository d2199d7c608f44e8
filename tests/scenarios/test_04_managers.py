"""4. No manager known, manager disabled, managers in a circle. The item goes to the fallback,
visible before launch; never dropped, never counted done."""

import pytest

from accounts.models import Person, User
from reviews.actions.planning import make_preview, plan_campaign
from reviews.enums import Outcome, RoutedBy
from reviews.models import ReviewItem
from tests.cast import acting
from tests.commands.running import NEEDS_A_PERSON, run
from tests.scenarios.company import Q4, Office, reads

pytestmark = pytest.mark.django_db

# Who has which manager: nobody, one who left, one whom nobody knows, and two who form a circle.
STAFF = (
    "20,Ida,ida@example.com,,,employee,active,,",
    "21,Gus,gus@example.com,,,employee,left,2026-09-01,",
    "22,Hal,hal@example.com,,,employee,active,,21",
    "23,Kim,kim@example.com,,,employee,active,,99",
    "24,Una,una@example.com,,,employee,active,,25",
    "25,Vic,vic@example.com,,,employee,active,,24",
)
NOBODYS = ("ida", "hal", "kim", "una", "vic")


@pytest.fixture
def shop(office: Office, alice: User, owner: User, sam: User) -> Office:
    office.staff(*STAFF)
    office.ledger(reads("tom"), *map(reads, NOBODYS))
    return office


def test_each_problem_is_reported_by_the_roster(shop: Office) -> None:
    people = Person.objects.exclude(source=None).exclude(manager_problem="")
    problems = people.filter(mail__in=[f"{name}@example.com" for name in NOBODYS])
    assert dict(problems.values_list("name", "manager_problem")) == {
        "Ida": "missing",
        "Hal": "departed",
        "Kim": "unknown",
        "Una": "circle",
        "Vic": "circle",
    }


def test_the_gap_is_visible_before_the_launch(shop: Office, sam: User) -> None:
    preview = make_preview(plan_campaign(actor=acting(sam), quarter="2026-Q4"))
    assert (preview["items"], preview["without_manager"], preview["without_reviewer"]) == (6, 5, 0)
    assert {row["name"]: row["items"] for row in preview["load"]} == {
        "Alice Okafor": 1,
        "Sam Ito": 5,
    }
    assert ReviewItem.objects.count() == 0


def test_they_go_to_the_fallback_and_are_open(shop: Office, sam: User) -> None:
    campaign = shop.open()
    assert (campaign.in_scope, campaign.items_count, campaign.without_manager) == (6, 6, 5)
    found = ReviewItem.objects.filter(first_reviewer=sam.person).order_by("account_username")
    assert list(found.values_list("account_username", "routed_by", "outcome")) == [
        (name, RoutedBy.FALLBACK, Outcome.OPEN) for name in sorted(NOBODYS)
    ]


def test_they_are_never_counted_done(shop: Office) -> None:
    campaign = shop.open()
    refused = run("close_campaign", campaign.pk)
    assert (refused.status, refused.said["gaps"][0]["sentence"]) == (
        NEEDS_A_PERSON,
        "6 items are not reviewed.",
    )


def test_without_a_fallback_that_is_here_the_gate_stays_shut(shop: Office, sam: User) -> None:
    gone = Person.objects.get(name="Gus")
    refused = run("open_campaign", *Q4, "--fallback", gone.mail)
    assert (refused.status, [gate["gate"] for gate in refused.said["gates"]]) == (
        NEEDS_A_PERSON,
        ["G3"],
    )
    acknowledged = ["--acknowledge", "x", "--acknowledged-by", sam.email]
    assert run("open_campaign", *Q4, *acknowledged).status == NEEDS_A_PERSON
    assert ReviewItem.objects.count() == 0
