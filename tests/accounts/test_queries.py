"""Lists: what a row shows, in the same number of queries at one row and at three."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import QuerySet
from pytest_django import DjangoAssertNumQueries

from accounts import queries
from accounts.actions.findings import refresh_findings
from accounts.enums import AccountStatus, AccountType
from accounts.models import Account, System, User
from audit.actors import Actor
from tests.cast import (
    NOON,
    make_account,
    make_entitlement,
    make_grant,
    make_person,
    make_run,
    make_system,
    make_team,
    make_user,
    person_of,
)

pytestmark = pytest.mark.usefixtures("noon")


def furnish(system: System) -> Account:
    """One of everything, with every reference filled."""
    team = make_team(lead=make_person())
    person = make_person(team=team, manager=make_person())
    account = make_account(
        system,
        person=person,
        owner_person=person,
        owner_team=team,
        sponsor=person,
        operator=person,
    )
    right = make_entitlement(system, confirmed_by=person)
    right.allowed_teams.add(team)
    make_grant(account, right)
    make_account(system)
    make_user(person)
    refresh_findings(actor=Actor.system("tests"))
    return account


def show(row: Any, *paths: str) -> None:
    for path in paths:
        value = row
        for part in path.split("."):
            value = value and getattr(value, part)


LISTS: list[tuple[Callable[[User], QuerySet[Any, Any]], list[str], int]] = [
    (
        queries.list_accounts,
        ["system.name", "person.name", "owner_person.name", "owner_team.name", "sponsor.name"],
        1,
    ),
    (queries.list_orphaned, ["system.name"], 1),
    (queries.list_findings, ["system.name", "account.person", "owner_person", "owner_team"], 1),
    (queries.list_systems, ["owner.name", "source.current_run.read_at"], 1),
    (queries.list_catalogue, ["system.name", "confirmed_by.name"], 2),
    (queries.list_grants, ["entitlement.key", "account.system.name", "account.person"], 1),
    (queries.list_people, ["team.name", "manager.name", "source"], 1),
    (queries.list_teams, ["lead.name"], 1),
    (queries.list_users, ["person.name"], 1),
]


@pytest.mark.parametrize(("listed", "paths", "most"), LISTS)
@pytest.mark.parametrize("size", [1, 3])
def test_list_costs_the_same_at_any_size(
    listed: Callable[[User], QuerySet[Any, Any]],
    paths: list[str],
    most: int,
    size: int,
    ledger: System,
    sam: User,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(size):
        system = make_system(owner=make_person())
        make_run(system)
        furnish(system)
    with django_assert_num_queries(most):
        rows = list(listed(sam))
        for row in rows:
            show(row, *paths)
    assert len(rows) >= size


def test_list_systems_counts_what_hangs_on_each(ledger: System, sam: User) -> None:
    furnish(ledger)
    make_account(ledger, status=AccountStatus.DISABLED)
    make_account(ledger, gone_at=NOON)
    make_system("Uncovered")
    rows = queries.list_systems(sam).order_by("name")
    counts = [(row.name, row.held, row.orphaned, row.unconfirmed, row.violations) for row in rows]  # type: ignore[attr-defined]  # annotations
    assert counts == [("Ledger", 3, 1, 1, 1), ("Uncovered", 0, 0, 0, 0)]


def test_list_catalogue_counts_standing_grants(ledger: System, sam: User) -> None:
    right = make_entitlement(ledger)
    make_grant(make_account(ledger), right)
    make_grant(make_account(ledger), right, gone_at=NOON)
    assert [row.held for row in queries.list_catalogue(sam)] == [1]  # type: ignore[attr-defined]  # an annotation


def test_count_matched_leaves_the_disabled_out(ledger: System) -> None:
    furnish(ledger)
    make_account(ledger, status=AccountStatus.DISABLED)
    found = queries.count_matched(ledger)
    assert (found.matched, found.of, found.to_resolve) == (1, 2, 1)


def test_count_findings_of_what_the_user_sees(ledger: System, sam: User, bob: User) -> None:
    make_account(ledger, type=AccountType.SERVICE)
    refresh_findings(actor=Actor.system("tests"))
    assert queries.count_findings(sam, NOON) == {"open": 2, "overdue": 0, "S13": 1, "S17": 1}
    later = NOON.replace(day=7)
    assert queries.count_findings(sam, later)["overdue"] == 2
    assert queries.count_findings(bob, later) == {"open": 0, "overdue": 0}


# Who sees what: one visible_to a model


def test_a_manager_sees_their_reports_and_what_they_answer_for(
    ledger: System, alice: User, bob: User
) -> None:
    own = make_account(ledger, person=alice.person)
    report = make_account(ledger, person=make_person(manager=person_of(alice)))
    led = make_account(ledger, owner_team=make_team(lead=alice.person))
    sponsored = make_account(ledger, sponsor=alice.person)
    operated = make_account(ledger, operator=alice.person)
    make_account(ledger, person=bob.person)
    assert set(queries.list_accounts(alice)) == {own, report, led, sponsored, operated}


def test_the_owner_of_a_system_sees_it_and_no_other(ledger: System, owner: User) -> None:
    inside = make_account(ledger)
    right = make_entitlement(ledger)
    grant = make_grant(inside, right)
    elsewhere = make_system()
    make_grant(make_account(elsewhere), make_entitlement(elsewhere))
    assert set(queries.list_systems(owner)) == {ledger}
    assert set(queries.list_accounts(owner)) == {inside}
    assert set(queries.list_catalogue(owner)) == {right}
    assert set(queries.list_grants(owner)) == {grant}


@pytest.mark.parametrize("listed", [listed for listed, _, _ in LISTS])
def test_a_login_without_a_person_or_not_active_sees_nothing(
    listed: Callable[[User], QuerySet[Any, Any]], ledger: System, sam: User, alice: User
) -> None:
    furnish(ledger)
    User.objects.filter(pk=alice.pk).update(person=None)
    User.objects.filter(pk=sam.pk).update(is_active=False)
    alice.refresh_from_db()
    sam.refresh_from_db()
    assert set(listed(alice)) == ({alice} if listed is queries.list_users else set())
    assert set(listed(sam)) == set()
