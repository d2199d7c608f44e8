from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from portx_access.sample import company_at, stories
from portx_access.sample.access import username_of
from portx_access.sample.company import World
from portx_access.sample.last_quarter import QUESTIONS, REVOKED, Ordered, Question
from portx_access.sample.stories import Seen, Verdict
from portx_access.sample.systems import SYSTEMS
from tests.portx_access.sample_files import TODAY


@pytest.fixture(scope="module")
def before() -> World:
    return company_at(TODAY, "before")


@pytest.fixture(scope="module")
def now() -> World:
    return company_at(TODAY, "now")


def seen(
    system: str,
    username: str,
    right: str,
    *,
    privileged: bool = False,
    data_class: str = "Internal",
    unchanged: bool = False,
    violation: bool = False,
) -> Seen:
    rules = frozenset({"S12"} if violation else ())
    return Seen(system, username, right, privileged, data_class, unchanged, rules, violation)


def everything(world: World) -> list[Seen]:
    return [
        seen(account.system, account.username, right)
        for account in world.accounts.values()
        for right in account.rights
    ]


def test_the_last_review_mostly_keeps_and_revokes_what_was_ordered(before: World) -> None:
    verdicts = [stories.verdict(before, "last", item) for item in everything(before)]
    outcomes = Counter(verdict.outcome for verdict in verdicts)
    assert outcomes["unknown"] == sum(question.review == "last" for question in QUESTIONS)
    assert outcomes["revoke"] >= len(REVOKED)
    assert outcomes["certify"] > 0.95 * len(verdicts)
    assert all(v.reason for v in verdicts if v.outcome != "certify")


@pytest.mark.parametrize("order", REVOKED)
def test_every_order_stands_on_a_right_that_was_held(before: World, order: Ordered) -> None:
    username = username_of(before.people[order.person], order.system)
    held = before.account(order.system, username).rights
    right = order.right or next(iter(held))
    assert right in held
    item = seen(order.system, username, right, privileged=True)
    assert stories.verdict(before, "last", item) == Verdict("revoke", order.reason)


def test_a_question_of_the_last_review_is_answered_by_the_owner(before: World) -> None:
    item = seen("CRM", "georgia.pappas@northlark.example", "Export Customer Records")
    assert stories.verdict(before, "last", item) == Verdict("unknown", "Who asked for this?")
    assert stories.answer(before, "last", item) == Verdict(
        "certify", "Needed for the yearly audit of contracts."
    )


def test_a_question_of_this_review_is_still_open(now: World) -> None:
    item = seen("GitHub", "joaquinherrera-nl", "ledger:write")
    assert stories.verdict(now, "this", item).outcome == "unknown"
    assert stories.answer(now, "this", item).outcome == "leave"


@pytest.mark.parametrize("question", QUESTIONS)
def test_nobody_asks_themselves(now: World, question: Question) -> None:
    owner = {system.name: system.owner for system in SYSTEMS}[question.system]
    assert owner != now.people[question.person].manager


def test_risk_is_kept_with_a_reason_and_the_rest_without(before: World) -> None:
    risky = seen("Okta", "sam.reyes@northlark.example", "okta-super-admin", privileged=True)
    customer = seen("CRM", "x", "Standard User", data_class="Customer Confidential")
    plain = seen("Grafana", "sam.reyes", "Viewer")
    assert [stories.verdict(before, "last", s).reason for s in (risky, customer, plain)] == [
        "Administers sign-in as part of the job.",
        "Looks after these customers.",
        "",
    ]


def test_a_violation_is_put_right_in_the_last_review_and_put_off_in_this(
    before: World, now: World
) -> None:
    ana = seen("Okta", "ana.beltran@northlark.example", "grp-people", violation=True)
    statements = seen("Ledger database", "svc_statements", "ledger_read", violation=True)
    kenji = seen("Okta", "kenji.watanabe@northlark.example", "grp-product", violation=True)
    assert stories.verdict(before, "last", ana) == Verdict(
        "correct",
        "Recruits with us; the contract is being put on record.",
        end=before.dates.last_launch + timedelta(days=90),
    )
    assert stories.verdict(before, "last", statements) == Verdict(
        "correct",
        "Runs each month; its purpose had not been written down.",
        purpose="Monthly statements for customers",
    )
    assert stories.verdict(now, "this", kenji) == Verdict("leave")


def test_everybody_finished_the_last_review_before_it_was_closed(before: World) -> None:
    for key in before.people:
        session = stories.session(before, "last", key)
        assert session is not None
        assert session.share == 1
        assert session.signs is not None
        assert session.signs < stories.closed_at(before)


def test_this_review_is_under_way(now: World) -> None:
    sessions = {key: stories.session(now, "this", key) for key in now.people}
    yesterday = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC)
    assert all(s.starts < yesterday for s in sessions.values() if s)
    alice, jonas, marcus = (sessions[k] for k in ("alice.okafor", "jonas.weber", "marcus.bell"))
    assert alice is not None
    assert (alice.share, alice.signs, jonas) == (0.29, None, None)
    assert marcus is not None
    assert marcus.starts < datetime(2026, 10, 8, tzinfo=UTC) + timedelta(days=1)


def test_removals_are_reported_for_all_but_the_open_ones(before: World, now: World) -> None:
    last = list(stories.removals(before, "last"))
    this = list(stories.removals(now, "this"))
    assert [r.order for r in last] == list(REVOKED)
    assert {r.order.fate for r in this} == {"gone", "not removed"}
    assert [r.order.person for r in last if r.after > timedelta(days=7)] == ["ian.fletcher"]
    assert max(r.after for r in this) < timedelta(hours=24)
    assert [order.person for order in stories.leaver_orders()] == ["chloe.martin", "ahmed.farouk"]


def test_corrections_name_accounts_that_exist(before: World) -> None:
    keys = {(c.system, c.username) for c in stories.CORRECTIONS}
    assert keys <= set(before.accounts)
    assert {c.type for c in stories.CORRECTIONS} == {"emergency", "service"}
