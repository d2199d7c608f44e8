"""Who may do what, by role and by what they own."""

import pytest

from accounts import rules
from accounts.enums import AccountType, Role
from accounts.models import System, User
from audit.actors import Actor, Channel
from tests.cast import acting, make_account, make_person, make_team


def allowed(predicate: str, users: list[User]) -> list[str]:
    return [str(user).split()[0] for user in users if getattr(rules, predicate)(user)]


@pytest.mark.parametrize(
    ("predicate", "expected"),
    [
        ("is_security", ["Sam"]),
        ("may_administer", ["Ada"]),
        ("may_run", ["Sam", "Ada"]),
        ("may_read_all", ["Carol", "Sam", "Ada"]),
    ],
)
def test_roles(
    predicate: str, expected: list[str], alice: User, carol: User, sam: User, ada: User
) -> None:
    cast = [alice, carol, sam, ada]
    assert allowed(predicate, cast) == expected
    for user in cast:
        user.is_active = False
    assert allowed(predicate, cast) == []


def test_acting_for_a_system(
    ledger: System, owner: User, alice: User, carol: User, sam: User, ada: User
) -> None:
    users = [owner, alice, carol, sam, ada]
    assert [rules.may_act_for_system(user, ledger) for user in users] == [
        True,
        False,
        False,
        True,
        True,
    ]
    owner.is_active = False
    assert not rules.may_act_for_system(owner, ledger)


def test_a_system_without_owner_is_not_that_of_a_login_without_person(db: None) -> None:
    bare = User(email="bare@example.com", role=Role.REVIEWER)
    assert not rules.may_act_for_system(bare, System(name="Nobody's"))


def test_an_acknowledger_is_another_person_of_security_or_an_administrator(
    alice: User, carol: User, sam: User, ada: User
) -> None:
    asking = acting(sam)
    assert [rules.valid_acknowledger(user, asking) for user in (alice, carol, sam, ada)] == [
        False,
        False,
        False,
        True,
    ]
    command = Actor.system("command line (root)", Channel.COMMAND)
    assert rules.valid_acknowledger(sam, command)
    sam.is_active = False
    assert not rules.valid_acknowledger(sam, command)


def test_the_credential_lies_with_the_owner_unless_another_operator_is_named(
    ledger: System, alice: User, bob: User
) -> None:
    service = make_account(ledger, type=AccountType.SERVICE, owner_person=alice.person)
    assert (rules.holds_account(alice, service), rules.holds_account(bob, service)) == (True, False)
    service.operator = bob.person
    assert (rules.holds_account(alice, service), rules.holds_account(bob, service)) == (False, True)


def test_answering_for_an_account(ledger: System, alice: User, bob: User) -> None:
    team = make_team(lead=alice.person)
    for fields in ({"owner_team": team}, {"owner_person": alice.person}, {"sponsor": alice.person}):
        account = make_account(ledger, **fields)
        assert (rules.owns_account(alice, account), rules.owns_account(bob, account)) == (
            True,
            False,
        )
    assert not rules.owns_account(alice, make_account(ledger, person=make_person()))
