"""Removals: ordered, sent out when they may, carried out and handed on by whose they are."""

from datetime import timedelta

import pytest

import clock
from accounts.enums import FindingState, PersonStatus, Severity
from accounts.models import Entitlement, ExpectedRemoval, Finding, System, User
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.models import Disclosure, Event
from jobs.models import Message
from reviews.actions.deciding import Pick, decide, undo
from reviews.actions.revoking import (
    carry_out,
    carry_out_together,
    give_removal,
    order_for_finding,
    send_due,
)
from reviews.actions.signing import sign_off
from reviews.actions.timing import CLOCK
from reviews.enums import Choice, RevocationState, Risk
from reviews.models import Review, ReviewItem, Revocation
from tests.cast import (
    NOON,
    acting,
    make_account,
    make_grant,
    make_person,
    make_system,
    make_team,
    person_of,
)
from tests.reviews.world import holding, open_campaign, report_of, right, sheet_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def read(ledger: System) -> Entitlement:
    return right(ledger, "read")


@pytest.fixture
def sheet(sam: User, alice: User, ledger: System, read: Entitlement) -> Review:
    """Tom and Lena read the ledger, which Olga owns; Alice judges it."""
    for name in ("Tom Eriksen", "Lena Fischer"):
        holding(ledger, report_of(alice, name), read)
    return sheet_of(open_campaign(sam), alice)


@pytest.fixture
def waiting(sheet: Review, alice: User) -> Revocation:
    return revoke(sheet, alice, "tom")


@pytest.fixture
def order(waiting: Revocation) -> Revocation:
    """Tom's, gone out: open."""
    with clock.set_to(NOON + timedelta(hours=24)):
        send_due(actor=CLOCK)
    return fresh(waiting)


@pytest.fixture
def finding(ledger: System) -> Finding:
    return Finding.objects.create(
        rule="S17",
        severity=Severity.VIOLATION,
        system=ledger,
        account=make_account(ledger, "ghost"),
        sentence="It is linked to no person and owned by no team.",
        opened_at=NOON,
        due_at=NOON,
    )


def revoke(sheet: Review, alice: User, username: str) -> Revocation:
    item = ReviewItem.objects.get(account_username=username)
    picks = [Pick(item.pk, item.version)]
    decide(sheet, actor=acting(alice), picks=picks, choice=Choice.REVOKE, reason="Moved on")
    return Revocation.objects.get(item=item)


def fresh(order: Revocation) -> Revocation:
    return Revocation.objects.get(pk=order.pk)


def events(verb: str) -> int:
    return Event.objects.filter(verb=verb).count()


def mailed(user: User) -> int:
    return Message.objects.filter(to=user.email, subject__contains="to carry out").count()


# Sending out


def test_order_waits_while_it_can_be_undone(waiting: Revocation, owner: User) -> None:
    with clock.set_to(NOON + timedelta(hours=24, seconds=-1)):
        assert send_due(actor=CLOCK) == 0
    assert fresh(waiting).state == RevocationState.WAITING
    assert (ExpectedRemoval.objects.count(), mailed(owner)) == (0, 0)


def test_order_goes_out_once_and_is_told_and_expected(waiting: Revocation, owner: User) -> None:
    at = NOON + timedelta(hours=24)
    with clock.set_to(at):
        assert [send_due(actor=CLOCK), send_due(actor=CLOCK)] == [1, 0]
    order = fresh(waiting)
    assert (order.state, order.sent_at, order.due_at) == (
        RevocationState.OPEN,
        at,
        NOON + timedelta(days=7),
    )
    expected = ExpectedRemoval.objects.get()
    assert (expected.account, expected.ordered_at) == (order.account, NOON)
    assert (events("revocation.sent"), mailed(owner)) == (1, 1)


def test_sign_off_sends_what_waits(sheet: Review, alice: User, waiting: Revocation) -> None:
    other = ReviewItem.objects.get(account_username="lena")
    picks = [Pick(other.pk, other.version)]
    decide(sheet, actor=acting(alice), picks=picks, choice=Choice.CERTIFY)
    sign_off(sheet, actor=acting(alice), method="password")
    assert fresh(waiting).state == RevocationState.OPEN


def test_undo_before_it_goes_out_cancels_it(
    sheet: Review, alice: User, waiting: Revocation
) -> None:
    item = ReviewItem.objects.get(revocations=waiting)
    undo(sheet, actor=acting(alice), pick=Pick(item.pk, item.version))
    assert (fresh(waiting).state, events("revocation.withdrawn")) == ("cancelled", 1)
    with clock.set_to(NOON + timedelta(days=2)):
        assert send_due(actor=CLOCK) == 0


