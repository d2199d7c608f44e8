"""The insights of accounts: each rule at its threshold, and unknown as a value of its own."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from accounts.enums import (
    AccountStatus,
    AccountType,
    Answer,
    DataClass,
    LastUse,
    PersonStatus,
    Precision,
)
from accounts.insights import (
    SOC2,
    account_insights_sql,
    rights_sql,
    row_insights_sql,
    row_privileged_sql,
    row_worst_sql,
)
from accounts.models import Account, Grant, System
from tests.cast import (
    NOON,
    make_account,
    make_entitlement,
    make_grant,
    make_person,
    make_run,
    make_team,
)

pytestmark = pytest.mark.usefixtures("noon")


def insights_of(account: Account) -> dict[str, dict[str, Any]]:
    """Rule to insight, without what the account shares with others."""
    with connection.cursor() as cursor:
        cursor.execute(account_insights_sql(SOC2, where=f"a.id = {account.id}"))
        ((_, text, worst, *_rest),) = cursor.fetchall()
    insights = json.loads(text)
    found = {insight["rule"]: insight for insight in insights}
    assert len(found) == len(insights)
    order = ["V", "R", "L", "I", ""]
    assert worst == min([i["outcome"] for i in insights] or [""], key=order.index)
    return found


def outcomes(account: Account) -> dict[str, str]:
    return {rule: insight["outcome"] for rule, insight in insights_of(account).items()}


def days_ago(days: int) -> datetime:
    return NOON - timedelta(days=days)


@pytest.fixture
def holder(db: None) -> Any:
    return make_person("Priya Natarajan")


def test_an_account_in_use_by_somebody_here_has_no_insight(ledger: System, holder: Any) -> None:
    assert outcomes(make_account(ledger, person=holder)) == {}


# S1


@pytest.mark.parametrize("status", [PersonStatus.LEFT, PersonStatus.GONE])
@pytest.mark.parametrize(
    ("account_status", "expected"),
    [
        (AccountStatus.ACTIVE, {"S1": "V"}),
        (AccountStatus.UNKNOWN, {"S1": "V"}),
        (AccountStatus.DISABLED, {}),
    ],
)
def test_s1_a_live_account_of_somebody_who_left(
    ledger: System, status: str, account_status: str, expected: dict[str, str]
) -> None:
    account = make_account(ledger, person=make_person(status=status), status=account_status)
    assert outcomes(account) == expected


def test_s1_a_last_day_that_has_passed_counts_before_the_roster_says_left(
    ledger: System,
) -> None:
    ended = make_account(ledger, person=make_person(end=date(2026, 10, 4)))
    ends_today = make_account(ledger, person=make_person(end=date(2026, 10, 5)))
    assert (outcomes(ended), outcomes(ends_today)) == ({"S1": "V"}, {})


LAST_DAY = date(2026, 9, 30)


@pytest.mark.parametrize(
    ("account", "person", "expected"),
    [
        ({"last_used": datetime(2026, 10, 1, tzinfo=UTC)}, {"end": LAST_DAY}, Answer.YES),
        ({"last_used": datetime(2026, 9, 30, 23, tzinfo=UTC)}, {"end": LAST_DAY}, Answer.NO),
        ({"last_use": LastUse.NEVER}, {"end": LAST_DAY}, Answer.NO),
        ({"last_use": LastUse.UNKNOWN}, {"end": LAST_DAY}, Answer.UNKNOWN),
        ({"last_use": LastUse.NOT_AVAILABLE}, {"end": LAST_DAY}, Answer.UNKNOWN),
        ({"last_used": days_ago(40)}, {}, Answer.UNKNOWN),
        ({"last_used": days_ago(1)}, {"gone_at": days_ago(2)}, Answer.YES),
        ({"last_used": days_ago(3)}, {"gone_at": days_ago(2)}, Answer.UNKNOWN),
        ({"last_use": LastUse.NEVER}, {"gone_at": days_ago(2)}, Answer.NO),
    ],
)
def test_s1_used_after_leaving(
    ledger: System, account: dict[str, Any], person: dict[str, Any], expected: str
) -> None:
    if "last_used" in account:
        account = {"last_use": LastUse.KNOWN, **account}
    leaver = make_person(status=PersonStatus.LEFT, **person)
    found = insights_of(make_account(ledger, person=leaver, **account))["S1"]
    assert found["value"]["used_after"] == expected


def test_s1_a_reading_before_the_leaving_proves_no_disuse(ledger: System) -> None:
    make_run(ledger, read_at=datetime(2026, 9, 29, tzinfo=UTC))
    leaver = make_person(status=PersonStatus.LEFT, end=LAST_DAY)
    known = make_account(ledger, person=leaver, last_use=LastUse.KNOWN, last_used=days_ago(20))
    never = make_account(ledger, person=leaver, last_use=LastUse.NEVER)
    answers = [insights_of(a)["S1"]["value"]["used_after"] for a in (known, never)]
    assert answers == [Answer.UNKNOWN, Answer.UNKNOWN]


def test_s1_bears_the_roster_as_its_source(ledger: System) -> None:
    run = make_run(roster="contractors", read_at=days_ago(1))
    leaver = make_person(status=PersonStatus.LEFT, source=run.source)
    found = insights_of(make_account(ledger, person=leaver))["S1"]
    assert (found["source"], found["as_of"]) == ("contractors", "2026-10-04T12:00:00+00:00")
    assert found["value"]["use_source"] == "Ledger"


# S2 to S5


@pytest.mark.parametrize(
    ("days", "expected"), [(30, None), (31, "L"), (46, "L"), (90, "L"), (91, "R")]
)
def test_s2_inactive_by_tiers(ledger: System, holder: Any, days: int, expected: str | None) -> None:
    account = make_account(ledger, person=holder, last_use="known", last_used=days_ago(days))
    assert outcomes(account).get("S2") == expected


@pytest.mark.parametrize(("days", "expected"), [(35, "L"), (36, "R")])
@pytest.mark.parametrize("why", ["class", "grant", "account"])
def test_s2_sensitive_access_is_recommended_away_sooner(
    ledger: System, holder: Any, why: str, days: int, expected: str
) -> None:
    fields: dict[str, Any] = {"last_use": "known", "last_used": days_ago(days)}
    if why == "class":
        ledger.data_class = DataClass.CUSTOMER
        ledger.save()
    if why == "account":
        fields["privileged"] = Answer.YES
    account = make_account(ledger, person=holder, **fields)
    if why == "grant":
        make_grant(account, make_entitlement(ledger, privileged=Answer.YES))
    assert outcomes(account)["S2"] == expected


def test_s2_a_privileged_right_that_is_gone_no_longer_counts(ledger: System, holder: Any) -> None:
    account = make_account(ledger, person=holder, last_use="known", last_used=days_ago(40))
    make_grant(account, make_entitlement(ledger, privileged=Answer.YES), gone_at=days_ago(1))
    assert outcomes(account) == {"S2": "L"}


def test_s2_inactivity_is_counted_up_to_the_reading_of_the_source(
    ledger: System, holder: Any
) -> None:
    make_run(ledger, read_at=days_ago(7))
    account = make_account(ledger, person=holder, last_use="known", last_used=days_ago(95))
    found = insights_of(account)["S2"]
    assert (found["outcome"], found["value"]["days"]) == ("L", 88)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"type": AccountType.TEMPORARY, "sponsored": True}, "R"),
        ({"type": AccountType.UNCLASSIFIED}, "L"),
        ({"type": AccountType.SERVICE}, None),
        ({"type": AccountType.EMERGENCY}, None),
        ({"status": AccountStatus.DISABLED}, None),
        ({"status": AccountStatus.UNKNOWN}, "R"),
        ({"last_use": LastUse.UNKNOWN, "last_used": None}, None),
        ({"last_use": LastUse.NOT_AVAILABLE, "last_used": None}, None),
    ],
)
def test_s2_by_type_and_status(
    ledger: System, holder: Any, fields: dict[str, Any], expected: str | None
) -> None:
    if fields.pop("sponsored", False):
        fields |= {"sponsor": holder, "expires": date(2027, 6, 1)}
    account = make_account(
        ledger, person=holder, **{"last_use": "known", "last_used": days_ago(200), **fields}
    )
    assert outcomes(account).get("S2") == expected


@pytest.mark.parametrize("last_use", [LastUse.KNOWN, LastUse.NEVER])
def test_s2_and_s3_only_look_while_the_holder_is_on_leave(ledger: System, last_use: str) -> None:
    away = make_person(status=PersonStatus.ON_LEAVE)
    last_used = days_ago(200) if last_use == LastUse.KNOWN else None
    account = make_account(ledger, person=away, last_use=last_use, last_used=last_used)
    assert set(outcomes(account).values()) == {"L"}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"created": days_ago(31)}, {"S3": "R"}),
        ({"created": days_ago(30)}, {"S4": "I"}),
        ({"created": None, "first_seen_at": days_ago(31)}, {"S3": "R"}),
        ({"created": None, "first_seen_at": days_ago(3)}, {}),
        ({"created": days_ago(300), "type": AccountType.EMERGENCY}, {}),
        ({"created": days_ago(300), "status": AccountStatus.DISABLED}, {}),
        ({"created": days_ago(300), "type": AccountType.UNCLASSIFIED}, {"S3": "L"}),
    ],
)
def test_s3_and_s4_never_used(
    ledger: System, holder: Any, fields: dict[str, Any], expected: dict[str, str]
) -> None:
    account = make_account(ledger, person=holder, last_use=LastUse.NEVER, **fields)
    assert outcomes(account) == expected


@pytest.mark.parametrize("last_use", [LastUse.UNKNOWN, LastUse.NOT_AVAILABLE])
def test_s5_unknown_last_use_is_information_and_never_inactivity(
    ledger: System, holder: Any, last_use: str
) -> None:
    found = insights_of(make_account(ledger, person=holder, last_use=last_use))
    assert {rule: insight["outcome"] for rule, insight in found.items()} == {"S5": "I"}
    assert found["S5"]["value"] == {"last_use": last_use}


# S12


SPONSORED: dict[str, Any] = {
    "type": AccountType.TEMPORARY,
    "created": datetime(2027, 1, 1, tzinfo=UTC),
}


@pytest.mark.parametrize(
    ("fields", "outcome", "problems"),
    [
        ({"expires": date(2027, 3, 1)}, None, None),
        ({"expires": date(2026, 10, 4)}, "V", ["expired"]),
        ({"expires": date(2026, 10, 5)}, "L", ["ends_soon"]),
        ({"expires": date(2027, 1, 5)}, "L", ["ends_soon"]),
        ({"expires": date(2027, 1, 6)}, None, None),
        ({"expires": None}, "V", ["no_end"]),
        ({"sponsor": None, "expires": date(2027, 3, 1)}, "V", ["no_sponsor"]),
        ({"sponsor": None, "expires": None}, "V", ["no_end", "no_sponsor"]),
        ({"expires": date(2027, 3, 1), "created": days_ago(10)}, "L", ["long"]),
        ({"expires": date(2026, 10, 4), "status": AccountStatus.DISABLED}, None, None),
        ({"expires": None, "type": AccountType.PERSONAL}, None, None),
    ],
)
def test_s12_temporary_accounts(
    ledger: System,
    holder: Any,
    fields: dict[str, Any],
    outcome: str | None,
    problems: list[str] | None,
) -> None:
    account = make_account(ledger, **{**SPONSORED, "person": holder, "sponsor": holder, **fields})
    found = insights_of(account).get("S12", {"outcome": None, "value": {"problems": None}})
    assert (found["outcome"], found["value"]["problems"]) == (outcome, problems)


def test_s12_a_sponsor_who_left_is_none(ledger: System, holder: Any) -> None:
    gone = make_person(status=PersonStatus.LEFT)
    account = make_account(
        ledger, **SPONSORED, person=holder, sponsor=gone, expires=date(2027, 3, 1)
    )
    assert insights_of(account)["S12"]["value"]["problems"] == ["sponsor_left"]


def test_s12_the_last_day_in_the_roster_is_an_end_date(ledger: System, holder: Any) -> None:
    contractor = make_person(end=date(2027, 3, 1))
    account = make_account(ledger, **SPONSORED, person=contractor, sponsor=holder)
    assert "S12" not in outcomes(account)


# S13, S17


def test_s13_service_accounts_need_an_owner_who_is_here_and_a_purpose(
    ledger: System, holder: Any
) -> None:
    service = {"type": AccountType.SERVICE}
    left = make_person(status=PersonStatus.LEFT)
    team = make_team()
    cases = [
        ({"owner_person": holder, "purpose": "Nightly settlement"}, None),
        ({"owner_team": team, "purpose": "Nightly settlement"}, None),
        ({"owner_team": team, "owner_person": left, "purpose": "Nightly"}, None),
        ({"owner_person": left, "purpose": "Nightly settlement"}, ["owner_left"]),
        ({"owner_person": holder, "purpose": "  "}, ["no_purpose"]),
        ({}, ["no_owner", "no_purpose"]),
        ({"status": AccountStatus.DISABLED}, None),
    ]
    for fields, problems in cases:
        found = insights_of(make_account(ledger, **service, **fields)).get("S13")
        assert (found and found["value"]["problems"]) == problems


def test_s17_accounts_of_nobody(ledger: System, holder: Any) -> None:
    for kind in AccountType.values:
        assert outcomes(make_account(ledger, type=kind))["S17"] == "V"
    for whose in ("person", "owner_person", "operator"):
        assert "S17" not in outcomes(make_account(ledger, **{whose: holder}))
    assert "S17" not in outcomes(make_account(ledger, owner_team=make_team()))
    assert "S17" not in outcomes(make_account(ledger, status=AccountStatus.DISABLED))


# S7, and what is worked out for a row


def _row(grant: Grant) -> tuple[list[str], str, bool]:
    with connection.cursor() as cursor:
        cursor.execute(f"""
            SELECT {row_insights_sql()}, {row_worst_sql()}, {row_privileged_sql()}
            FROM accounts_grant g JOIN ({rights_sql()}) e ON e.entitlement_id = g.entitlement_id
            JOIN ({account_insights_sql(SOC2)}) i ON i.account_id = g.account_id
            WHERE g.id = {grant.id}""")
        insights, worst, privileged = cursor.fetchone()
    return [insight["rule"] for insight in json.loads(insights)], worst, privileged


@pytest.mark.parametrize(
    ("catalogue", "source", "expected"),
    [
        (Answer.YES, Answer.NO, (["S7"], "L", True)),
        (Answer.NO, Answer.YES, ([], "", False)),
        (Answer.UNKNOWN, Answer.YES, (["S7"], "L", True)),
        (Answer.UNKNOWN, Answer.NOT_AVAILABLE, ([], "", False)),
    ],
)
def test_s7_the_catalogue_is_believed_before_the_source(
    ledger: System, holder: Any, catalogue: str, source: str, expected: object
) -> None:
    right = make_entitlement(ledger, privileged=catalogue, source_privileged=source)
    assert _row(make_grant(make_account(ledger, person=holder), right)) == expected
    assert right.is_privileged == expected[2]


def test_s7_never_lowers_what_is_worse(ledger: System) -> None:
    right = make_entitlement(ledger, privileged=Answer.YES)
    assert _row(make_grant(make_account(ledger), right)) == (["S17", "S7"], "V", True)


def test_accounts_that_are_gone_have_no_insights(ledger: System) -> None:
    make_account(ledger, gone_at=NOON)
    with connection.cursor() as cursor:
        cursor.execute(account_insights_sql(SOC2))
        assert cursor.fetchall() == []


def test_facts_of_an_insight_bear_their_source_and_time(ledger: System, holder: Any) -> None:
    account = make_account(
        ledger,
        person=holder,
        last_use="known",
        last_used=datetime(2026, 6, 1, tzinfo=UTC),
        last_used_precision=Precision.DAY,
    )
    assert insights_of(account)["S2"] == {
        "rule": "S2",
        "outcome": "R",
        "value": {
            "last_used": "2026-06-01T00:00:00+00:00",
            "precision": "day",
            "days": 126,
            "over": "revoke",
            "limit": 90,
            "on_leave": False,
        },
        "source": "Ledger",
        "as_of": "2026-10-05T12:00:00+00:00",
    }
