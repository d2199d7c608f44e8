"""Conflicts of duties: declared once, and ended with a reason."""

import pytest

from accounts.actions.duties import add_conflict, end_conflict
from accounts.models import DutyConflict, Entitlement, System, User
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.models import Disclosure, Event
from tests.cast import NOON, acting, make_entitlement, make_system

pytestmark = pytest.mark.usefixtures("noon", "db")


@pytest.fixture
def enter(ledger: System) -> Entitlement:
    return make_entitlement(ledger, "enter")


@pytest.fixture
def release() -> Entitlement:
    return make_entitlement(make_system("Bank"), "release")


def declare(by: User, first: Entitlement, second: Entitlement, **said: str) -> DutyConflict:
    words = {"name": "Payments", "reason": "Pay oneself.", **said}
    return add_conflict(actor=acting(by), first=first, second=second, **words)


def test_add_conflict_across_two_systems(
    sam: User, enter: Entitlement, release: Entitlement
) -> None:
    made = declare(sam, enter, release, name="  Enter and   release ")
    assert (made.name, made.made_by, made.made_at) == ("Enter and release", sam, NOON)
    event = Event.objects.get(verb="duty_conflict.added")
    assert (event.target, "oneself" in event.body) == (f"duty_conflict:{made.pk}", False)
    assert f'"first":{enter.pk},"second":{release.pk}' in event.body
    texts = Disclosure.objects.filter(event_id=event.pk).values_list("name", "text")
    assert dict(texts) == {"name": "Enter and release", "reason": "Pay oneself."}


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"name": " "}, "1 to 200 characters"),
        ({"name": "x" * 201}, "1 to 200 characters"),
        ({"reason": " "}, "Say what one person could do with both"),
        ({"name": "PAYMENTS"}, "There is a conflict PAYMENTS already"),
    ],
)
def test_add_conflict_with_wrong_input(
    sam: User, enter: Entitlement, release: Entitlement, said: dict[str, str], why: str
) -> None:
    declare(sam, enter, make_entitlement(enter.system))
    with pytest.raises(WrongInput, match=why):
        declare(sam, enter, release, **said)
    assert DutyConflict.objects.count() == 1


def test_add_conflict_of_one_right_with_itself(sam: User, enter: Entitlement) -> None:
    with pytest.raises(WrongInput, match="between two rights"):
        declare(sam, enter, enter)


def test_add_conflict_of_a_pair_that_stands_already_either_way_round(
    sam: User, enter: Entitlement, release: Entitlement
) -> None:
    declare(sam, enter, release)
    with pytest.raises(WrongInput, match="in conflict already, as Payments"):
        declare(sam, release, enter, name="Other")


def test_end_conflict_lets_the_pair_be_declared_anew(
    sam: User, enter: Entitlement, release: Entitlement
) -> None:
    ended = end_conflict(declare(sam, enter, release), actor=acting(sam), reason=" We split it. ")
    assert ended.ended_at == NOON
    event = Event.objects.get(verb="duty_conflict.ended")
    assert Disclosure.objects.get(event_id=event.pk).text == "We split it."
    declare(sam, release, enter)
    assert DutyConflict.objects.filter(ended_at=None).count() == 1


def test_end_conflict_twice_or_without_a_reason(
    sam: User, enter: Entitlement, release: Entitlement
) -> None:
    made = declare(sam, enter, release)
    with pytest.raises(WrongInput, match="Say why both rights may be held"):
        end_conflict(made, actor=acting(sam), reason=" ")
    end_conflict(made, actor=acting(sam), reason="Split")
    with pytest.raises(Conflict, match="Payments was ended on 5 October 2026 at 12:00 UTC"):
        end_conflict(made, actor=acting(sam), reason="Split")
    assert Event.objects.filter(verb="duty_conflict.ended").count() == 1


@pytest.mark.parametrize("who", ["alice", "carol", "owner"])
def test_conflicts_are_not_everybodys_to_declare(
    sam: User,
    enter: Entitlement,
    release: Entitlement,
    who: str,
    request: pytest.FixtureRequest,
) -> None:
    user, made = request.getfixturevalue(who), declare(sam, enter, release)
    with pytest.raises(NotAllowed, match="the security team and administrators"):
        declare(user, enter, make_entitlement(enter.system), name="Mine")
    with pytest.raises(NotAllowed, match="the security team and administrators"):
        end_conflict(made, actor=acting(user), reason="Mine")
    assert DutyConflict.objects.filter(ended_at=None).count() == 1
