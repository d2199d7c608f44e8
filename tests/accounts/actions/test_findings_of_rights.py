"""Findings about a right of an account, and about accounts that are not what they are called."""

from datetime import date, timedelta

import pytest

from accounts.actions.findings import refresh_findings, resolve_finding
from accounts.enums import (
    AccountType,
    FindingState,
    RegistrationKind,
    Resolution,
    WorkerType,
)
from accounts.models import (
    Account,
    AccountRegistration,
    EmergencyUse,
    Entitlement,
    Finding,
    Person,
    System,
    Team,
    User,
)
from audit.actors import Actor
from audit.errors import WrongInput
from tests.cast import (
    NOON,
    acting,
    make_account,
    make_entitlement,
    make_grant,
    make_person,
    make_team,
    person_of,
)

pytestmark = pytest.mark.usefixtures("noon")

IMPORT = Actor.system("import")


def refresh() -> dict[str, int]:
    return refresh_findings(actor=IMPORT)


def open_ones() -> set[tuple[str, str, str]]:
    found = Finding.objects.filter(state=FindingState.OPEN).select_related("grant__entitlement")
    return {(f.rule, f.account.username, f.grant.entitlement.key if f.grant else "") for f in found}


@pytest.fixture
def it() -> Team:
    return make_team("IT Operations")


@pytest.fixture
def limited(ledger: System, it: Team) -> Entitlement:
    right = make_entitlement(ledger, "policy-editor")
    right.allowed_teams.set([it])
    return right


@pytest.fixture
def outside(ledger: System, limited: Entitlement, alice: User) -> Account:
    """Noah is of another team than the right is for; Alice is his manager."""
    noah = make_person("Noah", team=make_team("Platform"), manager=person_of(alice))
    account = make_account(ledger, "noah", person=noah)
    make_grant(account, limited)
    make_grant(account, limited, via="grp-network")
    make_grant(account, make_entitlement(ledger, "read-only"))
    return account


def test_a_right_outside_its_teams_is_one_finding_of_that_right(
    outside: Account, ledger: System
) -> None:
    assert refresh() == {"opened": 1, "closed": 0, "open": 1}
    assert open_ones() == {("S22", "noah", "policy-editor")}
    finding = Finding.objects.get()
    assert finding.sentence == (
        "Held by somebody of the team Platform; the right is only for IT Operations. "
        "From catalogue, as of 5 October 2026, 12:00 UTC."
    )
    assert finding.owner_person == ledger.owner
    assert finding.grant is not None
    assert finding.grant.via == ""


def test_refreshing_again_changes_nothing(outside: Account) -> None:
    refresh()
    before = list(Finding.objects.values())
    assert refresh() == {"opened": 0, "closed": 0, "open": 1}
    assert list(Finding.objects.values()) == before


def test_it_closes_when_the_right_is_gone_and_not_before(outside: Account, sam: User) -> None:
    refresh()
    finding = Finding.objects.get()
    with pytest.raises(WrongInput):
        resolve_finding(finding, actor=acting(sam), resolution=Resolution.EXPLAINED, note="Fine")
    outside.grants.filter(entitlement__key="policy-editor").update(gone_at=NOON)
    assert refresh() == {"opened": 0, "closed": 1, "open": 0}


def test_it_closes_when_the_holder_moves_into_the_team(outside: Account, it: Team) -> None:
    refresh()
    Person.objects.filter(name="Noah").update(team=it)
    assert refresh() == {"opened": 0, "closed": 1, "open": 0}


def test_nobody_is_asked_about_their_own_account(
    ledger: System, limited: Entitlement, alice: User, owner: User
) -> None:
    person_of(owner).manager = person_of(alice)
    person_of(owner).save()
    make_grant(make_account(ledger, "olga", person=owner.person), limited)
    refresh()
    assert Finding.objects.get().owner_person == alice.person


def test_two_rights_are_two_findings_and_close_apart(
    outside: Account, ledger: System, it: Team
) -> None:
    other = make_entitlement(ledger, "vpn-admin")
    other.allowed_teams.set([it])
    grant = make_grant(outside, other)
    assert refresh()["opened"] == 2
    grant.gone_at = NOON
    grant.save()
    assert refresh() == {"opened": 0, "closed": 1, "open": 1}
    assert open_ones() == {("S22", "noah", "policy-editor")}


def test_a_temporary_account_beyond_its_role_goes_to_its_sponsor(ledger: System) -> None:
    make_entitlement(ledger, "read", allowed_roles=[WorkerType.CONTRACTOR])
    sponsor = make_person("Grete")
    priya = make_account(
        ledger,
        "priya",
        type=AccountType.TEMPORARY,
        person=make_person(worker_type=WorkerType.CONTRACTOR),
        sponsor=sponsor,
        expires=date(2026, 12, 20),
    )
    make_grant(priya, make_entitlement(ledger, "write"))
    refresh()
    assert open_ones() == {("S23", "priya", "write")}
    assert Finding.objects.get().owner_person == sponsor


def test_a_service_account_at_a_screen_goes_to_its_team_until_a_review_has_judged_it(
    ledger: System, it: Team
) -> None:
    make_account(
        ledger,
        "svc-files",
        type=AccountType.SERVICE,
        owner_team=it,
        purpose="Fetches files",
        last_interactive=NOON - timedelta(days=3),
    )
    refresh()
    assert open_ones() == {("S14", "svc-files", "")}
    finding = Finding.objects.get()
    assert (finding.owner_team, finding.owner_person) == (it, None)
    ledger.reviewed_as_of = NOON
    ledger.save()
    assert refresh()["closed"] == 1


def test_a_shared_personal_account_is_settled_by_registering_it(
    ledger: System, owner: User
) -> None:
    reception = make_account(ledger, "reception", person=make_person())
    refresh()
    assert open_ones() == {("S15", "reception", "")}
    assert Finding.objects.get().owner_person == owner.person
    AccountRegistration.objects.create(
        account=reception,
        kind=RegistrationKind.SHARED,
        until=date(2026, 12, 31),
        reason="Front desk",
        made_at=NOON,
    )
    assert refresh()["closed"] == 1


def test_an_emergency_use_is_settled_by_explaining_it(ledger: System, it: Team) -> None:
    glass = make_account(ledger, "break-glass", type=AccountType.EMERGENCY, owner_team=it)
    use = EmergencyUse.objects.create(account=glass, used_at=NOON, noticed_at=NOON)
    refresh()
    assert open_ones() == {("S16", "break-glass", "")}
    assert Finding.objects.get().owner_team == it
    use.explained_at = NOON
    use.save()
    assert refresh()["closed"] == 1
