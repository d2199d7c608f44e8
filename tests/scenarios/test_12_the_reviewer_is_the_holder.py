"""12. The reviewer is the holder, or operates the service account, or becomes so by delegation,
fallback, escalation, bulk or API: refused on every path, routed upward, the attempt recorded.

There is no API yet; no command decides.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import get_commands
from django.test import Client

import clock
from accounts.actions.accounts import link_account
from accounts.actors import from_command
from accounts.models import Account, Person, System, Team, User
from audit.actors import Actor, Channel
from audit.errors import NotAllowed, WrongInput
from audit.models import Event
from reviews.actions.correcting import Naming, correct_item
from reviews.actions.deciding import decide
from reviews.actions.delegating import Delegated, Term, delegate, set_out_of_office
from reviews.actions.rerouting import hand_over_sheet, reassign_item
from reviews.actions.timing import CLOCK, keep_time
from reviews.enums import Choice, Outcome, RoutedBy, Stage
from reviews.models import Campaign, Decision, Delegation, Review, ReviewItem
from tests.cast import NOON, acting, person_of
from tests.commands.running import NEEDS_A_PERSON, run
from tests.reviews.world import sheet_of
from tests.scenarios.company import (
    Q4,
    STAFF,
    Office,
    choose,
    follow,
    item_of,
    pick,
    reads,
)

pytestmark = pytest.mark.django_db

HEADER = "username,mail,entitlement,privileged,account_type,owner,purpose"
ALICE, OLGA = "alice.okafor@example.com", "olga.petrova@example.com"


@pytest.fixture
def shop(office: Office, alice: User, bob: User, owner: User, sam: User) -> Office:
    office.staff()
    return office


def first(campaign: Campaign, username: str) -> tuple[str, str]:
    item = item_of(campaign, username)
    return item.review.reviewer_name, item.routed_by


# Routed at launch


def test_a_manager_of_themselves_judges_nothing_of_their_own(shop: Office) -> None:
    own_boss = STAFF[0].removesuffix(",") + ",1"
    shop.people(own_boss, *STAFF[1:])
    shop.ledger(f"alice,{ALICE},read,2026-10-02", reads("tom"))
    campaign = shop.open()
    assert first(campaign, "alice") == ("Sam Ito", RoutedBy.FALLBACK)
    assert first(campaign, "tom") == ("Alice Okafor", RoutedBy.MANAGER)


def test_the_lead_who_holds_the_credential_is_passed_over_for_the_system_owner(
    shop: Office, alice: User
) -> None:
    Team.objects.filter(name="Payments").update(lead=alice.person)
    shop.accounts(
        "Ledger",
        "svc-a,,write,no,service,Payments,Settlement",
        "svc-b,,write,no,service,Payments,Settlement",
        header=HEADER,
        options=["--owner", OLGA],
    )
    Account.objects.filter(username="svc-b").update(operator=alice.person)
    campaign = shop.open()
    assert first(campaign, "svc-a") == ("Alice Okafor", RoutedBy.TEAM_LEAD)
    assert first(campaign, "svc-b") == ("Olga Petrova", RoutedBy.SYSTEM_OWNER)


def test_an_owner_who_reviews_a_system_does_not_judge_their_own_account_in_it(
    shop: Office,
) -> None:
    shop.ledger(f"olga,{OLGA},read,2026-10-02", reads("tom"))
    System.objects.update(owner_reviews=True)
    campaign = shop.open()
    assert first(campaign, "olga") == ("Sam Ito", RoutedBy.FALLBACK)
    assert first(campaign, "tom") == ("Olga Petrova", RoutedBy.SYSTEM_OWNER)


def test_an_owner_is_not_the_second_person_for_their_own_privileged_right(shop: Office) -> None:
    shop.accounts(
        "Ledger",
        f"olga,{OLGA},admin,yes,,,",
        "tom,tom@example.com,admin,yes,,,",
        header=HEADER,
        options=["--owner", OLGA],
    )
    ada = Person.objects.create(name="Ada Novak", mail="ada@example.com", status="active")
    campaign = shop.open("--fallback", ALICE, "--fallback", ada.mail)
    seconds = {
        item.account_username: (item.review.reviewer_name, item.second_review.reviewer_name)
        for item in ReviewItem.objects.filter(campaign=campaign)
        if item.second_review
    }
    assert seconds == {
        "olga": ("Alice Okafor", "Ada Novak"),
        "tom": ("Alice Okafor", "Olga Petrova"),
    }


def test_a_fallback_of_oneself_alone_leaves_nobody_and_the_gate_stays_shut(shop: Office) -> None:
    shop.ledger(f"bob,{'bob.larsen@example.com'},read,2026-10-02")
    refused = run("open_campaign", *Q4, "--fallback", "bob.larsen@example.com")
    assert (refused.status, [gate["gate"] for gate in refused.said["gates"]]) == (
        NEEDS_A_PERSON,
        ["G3"],
    )
    opened = run(
        "open_campaign", *Q4, *f"--fallback bob.larsen@example.com --fallback {ALICE}".split()
    )
    campaign = Campaign.objects.get(pk=opened.said["id"])
    assert first(campaign, "bob") == ("Alice Okafor", RoutedBy.FALLBACK)


# Become so after launch


@pytest.fixture
def campaign(shop: Office) -> Campaign:
    shop.ledger()
    return shop.open()


@pytest.fixture
def own(campaign: Campaign, alice: User, sam: User) -> ReviewItem:
    """Lena's account turns out to be Alice's own, who has it on her sheet."""
    item = item_of(campaign, "lena")
    link_account(item.account, actor=acting(sam), person=person_of(alice))
    return item


def assert_undecided(item: ReviewItem) -> None:
    item.refresh_from_db()
    assert (item.outcome, Decision.objects.filter(item=item).count()) == (Outcome.OPEN, 0)


OWN = "This is your own access: somebody else must judge it."


@pytest.mark.parametrize("choice", list(Choice))
@pytest.mark.parametrize("by", ["page", "api", "command line"])
def test_deciding_is_refused(own: ReviewItem, alice: User, choice: Choice, by: str) -> None:
    actor = from_command(alice.email) if by == "command line" else acting(alice, CHANNELS[by])
    with pytest.raises(NotAllowed, match=OWN):
        decide(
            own.review,
            actor=actor,
            picks=[pick(own)],
            choice=choice,
            reason="Mine",
            until=NOON.date() + timedelta(days=9),
        )
    assert_undecided(own)


CHANNELS = {"page": Channel.PAGE, "api": Channel.API}


def test_a_stale_choice_is_refused_and_not_kept_as_contested(own: ReviewItem, alice: User) -> None:
    with pytest.raises(NotAllowed, match=OWN):
        decide(
            own.review,
            actor=acting(alice),
            picks=[pick(own)._replace(version=99)],
            choice=Choice.REVOKE,
            reason="Mine",
        )
    assert_undecided(own)


def test_bulk_is_refused_whole(own: ReviewItem, campaign: Campaign, alice: User) -> None:
    mei = item_of(campaign, "mei")
    with pytest.raises(NotAllowed, match=OWN):
        decide(own.review, actor=acting(alice), picks=[pick(own), pick(mei)], choice=Choice.CERTIFY)
    assert_undecided(own)
    assert_undecided(mei)


def test_putting_right_is_refused(own: ReviewItem, alice: User) -> None:
    with pytest.raises(NotAllowed, match="This is your own access"):
        correct_item(own.review, own, actor=acting(alice), naming=Naming(purpose="Mine"))


@pytest.mark.parametrize("script", [False, True])
def test_the_page_refuses_and_records_the_attempt(
    own: ReviewItem, alice: User, client: Client, script: bool
) -> None:
    client.force_login(alice)
    answer = client.post(
        f"/reviews/{own.review_id}/items/{own.pk}/decide/",
        {"choice": "certify", "version": own.version},
        headers={"HX-Request": "true"} if script else {},
    )
    assert (answer.status_code, OWN in answer.content.decode()) == (403, True)
    assert_undecided(own)
    assert_attempt(alice, f"item:{own.pk}", "reviews:decide")


def test_the_bulk_page_refuses_and_records_the_attempt(
    own: ReviewItem, campaign: Campaign, alice: User, client: Client
) -> None:
    mei = item_of(campaign, "mei")
    client.force_login(alice)
    answer = client.post(
        f"/reviews/{own.review_id}/bulk/",
        {
            "choice": "certify",
            "confirmed": "on",
            "pick": [f"{own.pk}:{own.version}", f"{mei.pk}:{mei.version}"],
        },
        follow=True,
    )
    assert OWN in answer.content.decode()
    assert_undecided(own)
    assert_undecided(mei)
    assert_attempt(alice, f"review:{own.review_id}", "reviews:bulk")


def assert_attempt(user: User, target: str, page: str) -> None:
    event = Event.objects.get(verb="trail.refused")
    assert (event.actor, event.target) == (user.ref, target)
    assert f'"attempted":"{page}"' in event.body


def test_no_command_decides() -> None:
    ours = {name for name, app in get_commands().items() if app in OURS}
    assert not {name for name in ours if "decide" in name or "review" in name}


OURS = {"accounts", "reviews", "audit", "jobs", "portx_access"}


def test_the_system_decides_nothing(campaign: Campaign, alice: User) -> None:
    item = item_of(campaign, "tom")
    for actor in (CLOCK, Actor.command_line()):
        with pytest.raises(NotAllowed, match="This needs a person who is signed in"):
            decide(
                sheet_of(campaign, alice), actor=actor, picks=[pick(item)], choice=Choice.CERTIFY
            )
    assert_undecided(item)


# Delegated to


def term(to: Person) -> Term:
    return Term(to, NOON.date(), NOON.date() + timedelta(days=7), "Away")


def assert_only_the_others(delegated: Delegated, own: ReviewItem) -> None:
    assert (delegated.count, delegated.stayed) == (2, [own])


def test_delegating_an_item_to_its_holder_is_refused(campaign: Campaign, alice: User) -> None:
    item, lena = item_of(campaign, "lena"), Person.objects.get(name="Lena Fischer")
    with pytest.raises(NotAllowed, match="Lena Fischer may judge none of it"):
        delegate(item.review, actor=acting(alice), term=term(lena), item_ids=[item.pk])
    assert Delegation.objects.count() == 0


def test_delegating_an_item_to_its_holder_on_the_page_is_refused_and_recorded(
    campaign: Campaign, alice: User, client: Client
) -> None:
    item = item_of(campaign, "lena")
    client.force_login(alice)
    given = {"to": "lena@example.com", "starts": "2026-10-05", "ends": "2026-10-12"}
    answer = client.post(
        f"/reviews/{item.review_id}/delegate/", {**given, "item": item.pk, "reason": "Away"}
    )
    assert "Lena Fischer may judge none of it" in answer.content.decode()
    assert_attempt(alice, f"review:{item.review_id}", "reviews:delegate")


@pytest.mark.parametrize("way", ["some", "whole sheet", "out of office"])
def test_a_delegate_neither_sees_nor_decides_their_own(
    campaign: Campaign, alice: User, bob: User, client: Client, way: str
) -> None:
    """Lena's account is Bob's own: it stays with Alice, on every path and in bulk."""
    lena, mei = item_of(campaign, "lena"), item_of(campaign, "mei")
    Account.objects.filter(pk=lena.account_id).update(person=bob.person)
    sheet, to = sheet_of(campaign, alice), term(person_of(bob))
    if way == "out of office":
        set_out_of_office(actor=acting(alice), term=to)
    else:
        ids = list(sheet.items.values_list("pk", flat=True)) if way == "some" else None
        assert_only_the_others(delegate(sheet, actor=acting(alice), term=to, item_ids=ids), lena)
    assert_refused_to_delegate(sheet, bob, lena, mei, client)


@pytest.mark.parametrize("held_as", ["person", "operator", "owner_person"])
def test_what_becomes_a_delegates_own_is_refused_from_then_on(
    campaign: Campaign, alice: User, bob: User, client: Client, held_as: str
) -> None:
    lena, mei = item_of(campaign, "lena"), item_of(campaign, "mei")
    sheet = sheet_of(campaign, alice)
    delegate(sheet, actor=acting(alice), term=term(person_of(bob)))
    Account.objects.filter(pk=lena.account_id).update(**{held_as: bob.person})
    assert_refused_to_delegate(sheet, bob, lena, mei, client)


def assert_refused_to_delegate(
    sheet: Review, bob: User, own: ReviewItem, other: ReviewItem, client: Client
) -> None:
    """By deciding, by bulk, by putting right, and by each page, the sheet's own too."""
    for picks in ([pick(own)], [pick(own), pick(other)]):
        with pytest.raises(NotAllowed, match=OWN):
            decide(sheet, actor=acting(bob), picks=picks, choice=Choice.CERTIFY)
    with pytest.raises(NotAllowed, match="This is your own access"):
        correct_item(sheet, own, actor=acting(bob), naming=Naming(purpose="Mine"))
    client.force_login(bob)
    place = f"/reviews/{sheet.pk}/"
    answer = client.post(
        f"{place}items/{own.pk}/decide/", {"choice": "certify", "version": own.version}
    )
    assert answer.status_code == 404
    picks_of_both = [f"{item.pk}:{item.version}" for item in (own, other)]
    answer = client.post(
        f"{place}bulk/",
        {"choice": "certify", "confirmed": "on", "pick": picks_of_both},
        follow=True,
    )
    assert OWN in answer.content.decode()
    assert_attempt(bob, f"review:{sheet.pk}", "reviews:bulk")
    shown = client.get(place).content.decode()
    assert (f"item-{own.pk}" in shown, f"item-{other.pk}" in shown) == (False, True)
    assert_undecided(own)
    assert_undecided(other)


