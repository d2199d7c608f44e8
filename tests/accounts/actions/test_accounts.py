"""Corrections of accounts: who may, what they leave behind, and the finding that closes."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from accounts.actions import accounts
from accounts.actions.findings import refresh_findings
from accounts.enums import (
    AccountType,
    FindingState,
    LinkMethod,
    PersonStatus,
    Resolution,
    Role,
    WorkerType,
)
from accounts.linking import link_accounts
from accounts.models import Account, Finding, Person, System, User
from audit.actors import Actor
from audit.errors import NotAllowed, WrongInput
from audit.models import Disclosure, Event
from tests.cast import acting, make_account, make_person, make_team, make_user, person_of

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def service(ledger: System) -> Account:
    return make_account(ledger, "svc-settlement", type=AccountType.SERVICE)


@pytest.fixture
def temporary(ledger: System, alice: User) -> Account:
    guest = make_person("Gil Guest", manager=person_of(alice))
    return make_account(ledger, "tmp-gil", type=AccountType.TEMPORARY, person=guest)


def test_link_account_gives_it_a_holder_and_a_type(ledger: System, sam: User) -> None:
    account = make_account(ledger, "kim", type=AccountType.UNCLASSIFIED)
    contractor = make_person(worker_type=WorkerType.CONTRACTOR)
    accounts.link_account(account, actor=acting(sam), person=contractor)
    account.refresh_from_db()
    assert (account.person, account.link_method) == (contractor, LinkMethod.MANUAL)
    assert (account.type, account.type_evidence) == (
        AccountType.TEMPORARY,
        "It is linked to a contractor by hand.",
    )
    assert account.corrected == {"person": {"by": sam.ref, "at": "2026-10-05T12:00:00+00:00"}}
    event = Event.objects.get(verb="account.linked")
    assert (event.actor, event.target) == (sam.ref, f"account:{account.id}")
    assert f'"data":{{"person":{contractor.id},"was":null}}' in event.body


def test_link_account_leaves_a_known_type_alone(service: Account, sam: User) -> None:
    accounts.link_account(service, actor=acting(sam), person=make_person())
    service.refresh_from_db()
    assert service.type == AccountType.SERVICE


def test_a_link_by_hand_outlives_linking(ledger: System, sam: User) -> None:
    make_person("Kim", mail="kim@example.com")
    account = make_account(ledger, mail="kim@example.com")
    other = make_person("Other")
    accounts.link_account(account, actor=acting(sam), person=other)
    link_accounts()
    account.refresh_from_db()
    assert account.person == other
    accounts.unlink_account(account, actor=acting(sam))
    link_accounts()
    account.refresh_from_db()
    holder: Person | None = account.person
    assert (holder, account.link_method) == (None, LinkMethod.NONE)


def test_unlink_account_of_nobody(service: Account, sam: User) -> None:
    with pytest.raises(WrongInput, match="linked to nobody"):
        accounts.unlink_account(service, actor=acting(sam))


def test_correct_type_needs_a_reason_and_keeps_it(service: Account, sam: User) -> None:
    with pytest.raises(WrongInput):
        accounts.correct_type(service, actor=acting(sam), type="emergency", reason=" ")
    with pytest.raises(WrongInput, match="is no type of account"):
        accounts.correct_type(service, actor=acting(sam), type="robot", reason="It is.")
    accounts.correct_type(service, actor=acting(sam), type="emergency", reason="In the register.")
    service.refresh_from_db()
    assert (service.type, service.type_evidence) == (
        AccountType.EMERGENCY,
        "Corrected: In the register.",
    )
    assert list(service.corrected) == ["type"]


def test_naming_what_is_missing_closes_the_finding(
    service: Account, owner: User, sam: User
) -> None:
    refresh_findings(actor=Actor.system("import"))
    assert set(Finding.objects.values_list("rule", flat=True)) == {"S13", "S17"}
    team = make_team()
    accounts.name_owner(service, actor=acting(owner), owner=team)
    assert Finding.objects.get(state=FindingState.OPEN).sentence.startswith(
        "Service account: no purpose is recorded."
    )
    accounts.name_purpose(service, actor=acting(owner), purpose=" Nightly settlement ")
    service.refresh_from_db()
    assert (service.owner_team, service.owner_person) == (team, None)
    assert service.purpose == "Nightly settlement"
    assert set(service.corrected) == {"owner", "purpose"}
    resolved = Finding.objects.values_list("state", "resolution", "resolved_by_ref").distinct()
    assert list(resolved) == [(FindingState.RESOLVED, Resolution.CORRECTED, owner.ref)]


def test_a_purpose_is_kept_apart_from_its_event(service: Account, sam: User) -> None:
    accounts.name_purpose(service, actor=acting(sam), purpose="Nightly settlement")
    event = Event.objects.get(verb="account.purpose_named")
    assert "settlement" not in event.body
    assert dict(Disclosure.objects.filter(event_id=event.id).values_list("name", "text")) == {
        "was": "",
        "purpose": "Nightly settlement",
    }


def test_a_temporary_account_gets_its_sponsor_and_end(temporary: Account, alice: User) -> None:
    accounts.name_sponsor(temporary, actor=acting(alice), sponsor=person_of(alice))
    accounts.set_end_date(temporary, actor=acting(alice), expires=date(2026, 12, 20))
    temporary.refresh_from_db()
    assert (temporary.sponsor, temporary.expires) == (alice.person, date(2026, 12, 20))
    assert set(temporary.corrected) == {"sponsor", "expires"}


def test_an_end_date_is_not_in_the_past(temporary: Account, sam: User) -> None:
    with pytest.raises(WrongInput, match="has passed"):
        accounts.set_end_date(temporary, actor=acting(sam), expires=date(2026, 10, 4))
    accounts.set_end_date(temporary, actor=acting(sam), expires=date(2026, 10, 5))


def test_owners_and_sponsors_are_here_and_sponsors_are_others(
    temporary: Account, service: Account, sam: User
) -> None:
    gone = make_person(status=PersonStatus.GONE)
    assert temporary.person is not None
    with pytest.raises(WrongInput, match="no longer here"):
        accounts.name_owner(service, actor=acting(sam), owner=gone)
    with pytest.raises(WrongInput, match="no longer here"):
        accounts.name_sponsor(temporary, actor=acting(sam), sponsor=gone)
    with pytest.raises(WrongInput, match="somebody else must vouch"):
        accounts.name_sponsor(temporary, actor=acting(sam), sponsor=temporary.person)


Verb = Callable[[Account, Actor], Any]
JUDGING: list[Verb] = [
    lambda account, actor: accounts.link_account(account, actor=actor, person=make_person()),
    lambda account, actor: accounts.unlink_account(account, actor=actor),
    lambda account, actor: accounts.correct_type(
        account, actor=actor, type="personal", reason="It is."
    ),
]
NAMING: list[Verb] = [
    lambda account, actor: accounts.name_owner(account, actor=actor, owner=make_person()),
    lambda account, actor: accounts.name_purpose(account, actor=actor, purpose="Backups"),
    lambda account, actor: accounts.name_sponsor(account, actor=actor, sponsor=make_person()),
    lambda account, actor: accounts.set_end_date(account, actor=actor, expires=date(2027, 1, 1)),
]


@pytest.mark.parametrize("verb", JUDGING + NAMING)
def test_strangers_auditors_and_the_system_put_nothing_right(
    temporary: Account, verb: Verb, bob: User, carol: User
) -> None:
    before = Account.objects.values().get()
    for actor in (acting(bob), acting(carol), Actor.system("command line (root)")):
        with pytest.raises(NotAllowed):
            verb(temporary, actor)
    assert Account.objects.values().get() == before
    assert Event.objects.count() == 0


@pytest.mark.parametrize("verb", JUDGING)
def test_the_manager_does_not_say_whose_an_account_is(
    temporary: Account, verb: Verb, alice: User
) -> None:
    with pytest.raises(NotAllowed):
        verb(temporary, acting(alice))


@pytest.mark.parametrize("verb", JUDGING + NAMING)
def test_nobody_puts_their_own_account_right(ledger: System, verb: Verb) -> None:
    holder = make_user(make_person("Hana"), Role.SECURITY)
    account = make_account(ledger, type=AccountType.TEMPORARY, person=holder.person)
    with pytest.raises(NotAllowed):
        verb(account, acting(holder))


def test_nobody_puts_their_own_account_right_from_a_sheet(ledger: System) -> None:
    holder = make_user(make_person("Hana"))
    account = make_account(ledger, type=AccountType.TEMPORARY, person=holder.person)
    with pytest.raises(NotAllowed):
        accounts.set_end_date(
            account, actor=acting(holder), expires=date(2027, 1, 1), as_reviewer=True
        )


def test_whoever_answers_for_it_names_a_purpose(ledger: System, alice: User, bob: User) -> None:
    led = make_account(ledger, owner_team=make_team(lead=alice.person), type=AccountType.SERVICE)
    owned = make_account(ledger, owner_person=alice.person, type=AccountType.SERVICE)
    for account in (led, owned):
        accounts.name_purpose(account, actor=acting(alice), purpose="Backups")
        with pytest.raises(NotAllowed):
            accounts.name_purpose(account, actor=acting(bob), purpose="Mischief")
    accounts.name_purpose(owned, actor=acting(bob), purpose="From his sheet", as_reviewer=True)


def test_a_deactivated_user_puts_nothing_right(service: Account, sam: User) -> None:
    User.objects.filter(pk=sam.pk).update(is_active=False)
    with pytest.raises(NotAllowed, match="deactivated"):
        accounts.name_purpose(service, actor=acting(sam), purpose="Backups")
