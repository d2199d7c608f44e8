"""What a right adds to the insights of its account: S21 to S23, and reading them for one."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.enums import AccountStatus, AccountType, Answer, WorkerType
from accounts.insights import insights_of, violations_of
from accounts.models import Account, Entitlement, System, Team
from tests.cast import NOON, make_account, make_entitlement, make_person, make_team

pytestmark = pytest.mark.usefixtures("noon")


def found(account: Account, right: Entitlement) -> dict[str, dict[str, Any]]:
    insights = insights_of(account.pk, entitlement_id=right.pk)
    return {i["rule"]: {"outcome": i["outcome"], **i["value"]} for i in insights}


@pytest.fixture
def admin(ledger: System) -> Entitlement:
    return make_entitlement(ledger, "admin", privileged=Answer.YES)


def test_an_account_alone_says_nothing_of_its_rights(ledger: System, admin: Entitlement) -> None:
    account = make_account(ledger, person=make_person(), mfa=Answer.NO)
    assert insights_of(account.pk) == []
    assert list(found(account, admin)) == ["S7", "S21"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"mfa": Answer.YES}, None),
        ({"mfa": Answer.UNKNOWN}, None),
        ({"mfa": Answer.NOT_AVAILABLE}, None),
        ({"mfa": Answer.NO}, ["no_mfa"]),
        ({"mfa": Answer.NO, "status": AccountStatus.DISABLED}, None),
        ({"secret_changed": NOON - timedelta(days=90)}, None),
        ({"secret_changed": NOON - timedelta(days=91)}, ["old_secret"]),
        ({"mfa": Answer.NO, "secret_changed": NOON - timedelta(91)}, ["no_mfa", "old_secret"]),
    ],
)
def test_s21_privileged_access_without_a_second_factor_or_with_an_old_secret(
    ledger: System, admin: Entitlement, fields: dict[str, Any], expected: list[str] | None
) -> None:
    account = make_account(ledger, person=make_person(), **fields)
    told = found(account, admin).get("S21")
    assert (told and told["problems"]) == expected
    plain = make_entitlement(ledger, "read")
    assert found(account, plain) == {}


def test_s21_a_machine_has_no_second_factor_to_enrol(ledger: System, admin: Entitlement) -> None:
    service = make_account(
        ledger,
        type=AccountType.SERVICE,
        owner_team=make_team(),
        purpose="Nightly settlement",
        mfa=Answer.NO,
    )
    assert list(found(service, admin)) == ["S7"]


@pytest.fixture
def team() -> Team:
    return make_team("IT Operations")


@pytest.fixture
def limited(admin: Entitlement, team: Team) -> Entitlement:
    admin.allowed_teams.set([team, make_team("Incident Response")])
    return admin


def test_s22_a_right_is_for_the_teams_that_it_names(
    ledger: System, limited: Entitlement, team: Team
) -> None:
    inside = make_account(ledger, person=make_person(team=team))
    outside = make_account(ledger, person=make_person(team=make_team("Support")))
    without = make_account(ledger, person=make_person())
    disabled = make_account(ledger, person=make_person(), status=AccountStatus.DISABLED)
    allowed = ["IT Operations", "Incident Response"]
    assert "S22" not in found(inside, limited)
    assert found(outside, limited)["S22"] == {"outcome": "V", "team": "Support", "allowed": allowed}
    assert found(without, limited)["S22"] == {"outcome": "V", "team": None, "allowed": allowed}
    assert "S22" not in found(disabled, limited)


def test_s22_a_right_that_is_not_privileged_is_for_its_teams_too(
    ledger: System, team: Team
) -> None:
    """So firewall administration is told, which need not be marked as privileged."""
    rules = make_entitlement(ledger, "read-only")
    rules.allowed_teams.set([team])
    assert list(found(make_account(ledger, person=make_person()), rules)) == ["S22"]


def test_s22_what_everybody_has_is_for_all_teams(ledger: System, team: Team) -> None:
    everyone = make_entitlement(ledger, "everyone", baseline=True)
    everyone.allowed_teams.set([team])
    assert found(make_account(ledger, person=make_person()), everyone) == {}


def test_s22_a_right_that_names_no_team_is_for_all(ledger: System, admin: Entitlement) -> None:
    assert list(found(make_account(ledger, person=make_person()), admin)) == ["S7"]


@pytest.mark.parametrize("kind", [AccountType.SERVICE, AccountType.EMERGENCY])
def test_s22_machines_and_emergency_accounts_are_held_by_the_team_that_owns_them(
    ledger: System, limited: Entitlement, team: Team, kind: str
) -> None:
    fields = {"type": kind, "purpose": "Sign-in when all else is down"}
    inside = make_account(ledger, owner_team=team, **fields)
    outside = make_account(ledger, owner_team=make_team("Support"), **fields)
    of_person = make_account(ledger, owner_person=make_person(team=team), **fields)
    assert ["S22" in found(a, limited) for a in (inside, outside, of_person)] == [
        False,
        True,
        False,
    ]


def test_s22_what_belongs_to_nobody_is_told_as_that(ledger: System, limited: Entitlement) -> None:
    assert list(found(make_account(ledger), limited)) == ["S17", "S7"]


def temporary(system: System, worker: str, **fields: Any) -> Account:
    sponsor = make_person()
    return make_account(
        system,
        type=AccountType.TEMPORARY,
        person=make_person(worker_type=worker),
        sponsor=sponsor,
        created=NOON,
        expires=(NOON + timedelta(days=200)).date(),
        **{"last_use": "known", "last_used": NOON, **fields},
    )


def test_s23_temporary_accounts_hold_what_their_role_allows(ledger: System) -> None:
    read = make_entitlement(ledger, "read", allowed_roles=[WorkerType.CONTRACTOR])
    write = make_entitlement(ledger, "write")
    everyone = make_entitlement(ledger, "everyone", baseline=True)
    contractor = temporary(ledger, WorkerType.CONTRACTOR)
    value = {"outcome": "V", "worker_type": "contractor", "allowed": []}
    assert "S23" not in found(contractor, read)
    assert found(contractor, write)["S23"] == value
    assert "S23" not in found(contractor, everyone)
    assert violations_of(contractor.pk, entitlement_id=write.pk) == {"S23"}
    assert violations_of(contractor.pk) == set()


def test_s23_says_nothing_of_roles_that_no_right_of_the_system_lists(ledger: System) -> None:
    make_entitlement(ledger, "read", allowed_roles=[WorkerType.CONTRACTOR])
    write = make_entitlement(ledger, "write")
    assert "S23" not in found(temporary(ledger, WorkerType.GUEST), write)
    disabled = temporary(ledger, WorkerType.CONTRACTOR, status=AccountStatus.DISABLED)
    assert "S23" not in found(disabled, write)
    employee = make_account(ledger, person=make_person(worker_type=WorkerType.CONTRACTOR))
    assert "S23" not in found(employee, write)