def test_a_delegate_does_not_judge_the_reviewers_own_for_them(
    own: ReviewItem, alice: User, bob: User
) -> None:
    delegate(own.review, actor=acting(alice), term=term(person_of(bob)))
    with pytest.raises(NotAllowed, match="This is Alice Okafor's own access"):
        decide(own.review, actor=acting(bob), picks=[pick(own)], choice=Choice.CERTIFY)
    assert_undecided(own)


def test_handing_several_on_leaves_what_is_the_successors_own(
    campaign: Campaign, alice: User, client: Client
) -> None:
    client.force_login(alice)
    sheet = sheet_of(campaign, alice)
    ids = list(sheet.items.values_list("pk", flat=True))
    answer = client.post(
        f"/reviews/{sheet.pk}/hand-on/",
        {"item": ids, "to": "lena@example.com", "reason": "Hers"},
        follow=True,
    )
    assert "Lena Fischer would judge their own access" in answer.content.decode()
    assert [item.account_username for item in sheet.items.all()] == ["lena"]


# Handed to


def test_handing_an_item_to_its_holder_is_refused(campaign: Campaign, alice: User) -> None:
    item, lena = item_of(campaign, "lena"), Person.objects.get(name="Lena Fischer")
    with pytest.raises(NotAllowed, match="Lena Fischer would judge their own access"):
        reassign_item(item, actor=acting(alice), to=lena, reason="She knows best")
    item.refresh_from_db()
    assert item.review == sheet_of(campaign, alice)


