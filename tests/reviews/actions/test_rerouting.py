"""Items that change hands: leavers, deadlines, and people who are not one's own."""

from datetime import UTC, datetime, timedelta

import pytest

import clock
from accounts.enums import PersonStatus
from accounts.models import Person, System, User
from audit.actors import Actor
from audit.errors import NotAllowed, WrongInput
from audit.models import Event
from jobs.models import Message
from reviews.actions.deciding import Pick, decide
from reviews.actions.rerouting import escalate_overdue, reassign_item, replace_leavers
from reviews.actions.signing import sign_off
from reviews.enums import Choice, Outcome, RoutedBy, Stage
from reviews.models import Campaign, Decision, Reassignment, Review, ReviewItem, Revocation
from tests.cast import acting, person_of
from tests.reviews.world import admin_right, holding, open_campaign, report_of, right, sheet_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

CLOCK = Actor.system("clock")
THREE_DAYS_LATE = datetime(2026, 10, 23, 0, 0, 1, tzinfo=UTC)


@pytest.fixture
def campaign(sam: User, alice: User, ledger: System) -> Campaign:
    read = right(ledger, "read")
    for name in ("Tom Eriksen", "Lena Fischer"):
        holding(ledger, report_of(alice, name), read)
    return open_campaign(sam)


def leave(user: User) -> None:
    person_of(user).status = PersonStatus.LEFT
    person_of(user).save()


def decide_one(sheet: Review, user: User, item: ReviewItem, choice: Choice) -> None:
    decide(
        sheet,
        actor=acting(user),
        picks=[Pick(item.pk, item.version)],
        choice=choice,
        reason="known",
    )


def test_leavers_items_go_to_the_fallback_and_decisions_become_proposals(
    campaign: Campaign, alice: User, sam: User
) -> None:
    sheet = sheet_of(campaign, alice)
    first, second = sheet.items.order_by("pk")
    decide_one(sheet, alice, first, Choice.REVOKE)
    leave(alice)
    assert replace_leavers(actor=CLOCK) == 2
    first.refresh_from_db()
    assert first.review == sheet_of(campaign, sam)
    assert (first.outcome, first.routed_by) == (Outcome.OPEN, RoutedBy.SUCCESSOR)
    assert Decision.objects.get().state == "proposed"
    assert Revocation.objects.get().state == "cancelled"
    assert first.first_reviewer == person_of(alice)
    assert set(Reassignment.objects.values_list("item", "from_person", "to_person", "cause")) == {
        (item.pk, person_of(alice).pk, person_of(sam).pk, "successor") for item in (first, second)
    }


def test_leavers_items_go_to_the_new_manager_where_the_roster_names_one(
    campaign: Campaign, alice: User, bob: User
) -> None:
    item = sheet_of(campaign, alice).items.get(holder_name="Tom Eriksen")
    Person.objects.filter(name="Tom Eriksen").update(manager=person_of(bob))
    leave(alice)
    replace_leavers(actor=CLOCK)
    item.refresh_from_db()
    assert item.review == sheet_of(campaign, bob)


def test_signed_decisions_of_a_leaver_stand(campaign: Campaign, alice: User) -> None:
    sheet = sheet_of(campaign, alice)
    for item in sheet.items.all():
        decide_one(sheet, alice, item, Choice.CERTIFY)
    sign_off(sheet, actor=acting(alice), method="password")
    leave(alice)
    assert replace_leavers(actor=CLOCK) == 0
    assert set(Decision.objects.values_list("state", "person_name")) == {
        ("standing", "Alice Okafor")
    }


def test_names_stay_after_the_user_is_deleted(campaign: Campaign, alice: User) -> None:
    sheet = sheet_of(campaign, alice)
    item = sheet.items.first()
    assert item is not None
    decide_one(sheet, alice, item, Choice.CERTIFY)
    alice.delete()
    assert Decision.objects.get().person_name == "Alice Okafor"


def test_escalation_touches_only_undecided_items_once(
    campaign: Campaign, alice: User, sam: User
) -> None:
    sheet = sheet_of(campaign, alice)
    first, second = sheet.items.order_by("pk")
    decide_one(sheet, alice, first, Choice.CERTIFY)
    with clock.set_to(THREE_DAYS_LATE):
        assert escalate_overdue(campaign, actor=CLOCK) == 1
        assert escalate_overdue(campaign, actor=CLOCK) == 0
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.review, second.review) == (sheet, sheet_of(campaign, sam))
    assert second.first_reviewer == person_of(alice)


def test_decision_a_second_after_the_item_moved_is_refused(campaign: Campaign, alice: User) -> None:
    sheet = sheet_of(campaign, alice)
    item = sheet.items.first()
    assert item is not None
    with clock.set_to(THREE_DAYS_LATE):
        escalate_overdue(campaign, actor=CLOCK)
    with (
        clock.set_to(THREE_DAYS_LATE + timedelta(seconds=1)),
        pytest.raises(WrongInput, match="given to somebody else"),
    ):
        decide_one(sheet, alice, item, Choice.CERTIFY)
    assert Decision.objects.count() == 0


def test_escalation_never_reaches_the_holder(sam: User, alice: User, ledger: System) -> None:
    person_of(sam).manager = person_of(alice)
    person_of(sam).save()
    account = holding(ledger, person_of(sam), right(ledger, "read"))
    campaign = open_campaign(sam)
    with clock.set_to(THREE_DAYS_LATE):
        assert escalate_overdue(campaign, actor=CLOCK) == 0
    assert ReviewItem.objects.get(account=account).review == sheet_of(campaign, alice)
    assert Message.objects.filter(key__startswith="stranded:").count() == 1


def test_reassign_to_the_holder_is_refused(campaign: Campaign, alice: User) -> None:
    item = sheet_of(campaign, alice).items.first()
    assert item is not None
    assert item.holder is not None
    with pytest.raises(NotAllowed, match="their own access"):
        reassign_item(item, actor=acting(alice), to=item.holder, reason="yours")
    assert Reassignment.objects.count() == 0


def test_reassign_to_who_judges_the_other_stage_is_refused(
    sam: User, alice: User, owner: User, ledger: System
) -> None:
    holding(ledger, report_of(alice, "Tom Eriksen"), admin_right(ledger))
    open_campaign(sam)
    item = ReviewItem.objects.get()
    with pytest.raises(NotAllowed, match="the other stage"):
        reassign_item(item, actor=acting(alice), to=person_of(owner), reason="yours")
    with pytest.raises(NotAllowed, match="the other stage"):
        reassign_item(
            item, actor=acting(sam), to=person_of(alice), reason="yours", stage=Stage.SECOND
        )


def test_reassign_by_its_reviewer_moves_the_item_and_tells(
    campaign: Campaign, alice: User, bob: User
) -> None:
    item = sheet_of(campaign, alice).items.first()
    assert item is not None
    reassign_item(item, actor=acting(alice), to=person_of(bob), reason="Reports to Bob")
    item.refresh_from_db()
    assert (item.review, item.routing_note) == (sheet_of(campaign, bob), "Reports to Bob")
    assert Event.objects.filter(verb="item.reassigned", target=f"item:{item.pk}").count() == 1
    assert Message.objects.filter(key__startswith="moved-to:").count() == 1


def test_reassign_by_a_stranger_is_refused(campaign: Campaign, alice: User, bob: User) -> None:
    item = sheet_of(campaign, alice).items.first()
    assert item is not None
    with pytest.raises(NotAllowed):
        reassign_item(item, actor=acting(bob), to=person_of(bob), reason="mine")
