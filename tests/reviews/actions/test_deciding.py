"""Deciding: who may, what stands, what is contested, and what follows."""

from datetime import UTC, date, datetime, timedelta

import pytest

import clock
from accounts.enums import Answer
from accounts.models import ExpectedRemoval, System, User
from audit.actors import Actor
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.models import Event
from reviews.actions.deciding import Pick, decide, undo
from reviews.enums import Choice, DecisionState, Outcome, RevocationState, Stage
from reviews.models import Campaign, Decision, Question, Review, ReviewItem, Revocation
from tests.cast import NOON, acting, person_of
from tests.reviews.world import (
    admin_right,
    confidential,
    holding,
    open_campaign,
    report_of,
    right,
    service_account,
    sheet_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def pick(item: ReviewItem, stage: Stage = Stage.FIRST) -> Pick:
    item.refresh_from_db()
    return Pick(item.pk, item.version if stage == Stage.FIRST else item.second_version)


@pytest.fixture
def campaign(sam: User, alice: User, ledger: System) -> Campaign:
    """Three of Alice's reports hold one right each."""
    read = right(ledger, "read")
    for name in ("Tom Eriksen", "Lena Fischer", "Mei Tanaka"):
        holding(ledger, report_of(alice, name), read)
    return open_campaign(sam)


@pytest.fixture
def sheet(campaign: Campaign, alice: User) -> Review:
    return sheet_of(campaign, alice)


@pytest.fixture
def item(sheet: Review) -> ReviewItem:
    item = sheet.items.order_by("pk").first()
    assert item is not None
    return item


def outcome_of(item: ReviewItem) -> str:
    item.refresh_from_db()
    return item.outcome


def test_decide_certify_stands_and_is_an_event(
    sheet: Review, item: ReviewItem, alice: User
) -> None:
    verdict = decide(sheet, actor=acting(alice), picks=[pick(item)], choice=Choice.CERTIFY)
    decision = Decision.objects.get()
    assert (verdict.decided, verdict.conflicts, verdict.refused) == ([item.pk], {}, {})
    assert outcome_of(item) == Outcome.CERTIFIED
    assert (decision.state, decision.person_name, decision.saw_version, decision.late) == (
        DecisionState.STANDING,
        "Alice Okafor",
        1,
        False,
    )
    event = Event.objects.get(verb="decision.made")
    assert (event.actor, event.target, event.stream) == (
        alice.ref,
        f"item:{item.pk}",
        sheet.campaign.stream,
    )


def test_decide_revoke_orders_a_removal_that_waits_a_day(
    sheet: Review, item: ReviewItem, alice: User, owner: User
) -> None:
    decide(sheet, actor=acting(alice), picks=[pick(item)], choice=Choice.REVOKE, reason="Moved on")
    order = Revocation.objects.get()
    assert outcome_of(item) == Outcome.REVOKED
    assert (order.state, order.owner_person, order.goes_out_at, order.due_at) == (
        RevocationState.WAITING,
        person_of(owner),
        NOON + timedelta(hours=24),
        NOON + timedelta(days=7),
    )
    assert ExpectedRemoval.objects.count() == 0


def test_decide_revoke_without_a_reason_is_refused(
    sheet: Review, item: ReviewItem, alice: User
) -> None:
    with pytest.raises(WrongInput):
        decide(sheet, actor=acting(alice), picks=[pick(item)], choice=Choice.REVOKE)
    assert (Decision.objects.count(), outcome_of(item)) == (0, Outcome.OPEN)


def test_decide_on_somebody_elses_sheet_is_refused(
    sheet: Review, item: ReviewItem, bob: User
) -> None:
    with pytest.raises(NotAllowed):
        decide(sheet, actor=acting(bob), picks=[pick(item)], choice=Choice.CERTIFY)
    assert Decision.objects.count() == 0


def test_decide_by_the_system_is_refused(sheet: Review, item: ReviewItem) -> None:
    with pytest.raises(NotAllowed):
        decide(sheet, actor=Actor.system("clock"), picks=[pick(item)], choice=Choice.CERTIFY)


def test_decide_an_item_of_another_sheet_is_refused(
    sam: User, alice: User, bob: User, ledger: System
) -> None:
    read = right(ledger, "read")
    holding(ledger, report_of(alice, "Tom Eriksen"), read)
    theirs = holding(ledger, report_of(bob, "Priya Natarajan"), read)
    campaign = open_campaign(sam)
    with pytest.raises(WrongInput, match="not on your sheet"):
        decide(
            sheet_of(campaign, alice),
            actor=acting(alice),
            picks=[pick(ReviewItem.objects.get(account=theirs))],
            choice=Choice.CERTIFY,
        )
    assert Decision.objects.count() == 0


def test_decide_ones_own_access_is_refused_even_when_it_became_so_later(
    sheet: Review, item: ReviewItem, alice: User
) -> None:
    item.account.person = person_of(alice)
    item.account.save()
    with pytest.raises(NotAllowed):
        decide(sheet, actor=acting(alice), picks=[pick(item)], choice=Choice.CERTIFY)
    assert Decision.objects.count() == 0


def test_bulk_with_ones_own_access_in_it_is_refused_whole(
    sheet: Review, item: ReviewItem, alice: User
) -> None:
    item.account.operator = person_of(alice)
    item.account.save()
    picks = [pick(i) for i in sheet.items.all()]
    with pytest.raises(NotAllowed):
        decide(sheet, actor=acting(alice), picks=picks, choice=Choice.CERTIFY)
    assert Decision.objects.count() == 0


def test_bulk_decides_many_with_one_event_each(sheet: Review, alice: User) -> None:
    picks = [pick(i) for i in sheet.items.all()]
    verdict = decide(sheet, actor=acting(alice), picks=picks, choice=Choice.CERTIFY)
    assert sorted(verdict.decided) == sorted(p.item_id for p in picks)
    assert Event.objects.filter(verb="decision.made").count() == 3
    assert set(Decision.objects.values_list("bulk_size", flat=True)) == {3}


def test_bulk_of_what_must_be_looked_at_is_refused(sam: User, alice: User, ledger: System) -> None:
    admin = admin_right(ledger)
    for name in ("Tom Eriksen", "Lena Fischer"):
        holding(ledger, report_of(alice, name), admin)
    sheet = sheet_of(open_campaign(sam), alice)
    with pytest.raises(NotAllowed):
        decide(
            sheet,
            actor=acting(alice),
            picks=[pick(i) for i in sheet.items.all()],
            choice=Choice.CERTIFY,
            reason="needed",
        )
    assert Decision.objects.count() == 0


def test_stale_click_is_refused_and_kept_as_contested(
    sheet: Review, item: ReviewItem, alice: User
) -> None:
    seen = pick(item)
    decide(sheet, actor=acting(alice), picks=[seen], choice=Choice.CERTIFY)
    with pytest.raises(Conflict, match=r"Alice Okafor chose .Keep. on this item on 5 October 2026"):
        decide(sheet, actor=acting(alice), picks=[seen], choice=Choice.REVOKE, reason="Gone")
    states = list(Decision.objects.order_by("id").values_list("state", "choice"))
    assert states == [("standing", "certify"), ("contested", "revoke")]
    item.refresh_from_db()
    assert (item.outcome, item.contested) == (Outcome.REVOKED, True)


def test_same_choice_sent_twice_changes_nothing(
    sheet: Review, item: ReviewItem, alice: User
) -> None:
    seen = pick(item)
    for _ in range(2):
        verdict = decide(sheet, actor=acting(alice), picks=[seen], choice=Choice.CERTIFY)
    assert (verdict.decided, verdict.repeated, verdict.conflicts) == ([], [item.pk], {})
    assert Decision.objects.count() == Event.objects.filter(verb="decision.made").count() == 1


def test_stale_choice_sent_twice_is_contested_once(
    sheet: Review, item: ReviewItem, alice: User
) -> None:
    seen = pick(item)
    decide(sheet, actor=acting(alice), picks=[seen], choice=Choice.CERTIFY)
    for _ in range(2):
        with pytest.raises(Conflict):
            decide(sheet, actor=acting(alice), picks=[seen], choice=Choice.REVOKE, reason="Gone")
    assert Event.objects.filter(verb="decision.contested").count() == 1
    with pytest.raises(Conflict):
        decide(sheet, actor=acting(alice), picks=[seen], choice=Choice.REVOKE, reason="Moved")
    states = list(Decision.objects.order_by("id").values_list("state", "reason"))
    assert states == [("standing", ""), ("contested", "Gone"), ("contested", "Moved")]


def test_contested_item_is_resolved_by_a_fresh_look(
    sheet: Review, item: ReviewItem, alice: User
) -> None:
    seen = pick(item)
    decide(sheet, actor=acting(alice), picks=[seen], choice=Choice.CERTIFY)
    with pytest.raises(Conflict):
        decide(sheet, actor=acting(alice), picks=[seen], choice=Choice.REVOKE, reason="Gone")
    decide(sheet, actor=acting(alice), picks=[pick(item)], choice=Choice.CERTIFY)
    item.refresh_from_db()
    assert (item.outcome, item.contested) == (Outcome.CERTIFIED, False)
    assert Revocation.objects.get().state == RevocationState.CANCELLED


def test_two_people_must_agree_on_privileged_access(
    sam: User, alice: User, owner: User, ledger: System
) -> None:
    holding(ledger, report_of(alice, "Tom Eriksen"), admin_right(ledger))
    campaign = open_campaign(sam)
    item = ReviewItem.objects.get()
    first, second = sheet_of(campaign, alice), sheet_of(campaign, owner)
    decide(first, actor=acting(alice), picks=[pick(item)], choice=Choice.CERTIFY, reason="on call")
    assert outcome_of(item) == Outcome.OPEN
    decide(
        second,
        actor=acting(owner),
        picks=[pick(item, Stage.SECOND)],
        choice=Choice.CERTIFY,
        reason="on call",
    )
    assert outcome_of(item) == Outcome.CERTIFIED


def test_second_person_cannot_turn_a_revoke_into_a_certify(
    sam: User, alice: User, owner: User, ledger: System
) -> None:
    holding(ledger, report_of(alice, "Tom Eriksen"), admin_right(ledger))
    campaign = open_campaign(sam)
    item = ReviewItem.objects.get()
    decide(
        sheet_of(campaign, alice),
        actor=acting(alice),
        picks=[pick(item)],
        choice=Choice.REVOKE,
        reason="not needed",
    )
    decide(
        sheet_of(campaign, owner),
        actor=acting(owner),
        picks=[pick(item, Stage.SECOND)],
        choice=Choice.CERTIFY,
        reason="needed",
    )
    assert outcome_of(item) == Outcome.REVOKED


def test_violation_cannot_be_kept(sam: User, alice: User, owner: User, ledger: System) -> None:
    service_account(ledger, owner_person=report_of(alice, "Tom Eriksen"))
    campaign = open_campaign(sam)
    item = ReviewItem.objects.get()
    with pytest.raises(WrongInput, match="A rule forbids this access"):
        decide(
            sheet_of(campaign, owner),
            actor=acting(owner),
            picks=[pick(item)],
            choice=Choice.CERTIFY,
            reason="needed",
        )
    assert outcome_of(item) == Outcome.OPEN


def test_revoked_violation_goes_out_at_once(
    sam: User, owner: User, alice: User, ledger: System
) -> None:
    service_account(ledger, owner_person=report_of(alice, "Tom Eriksen"))
    campaign = open_campaign(sam)
    item = ReviewItem.objects.get()
    decide(
        sheet_of(campaign, owner),
        actor=acting(owner),
        picks=[pick(item)],
        choice=Choice.REVOKE,
        reason="nobody knows it",
    )
    order = Revocation.objects.get()
    assert (order.state, order.due_at) == (RevocationState.OPEN, NOON + timedelta(hours=24))
    assert ExpectedRemoval.objects.get().account == item.account


def test_new_customer_confidential_access_needs_a_reason(
    sam: User, alice: User, ledger: System
) -> None:
    holding(confidential(ledger), report_of(alice, "Tom Eriksen"), right(ledger, "read"))
    sheet = sheet_of(open_campaign(sam), alice)
    item = ReviewItem.objects.get()
    with pytest.raises(WrongInput, match="needs a reason"):
        decide(sheet, actor=acting(alice), picks=[pick(item)], choice=Choice.CERTIFY)
    decide(sheet, actor=acting(alice), picks=[pick(item)], choice=Choice.CERTIFY, reason="audit")
    assert outcome_of(item) == Outcome.CERTIFIED


def test_dont_know_stays_open_and_asks_the_owner(
    sheet: Review, item: ReviewItem, alice: User, owner: User
) -> None:
    decide(
        sheet,
        actor=acting(alice),
        picks=[pick(item)],
        choice=Choice.DONT_KNOW,
        reason="What is this for?",
    )
    assert outcome_of(item) == Outcome.OPEN
    assert Question.objects.get().asked_of == person_of(owner)


def test_undo_takes_a_decision_and_its_waiting_removal_back(
    sheet: Review, item: ReviewItem, alice: User
) -> None:
    decide(sheet, actor=acting(alice), picks=[pick(item)], choice=Choice.REVOKE, reason="Moved on")
    undo(sheet, actor=acting(alice), pick=pick(item))
    assert outcome_of(item) == Outcome.OPEN
    assert Revocation.objects.get().state == RevocationState.CANCELLED
    assert Decision.objects.get().state == DecisionState.UNDONE


def test_undo_after_the_removal_went_out_is_refused(
    sheet: Review, item: ReviewItem, alice: User
) -> None:
    decide(sheet, actor=acting(alice), picks=[pick(item)], choice=Choice.REVOKE, reason="Moved on")
    Revocation.objects.update(state=RevocationState.OPEN)
    with pytest.raises(Conflict, match="has gone out"):
        undo(sheet, actor=acting(alice), pick=pick(item))
    assert outcome_of(item) == Outcome.REVOKED


def test_decision_a_second_late_is_stored_and_marked(
    sheet: Review, item: ReviewItem, alice: User
) -> None:
    with clock.set_to(datetime(2026, 10, 20, 0, 0, tzinfo=UTC)):
        decide(sheet, actor=acting(alice), picks=[pick(item)], choice=Choice.CERTIFY)
    assert Decision.objects.get().late is True


def test_decision_after_the_close_is_refused(sheet: Review, item: ReviewItem, alice: User) -> None:
    Campaign.objects.update(state="closed")
    with pytest.raises(Conflict, match="is closed"):
        decide(sheet, actor=acting(alice), picks=[pick(item)], choice=Choice.CERTIFY)
    assert Decision.objects.count() == 0


def test_keep_until_needs_a_day_to_come(sheet: Review, item: ReviewItem, alice: User) -> None:
    with pytest.raises(WrongInput):
        decide(
            sheet,
            actor=acting(alice),
            picks=[pick(item)],
            choice=Choice.CERTIFY_UNTIL,
            until=date(2026, 10, 5),
        )
    decide(
        sheet,
        actor=acting(alice),
        picks=[pick(item)],
        choice=Choice.CERTIFY_UNTIL,
        until=date(2026, 12, 20),
    )
    assert outcome_of(item) == Outcome.CERTIFIED_UNTIL


@pytest.mark.parametrize("choice", [Choice.CERTIFY, Choice.REVOKE, Choice.DONT_KNOW])
def test_decide_with_a_day_that_the_choice_does_not_take_leaves_it_out(
    sheet: Review, item: ReviewItem, alice: User, choice: Choice
) -> None:
    decide(
        sheet,
        actor=acting(alice),
        picks=[pick(item)],
        choice=choice,
        reason="x",
        until=date(2026, 12, 20),
    )
    assert Decision.objects.get().until is None


def test_privileged_unknown_is_not_privileged_until_said(
    sam: User, alice: User, ledger: System
) -> None:
    holding(ledger, report_of(alice, "Tom Eriksen"), right(ledger, "x", privileged=Answer.UNKNOWN))
    open_campaign(sam)
    assert ReviewItem.objects.get().needs_second is False


def test_decision_keeps_the_version_of_the_catalogue_that_it_saw(
    sheet: Review, alice: User, item: ReviewItem
) -> None:
    ReviewItem.objects.filter(pk=item.pk).update(catalogue_version=3)
    decide(sheet, actor=acting(alice), picks=[pick(item)], choice=Choice.CERTIFY)
    assert Decision.objects.get(item=item).catalogue_version == 3
    event = Event.objects.get(verb="decision.made")
    assert '"catalogue":3' in event.body