def test_handing_an_item_to_its_holder_on_the_page_is_refused_and_recorded(
    campaign: Campaign, alice: User, client: Client
) -> None:
    item = item_of(campaign, "lena")
    client.force_login(alice)
    answer = client.post(
        f"/reviews/{item.review_id}/items/{item.pk}/hand-on/",
        {"to": "lena@example.com", "reason": "She knows best"},
    )
    assert "Lena Fischer would judge their own access" in answer.content.decode()
    item.refresh_from_db()
    assert item.review == sheet_of(campaign, alice)
    assert_attempt(alice, f"item:{item.pk}", "reviews:reassign")


def test_handing_over_a_sheet_leaves_what_is_the_successors_own(
    campaign: Campaign, alice: User, sam: User
) -> None:
    lena = Person.objects.get(name="Lena Fischer")
    moved = hand_over_sheet(
        sheet_of(campaign, alice), actor=acting(sam), to=lena, reason="On leave"
    )
    assert moved == (2, 1)
    assert item_of(campaign, "lena").review == sheet_of(campaign, alice)
    assert {
        i.review.reviewer_name for i in ReviewItem.objects.exclude(account_username="lena")
    } == {"Lena Fischer"}


def test_escalation_passes_over_the_holder(shop: Office, alice: User, sam: User) -> None:
    """Mei comes first in the fallback, and is the holder of one of the overdue items."""
    shop.ledger()
    campaign = shop.open("--fallback", "mei@example.com", "--fallback", "sam.ito@example.com")
    with clock.set_to(campaign.due_at + timedelta(days=3, seconds=1)):
        keep_time()
    assert {i.account_username: first(campaign, i.account_username) for i in all_of(campaign)} == {
        "tom": ("Mei Tanaka", RoutedBy.ESCALATED),
        "lena": ("Mei Tanaka", RoutedBy.ESCALATED),
        "mei": ("Sam Ito", RoutedBy.ESCALATED),
    }


