"""What an item says beside the facts of its account: peers, history, registers, and its lane."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

import clock
from accounts.enums import AccountStatus, AccountType, Answer, DataClass
from accounts.models import DutyConflict, Entitlement, Grant, Person, System, User
from reviews.actions.closing import close_campaign
from reviews.actions.deciding import Pick, decide
from reviews.actions.launching import Acknowledgement
from reviews.enums import Choice, Lane
from reviews.models import Campaign, ReviewItem
from tests.cast import NOON, acting, make_person, make_run, make_system, make_team, person_of
from tests.reviews.world import (
    admin_right,
    confidential,
    holding,
    item_of,
    open_campaign,
    report_of,
    right,
    service_account,
    sheet_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def told(item: ReviewItem, rule: str) -> dict[str, Any] | None:
    found = [i for i in item.insights if i["rule"] == rule]
    return {"outcome": found[0]["outcome"], **found[0]["value"]} if found else None


def keep(campaign: Campaign, user: User, *items: ReviewItem, reason: str = "") -> None:
    verdict = decide(
        sheet_of(campaign, user),
        actor=acting(user),
        picks=[Pick(item.pk, item.version) for item in items],
        choice=Choice.CERTIFY,
        reason=reason,
    )
    assert (verdict.refused, verdict.conflicts) == ({}, {})


def close(campaign: Campaign, sam: User, ada: User) -> None:
    gaps = Acknowledgement("The rest is looked at elsewhere.", ada)
    close_campaign(campaign, actor=acting(sam), with_gaps=gaps)


# S6


def peers(manager: User, count: int) -> list[Person]:
    return [report_of(manager, f"Report {n}") for n in range(count)]


@pytest.mark.parametrize(
    ("people", "holders", "value"),
    [
        (4, 1, None),
        (5, 1, {"outcome": "L", "held": 1, "peers": 5, "by": "manager"}),
        (9, 1, {"outcome": "L", "held": 1, "peers": 9, "by": "manager"}),
        (9, 2, None),
        (10, 1, {"outcome": "L", "held": 1, "peers": 10, "by": "manager"}),
        (10, 2, None),
        (14, 2, {"outcome": "L", "held": 2, "peers": 14, "by": "manager"}),
        (13, 2, None),
    ],
)
def test_s6_hardly_anybody_with_the_same_manager_holds_it(
    sam: User,
    alice: User,
    ledger: System,
    people: int,
    holders: int,
    value: dict[str, Any] | None,
) -> None:
    write = right(ledger, "write")
    team = peers(alice, people)
    accounts = [holding(ledger, person, write, username=person.name) for person in team[:holders]]
    campaign = open_campaign(sam)
    assert told(item_of(campaign, accounts[0], write), "S6") == value


def test_s6_counts_the_team_where_the_manager_has_too_few(
    sam: User, alice: User, bob: User, ledger: System
) -> None:
    team = make_team("Ledger")
    few = [report_of(alice, f"Near {n}", team=team) for n in range(3)]
    [report_of(bob, f"Far {n}", team=team) for n in range(2)]
    account = holding(ledger, few[0], right(ledger, "write"))
    campaign = open_campaign(sam)
    [item] = ReviewItem.objects.filter(campaign=campaign, account=account)
    assert told(item, "S6") == {"outcome": "L", "held": 1, "peers": 5, "by": "team"}


def test_s6_what_is_usual_in_the_team_is_not_unusual(
    sam: User, alice: User, bob: User, ledger: System
) -> None:
    """Bob leads the team, and reports to Alice with the leads of others, who hold other rights."""
    lead, team, write = person_of(bob), make_team("Ledger"), right(ledger, "write")
    Person.objects.filter(pk=lead.pk).update(manager=person_of(alice), team=team)
    peers(alice, 5)
    members = [report_of(bob, f"Member {n}", team=team) for n in range(5)]
    for member in members:
        holding(ledger, member, write, username=member.name)
    account = holding(ledger, lead, write)
    rare = holding(ledger, lead, right(ledger, "admin"), username="lead-admin")
    campaign = open_campaign(sam)
    assert told(item_of(campaign, account, write), "S6") is None
    item = ReviewItem.objects.get(campaign=campaign, account=rare)
    assert told(item, "S6") == {"outcome": "L", "held": 1, "peers": 6, "by": "manager"}


def test_s6_who_has_left_is_nobodys_peer_and_a_second_account_is_no_second_holder(
    sam: User, alice: User, ledger: System
) -> None:
    write = right(ledger, "write")
    team = peers(alice, 5)
    first = holding(ledger, team[0], write)
    holding(ledger, team[0], write, username="second")
    holding(ledger, team[1], write, username="third", status=AccountStatus.DISABLED)
    report_of(alice, "Gone Since", status="left")
    campaign = open_campaign(sam)
    assert told(item_of(campaign, first, write), "S6") == {
        "outcome": "L",
        "held": 1,
        "peers": 5,
        "by": "manager",
    }


def test_s6_says_nothing_of_baseline_rights_and_of_machines(
    sam: User, alice: User, ledger: System
) -> None:
    team = peers(alice, 5)
    everyone, write = right(ledger, "everyone", baseline=True), right(ledger, "write")
    person = holding(ledger, team[0], everyone)
    robot = service_account(ledger, person=team[1], owner_team=make_team(), purpose="Settles")
    Grant.objects.create(account=robot, entitlement=write, first_seen_at=NOON)
    own = holding(ledger, team[1], write, username="own")
    campaign = open_campaign(sam)
    assert told(item_of(campaign, person, None), "S6") is None
    assert told(item_of(campaign, robot, write), "S6") is None
    assert told(item_of(campaign, own, write), "S6") is not None


# S9, S11, S20: what earlier campaigns say


def test_s9_what_nobody_decided_twice_is_told(
    sam: User, alice: User, ada: User, ledger: System
) -> None:
    read, write = right(ledger, "read"), right(ledger, "write")
    account = holding(ledger, report_of(alice, "Tom Eriksen"), read, write)
    for quarter, kept in (("2026-Q2", []), ("2026-Q3", [write])):
        campaign = open_campaign(sam, quarter=quarter)
        assert told(item_of(campaign, account, read), "S9") is None
        if kept:
            keep(campaign, alice, *[item_of(campaign, account, each) for each in kept])
        close(campaign, sam, ada)
    campaign = open_campaign(sam)
    item = item_of(campaign, account, read)
    assert told(item, "S9") == {"outcome": "L", "campaigns": 2}
    assert (item.worst, item.lane) == ("L", Lane.NEW)
    assert told(item_of(campaign, account, write), "S9") is None


@pytest.fixture
def kept_once(
    sam: User, alice: User, ada: User, ledger: System
) -> tuple[Campaign, Person, Entitlement]:
    """Tom's right was kept in a campaign that is closed, as of noon."""
    read, tom = right(ledger, "read"), report_of(alice, "Tom Eriksen")
    account = holding(ledger, tom, read)
    campaign = open_campaign(sam, quarter="2026-Q3")
    keep(campaign, alice, item_of(campaign, account, read))
    close(campaign, sam, ada)
    return campaign, tom, read


