"""Accounts that are not what they are called: S14 to S16 and S18, and what is registered."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from accounts.enums import AccountStatus, AccountType, LastUse, LinkMethod, RegistrationKind
from accounts.insights import insights_of
from accounts.models import Account, AccountRegistration, EmergencyUse, System
from tests.cast import NOON, make_account, make_person, make_run, make_system, make_team

pytestmark = pytest.mark.usefixtures("noon")


def value(account: Account, rule: str) -> dict[str, Any] | None:
    found = [i for i in insights_of(account.pk) if i["rule"] == rule]
    return {"outcome": found[0]["outcome"], **found[0]["value"]} if found else None


def days_ago(days: int) -> datetime:
    return NOON - timedelta(days=days)


def register(account: Account, **fields: Any) -> AccountRegistration:
    fields = {"kind": RegistrationKind.SHARED, "until": date(2026, 12, 31), **fields}
    return AccountRegistration.objects.create(
        account=account, reason="Front desk", made_at=NOON, **fields
    )


# S14


def service(system: System, **fields: Any) -> Account:
    fields.setdefault("type", AccountType.SERVICE)
    return make_account(system, owner_team=make_team(), purpose="Nightly settlement", **fields)


def test_s14_a_service_account_at_a_screen(ledger: System) -> None:
    at_a_screen = service(ledger, last_interactive=days_ago(400))
    assert value(at_a_screen, "S14") == {
        "outcome": "V",
        "last_interactive": days_ago(400).isoformat(),
        "since": None,
    }
    for fields in (
        {},
        {"last_interactive": NOON, "status": AccountStatus.DISABLED},
        {"last_interactive": NOON, "type": AccountType.EMERGENCY},
    ):
        assert value(service(ledger, **fields), "S14") is None


def test_s14_what_the_last_review_judged_is_not_told_again(ledger: System) -> None:
    ledger.reviewed_as_of = days_ago(60)
    ledger.save()
    assert value(service(ledger, last_interactive=days_ago(60)), "S14") is None
    told = value(service(ledger, last_interactive=days_ago(59)), "S14")
    assert told is not None
    assert told["since"] == days_ago(60).isoformat()


# S15


@pytest.mark.parametrize(
    ("username", "fields", "why"),
    [
        ("reception", {}, "generic_name"),
        ("Admin-01", {}, "generic_name"),
        ("info@northlark.example", {}, "generic_name"),
        ("administration", {}, None),
        ("lena.fischer", {"name": ""}, None),
        ("reception", {"link_method": LinkMethod.MANUAL}, None),
        ("reception", {"type": AccountType.SERVICE}, None),
        ("reception", {"status": AccountStatus.DISABLED}, None),
    ],
)
def test_s15_generic_names_of_personal_accounts(
    ledger: System, username: str, fields: dict[str, Any], why: str | None
) -> None:
    account = make_account(ledger, username, person=make_person(), **fields)
    expected = why and {"outcome": "V", "why": why, "login": username}
    assert value(account, "S15") == expected


@pytest.mark.parametrize(
    ("name", "why"),
    [("", "no_human_name"), ("Test User 2", "no_human_name"), ("Lena Fischer", None)],
)
def test_s15_personal_accounts_that_bear_no_persons_name(
    ledger: System, name: str, why: str | None
) -> None:
    owned = make_account(ledger, "xk-1", name=name, operator=make_person())
    told = value(owned, "S15")
    assert (told and told["why"]) == why
    of_nobody = make_account(ledger, "xk-2", name=name)
    assert value(of_nobody, "S15") is None


def test_s15_personal_accounts_that_two_people_hold(ledger: System) -> None:
    lena, tom = make_person("Lena Fischer"), make_person("Tom Eriksen")
    alone = make_account(ledger, person=lena, owner_person=lena)
    shared = make_account(ledger, person=lena, operator=tom)
    told = value(shared, "S15")
    assert (told and told["why"]) == "several_people"
    assert value(alone, "S15") is None


def test_s15_what_is_registered_is_known(ledger: System) -> None:
    reception = make_account(ledger, "reception", person=make_person())
    entry = register(reception, until=date(2026, 10, 5))
    assert value(reception, "S15") is None
    entry.until = date(2026, 10, 4)
    entry.save()
    assert value(reception, "S15") is not None
    entry.until, entry.ended_at = date(2026, 12, 31), NOON
    entry.save()
    assert value(reception, "S15") is not None


# S16


def emergency(system: System, **fields: Any) -> Account:
    fields.setdefault("owner_team", make_team())
    return make_account(system, type=AccountType.EMERGENCY, **fields)


def use(account: Account, at: datetime, **fields: Any) -> EmergencyUse:
    return EmergencyUse.objects.create(account=account, used_at=at, noticed_at=NOON, **fields)


def test_s16_a_use_of_an_emergency_account_is_explained(ledger: System) -> None:
    account = emergency(ledger)
    use(account, days_ago(40), explained_at=days_ago(39), explanation="Test of the alarm")
    assert value(account, "S16") is None
    one = use(account, days_ago(3))
    assert value(account, "S16") == {
        "outcome": "V",
        "problems": ["unexplained_use"],
        "uses": 1,
        "reviewed": None,
        "days": 0,
    }
    one.explained_at = NOON
    one.save()
    assert value(account, "S16") is None


def test_s16_an_emergency_account_is_validated_by_a_review(ledger: System) -> None:
    known = emergency(ledger, first_seen_at=days_ago(91))
    assert value(known, "S16") == {
        "outcome": "L",
        "problems": ["not_validated"],
        "uses": 0,
        "reviewed": None,
        "days": 91,
    }
    assert value(emergency(ledger, first_seen_at=days_ago(90)), "S16") is None
    ledger.reviewed_as_of = days_ago(60)
    ledger.save()
    assert value(known, "S16") is None


def test_s16_the_review_of_the_facts_that_first_showed_it_counts(ledger: System) -> None:
    """An import is taken later than its file was exported."""
    run = make_run(ledger, read_at=days_ago(92))
    account = emergency(ledger, first_seen_run=run, first_seen_at=days_ago(91))
    make_run(ledger)
    ledger.reviewed_as_of = days_ago(92)
    ledger.save()
    told = value(account, "S16")
    assert told is not None
    assert (told["reviewed"], told["days"]) == (days_ago(92).isoformat(), 92)


def test_s16_an_emergency_account_may_lie_idle(ledger: System) -> None:
    idle = emergency(ledger, last_used=days_ago(400), last_use=LastUse.KNOWN)
    never = emergency(ledger, last_use=LastUse.NEVER)
    assert [insights_of(account.pk) for account in (idle, never)] == [[], []]


# S18


def test_s18_two_personal_accounts_of_one_person_in_one_system(ledger: System) -> None:
    ben = make_person("Ben Carter")
    first, second = (make_account(ledger, name, person=ben) for name in ("ben", "bcarter"))
    make_account(make_system("Wiki"), "ben", person=ben)
    assert value(first, "S18") == value(second, "S18") == {"outcome": "L", "accounts": 2}
    register(second, kind=RegistrationKind.SECOND)
    assert [value(account, "S18") for account in (first, second)] == [None, None]


@pytest.mark.parametrize(
    "fields",
    [
        {"status": AccountStatus.DISABLED},
        {"gone_at": NOON},
        {"type": AccountType.SERVICE},
        {"person": None},
    ],
)
def test_s18_counts_live_personal_accounts_only(ledger: System, fields: dict[str, Any]) -> None:
    ben = make_person("Ben Carter")
    first = make_account(ledger, "ben", person=ben)
    make_account(ledger, "bcarter", **{"person": ben, **fields})
    assert value(first, "S18") is None
