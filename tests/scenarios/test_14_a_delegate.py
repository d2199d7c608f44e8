"""14. A delegate sees and decides only what was delegated, within the dates; the record names
both people. Through the page and in bulk."""

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

import clock
from accounts.models import User
from audit.models import Event
from reviews.actions.delegating import Term, set_out_of_office
from reviews.enums import Choice, Outcome
from reviews.models import Campaign, Decision, Delegation, ReviewItem
from tests.cast import NOON, acting, person_of
from tests.commands.running import run_well
from tests.reviews.world import sheet_of
from tests.scenarios.company import Office, choose, item_of, keep_the_rest

pytestmark = pytest.mark.django_db(transaction=True)

FIRST, LAST = date(2026, 10, 6), date(2026, 10, 8)
WITHIN, BEFORE, AFTER = (
    datetime.fromisoformat(f"2026-10-{moment}+00:00")
    for moment in ("07T12:00", "05T23:59:59", "09T00:00")
)


@pytest.fixture
def campaign(office: Office, alice: User, bob: User, owner: User, sam: User) -> Campaign:
    office.staff()
    office.ledger()
    return office.open()


@pytest.fixture
def delegation(campaign: Campaign, alice: User) -> Delegation:
    """Tom's and Lena's items are Bob's from the 6th to the 8th; Mei's stays Alice's."""
    sheet = sheet_of(campaign, alice)
    given = {
        "to": "bob.larsen@example.com",
        "starts": FIRST.isoformat(),
        "ends": LAST.isoformat(),
        "reason": "On leave",
        "item": [item_of(campaign, name).pk for name in ("tom", "lena")],
    }
    page(alice).post(f"/reviews/{sheet.pk}/delegate/", given)
    return Delegation.objects.get()