def test_undo_after_it_has_gone_out_is_refused(
    sheet: Review, alice: User, order: Revocation
) -> None:
    item = ReviewItem.objects.get(revocations=order)
    with pytest.raises(Conflict, match="has gone out already"):
        undo(sheet, actor=acting(alice), pick=Pick(item.pk, item.version))
    assert fresh(order).state == RevocationState.OPEN
    assert item.decisions.get().state == "standing"
    assert events("revocation.withdrawn") == 0


# Carrying out


def test_owner_notes_it_done(order: Revocation, owner: User) -> None:
    with clock.set_to(NOON + timedelta(days=1)):
        carry_out(order, actor=acting(owner), note="  By hand  ")
    done = fresh(order)
    assert (done.state, done.note, done.done_by, done.done_at) == (
        RevocationState.DONE,
        "By hand",
        owner.person,
        NOON + timedelta(days=1),
    )
    event = Event.objects.get(verb="revocation.done")
    assert Disclosure.objects.get(event_id=event.pk, name="note").text == "By hand"
    assert "By hand" not in event.body


def test_lead_of_its_team_and_security_note_it_done(
    order: Revocation, bob: User, sam: User, sheet: Review, alice: User
) -> None:
    Revocation.objects.update(owner_person=None, owner_team=make_team(lead=bob.person))
    assert carry_out(order, actor=acting(bob), note="By hand").state == RevocationState.DONE
    Revocation.objects.update(state=RevocationState.FAILED)
    assert carry_out(order, actor=acting(sam), note="Again").state == RevocationState.DONE


@pytest.mark.parametrize("name", ["alice", "bob", "carol"])
def test_stranger_cannot_note_it_done(
    request: pytest.FixtureRequest, order: Revocation, name: str
) -> None:
    user = request.getfixturevalue(name)
    with pytest.raises(NotAllowed, match="somebody else's"):
        carry_out(order, actor=acting(user), note="I did")
    assert (fresh(order).state, events("revocation.done")) == (RevocationState.OPEN, 0)


def test_system_cannot_note_it_done(order: Revocation) -> None:
    with pytest.raises(NotAllowed):
        carry_out(order, actor=CLOCK, note="It did")
    assert fresh(order).state == RevocationState.OPEN


def test_note_is_needed(order: Revocation, owner: User) -> None:
    with pytest.raises(WrongInput, match="outside ticket"):
        carry_out(order, actor=acting(owner), note=" ")
    assert fresh(order).state == RevocationState.OPEN


@pytest.mark.parametrize("state", ["waiting", "done", "verified", "cancelled"])
def test_only_what_is_open_or_failed_is_done(order: Revocation, owner: User, state: str) -> None:
    Revocation.objects.update(state=state)
    with pytest.raises(Conflict, match="it cannot become"):
        carry_out(order, actor=acting(owner), note="By hand")
    assert (fresh(order).state, events("revocation.done")) == (state, 0)


# Several together


def test_together_each_gets_the_note_and_an_event(
    sheet: Review, alice: User, owner: User, order: Revocation
) -> None:
    other = revoke(sheet, alice, "lena")
    Revocation.objects.filter(pk=other.pk).update(state=RevocationState.FAILED)
    told = carry_out_together([order.pk, other.pk], actor=acting(owner), note="INC-4711")
    assert [o.pk for o in told.done] == [order.pk, other.pk]
    assert set(Revocation.objects.values_list("state", "note")) == {("done", "INC-4711")}
    targets = Event.objects.filter(verb="revocation.done").values_list("target", flat=True)
    assert set(targets) == {f"revocation:{order.pk}", f"revocation:{other.pk}"}


def test_together_refuses_by_itself_what_cannot_be_done(
    sheet: Review, alice: User, owner: User, bob: User, order: Revocation
) -> None:
    late = revoke(sheet, alice, "lena")
    told = carry_out_together([order.pk, late.pk], actor=acting(owner), note="INC-4711")
    assert ([o.pk for o in told.done], list(told.refused)) == ([order.pk], [late.pk])
    assert fresh(late).state == RevocationState.WAITING
    told = carry_out_together([order.pk], actor=acting(bob), note="Mine")
    assert told.refused == {order.pk: "This removal is somebody else's to carry out."}
    assert (fresh(order).note, events("revocation.done")) == ("INC-4711", 1)


