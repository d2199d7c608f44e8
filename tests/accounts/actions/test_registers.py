"""What is registered of accounts: shared and second ones, and uses of emergency accounts."""

from datetime import date, timedelta

import pytest

from accounts.actions.registers import end_registration, explain_use, register_account
from accounts.enums import AccountType, RegistrationKind
from accounts.models import Account, AccountRegistration, EmergencyUse, System, User
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.models import Disclosure, Event
from tests.cast import NOON, acting, make_account, make_person, make_team, make_user, person_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

TODAY = NOON.date()


@pytest.fixture
def shared(ledger: System) -> Account:
    return make_account(ledger, "frontdesk", person=make_person("Tom Eriksen"))


@pytest.fixture
def use(ledger: System, alice: User) -> EmergencyUse:
    team = make_team("Payments", lead=person_of(alice))
    account = make_account(ledger, "breakglass", type=AccountType.EMERGENCY, owner_team=team)
    return EmergencyUse.objects.create(account=account, used_at=NOON, noticed_at=NOON)


def register(account: Account, user: User, until: date, reason: str = "The desk shares it") -> None:
    register_account(
        account, actor=acting(user), kind=RegistrationKind.SHARED, until=until, reason=reason
    )


def test_register_account_by_the_owner_of_its_system(shared: Account, owner: User) -> None:
    register(shared, owner, date(2027, 10, 5))
    made = AccountRegistration.objects.get()
    assert (made.account, made.kind, made.until, made.reason, made.made_by, made.ended_at) == (
        shared,
        "shared",
        date(2027, 10, 5),
        "The desk shares it",
        owner.person,
        None,
    )
    event = Event.objects.get(verb="account.registered")
    assert (event.actor, event.target) == (owner.ref, f"account:{shared.pk}")
    assert "The desk" not in event.body
    assert Disclosure.objects.get(event_id=event.pk, name="reason").text == "The desk shares it"


def test_register_account_again_takes_the_place_of_the_earlier_one(
    shared: Account, sam: User
) -> None:
    register(shared, sam, TODAY + timedelta(days=30))
    register(shared, sam, TODAY + timedelta(days=60))
    ends = AccountRegistration.objects.order_by("pk").values_list("until", "ended_at")
    assert list(ends) == [
        (TODAY + timedelta(days=30), NOON),
        (TODAY + timedelta(days=60), None),
    ]


@pytest.mark.parametrize("days", [0, -1, 366])
def test_register_account_is_refused_for_today_or_more_than_a_year(
    shared: Account, sam: User, days: int
) -> None:
    with pytest.raises(WrongInput, match="5 October 2027 at the latest"):
        register(shared, sam, TODAY + timedelta(days=days))
    assert AccountRegistration.objects.count() == 0


def test_register_account_without_a_reason_or_as_something_else_is_refused(
    shared: Account, sam: User
) -> None:
    with pytest.raises(WrongInput, match="Say why"):
        register(shared, sam, TODAY + timedelta(days=1), reason=" ")
    with pytest.raises(WrongInput, match="Choose as what"):
        register_account(
            shared, actor=acting(sam), kind="third", until=date(2026, 12, 1), reason="So"
        )


def test_register_account_by_anybody_else_or_by_its_holder_is_refused(
    shared: Account, alice: User, sam: User
) -> None:
    own = make_account(shared.system, "sam", person=person_of(sam))
    for account, user in ((shared, alice), (own, sam)):
        with pytest.raises(NotAllowed):
            register(account, user, TODAY + timedelta(days=1))
    assert AccountRegistration.objects.count() == 0


def test_end_registration_once(shared: Account, owner: User, bob: User) -> None:
    register(shared, owner, TODAY + timedelta(days=30))
    registration = AccountRegistration.objects.get()
    with pytest.raises(NotAllowed):
        end_registration(registration, actor=acting(bob))
    assert end_registration(registration, actor=acting(owner)).ended_at == NOON
    with pytest.raises(Conflict, match="was ended on 5 October 2026"):
        end_registration(registration, actor=acting(owner))
    assert Event.objects.filter(verb="account.registration_ended").count() == 1


def test_explain_use_by_the_lead_of_the_owning_team(use: EmergencyUse, alice: User) -> None:
    explained = explain_use(use, actor=acting(alice), explanation=" Restored the ledger ")
    assert (explained.explanation, explained.explained_by, explained.explained_at) == (
        "Restored the ledger",
        alice.person,
        NOON,
    )
    event = Event.objects.get(verb="account.use_explained")
    assert event.target == f"account:{use.account_id}"
    assert "Restored" not in event.body


def test_explain_use_is_said_once_and_never_blank(use: EmergencyUse, alice: User) -> None:
    with pytest.raises(WrongInput):
        explain_use(use, actor=acting(alice), explanation="  ")
    explain_use(use, actor=acting(alice), explanation="A drill")
    with pytest.raises(Conflict, match="Alice Okafor explained this use on 5 October 2026"):
        explain_use(use, actor=acting(alice), explanation="Something else")
    use.refresh_from_db()
    assert use.explanation == "A drill"


def test_explain_use_by_whoever_it_is_linked_to_or_a_stranger_is_refused(
    use: EmergencyUse, bob: User
) -> None:
    holder = make_user(make_person("Kim Lee"))
    Account.objects.filter(pk=use.account_id).update(person=holder.person)
    for user in (bob, holder):
        with pytest.raises(NotAllowed):
            explain_use(use, actor=acting(user), explanation="It was me")
    use.refresh_from_db()
    assert use.explained_at is None
