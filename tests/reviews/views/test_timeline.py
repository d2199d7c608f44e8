"""The timeline of an item: all that was shown, said and done, and what is true today."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

import clock
from accounts.models import Entitlement, Person, System, User
from audit.models import Event
from reviews.actions.correcting import Naming, correct_item
from reviews.actions.deciding import Pick, decide, undo
from reviews.actions.questions import answer_question
from reviews.actions.rerouting import reassign_item
from reviews.actions.revoking import carry_out, send_due
from reviews.actions.timing import CLOCK
from reviews.enums import Choice, Stage
from reviews.models import Campaign, Question, Review, ReviewItem, Revocation
from tests.cast import NOON, acting, make_person, make_user, person_of
from tests.reviews.views.conftest import of
from tests.reviews.world import open_campaign, sheet_of

pytestmark = pytest.mark.django_db


def show(client: Client, user: User, item: ReviewItem) -> str:
    client.force_login(user)
    return client.get(f"/items/{item.pk}/").content.decode()


def choose(sheet: Review, user: User, item: ReviewItem, choice: Choice, reason: str = "") -> None:
    item.refresh_from_db()
    version = item.version if item.review_id == sheet.pk else item.second_version
    decide(sheet, actor=acting(user), picks=[Pick(item.pk, version)], choice=choice, reason=reason)


def test_timeline_tells_what_was_shown_at_launch(
    client: Client, carol: User, campaign: Campaign
) -> None:
    page = show(client, carol, of(campaign, "Priya"))
    assert "it has no end date" in page
    assert "Read the books" in page
    assert of(campaign, "Priya").commitment in page
    assert "since the reviewer vouches for the account" in page


def test_timeline_tells_every_decision_with_how_and_which_version(
    client: Client, carol: User, alice: User, sheet: Review
) -> None:
    item = of(sheet.campaign, "Lena")
    choose(sheet, alice, item, Choice.CERTIFY)
    undo(sheet, actor=acting(alice), pick=Pick(item.pk, 2))
    choose(sheet, alice, item, Choice.REVOKE, "Moved on")
    client.force_login(carol)
    made = client.get(f"/items/{item.pk}/").context["line"].decisions
    assert [(d.choice, d.state, d.saw_version) for d in made] == [
        ("certify", "undone", 1),
        ("revoke", "standing", 3),
    ]
    page = show(client, carol, item)
    assert "Moved on" in page
    assert "on the page" in page
    assert "ended on" in page


def test_timeline_tells_contested_choices(
    client: Client, carol: User, alice: User, sheet: Review
) -> None:
    item = of(sheet.campaign, "Lena")
    choose(sheet, alice, item, Choice.CERTIFY)
    verdict = decide(
        sheet,
        actor=acting(alice),
        picks=[Pick(item.pk, 1), Pick(of(sheet.campaign, "Mei").pk, 1)],
        choice=Choice.REVOKE,
        reason="Moved on",
    )
    assert list(verdict.conflicts) == [item.pk]
    assert "made on an item that had changed" in show(client, carol, item)


def test_timeline_tells_questions_moves_and_corrections(
    client: Client, carol: User, owner: User, alice: User, bob: User, sheet: Review
) -> None:
    lena, priya = of(sheet.campaign, "Lena"), of(sheet.campaign, "Priya")
    choose(sheet, alice, lena, Choice.DONT_KNOW, "For the close?")
    answer_question(Question.objects.get(), actor=acting(owner), answer="Yes, until March.")
    reassign_item(
        lena, actor=acting(alice), to=person_of(bob), reason="Moved to Bob", stage=Stage.FIRST
    )
    correct_item(
        sheet, priya, actor=acting(alice), naming=Naming(end=(NOON + timedelta(days=60)).date())
    )
    page = show(client, carol, lena)
    assert "Yes, until March." in page
    assert "Alice Okafor to Bob Larsen" in page
    assert "Moved to Bob" in page
    page = show(client, carol, priya)
    assert "by naming end" in page
    assert "put " in page


def test_timeline_follows_the_removal_and_the_trail_in_order(
    client: Client, carol: User, alice: User, owner: User, sheet: Review
) -> None:
    item = of(sheet.campaign, "Lena")
    choose(sheet, alice, item, Choice.REVOKE, "Moved on")
    with clock.set_to(NOON + timedelta(days=1)):
        send_due(actor=CLOCK)
        carry_out(Revocation.objects.get(), actor=acting(owner), note="INC-4711")
    client.force_login(carol)
    line = client.get(f"/items/{item.pk}/").context["line"]
    assert [reading.event.verb for reading in line.events] == [
        "decision.made",
        "revocation.ordered",
        "revocation.sent",
        "revocation.done",
    ]
    page = show(client, carol, item)
    assert "INC-4711" in page
    assert f'href="/removals/{Revocation.objects.get().pk}/"' in page


def test_timeline_tells_what_is_different_today_beside_what_was_shown(
    client: Client, carol: User, campaign: Campaign, ledger: System
) -> None:
    item = of(campaign, "Lena")
    Person.objects.filter(name="Lena Fischer").update(title="Treasurer")
    Entitlement.objects.filter(key="read").update(plain_words="See the books")
    System.objects.filter(pk=ledger.pk).update(name="General ledger")
    client.force_login(carol)
    line = client.get(f"/items/{item.pk}/").context["line"]
    assert [(f.name, f.was, f.now) for f in line.since] == [
        ("System", "Ledger", "General ledger"),
        ("Right", "Read the books", "See the books"),
        ("Title", "", "Treasurer"),
    ]


def test_timeline_leads_to_the_same_identity_in_other_campaigns(
    client: Client, carol: User, sam: User, alice: User, sheet: Review
) -> None:
    old = of(sheet.campaign, "Lena")
    choose(sheet, alice, old, Choice.CERTIFY)
    Campaign.objects.update(state="closed", closed_at=NOON)
    new = of(open_campaign(sam, quarter="2027-Q1"), "Lena")
    page = show(client, carol, new)
    assert f'href="/items/{old.pk}/"' in page
    assert "Kept by Alice Okafor" in page


def test_second_person_is_not_told_what_the_first_chose(
    client: Client, owner: User, alice: User, carol: User, sheet: Review
) -> None:
    item = of(sheet.campaign, "Tom")
    choose(sheet, alice, item, Choice.CERTIFY, "Runs the close")
    assert "Runs the close" in show(client, carol, item)
    page = show(client, owner, item)
    assert "Runs the close" not in page
    assert "What the other one chose is told when you have decided." in page
    choose(sheet_of(sheet.campaign, owner), owner, item, Choice.CERTIFY, "Agreed")
    assert "Runs the close" in show(client, owner, item)


@pytest.mark.parametrize(
    ("name", "status", "read"),
    [("alice", 200, 0), ("bob", 404, 0), ("carol", 200, 1), ("sam", 200, 1), ("ada", 200, 1)],
)
def test_timeline_is_for_those_concerned_and_reading_it_is_an_event(
    client: Client,
    request: pytest.FixtureRequest,
    campaign: Campaign,
    name: str,
    status: int,
    read: int,
) -> None:
    item = of(campaign, "Lena")
    client.force_login(request.getfixturevalue(name))
    assert client.get(f"/items/{item.pk}/").status_code == status
    assert Event.objects.filter(verb="item.read", target=f"item:{item.pk}").count() == read


def test_login_without_a_person_sees_no_item(client: Client, campaign: Campaign) -> None:
    bare = make_user(make_person("Nobody"))
    User.objects.filter(pk=bare.pk).update(person=None)
    client.force_login(bare)
    assert client.get(f"/items/{of(campaign, 'Lena').pk}/").status_code == 404


def test_timeline_costs_the_same_with_one_decision_and_with_eleven(
    client: Client, carol: User, alice: User, sheet: Review
) -> None:
    item = of(sheet.campaign, "Lena")
    choose(sheet, alice, item, Choice.CERTIFY)
    client.force_login(carol)
    client.get(f"/items/{item.pk}/")
    with CaptureQueriesContext(connection) as few:
        client.get(f"/items/{item.pk}/")
    for number in range(10):
        choose(sheet, alice, item, Choice.CERTIFY, f"Needed, {number}")
    assert item.decisions.count() == 11
    with CaptureQueriesContext(connection) as many:
        client.get(f"/items/{item.pk}/")
    assert len(many) == len(few)
