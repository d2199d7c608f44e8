"""Every list costs the same number of queries at 3 rows and at 300."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.actions.findings import refresh_findings
from accounts.enums import AccountStatus, AccountType, ManagerProblem, Role
from accounts.models import (
    Account,
    EmergencyUse,
    Entitlement,
    Grant,
    Person,
    System,
    Team,
    User,
)
from tests.accounts.imports import COMMAND
from tests.cast import NOON, make_run, make_system, person_of

pytestmark = pytest.mark.usefixtures("noon", "db")

LISTS = [
    "/sources/",
    "/imports/",
    "/people/",
    "/people/problems/",
    "/teams/",
    "/systems/",
    "/systems/{first.pk}/",
    "/systems/{first.pk}/imports/",
    "/systems/{first.pk}/catalogue/",
    "/accounts/",
    "/accounts/unmatched/",
    "/accounts/emergency-uses/",
    "/accounts/{account.pk}/",
    "/people/{person.pk}/",
    "/findings/",
    "/users/",
    "/team/",
]


def furnish(so_many: int, first: System, manager: Person) -> None:
    """So many of everything that a list may show."""
    run = Person.objects.count()
    names = [f"Person {run + n}" for n in range(so_many)]
    teams = Team.objects.bulk_create(Team(name=f"Team of {name}", lead=manager) for name in names)
    people = Person.objects.bulk_create(
        Person(
            name=name,
            mail=f"{name}@example.com".replace(" ", "."),
            manager=manager,
            team=team,
            manager_problem=ManagerProblem.CIRCLE,
        )
        for name, team in zip(names, teams, strict=True)
    )
    for name in names:
        make_run(make_system(f"System of {name}", owner=manager))
        make_run(first)
    User.objects.bulk_create(
        User(email=f"{p.mail}", person=p, role=Role.REVIEWER, date_joined=NOON) for p in people
    )
    rights = Entitlement.objects.bulk_create(
        Entitlement(system=first, key=name, first_seen_at=NOON) for name in names
    )
    accounts = Account.objects.bulk_create(
        Account(
            system=first,
            key=f"{kind} {name}",
            username=f"{kind} {name}",
            person=owner if kind == "own" else None,
            status=AccountStatus.ACTIVE,
            type=AccountType.SERVICE if kind == "stray" else AccountType.PERSONAL,
            first_seen_at=NOON,
        )
        for name, person in zip(names, people, strict=True)
        for kind, owner in (("own", person), ("stray", None), ("held", None))
    )
    Account.objects.filter(key__startswith="held").update(person=manager)
    Grant.objects.bulk_create(
        Grant(account=account, entitlement=rights[0], first_seen_at=NOON) for account in accounts
    )
    one = Account.objects.filter(key__startswith="held").earliest("pk")
    Grant.objects.bulk_create(
        [Grant(account=one, entitlement=right, first_seen_at=NOON) for right in rights],
        ignore_conflicts=True,
    )
    EmergencyUse.objects.bulk_create(
        EmergencyUse(account=account, used_at=NOON, noticed_at=NOON) for account in accounts
    )
    refresh_findings(actor=COMMAND)


def test_every_list_costs_the_same_at_3_rows_and_at_300(
    client: Client, sam: User, ada: User, ledger: System
) -> None:
    manager = person_of(ada)
    client.force_login(ada)
    costs: dict[str, list[int]] = {address: [] for address in LISTS}
    shown: list[int] = []
    for so_many in (3, 297):
        furnish(so_many, ledger, manager)
        account = Account.objects.filter(key__startswith="held").earliest("pk")
        for address, found in costs.items():
            at = address.format(first=ledger, account=account, person=manager)
            client.get(at)
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(at)
            assert answer.status_code == 200
            found.append(len(queries))
            shown.append(len(answer.context["shown"].rows))
    assert {address: found for address, found in costs.items() if found[0] != found[1]} == {}
    assert min(shown[: len(LISTS)]) >= 3
    assert set(shown[len(LISTS) :]) == {50}
