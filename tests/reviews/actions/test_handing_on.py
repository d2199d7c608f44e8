"""Not my people: several handed on at once, each with a result; and whom the facts propose."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, Person, System, User
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.models import Event
from jobs.models import Message
from reviews.actions.proposing import propose
from reviews.actions.rerouting import reassign_items
from reviews.models import Campaign, Reassignment, Review, ReviewItem
from tests.cast import acting, make_person, make_team, person_of
from tests.reviews.world import (
    admin_right,
    holding,
    open_campaign,
    report_of,
    right,
    service_account,
    sheet_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def campaign(sam: User, alice: User, bob: User, ledger: System) -> Campaign:
    read = right(ledger, "read")
    for name in ("Lena Fischer", "Mei Tanaka"):
        holding(ledger, report_of(alice, name), read)
    holding(ledger, report_of(alice, "Tom Eriksen"), admin_right(ledger))
    return open_campaign(sam)


@pytest.fixture
def sheet(campaign: Campaign, alice: User) -> Review:
    return sheet_of(campaign, alice)


def of(name: str) -> ReviewItem:
    return ReviewItem.objects.get(holder_name__startswith=name)


def ids(*names: str) -> list[int]:
    return [of(name).pk for name in names]


def test_several_move_together_and_each_is_an_event(sheet: Review, alice: User, bob: User) -> None:
    handed = reassign_items(
        sheet,
        actor=acting(alice),
        item_ids=ids("Lena", "Mei"),
        to=person_of(bob),
        reason="Report to Bob",
    )
    assert (sorted(handed.moved), handed.stayed) == (sorted(ids("Lena", "Mei")), {})
    assert {of(name).review.reviewer for name in ("Lena", "Mei")} == {bob.person}
    assert Event.objects.filter(verb="item.reassigned").count() == 2
    assert Message.objects.filter(key__startswith="moved-to:").count() == 1


def test_each_that_stays_says_why(
    sheet: Review, campaign: Campaign, alice: User, owner: User, bob: User
) -> None:
    """Olga holds Lena's credential now, is the second person for Tom, and Mei's is gone."""
    Account.objects.filter(username="lena").update(operator=owner.person)
    ReviewItem.objects.filter(pk=of("Mei").pk).update(outcome="gone")
    item = of("Tom")
    handed = reassign_items(
        sheet,
        actor=acting(alice),
        item_ids=ids("Lena", "Mei", "Tom"),
        to=person_of(owner),
        reason="Yours",
    )
    assert handed.moved == []
    assert {pk: str(refusal) for pk, refusal in handed.stayed.items()} == {
        of("Lena").pk: "Olga Petrova would judge their own access.",
        of("Mei").pk: "This item is over: it cannot be handed on.",
        item.pk: "Olga Petrova judges this item at the other stage already.",
    }
    assert Reassignment.objects.count() == 0


def test_what_lies_on_another_sheet_stays_there(
    sheet: Review, campaign: Campaign, alice: User, bob: User, owner: User
) -> None:
    handed = reassign_items(
        sheet_of(campaign, owner),
        actor=acting(owner),
        item_ids=ids("Lena", "Tom"),
        to=person_of(bob),
        reason="Yours",
    )
    assert handed.moved == ids("Tom")
    assert str(handed.stayed[of("Lena").pk]) == "This item is not on this sheet any more."
    tom = of("Tom")
    assert tom.second_review is not None
    assert (tom.review, tom.second_review.reviewer) == (sheet, bob.person)


def test_by_whom_to_whom_and_why_is_checked(sheet: Review, alice: User, bob: User) -> None:
    given = {"item_ids": ids("Lena")}
    with pytest.raises(NotAllowed, match="Only its reviewer or the security team"):
        reassign_items(sheet, actor=acting(bob), to=person_of(bob), reason="x", **given)
    with pytest.raises(WrongInput, match="Say why"):
        reassign_items(sheet, actor=acting(alice), to=person_of(bob), reason=" ", **given)
    with pytest.raises(WrongInput, match="choose somebody else who is here"):
        reassign_items(sheet, actor=acting(alice), to=person_of(alice), reason="x", **given)
    left = make_person("Ida Lund", status="left")
    with pytest.raises(WrongInput, match="choose somebody else who is here"):
        reassign_items(sheet, actor=acting(alice), to=left, reason="x", **given)
    Review.objects.filter(pk=sheet.pk).update(state="signed")
    with pytest.raises(Conflict, match="signed off"):
        reassign_items(sheet, actor=acting(alice), to=person_of(bob), reason="x", **given)
    assert Reassignment.objects.count() == 0


def test_sixty_cost_as_many_queries_as_two(
    sam: User, alice: User, bob: User, ledger: System
) -> None:
    read = right(ledger, "read")
    for number in range(62):
        holding(ledger, report_of(alice, f"Person {number}"), read, username=f"p{number}")
    sheet = sheet_of(open_campaign(sam), alice)
    pks = list(sheet.items.order_by("pk").values_list("pk", flat=True))
    counts = []
    for part in (pks[:2], pks[2:]):
        with CaptureQueriesContext(connection) as captured:
            reassign_items(
                sheet, actor=acting(alice), item_ids=part, to=person_of(bob), reason="Bob's"
            )
        counts.append(len(captured))
    assert counts[1] <= counts[0]


# Whom the facts propose


def proposed(item: ReviewItem, review: Review) -> list[tuple[str, str]]:
    return [(p.person.name, p.why) for p in propose([item], review)]


def test_manager_of_today_and_the_owner_of_the_system_are_proposed(
    sheet: Review, bob: User
) -> None:
    Person.objects.filter(name="Lena Fischer").update(manager=bob.person)
    assert proposed(of("Lena"), sheet) == [
        ("Bob Larsen", "Manages Lena Fischer by today's roster"),
        ("Olga Petrova", "Owns Ledger"),
    ]


def test_who_may_not_judge_it_is_not_proposed(sheet: Review, owner: User) -> None:
    """Alice has it already, Olga is its second person, and later holds the other's credential."""
    Account.objects.filter(username="lena").update(operator=owner.person)
    assert (proposed(of("Tom"), sheet), proposed(of("Lena"), sheet)) == ([], [])