@pytest.mark.parametrize(
    ("moved", "says"), [(-1, False), (1, True), (10, True), (11, True), (40, True), (None, False)]
)
def test_s11_movers_are_told_for_a_month(
    kept_once: tuple[Campaign, Person, Entitlement],
    sam: User,
    ledger: System,
    moved: int | None,
    says: bool,
) -> None:
    _, tom, _ = kept_once
    tom.moved_at = None if moved is None else NOON + timedelta(days=moved)
    tom.save()
    with clock.set_to(NOON + timedelta(days=40)):
        make_run(ledger, read_at=clock.now())
        campaign = open_campaign(sam, due=(NOON + timedelta(days=54)).date())
    item = ReviewItem.objects.get(campaign=campaign)
    expected = says and moved is not None and moved >= 10
    assert (told(item, "S11") is not None) == expected


def test_s11_says_when_it_was_kept_and_when_the_holder_moved(
    kept_once: tuple[Campaign, Person, Entitlement], sam: User
) -> None:
    _, tom, _ = kept_once
    tom.moved_at = NOON + timedelta(minutes=5)
    tom.save()
    with clock.set_to(NOON + timedelta(hours=1)):
        campaign = open_campaign(sam)
    assert told(ReviewItem.objects.get(campaign=campaign), "S11") == {
        "outcome": "L",
        "moved": "2026-10-05T12:05:00+00:00",
        "decided": "2026-10-05T12:00:00+00:00",
    }


@pytest.mark.parametrize(
    ("account", "grant", "reason", "says"),
    [
        ({}, {}, "", True),
        ({}, {}, "Works on the ledger", False),
        ({"purpose": "Front desk"}, {}, "", False),
        ({}, {"request_reference": "REQ-1"}, "", False),
    ],
)
def test_s20_customer_confidential_without_a_need_that_is_recorded(
    sam: User,
    alice: User,
    ada: User,
    ledger: System,
    account: dict[str, Any],
    grant: dict[str, Any],
    reason: str,
    says: bool,
) -> None:
    read = right(ledger, "read")
    held = holding(ledger, report_of(alice, "Tom Eriksen"), read, **account)
    Grant.objects.filter(account=held).update(**grant or {"granted_by": ""})
    campaign = open_campaign(sam, quarter="2026-Q3")
    item = item_of(campaign, held, read)
    assert told(item, "S20") is None
    keep(campaign, alice, item, reason=reason)
    close(campaign, sam, ada)
    confidential(ledger)
    item = item_of(open_campaign(sam), held, read)
    assert told(item, "S20") == ({"outcome": "L"} if says else None)