def page(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def decide(user: User, item: ReviewItem, choice: str = "certify") -> Any:
    """By the page, on the row as it is now."""
    item.refresh_from_db()
    return page(user).post(
        f"/reviews/{item.review_id}/items/{item.pk}/decide/",
        {"choice": choice, "version": item.version, "reason": "Over"},
    )


def decide_together(user: User, *items: ReviewItem) -> Any:
    """By the page for several rows."""
    return page(user).post(
        f"/reviews/{items[0].review_id}/bulk/",
        {
            "choice": "certify",
            "confirmed": "on",
            "pick": [f"{item.pk}:{item.version}" for item in items],
        },
        follow=True,
    )


def outcomes(campaign: Campaign) -> dict[str, str]:
    return dict(
        ReviewItem.objects.filter(campaign=campaign).values_list("account_username", "outcome")
    )


def test_within_the_dates_the_delegate_sees_and_decides_that_alone(
    campaign: Campaign, delegation: Delegation, alice: User, bob: User
) -> None:
    sheet = sheet_of(campaign, alice)
    with clock.set_to(WITHIN):
        shown = page(bob).get(f"/reviews/{sheet.pk}/").content.decode()
        assert [name in shown for name in ("Tom Eriksen", "Lena Fischer", "Mei Tanaka")] == [
            True,
            True,
            False,
        ]
        assert "0 of 2 decided" in shown
        assert decide(bob, item_of(campaign, "tom")).status_code == 302
        assert decide(bob, item_of(campaign, "mei")).status_code == 404
    assert outcomes(campaign) == {"tom": "certified", "lena": "open", "mei": "open"}


def test_in_bulk_the_delegate_decides_that_alone(
    campaign: Campaign, delegation: Delegation, bob: User
) -> None:
    tom, lena, mei = (item_of(campaign, name) for name in ("tom", "lena", "mei"))
    with clock.set_to(WITHIN):
        refused = decide_together(bob, tom, lena, mei).content.decode()
        assert "has not delegated this to you" in refused
        assert Decision.objects.count() == 0
        decide_together(bob, tom, lena)
    assert outcomes(campaign) == {"tom": "certified", "lena": "certified", "mei": "open"}


@pytest.mark.parametrize("at", [BEFORE, AFTER])
def test_outside_the_dates_nothing_is_there(
    campaign: Campaign, delegation: Delegation, bob: User, at: datetime
) -> None:
    tom, lena = item_of(campaign, "tom"), item_of(campaign, "lena")
    with clock.set_to(at):
        client = page(bob)
        pages = (
            f"/reviews/{tom.review_id}/",
            f"/reviews/{tom.review_id}/items/{tom.pk}/",
            f"/items/{tom.pk}/",
        )
        assert [client.get(path).status_code for path in pages] == [404, 404, 404]
        assert decide(bob, tom).status_code == 404
        assert decide_together(bob, tom, lena).status_code == 404
    assert Decision.objects.count() == 0


def test_what_is_undone_and_asked_by_the_delegate_stays_within_it(
    campaign: Campaign, delegation: Delegation, alice: User, bob: User
) -> None:
    tom, mei = item_of(campaign, "tom"), item_of(campaign, "mei")
    choose(alice, mei, Choice.CERTIFY)
    mei.refresh_from_db()
    with clock.set_to(WITHIN):
        decide(bob, tom)
        tom.refresh_from_db()
        undo = "/reviews/{0.review_id}/items/{0.pk}/undo/".format
        assert page(bob).post(undo(mei), {"version": mei.version}).status_code == 404
        assert page(bob).post(undo(tom), {"version": tom.version}).status_code == 302
        decide(bob, tom, "dont_know")
    assert outcomes(campaign) == {"tom": "open", "lena": "open", "mei": "certified"}
    assert Decision.objects.get(item=tom, state="standing").choice == Choice.DONT_KNOW


def test_the_record_and_the_evidence_name_both(
    campaign: Campaign, delegation: Delegation, office: Office, alice: User, bob: User, sam: User
) -> None:
    with clock.set_to(WITHIN):
        decide(bob, item_of(campaign, "tom"), "revoke")
    with clock.set_to(AFTER):
        keep_the_rest(alice, campaign)
        package = office.evidence(campaign)
    event = Event.objects.get(verb="decision.made", actor=bob.ref)
    data = json.loads(event.body)["data"]
    assert (data["person"], data["for"]) == (bob.person_id, alice.person_id)
    assert set(package.cells("decisions.csv", "person", "for_person", "choice")) == {
        ("Bob Larsen", "Alice Okafor", "revoke"),
        ("Alice Okafor", "", "certify"),
    }
    items = sorted(item_of(campaign, name).pk for name in ("tom", "lena"))
    columns = ("from_person", "to_person", "extent", "items", "starts_on", "ends_on", "reason")
    assert package.cells("delegations.csv", *columns) == [
        (
            "Alice Okafor",
            "Bob Larsen",
            "items",
            " ".join(map(str, items)),
            "2026-10-06",
            "2026-10-08",
            "On leave",
        )
    ]
    assert package.cells("sign_offs.csv", "reviewer", "state") == [("Alice Okafor", "signed")]


def test_out_of_office_reaches_the_sheet_that_a_launch_brings(
    office: Office, alice: User, bob: User, owner: User, sam: User
) -> None:
    office.staff()
    office.ledger()
    set_out_of_office(
        actor=acting(alice), term=Term(person_of(bob), NOON.date(), LAST, "Parental leave")
    )
    campaign = office.open()
    sheet = sheet_of(campaign, alice)
    assert "0 of 3 decided" in page(bob).get(f"/reviews/{sheet.pk}/").content.decode()
    decide_together(bob, *ReviewItem.objects.filter(campaign=campaign))
    assert set(outcomes(campaign).values()) == {Outcome.CERTIFIED}
    with clock.set_to(AFTER):
        keep_the_rest(alice, campaign)
        package = office.evidence(campaign)
    assert package.cells("delegations.csv", "to_person", "review", "extent") == [
        ("Bob Larsen", "", "all sheets")
    ]


def test_out_of_office_of_another_time_is_not_in_the_evidence(
    campaign: Campaign, office: Office, alice: User, bob: User
) -> None:
    later = NOON.date() + timedelta(days=60)
    set_out_of_office(actor=acting(alice), term=Term(person_of(bob), later, later, "Away"))
    keep_the_rest(alice, campaign)
    run_well("close_campaign", campaign.pk)
    assert office.evidence(campaign).cells("delegations.csv", "reason") == []
