"""The policy that stands is the newest that was put in force, and everything goes by it."""

from datetime import timedelta

import pytest

import clock
from accounts.actions.findings import refresh_findings
from accounts.actions.lapses import UNANSWERED, open_lapse
from accounts.actions.reappearances import open_reappearance
from accounts.insights import SOC2, current_policy, insights_of, policy_in_force
from accounts.models import Finding, System, User
from tests.accounts.imports import COMMAND
from tests.accounts.policies import drafted, in_force
from tests.cast import NOON, make_account, make_person

pytestmark = pytest.mark.usefixtures("noon", "db")


def test_without_a_version_the_delivered_policy_stands_as_version_1() -> None:
    assert (policy_in_force().version, current_policy()) == (1, SOC2)


def test_a_draft_does_not_stand(sam: User) -> None:
    drafted(sam, inactive_notice=20)
    assert (policy_in_force().version, current_policy()) == (1, SOC2)


def test_the_newest_version_stands(sam: User) -> None:
    in_force(sam, inactive_notice=20)
    in_force(sam, inactive_notice=10, secret_age=365)
    standing = policy_in_force()
    assert (standing.version, standing.policy.name) == (3, "Own figures")
    assert (standing.policy.inactive_notice, standing.policy.secret_age) == (10, 365)


def test_the_insights_of_an_account_go_by_it(sam: User, ledger: System) -> None:
    person = make_person()
    account = make_account(ledger, person=person, last_used=NOON - timedelta(days=25))
    assert insights_of(account.pk) == []
    in_force(sam, inactive_notice=20)
    (found,) = insights_of(account.pk)
    assert (found["rule"], found["outcome"], found["value"]["limit"]) == ("S2", "L", 20)
    assert insights_of(account.pk, SOC2) == []


def test_the_deadline_of_a_finding_goes_by_it(sam: User, ledger: System) -> None:
    in_force(sam, violation_hours=4)
    account = make_account(ledger)
    refresh_findings(actor=COMMAND)
    open_reappearance(
        account, None, actor=COMMAND, revoked_at=NOON, verified_at=NOON, link="removal:1"
    )
    open_lapse(
        account, None, actor=COMMAND, rule=UNANSWERED, facts={}, sentence="Over.", link="recheck:1"
    )
    deadlines = dict(Finding.objects.values_list("rule", "due_at"))
    due = clock.now() + timedelta(hours=4)
    assert deadlines == {"S17": due, "S10": due, UNANSWERED: due}
