"""What two policies would name, side by side."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from accounts.enums import AccountStatus
from accounts.insights import SOC2
from accounts.insights.preview import Named, add_counts, count_named, in_words
from accounts.models import System
from tests.cast import NOON, make_account, make_entitlement, make_grant, make_person

pytestmark = pytest.mark.usefixtures("noon", "db")

STRICT = replace(SOC2, inactive_notice=20, inactive_look=30, inactive_revoke=50)


def idle(system: System, days: int, *, rights: int = 0, **fields: Any) -> int:
    """An account of somebody that was last used so many days ago; its id."""
    account = make_account(
        system, person=make_person(), last_used=NOON - timedelta(days=days), **fields
    )
    for _ in range(rights):
        make_grant(account, make_entitlement(system))
    return account.pk


def test_count_named_sets_both_policies_side_by_side(ledger: System) -> None:
    idle(ledger, 10, rights=3)
    idle(ledger, 25, rights=2)
    last = idle(ledger, 60, rights=1)
    counts = count_named(SOC2, STRICT, after=0, upto=last)
    assert counts == {"S2 L": [1, 1, 1, 2], "S2 R": [0, 1, 0, 1]}


def test_count_named_counts_grants_that_stand_and_rules_of_the_right(ledger: System) -> None:
    account = make_account(ledger, person=make_person(), status=AccountStatus.UNKNOWN)
    make_grant(account, make_entitlement(ledger, privileged="yes"))
    make_grant(account, make_entitlement(ledger, privileged="yes"), gone_at=NOON)
    make_grant(account, make_entitlement(ledger))
    counts = count_named(SOC2, STRICT, after=0, upto=account.pk)
    assert counts == {"S7 L": [1, 1, 1, 1]}


def test_count_named_keeps_to_its_chunk(ledger: System) -> None:
    first, second, third = (idle(ledger, 200) for _ in range(3))
    assert count_named(SOC2, SOC2, after=first, upto=second) == {"S2 R": [1, 1, 0, 0]}
    assert count_named(SOC2, SOC2, after=third, upto=third + 9) == {}


def test_add_counts_of_two_chunks() -> None:
    found = add_counts({"S2 L": [1, 2, 3, 4]}, {"S2 L": [1, 0, 0, 1], "S3 R": [1, 1, 1, 1]})
    assert found == {"S2 L": [2, 2, 3, 5], "S3 R": [1, 1, 1, 1]}


def test_in_words_is_ordered_by_rule_and_severity() -> None:
    found = in_words({"S12 L": [0, 2, 0, 2], "S2 L": [5, 2, 5, 2], "S2 R": [1, 1, 2, 2]})
    assert [(row.rule, row.outcome, row.more) for row in found] == [
        ("S2", "R", 0),
        ("S2", "L", -3),
        ("S12", "L", 2),
    ]
    assert found[0] == Named("S2", "Not used for long", found[0].outcome, 1, 1, 2, 2)