def all_of(campaign: Campaign) -> list[ReviewItem]:
    return list(ReviewItem.objects.filter(campaign=campaign))


def test_a_successor_is_never_the_holder(shop: Office, campaign: Campaign) -> None:
    """Alice leaves, and the roster then says that Tom is his own manager and Lena's."""
    left = STAFF[0].replace("active,,", "left,2026-10-05,")
    staff = [row.removesuffix("1") + "4" for row in STAFF[3:5]]
    with clock.set_to(NOON + timedelta(days=1)):
        shop.people(left, *STAFF[1:3], *staff, STAFF[5])
        follow()
    assert first(campaign, "tom") == ("Sam Ito", RoutedBy.SUCCESSOR)
    assert first(campaign, "lena") == ("Tom Eriksen", RoutedBy.SUCCESSOR)


def test_the_first_person_does_not_become_the_second(shop: Office, alice: User, sam: User) -> None:
    shop.accounts(
        "Ledger",
        "tom,tom@example.com,admin,yes,,,",
        header=HEADER,
        options=["--owner", OLGA],
    )
    campaign = shop.open()
    item = item_of(campaign, "tom")
    with pytest.raises(NotAllowed, match="judges this item at the other stage already"):
        reassign_item(item, actor=acting(sam), to=person_of(alice), reason="x", stage=Stage.SECOND)


