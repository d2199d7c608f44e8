"""Taking a held run: one asks, another agrees, and the picture changes only then."""

import pytest

from accounts.actions.holds import approve_taking, asker_of, request_to_take
from accounts.enums import RunState
from accounts.models import Account, ImportRun, User
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.models import Event
from tests.accounts.imports import import_accounts, work_off
from tests.cast import acting

pytestmark = pytest.mark.usefixtures("noon", "db")


@pytest.fixture
def held() -> ImportRun:
    """38 of 40 accounts are gone from the second file."""
    import_accounts("username\n" + "".join(f"u{n}\n" for n in range(40)))
    run = import_accounts("username\nu1\nu2\n")
    assert run.state == RunState.HELD
    return run


def test_a_held_run_is_taken_by_two_people(held: ImportRun, sam: User, ada: User) -> None:
    request_to_take(held, actor=acting(sam), reason=" The Wiki was emptied. ")
    held.refresh_from_db()
    assert (asker_of(held), held.taken_reason, held.state) == (
        sam,
        "The Wiki was emptied.",
        RunState.HELD,
    )
    assert Account.objects.standing().count() == 40
    approve_taking(held, actor=acting(ada))
    run = work_off(held)
    assert (run.state, run.taken_by_ref, run.acknowledged_by_ref) == (
        RunState.COMPLETE,
        sam.ref,
        ada.ref,
    )
    assert Account.objects.standing().count() == 2
    event = Event.objects.get(verb="import.taken")
    assert event.actor == sam.ref
    assert f'"approver":"{ada.ref}"' in event.body


def test_nobody_agrees_to_what_they_asked_for(held: ImportRun, sam: User, carol: User) -> None:
    with pytest.raises(WrongInput, match="Nobody has asked"):
        approve_taking(held, actor=acting(sam))
    request_to_take(held, actor=acting(sam), reason="Emptied.")
    for user in (sam, carol):
        with pytest.raises(NotAllowed, match="not the one who asks"):
            approve_taking(held, actor=acting(user))
    held.refresh_from_db()
    assert (held.state, held.taken_at) == (RunState.HELD, None)


def test_asking_needs_a_reason_a_right_and_a_held_run(
    held: ImportRun, sam: User, alice: User, carol: User
) -> None:
    with pytest.raises(WrongInput, match="Say why"):
        request_to_take(held, actor=acting(sam), reason=" ")
    for user in (alice, carol):
        with pytest.raises(NotAllowed):
            request_to_take(held, actor=acting(user), reason="Emptied.")
    ImportRun.objects.update(state=RunState.DISCARDED)
    with pytest.raises(Conflict, match="is discarded by now"):
        request_to_take(held, actor=acting(sam), reason="Emptied.")
    assert Event.objects.filter(verb="import.take_requested").count() == 0
