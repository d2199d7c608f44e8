"""What a finished import means: proved gone, failed, back again, gone before decision."""

from datetime import datetime, timedelta

import pytest

import clock
from accounts.enums import PersonStatus, RunState
from accounts.models import Account, Entitlement, ExpectedRemoval, Finding, Grant, System, User
from audit.models import Event
from reviews.actions.deciding import Pick, decide
from reviews.actions.following import follow_imports
from reviews.actions.revoking import carry_out, send_due
from reviews.actions.timing import CLOCK, keep_time
from reviews.enums import Choice, Outcome, RevocationState
from reviews.models import Campaign, FollowedRun, ReviewItem, Revocation
from tests.cast import NOON, acting, make_run, person_of
from tests.reviews.world import holding, open_campaign, report_of, right, sheet_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def read(ledger: System) -> Entitlement:
    return right(ledger, "read")


@pytest.fixture
def account(ledger: System, alice: User, read: Entitlement) -> Account:
    return holding(ledger, report_of(alice, "Tom Eriksen"), read)


@pytest.fixture
def campaign(sam: User, account: Account) -> Campaign:
    return open_campaign(sam)


@pytest.fixture
def order(campaign: Campaign, alice: User) -> Revocation:
    """Alice has revoked Tom's right, and the order has gone out."""
    item = ReviewItem.objects.get()
    decide(
        sheet_of(campaign, alice),
        actor=acting(alice),
        picks=[Pick(item.pk, item.version)],
        choice=Choice.REVOKE,
        reason="Moved on",
    )
    with clock.set_to(NOON + timedelta(hours=24)):
        assert send_due(actor=CLOCK) == 1
    return Revocation.objects.get()


def remove(account: Account) -> None:
    Grant.objects.filter(account=account).update(gone_at=clock.now())


def imported(system: System, at: datetime, *, proves: bool = True) -> int:
    """A complete run read at ``at``, followed; how many runs were followed comes back."""
    with clock.set_to(at):
        make_run(system, read_at=at, finished_at=at, proves_until=at if proves else None)
        return follow_imports(actor=CLOCK)


def state_of(order: Revocation) -> str:
    order.refresh_from_db()
    return order.state


def test_run_is_followed_once(ledger: System, order: Revocation) -> None:
    at = NOON + timedelta(days=2)
    assert imported(ledger, at) == 1
    assert follow_imports(actor=CLOCK) == 0
    assert FollowedRun.objects.count() == 2


def test_done_and_gone_is_verified_by_the_run(
    ledger: System, order: Revocation, account: Account, owner: User
) -> None:
    with clock.set_to(NOON + timedelta(days=1)):
        carry_out(order, actor=acting(owner), note="Removed by hand")
    remove(account)
    imported(ledger, NOON + timedelta(days=2))
    assert state_of(order) == RevocationState.VERIFIED
    assert order.verified_by_run == ledger.source.runs.order_by("-id").first()
    assert ExpectedRemoval.objects.count() == 0


def test_already_gone_without_a_word_is_verified_by_read_back(
    ledger: System, order: Revocation, account: Account
) -> None:
    remove(account)
    imported(ledger, NOON + timedelta(days=2))
    assert state_of(order) == RevocationState.VERIFIED


def test_run_without_an_export_time_proves_nothing(
    ledger: System, order: Revocation, account: Account
) -> None:
    remove(account)
    imported(ledger, NOON + timedelta(days=2), proves=False)
    assert state_of(order) == RevocationState.OPEN


def test_run_exported_before_the_removal_proves_nothing(
    ledger: System, order: Revocation, account: Account, owner: User
) -> None:
    with clock.set_to(NOON + timedelta(days=3)):
        carry_out(order, actor=acting(owner), note="Removed by hand")
    remove(account)
    imported(ledger, NOON + timedelta(days=2))
    assert state_of(order) == RevocationState.DONE


def test_done_and_still_there_has_failed(ledger: System, order: Revocation, owner: User) -> None:
    with clock.set_to(NOON + timedelta(days=1)):
        carry_out(order, actor=acting(owner), note="Removed by hand")
    imported(ledger, NOON + timedelta(days=2))
    assert (state_of(order), order.failures) == (RevocationState.FAILED, 1)
    assert Event.objects.filter(verb="revocation.failed").count() == 1


def test_verified_and_back_opens_a_violation_linked_to_the_old_removal(
    ledger: System, order: Revocation, account: Account
) -> None:
    remove(account)
    imported(ledger, NOON + timedelta(days=2))
    Grant.objects.filter(account=account).update(gone_at=None)
    imported(ledger, NOON + timedelta(days=3))
    finding = Finding.objects.get(rule="S10")
    assert (finding.account, finding.link) == (account, f"revocation:{order.pk}")
    imported(ledger, NOON + timedelta(days=4))
    assert Finding.objects.filter(rule="S10").count() == 1


def test_vanished_before_decision_is_gone_without_a_reviewers_name(
    ledger: System, campaign: Campaign, account: Account
) -> None:
    remove(account)
    imported(ledger, NOON + timedelta(days=2))
    item = ReviewItem.objects.get()
    assert (item.outcome, item.decisions.count()) == (Outcome.GONE, 0)
    assert Event.objects.get(verb="item.gone").actor == "system:clock"


def test_vanished_and_back_is_open_again(
    ledger: System, campaign: Campaign, account: Account
) -> None:
    remove(account)
    imported(ledger, NOON + timedelta(days=2))
    Grant.objects.filter(account=account).update(gone_at=None)
    imported(ledger, NOON + timedelta(days=3))
    assert ReviewItem.objects.get().outcome == Outcome.OPEN


def test_decided_item_stays_decided_when_its_access_vanishes(
    ledger: System, campaign: Campaign, account: Account, alice: User
) -> None:
    item = ReviewItem.objects.get()
    decide(
        sheet_of(campaign, alice),
        actor=acting(alice),
        picks=[Pick(item.pk, item.version)],
        choice=Choice.CERTIFY,
    )
    remove(account)
    imported(ledger, NOON + timedelta(days=2))
    assert ReviewItem.objects.get().outcome == Outcome.CERTIFIED


def test_incomplete_run_has_no_consequences(
    ledger: System, campaign: Campaign, account: Account
) -> None:
    remove(account)
    make_run(ledger, state=RunState.FAILED)
    follow_imports(actor=CLOCK)
    assert ReviewItem.objects.get().outcome == Outcome.OPEN


def test_roster_in_which_a_reviewer_left_moves_their_items(
    campaign: Campaign, alice: User, sam: User
) -> None:
    person_of(alice).status = PersonStatus.LEFT
    person_of(alice).save()
    make_run(roster="people", finished_at=NOON)
    follow_imports(actor=CLOCK)
    assert ReviewItem.objects.get().review == sheet_of(campaign, sam)


def test_clock_twice_does_nothing_twice(order: Revocation) -> None:
    with clock.set_to(NOON + timedelta(days=11)):
        first = keep_time()
        events = Event.objects.count()
        assert keep_time()["sheets_reminded"] == first["sheets_reminded"]
        assert Event.objects.count() == events
