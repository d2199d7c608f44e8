"""Findings: opened from the facts, owned, due, and closed only when the facts have changed."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

import clock
from accounts.actions.findings import confirm_cause, refresh_findings, resolve_finding
from accounts.enums import (
    AccountStatus,
    AccountType,
    Cause,
    FindingState,
    PersonStatus,
    Resolution,
    Role,
)
from accounts.models import Account, Finding, Person, System, User
from audit.actors import Actor
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.models import Event
from tests.cast import (
    NOON,
    acting,
    make_account,
    make_person,
    make_run,
    make_system,
    make_team,
    make_user,
    person_of,
)

pytestmark = pytest.mark.usefixtures("noon")

IMPORT = Actor.system("import")


def refresh(system: System | None = None) -> dict[str, int]:
    return refresh_findings(actor=IMPORT, system=system)


def events() -> list[tuple[str, str]]:
    return list(Event.objects.order_by("id").values_list("verb", "target"))


@pytest.fixture
def manager(alice: User) -> Person:
    return person_of(alice)


@pytest.fixture
def leaver(manager: Person) -> Person:
    run = make_run(roster="people")
    return make_person(
        "Lena Fischer",
        status=PersonStatus.LEFT,
        end=date(2026, 9, 30),
        manager=manager,
        source=run.source,
    )


@pytest.fixture
def left_behind(ledger: System, leaver: Person) -> Account:
    return make_account(ledger, "lena", person=leaver)


def test_a_leavers_live_account_opens_a_violation(left_behind: Account, manager: Person) -> None:
    assert refresh() == {"opened": 1, "closed": 0, "open": 1}
    finding = Finding.objects.get()
    assert (finding.rule, finding.severity, finding.system_id, finding.account_id) == (
        "S1",
        "V",
        left_behind.system_id,
        left_behind.id,
    )
    assert finding.sentence == (
        "Its holder left on 30 September 2026, and the account is live; it was used after that. "
        "From people, as of 5 October 2026, 12:00 UTC."
    )
    assert (finding.owner_person, finding.opened_at) == (manager, NOON)
    assert finding.due_at == NOON + timedelta(hours=24)
    assert finding.facts["value"]["used_after"] == "yes"
    assert events() == [
        ("finding.opened", f"finding:{finding.id}"),
        ("findings.refreshed", "findings:all"),
    ]


def test_refreshing_again_changes_nothing(left_behind: Account) -> None:
    refresh()
    before = Finding.objects.values().get()
    assert refresh() == {"opened": 0, "closed": 0, "open": 1}
    assert Finding.objects.values().get() == before


def test_two_refreshes_in_one_transaction(left_behind: Account) -> None:
    with transaction.atomic():
        assert refresh()["opened"] == 1
        assert refresh()["opened"] == 0


def test_a_finding_closes_by_itself_when_its_cause_is_gone(left_behind: Account) -> None:
    refresh()
    left_behind.gone_at = NOON
    left_behind.save()
    with clock.set_to(NOON + timedelta(hours=1)):
        assert refresh() == {"opened": 0, "closed": 1, "open": 0}
    finding = Finding.objects.get()
    assert (finding.state, finding.resolution, finding.resolved_by_ref, finding.resolved_at) == (
        FindingState.RESOLVED,
        Resolution.FACTS_CHANGED,
        "system:import",
        NOON + timedelta(hours=1),
    )
    assert ("finding.resolved", f"finding:{finding.id}") in events()


def test_what_comes_back_opens_another_finding(left_behind: Account) -> None:
    refresh()
    Account.objects.update(status=AccountStatus.DISABLED)
    refresh()
    Account.objects.update(status=AccountStatus.UNKNOWN)
    assert refresh() == {"opened": 1, "closed": 0, "open": 1}
    assert list(Finding.objects.order_by("id").values_list("state", flat=True)) == [
        FindingState.RESOLVED,
        FindingState.OPEN,
    ]


def test_an_open_finding_follows_the_facts_and_keeps_its_deadline(ledger: System) -> None:
    make_account(ledger, type=AccountType.SERVICE, owner_person=make_person())
    other = make_account(ledger, type=AccountType.SERVICE, owner_ref="dba", purpose="Backups")
    refresh()
    other.owner_team = make_team()
    other.purpose = ""
    other.save()
    with clock.set_to(NOON + timedelta(days=2)):
        assert refresh() == {"opened": 0, "closed": 1, "open": 2}
    finding = Finding.objects.get(account=other, rule="S13")
    assert finding.sentence.startswith("Service account: no purpose is recorded.")
    assert (finding.owner_person, finding.owner_team) == (None, other.owner_team)
    assert finding.due_at == NOON + timedelta(hours=24)


def test_refreshing_one_system_leaves_the_others_alone(left_behind: Account) -> None:
    refresh()
    elsewhere = make_account(make_system())
    Account.objects.filter(pk=left_behind.pk).update(status=AccountStatus.DISABLED)
    assert refresh(elsewhere.system) == {"opened": 1, "closed": 0, "open": 1}
    assert Finding.objects.get(rule="S1").state == FindingState.OPEN


def test_findings_that_reviews_opened_are_not_closed_here(ledger: System) -> None:
    account = make_account(ledger, person=make_person())
    Finding.objects.create(
        rule="S10",
        severity="V",
        system=ledger,
        account=account,
        sentence="Back again.",
        opened_at=NOON,
        due_at=NOON,
    )
    assert refresh() == {"opened": 0, "closed": 0, "open": 0}
    assert Finding.objects.get().state == FindingState.OPEN


def test_recommendations_are_no_findings(ledger: System) -> None:
    make_account(
        ledger, person=make_person(), last_used=datetime(2025, 1, 1, tzinfo=UTC), last_use="known"
    )
    assert refresh() == {"opened": 0, "closed": 0, "open": 0}


def test_each_kind_of_finding_has_an_owner_who_can_act(
    ledger: System, owner: User, manager: Person
) -> None:
    team = make_team()
    left = make_person(status=PersonStatus.LEFT)
    here = make_person("Ines Roth")
    olga = person_of(owner)
    service = {"type": AccountType.SERVICE}
    temporary = {"type": AccountType.TEMPORARY, "expires": date(2026, 10, 1)}
    reporting = make_person(manager=manager)
    orphan_of_left = make_person(manager=left)
    cases: list[tuple[str, dict[str, Any], Person | None, Any]] = [
        ("S1", {"person": make_person(status=PersonStatus.GONE, manager=manager)}, manager, None),
        ("S1", {"person": make_person(status=PersonStatus.GONE, manager=left)}, olga, None),
        ("S12", {**temporary, "person": reporting, "sponsor": here}, here, None),
        ("S12", {**temporary, "person": reporting, "sponsor": left}, manager, None),
        ("S12", {**temporary, "person": orphan_of_left}, olga, None),
        ("S12", {**temporary, "person": olga}, None, None),
        ("S13", {**service, "owner_person": here}, here, None),
        ("S13", {**service, "owner_person": left}, olga, None),
        ("S13", {**service, "owner_team": team}, None, team),
        ("S17", {}, olga, None),
    ]
    accounts = [make_account(ledger, **fields) for _, fields, _, _ in cases]
    refresh()
    found = {(f.account_id, f.rule): (f.owner_person, f.owner_team) for f in Finding.objects.all()}
    for account, (rule, _, person, of_team) in zip(accounts, cases, strict=True):
        assert found.pop((account.id, rule)) == (person, of_team)
    assert found == {}


# By hand


@pytest.fixture
def finding(left_behind: Account) -> Finding:
    refresh()
    return Finding.objects.get()


def test_what_still_holds_cannot_be_declared_resolved(finding: Finding, sam: User) -> None:
    with pytest.raises(WrongInput, match="still holds"):
        resolve_finding(
            finding,
            actor=acting(sam),
            resolution=Resolution.EXPLAINED,
            cause=Cause.TOLD_LATE,
            note="All is well.",
        )
    assert Finding.objects.get().state == FindingState.OPEN


def test_a_leavers_finding_closes_with_its_cause(finding: Finding, sam: User) -> None:
    Account.objects.update(status=AccountStatus.DISABLED)
    with pytest.raises(WrongInput, match="closes with its cause"):
        resolve_finding(finding, actor=acting(sam), resolution=Resolution.REMOVED)
    resolve_finding(
        finding, actor=acting(sam), resolution=Resolution.REMOVED, cause=Cause.OVERLOOKED
    )
    finding.refresh_from_db()
    assert (finding.state, finding.resolution, finding.cause, finding.resolved_by_ref) == (
        FindingState.RESOLVED,
        Resolution.REMOVED,
        Cause.OVERLOOKED,
        sam.ref,
    )
    with pytest.raises(Conflict, match="resolved on 05 October 2026 at 12:00 UTC"):
        resolve_finding(
            finding, actor=acting(sam), resolution=Resolution.REMOVED, cause=Cause.OVERLOOKED
        )


def test_the_cause_can_be_said_while_it_is_open_and_is_an_event(
    finding: Finding, alice: User
) -> None:
    confirm_cause(finding, actor=acting(alice), cause=Cause.OTHER, note="On a sabbatical.")
    finding.refresh_from_db()
    assert (finding.state, finding.cause, finding.note) == (
        FindingState.OPEN,
        Cause.OTHER,
        "On a sabbatical.",
    )
    event = Event.objects.get(verb="finding.cause_confirmed")
    assert (event.actor, event.target) == (alice.ref, f"finding:{finding.id}")
    assert "sabbatical" not in event.body


@pytest.mark.parametrize(("cause", "note"), [("", ""), ("because", ""), (Cause.OTHER, " ")])
def test_a_cause_is_one_of_the_list(finding: Finding, sam: User, cause: str, note: str) -> None:
    with pytest.raises(WrongInput):
        confirm_cause(finding, actor=acting(sam), cause=cause, note=note)
    assert Finding.objects.get().cause == ""


def test_only_those_it_concerns_settle_a_finding(
    finding: Finding, alice: User, bob: User, carol: User, sam: User, ada: User, owner: User
) -> None:
    for user in (bob, carol):
        with pytest.raises(NotAllowed):
            confirm_cause(finding, actor=acting(user), cause=Cause.TOLD_LATE)
    for user in (alice, sam, ada, owner):
        confirm_cause(finding, actor=acting(user), cause=Cause.TOLD_LATE)


def test_nobody_settles_a_finding_about_their_own_account(ledger: System) -> None:
    contractor = make_user(make_person("Cora"), Role.SECURITY)
    make_account(ledger, type=AccountType.TEMPORARY, person=contractor.person)
    refresh()
    with pytest.raises(NotAllowed):
        resolve_finding(
            Finding.objects.get(), actor=acting(contractor), resolution=Resolution.CORRECTED
        )


def test_findings_are_seen_by_those_they_concern(
    finding: Finding, alice: User, bob: User, carol: User, sam: User, owner: User
) -> None:
    ledgers_other = make_account(finding.system)
    refresh()
    other = Finding.objects.get(account=ledgers_other)
    seen = {
        user.email: set(Finding.objects.visible_to(user).values_list("id", flat=True))
        for user in (alice, bob, carol, sam, owner)
    }
    assert seen == {
        alice.email: {finding.id},
        bob.email: set(),
        carol.email: {finding.id, other.id},
        sam.email: {finding.id, other.id},
        owner.email: {finding.id, other.id},
    }