def test_who_has_left_is_not_proposed(sheet: Review, bob: User) -> None:
    Person.objects.filter(name="Lena Fischer").update(manager=bob.person)
    Person.objects.filter(user=bob).update(status="left")
    assert [name for name, _ in proposed(of("Lena"), sheet)] == ["Olga Petrova"]


def test_manager_who_is_in_doubt_is_not_proposed(sheet: Review, bob: User) -> None:
    Person.objects.filter(name="Lena Fischer").update(manager=bob.person, manager_problem="left")
    assert [name for name, _ in proposed(of("Lena"), sheet)] == ["Olga Petrova"]


def test_lead_and_sponsor_are_proposed(sam: User, alice: User, bob: User, ledger: System) -> None:
    team = make_team("Payments")
    account = service_account(ledger, owner_team=team, sponsor=alice.person, purpose="Pays")
    sheet = ReviewItem.objects.get(campaign=open_campaign(sam), account=account).review
    team.lead = bob.person
    team.save()
    assert proposed(ReviewItem.objects.get(account=account), sheet) == [
        ("Alice Okafor", "Vouches for the account"),
        ("Bob Larsen", "Leads Payments, which owns the account"),
    ]


def test_for_several_only_those_who_may_judge_all_are_proposed(sheet: Review, bob: User) -> None:
    Person.objects.filter(name="Lena Fischer").update(manager=bob.person)
    found = propose([of("Lena"), of("Mei")], sheet)
    assert [p.person.name for p in found] == ["Olga Petrova"]