# Routed upward


def test_what_became_ones_own_is_moved_by_the_clock(
    own: ReviewItem, campaign: Campaign, alice: User, sam: User
) -> None:
    keep_time()
    assert first(campaign, "lena") == ("Sam Ito", RoutedBy.OWN_ACCESS)
    moved: Any = own.reassignments.get()
    assert (moved.from_person, moved.to_person, moved.note) == (
        alice.person,
        sam.person,
        "It has become the reviewer's own access.",
    )
    choose(sam, own, Choice.CERTIFY, "Needed for present duties")
    own.refresh_from_db()
    assert own.outcome == Outcome.CERTIFIED
    assert (keep_time()["own_access_moved"], Review.objects.count()) == (0, 2)


def test_what_was_decided_before_it_became_ones_own_is_only_a_proposal_then(
    campaign: Campaign, alice: User, sam: User
) -> None:
    item = item_of(campaign, "lena")
    choose(alice, item, Choice.CERTIFY)
    Account.objects.filter(pk=item.account_id).update(operator=alice.person)
    keep_time()
    item.refresh_from_db()
    assert (item.outcome, item.decisions.get().state) == (Outcome.OPEN, "proposed")
    with pytest.raises((NotAllowed, WrongInput)):
        choose(alice, item, Choice.CERTIFY)