def test_together_is_of_one_system(order: Revocation, finding: Finding, sam: User) -> None:
    Finding.objects.update(system=make_system("Wiki"))
    other = order_for_finding(finding, actor=acting(sam), reason="Nobody knows it")
    with pytest.raises(WrongInput, match="one system"):
        carry_out_together([order.pk, other.pk], actor=acting(sam), note="INC-4711")
    with pytest.raises(WrongInput, match="outside ticket"):
        carry_out_together([order.pk], actor=acting(sam), note="")
    assert events("revocation.done") == 0


# Handing on


@pytest.mark.parametrize("name", ["owner", "sam"])
def test_removal_is_handed_on_and_told(
    request: pytest.FixtureRequest, order: Revocation, bob: User, name: str
) -> None:
    give_removal(order, actor=acting(request.getfixturevalue(name)), to=person_of(bob))
    assert (fresh(order).owner_person, mailed(bob)) == (bob.person, 1)
    assert events("revocation.given") == 1
    assert carry_out(order, actor=acting(bob), note="By hand").state == RevocationState.DONE


def test_removal_of_a_team_becomes_the_person_s(order: Revocation, bob: User, sam: User) -> None:
    Revocation.objects.update(owner_person=None, owner_team=make_team())
    give_removal(order, actor=acting(sam), to=person_of(bob))
    assert (fresh(order).owner_person, fresh(order).owner_team) == (bob.person, None)


def test_stranger_does_not_take_a_removal(order: Revocation, bob: User) -> None:
    with pytest.raises(NotAllowed, match="hands a removal on"):
        give_removal(order, actor=acting(bob), to=person_of(bob))
    assert fresh(order).owner_person != bob.person


@pytest.mark.parametrize("state", ["verified", "cancelled"])
def test_removal_that_is_over_is_not_handed_on(
    order: Revocation, owner: User, bob: User, state: str
) -> None:
    Revocation.objects.update(state=state)
    with pytest.raises(Conflict, match="is over"):
        give_removal(order, actor=acting(owner), to=person_of(bob))
    assert fresh(order).owner_person == owner.person


def test_removal_is_not_handed_to_one_who_left(order: Revocation, owner: User) -> None:
    gone = make_person("Nora Lind", status=PersonStatus.LEFT)
    with pytest.raises(WrongInput, match="Nora Lind is no longer here"):
        give_removal(order, actor=acting(owner), to=gone)
    assert fresh(order).owner_person == owner.person


# From a finding


def test_finding_orders_the_removal_of_the_account_at_once(finding: Finding, owner: User) -> None:
    order = order_for_finding(finding, actor=acting(owner), reason=" Nobody knows it ")
    assert (order.state, order.risk, order.reason) == ("open", Risk.URGENT, "Nobody knows it")
    assert (order.entitlement, order.due_at) == (None, NOON + timedelta(hours=24))
    assert (events("revocation.ordered"), events("revocation.sent"), mailed(owner)) == (1, 1, 1)


def test_finding_of_a_grant_orders_the_removal_of_the_right(
    finding: Finding, read: Entitlement, owner: User
) -> None:
    Finding.objects.update(grant=make_grant(finding.account, read))
    order = order_for_finding(finding, actor=acting(owner), reason="Back again")
    assert (order.entitlement, order.right) == (read, "read")


@pytest.mark.parametrize("name", ["alice", "carol"])
def test_finding_is_not_everybody_s_to_order_from(
    request: pytest.FixtureRequest, finding: Finding, name: str
) -> None:
    with pytest.raises(NotAllowed, match="Only the owner of the system"):
        order_for_finding(finding, actor=acting(request.getfixturevalue(name)), reason="x")
    assert Revocation.objects.count() == 0


def test_finding_orders_once(finding: Finding, owner: User, sam: User) -> None:
    order_for_finding(finding, actor=acting(owner), reason="Nobody knows it")
    with pytest.raises(Conflict, match="under way already"):
        order_for_finding(finding, actor=acting(sam), reason="Nobody knows it")
    assert Revocation.objects.count() == 1


def test_finding_needs_a_reason_and_must_be_open(finding: Finding, owner: User) -> None:
    with pytest.raises(WrongInput, match="Say why"):
        order_for_finding(finding, actor=acting(owner), reason=" ")
    Finding.objects.update(state=FindingState.RESOLVED, resolved_at=NOON)
    with pytest.raises(Conflict, match="has been resolved"):
        order_for_finding(finding, actor=acting(owner), reason="Nobody knows it")
    assert Revocation.objects.count() == 0