# S19


@pytest.fixture
def conflict(ledger: System) -> DutyConflict:
    shop = make_system("Shop")
    make_run(shop)
    return DutyConflict.objects.create(
        name="Order and pay",
        first=right(ledger, "pay", plain_words="Pay suppliers"),
        second=right(shop, "order"),
        reason="Nobody pays what they ordered.",
        made_at=NOON,
    )


def test_s19_two_rights_that_nobody_should_hold_together(
    sam: User, alice: User, ledger: System, conflict: DutyConflict
) -> None:
    tom, lena = report_of(alice, "Tom Eriksen"), report_of(alice, "Lena Fischer")
    pays = holding(ledger, tom, conflict.first)
    orders = holding(conflict.second.system, tom, conflict.second)
    holding(ledger, lena, conflict.first)
    campaign = open_campaign(sam)
    item = item_of(campaign, pays, conflict.first)
    other = {"name": "Order and pay", "right": "order", "system": "Shop"}
    assert told(item, "S19") == {"outcome": "R", "conflicts": [other]}
    assert (item.worst, item.lane) == ("R", Lane.MUST_LOOK)
    back = told(item_of(campaign, orders, conflict.second), "S19")
    assert back is not None
    assert back["conflicts"][0]["right"] == "Pay suppliers"
    assert told(ReviewItem.objects.get(campaign=campaign, holder=lena), "S19") is None


def test_s19_looks_beyond_the_scope_and_not_at_what_is_gone(
    sam: User, alice: User, ledger: System, conflict: DutyConflict
) -> None:
    tom = report_of(alice, "Tom Eriksen")
    pays = holding(ledger, tom, conflict.first)
    holding(conflict.second.system, tom, conflict.second)
    campaign = open_campaign(sam, ledger)
    assert told(item_of(campaign, pays, conflict.first), "S19") is not None
    Grant.objects.filter(entitlement=conflict.second).update(gone_at=NOON)
    campaign = open_campaign(sam, ledger, quarter="2027-Q1")
    assert ReviewItem.objects.filter(campaign=campaign, worst="R").count() == 0


def test_s19_a_conflict_that_was_ended_is_none(
    sam: User, alice: User, ledger: System, conflict: DutyConflict
) -> None:
    conflict.ended_at = NOON
    conflict.save()
    tom = report_of(alice, "Tom Eriksen")
    pays = holding(ledger, tom, conflict.first)
    holding(conflict.second.system, tom, conflict.second)
    assert told(item_of(open_campaign(sam), pays, conflict.first), "S19") is None


# What the rights of an account add


def test_s22_is_a_violation_of_its_own_item_only(sam: User, alice: User, ledger: System) -> None:
    editor, read = right(ledger, "policy-editor"), right(ledger, "read")
    editor.allowed_teams.set([make_team("IT Operations")])
    account = holding(ledger, report_of(alice, "Noah Fernandes"), editor, read)
    campaign = open_campaign(sam)
    item = item_of(campaign, account, editor)
    assert told(item, "S22") == {"outcome": "V", "team": None, "allowed": ["IT Operations"]}
    assert (item.worst, item.lane) == ("V", Lane.MUST_LOOK)
    other = item_of(campaign, account, read)
    assert (other.insights, other.worst, other.lane) == ([], "", Lane.NEW)


def test_s21_is_told_of_privileged_items(sam: User, alice: User, ledger: System) -> None:
    admin, read = admin_right(ledger), right(ledger, "read")
    account = holding(ledger, report_of(alice, "Tom Eriksen"), admin, read, mfa=Answer.NO)
    campaign = open_campaign(sam)
    assert [i["rule"] for i in item_of(campaign, account, admin).insights] == ["S7", "S21"]
    assert item_of(campaign, account, read).insights == []


def test_a_launch_asks_as_often_whatever_its_size(
    sam: User, alice: User, bob: User, ledger: System
) -> None:
    """The first one of a process asks for what is remembered from then on."""
    counted = []
    quarters = {"2026-Q4": 2, "2027-Q1": 3, "2027-Q2": 30}
    systems = [
        make_system(name, owner=person_of(bob), data_class=DataClass.CUSTOMER) for name in quarters
    ]
    for system, (quarter, people) in zip(systems, quarters.items(), strict=True):
        make_run(system)
        write = right(system, "write")
        write.allowed_teams.set([make_team(quarter)])
        for n in range(people):
            person = make_person(f"{quarter} {n}", manager=person_of(alice))
            holding(system, person, write, username=f"login-{n}", type=AccountType.TEMPORARY)
        with CaptureQueriesContext(connection) as queries:
            open_campaign(sam, system, quarter=quarter)
        counted.append(len(queries))
    assert counted[1] == counted[2]
