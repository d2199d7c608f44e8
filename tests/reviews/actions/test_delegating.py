"""Delegating: who may, to whom, for which days, and what the delegate then decides."""

from datetime import date, timedelta

import pytest

import clock
from accounts.models import Account, Person, System, User
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.models import Event
from jobs.models import Message
from reviews.actions import notices
from reviews.actions.correcting import Naming, correct_item
from reviews.actions.deciding import Pick, decide, undo
from reviews.actions.delegating import Delegated, Term, delegate, end_delegation, set_out_of_office
from reviews.actions.questions import answer_question
from reviews.actions.rerouting import reassign_item
from reviews.actions.signing import sign_off
from reviews.actions.timing import CLOCK
from reviews.enums import Choice, DecisionState, Outcome, Stage
from reviews.models import Campaign, Decision, Delegation, Question, Review, ReviewItem
from reviews.queries import items_visible_to, reviews_visible_to
from reviews.queries.delegations import items_on
from tests.cast import NOON, acting, person_of
from tests.reviews.world import (
    admin_right,
    holding,
    open_campaign,
    report_of,
    right,
    service_account,
    sheet_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
TODAY = NOON.date()
UNTIL = date(2026, 10, 12)


def term(to: User | Person, starts: date = TODAY, ends: date = UNTIL, why: str = "Away") -> Term:
    return Term(person_of(to) if isinstance(to, User) else to, starts, ends, why)


@pytest.fixture
def campaign(sam: User, alice: User, bob: User, ledger: System) -> Campaign:
    """Three of Alice's reports read; Tom may administer, and Olga is the second person for it."""
    read = right(ledger, "read")
    for name in ("Lena Fischer", "Mei Tanaka", "Nils Berg"):
        holding(ledger, report_of(alice, name), read)
    holding(ledger, report_of(alice, "Tom Eriksen"), admin_right(ledger))
    return open_campaign(sam)


@pytest.fixture
def sheet(campaign: Campaign, alice: User) -> Review:
    return sheet_of(campaign, alice)


def of(name: str) -> ReviewItem:
    return ReviewItem.objects.get(holder_name__startswith=name)


def give(
    sheet: Review, to: User, *names: str, starts: date = TODAY, ends: date = UNTIL
) -> Delegated:
    """Its reviewer delegates the items of these people, or the whole sheet."""
    by = User.objects.get(person=sheet.reviewer_id)
    ids = [of(name).pk for name in names] if names else None
    return delegate(sheet, actor=acting(by), term=term(to, starts, ends), item_ids=ids)


def choose(
    sheet: Review, user: User, name: str, choice: Choice = Choice.CERTIFY, reason: str = "On call"
) -> Decision:
    item = of(name)
    stage = Stage.FIRST if item.review_id == sheet.pk else Stage.SECOND
    version = item.version if stage == Stage.FIRST else item.second_version
    decide(sheet, actor=acting(user), picks=[Pick(item.pk, version)], choice=choice, reason=reason)
    return Decision.objects.get(item=item, stage=stage, state=DecisionState.STANDING)


# What a delegate does


def test_delegate_decides_what_was_delegated_and_the_record_names_both(
    sheet: Review, alice: User, bob: User
) -> None:
    made = give(sheet, bob, "Lena")
    decision = choose(sheet, bob, "Lena")
    event = Event.objects.get(verb="decision.made")
    assert (made.count, made.stayed) == (1, [])
    assert (decision.person, decision.for_person, decision.review) == (
        bob.person,
        alice.person,
        sheet,
    )
    assert event.actor == bob.ref
    assert f'"for":{alice.person_id}' in event.body
    assert f'"person":{bob.person_id}' in event.body
    assert of("Lena").outcome == Outcome.CERTIFIED


def test_own_decision_of_the_reviewer_names_nobody_else(sheet: Review, alice: User) -> None:
    assert choose(sheet, alice, "Lena").for_person is None
    assert '"for":' not in Event.objects.get(verb="decision.made").body


def test_delegate_decides_nothing_else_of_the_sheet(sheet: Review, bob: User) -> None:
    give(sheet, bob, "Lena")
    with pytest.raises(NotAllowed, match="Alice Okafor has not delegated this to you"):
        choose(sheet, bob, "Mei")
    picks = [Pick(of(name).pk, 1) for name in ("Lena", "Mei")]
    with pytest.raises(NotAllowed, match="has not delegated this to you"):
        decide(sheet, actor=acting(bob), picks=picks, choice=Choice.CERTIFY)
    assert Decision.objects.count() == 0


def test_delegate_of_all_decides_several_at_once(sheet: Review, bob: User) -> None:
    give(sheet, bob)
    picks = [Pick(of(name).pk, 1) for name in ("Lena", "Mei")]
    verdict = decide(sheet, actor=acting(bob), picks=picks, choice=Choice.CERTIFY)
    assert sorted(verdict.decided) == sorted(pick.item_id for pick in picks)


@pytest.mark.parametrize("day", [-1, 7, 8])
def test_delegate_decides_within_the_dates_only(sheet: Review, bob: User, day: int) -> None:
    give(sheet, bob, "Lena")
    with clock.set_to(NOON + timedelta(days=day)):
        if day == 7:
            assert choose(sheet, bob, "Lena").person == bob.person
        else:
            with pytest.raises(NotAllowed, match="This sheet is somebody else's"):
                choose(sheet, bob, "Lena")


def test_delegate_decides_nothing_once_it_has_ended(sheet: Review, alice: User, bob: User) -> None:
    made = give(sheet, bob)
    choose(sheet, bob, "Lena")
    end_delegation(made.delegation, actor=acting(alice))
    with pytest.raises(NotAllowed, match="somebody else's"):
        choose(sheet, bob, "Mei")
    assert of("Lena").outcome == Outcome.CERTIFIED


def test_delegate_who_has_left_decides_nothing(sheet: Review, bob: User) -> None:
    give(sheet, bob)
    Person.objects.filter(user=bob).update(status="left")
    with pytest.raises(NotAllowed, match="somebody else's"):
        choose(sheet, bob, "Lena")
    assert sheet not in reviews_visible_to(bob)


def test_delegate_whose_last_day_has_passed_decides_nothing(sheet: Review, bob: User) -> None:
    give(sheet, bob)
    Person.objects.filter(user=bob).update(end=TODAY)
    choose(sheet, bob, "Lena")
    with (
        clock.set_to(NOON + timedelta(days=1)),
        pytest.raises(NotAllowed, match="somebody else's"),
    ):
        choose(sheet, bob, "Mei")


def test_delegate_does_not_sign_or_hand_on(sheet: Review, bob: User, sam: User) -> None:
    give(sheet, bob)
    with pytest.raises(NotAllowed, match="Only its reviewer signs a sheet off"):
        sign_off(sheet, actor=acting(bob), method="password")
    with pytest.raises(NotAllowed, match="Only its reviewer or the security team hands"):
        reassign_item(of("Lena"), actor=acting(bob), to=person_of(sam), reason="Not mine")


def test_delegate_takes_back_their_own_choice_and_the_reviewer_both(
    sheet: Review, alice: User, bob: User
) -> None:
    give(sheet, bob)
    choose(sheet, alice, "Mei")
    choose(sheet, bob, "Lena")
    choose(sheet, bob, "Nils")
    with pytest.raises(Conflict, match="nothing of yours to undo"):
        undo(sheet, actor=acting(bob), pick=Pick(of("Mei").pk, of("Mei").version))
    undo(sheet, actor=acting(bob), pick=Pick(of("Lena").pk, of("Lena").version))
    undo(sheet, actor=acting(alice), pick=Pick(of("Nils").pk, of("Nils").version))
    assert [of(name).outcome for name in ("Lena", "Mei", "Nils")] == ["open", "certified", "open"]


def test_delegate_puts_right_and_asks(
    sam: User, alice: User, bob: User, owner: User, ledger: System
) -> None:
    holding(ledger, report_of(alice, "Priya Rao"), right(ledger, "read"), type="temporary")
    sheet = sheet_of(open_campaign(sam), alice)
    give(sheet, bob, "Priya")
    correct_item(
        sheet, of("Priya"), actor=acting(bob), naming=Naming(end=UNTIL, sponsor=alice.person)
    )
    assert of("Priya").corrected.keys() == {"S12"}
    choose(sheet, bob, "Priya", Choice.DONT_KNOW, "What for?")
    answer_question(Question.objects.get(), actor=acting(owner), answer="The audit")
    told = Message.objects.filter(key__startswith="answer:").order_by("to")
    assert [message.to for message in told] == [alice.email, bob.email]


def test_putting_right_what_was_not_delegated_is_refused(sheet: Review, bob: User) -> None:
    give(sheet, bob, "Lena")
    with pytest.raises(NotAllowed, match="has not delegated this to you"):
        correct_item(sheet, of("Mei"), actor=acting(bob), naming=Naming(purpose="x"))


def test_sign_off_covers_what_a_delegate_decided(sheet: Review, alice: User, bob: User) -> None:
    give(sheet, bob)
    for name in ("Lena", "Mei", "Nils", "Tom"):
        choose(sheet, bob, name)
    signed = sign_off(sheet, actor=acting(alice), method="password")
    assert signed.decisions_count == 4
    with pytest.raises(Conflict, match="Alice Okafor has signed this sheet off"):
        choose(sheet, bob, "Lena", Choice.REVOKE, "x")


# Own access, and the two who judge


def test_own_access_of_the_delegate_stays_and_is_named(
    sheet: Review, alice: User, bob: User
) -> None:
    Account.objects.filter(username="lena").update(person=bob.person)
    made = give(sheet, bob)
    assert (made.count, [item.pk for item in made.stayed]) == (3, [of("Lena").pk])
    with pytest.raises(NotAllowed, match="your own access"):
        choose(sheet, bob, "Lena")
    assert of("Lena") not in items_on(sheet, bob)


def test_own_access_alone_is_not_delegated(sheet: Review, alice: User, bob: User) -> None:
    Account.objects.filter(username="lena").update(operator=bob.person)
    with pytest.raises(NotAllowed, match="Bob Larsen may judge none of it"):
        give(sheet, bob, "Lena")
    assert Delegation.objects.count() == 0


def test_what_becomes_the_delegates_own_is_theirs_to_decide_no_more(
    sheet: Review, bob: User
) -> None:
    give(sheet, bob)
    Account.objects.filter(username="lena").update(person=bob.person)
    with pytest.raises(NotAllowed, match="your own access"):
        choose(sheet, bob, "Lena")
    assert of("Lena") not in items_visible_to(bob)


def test_what_becomes_the_reviewers_own_is_decided_by_nobody_for_them(
    sheet: Review, alice: User, bob: User
) -> None:
    give(sheet, bob)
    Account.objects.filter(username="lena").update(person=alice.person)
    with pytest.raises(NotAllowed, match="Alice Okafor's own access"):
        choose(sheet, bob, "Lena")


def test_the_second_person_is_no_delegate_of_the_first(
    sheet: Review, alice: User, owner: User
) -> None:
    made = give(sheet, owner)
    assert [item.pk for item in made.stayed] == [of("Tom").pk]
    with pytest.raises(NotAllowed, match="may judge none of it"):
        give(sheet, owner, "Tom", starts=date(2026, 11, 1), ends=date(2026, 11, 2))
    with pytest.raises(NotAllowed, match="has not delegated this to you"):
        choose(sheet, owner, "Tom")


def test_delegate_of_both_people_serves_for_one_only(
    sheet: Review, campaign: Campaign, bob: User, owner: User
) -> None:
    second = sheet_of(campaign, owner)
    give(sheet, bob)
    give(second, bob)
    choose(sheet, bob, "Tom")
    with pytest.raises(WrongInput, match="it takes somebody else"):
        choose(second, bob, "Tom")
    assert of("Tom").outcome == Outcome.OPEN


# Who delegates what to whom


def test_delegating_is_an_event_and_tells_both(sheet: Review, alice: User, bob: User) -> None:
    made = give(sheet, bob, "Lena").delegation
    event = Event.objects.get(verb="delegation.made")
    assert (event.target, event.stream) == (f"review:{sheet.pk}", sheet.campaign.stream)
    assert f'"items":[{of("Lena").pk}]' in event.body
    told = Message.objects.filter(key__startswith=f"delegation:{made.pk}:").order_by("to")
    assert [(m.to, m.subject) for m in told] == [
        (alice.email, "Bob Larsen decides for you from 5 October to 12 October 2026"),
        (bob.email, "You decide for Alice Okafor from 5 October to 12 October 2026"),
    ]


@pytest.mark.parametrize(
    ("starts", "ends", "words"),
    [
        (-1, 3, "days from today on"),
        (3, 2, "days from today on"),
        (0, 90, "At most 90 days"),
    ],
)
def test_days_that_cannot_be_are_refused(
    sheet: Review, bob: User, starts: int, ends: int, words: str
) -> None:
    days = {"starts": TODAY + timedelta(days=starts), "ends": TODAY + timedelta(days=ends)}
    with pytest.raises(WrongInput, match=words):
        give(sheet, bob, "Lena", **days)


def test_ninety_days_are_allowed(sheet: Review, bob: User) -> None:
    assert give(sheet, bob, "Lena", ends=TODAY + timedelta(days=89)).count == 1


def test_oneself_a_leaver_and_no_reason_are_refused(sheet: Review, alice: User, bob: User) -> None:
    with pytest.raises(WrongInput, match="somebody else than yourself"):
        give(sheet, alice)
    with pytest.raises(WrongInput, match="Say why"):
        delegate(sheet, actor=acting(alice), term=term(bob, why=" "))
    Person.objects.filter(user=bob).update(status="left")
    bob.refresh_from_db()
    with pytest.raises(WrongInput, match="Bob Larsen cannot decide for you"):
        give(sheet, bob)
    assert Delegation.objects.count() == 0


def test_whoever_leaves_before_it_begins_is_refused(sheet: Review, bob: User) -> None:
    Person.objects.filter(user=bob).update(end=TODAY)
    bob.refresh_from_db()
    tomorrow = TODAY + timedelta(days=1)
    with pytest.raises(WrongInput, match="cannot decide for you"):
        give(sheet, bob, starts=tomorrow)


def test_a_delegate_passes_nothing_on(sheet: Review, bob: User, sam: User) -> None:
    give(sheet, bob)
    with pytest.raises(NotAllowed, match="cannot pass that on"):
        delegate(sheet, actor=acting(bob), term=term(sam))
    with pytest.raises(NotAllowed, match="cannot pass that on"):
        delegate(sheet, actor=acting(sam), term=term(bob))


def test_a_delegate_out_of_office_does_not_pass_it_on_either(
    sheet: Review, bob: User, sam: User
) -> None:
    give(sheet, bob)
    set_out_of_office(actor=acting(bob), term=term(sam))
    with pytest.raises(NotAllowed, match="somebody else's"):
        choose(sheet, sam, "Lena")


def test_nothing_is_delegated_to_who_is_out_of_office(sheet: Review, bob: User, sam: User) -> None:
    set_out_of_office(actor=acting(bob), term=term(sam))
    with pytest.raises(WrongInput, match="Bob Larsen is out of office from 5 October to 12"):
        give(sheet, bob)


def test_the_same_twice_is_a_conflict(sheet: Review, bob: User) -> None:
    give(sheet, bob, "Lena", "Mei")
    with pytest.raises(Conflict, match="decides on this within these days already"):
        give(sheet, bob, "Mei")
    give(sheet, bob, "Nils")
    give(sheet, bob)
    with pytest.raises(Conflict, match="already"):
        give(sheet, bob)
    assert Delegation.objects.count() == 3


def test_somebody_elses_items_are_not_delegated(
    sheet: Review, bob: User, owner: User, ledger: System, sam: User
) -> None:
    other = ReviewItem.objects.filter(second_review__reviewer=owner.person).get()
    foreign = sheet_of(sheet.campaign, owner)
    by = acting(owner)
    assert delegate(foreign, actor=by, term=term(bob), item_ids=[other.pk]).count == 1
    with pytest.raises(NotAllowed, match="not on your sheet"):
        delegate(foreign, actor=by, term=term(sam), item_ids=[other.pk, of("Lena").pk])


def test_a_closed_sheet_is_not_delegated(sheet: Review, bob: User) -> None:
    Review.objects.filter(pk=sheet.pk).update(state="signed")
    with pytest.raises(Conflict, match="This sheet is closed"):
        give(sheet, bob)


def test_either_ends_it_and_nobody_else(sheet: Review, alice: User, bob: User, sam: User) -> None:
    made = give(sheet, bob).delegation
    with pytest.raises(NotAllowed, match="Only the two people"):
        end_delegation(made, actor=acting(sam))
    ended = end_delegation(made, actor=acting(bob))
    assert (ended.ended_at, ended.ended_by_ref) == (NOON, bob.ref)
    assert Event.objects.get(verb="delegation.ended").target == f"review:{sheet.pk}"
    assert Message.objects.filter(key__startswith=f"delegation:{made.pk}:ended").count() == 2
    with pytest.raises(Conflict, match="ended already"):
        end_delegation(made, actor=acting(alice))


# Seen


def test_delegate_sees_what_was_delegated_while_it_runs(sheet: Review, bob: User) -> None:
    give(sheet, bob, "Lena", "Mei")
    both = {of("Lena"), of("Mei")}
    assert (set(reviews_visible_to(bob)), set(items_visible_to(bob))) == ({sheet}, both)
    assert set(items_on(sheet, bob)) == both
    with clock.set_to(NOON + timedelta(days=8)):
        assert (set(reviews_visible_to(bob)), set(items_visible_to(bob))) == (set(), set())


def test_reviewer_and_readers_see_the_whole_sheet(
    sheet: Review, alice: User, bob: User, sam: User
) -> None:
    give(sheet, bob, "Lena")
    assert (items_on(sheet, alice).count(), items_on(sheet, sam).count()) == (4, 4)


def test_what_leaves_the_sheet_leaves_the_delegation(
    sheet: Review, alice: User, bob: User, sam: User
) -> None:
    give(sheet, bob, "Lena", "Mei")
    reassign_item(of("Lena"), actor=acting(alice), to=person_of(sam), reason="Reports to Sam")
    assert set(items_visible_to(bob)) == {of("Mei")}


def test_a_partial_delegation_at_one_stage_does_not_reach_the_other(
    sheet: Review, campaign: Campaign, bob: User, owner: User
) -> None:
    """Bob decides on all of Olga's sheet, and on Lena's item of Alice's: not on Tom's there."""
    give(sheet_of(campaign, owner), bob)
    give(sheet, bob, "Lena")
    assert set(items_on(sheet, bob)) == {of("Lena")}
    with pytest.raises(NotAllowed, match="has not delegated this to you"):
        choose(sheet, bob, "Tom")


# Out of office


def test_out_of_office_delegates_sheets_that_are_there_and_that_come(
    sam: User, alice: User, bob: User, ledger: System
) -> None:
    holding(ledger, report_of(alice, "Lena Fischer"), right(ledger, "read"))
    made = set_out_of_office(actor=acting(alice), term=term(bob))
    assert (Event.objects.get(verb="delegation.out_of_office").target, made.review) == (
        f"person:{alice.person_id}",
        None,
    )
    campaign = open_campaign(sam)
    sheet = sheet_of(campaign, alice)
    assert choose(sheet, bob, "Lena").for_person == alice.person
    notices.announce_launch(campaign, actor=CLOCK, after=0, most=10)
    told = Message.objects.get(key=f"launch:{sheet.pk}:delegate:{made.pk}")
    assert (told.to, told.subject) == (
        bob.email,
        "Access review 2026-Q4: 1 item to decide for Alice Okafor",
    )


def test_out_of_office_twice_at_once_is_a_conflict(alice: User, bob: User, sam: User) -> None:
    set_out_of_office(actor=acting(alice), term=term(bob))
    with pytest.raises(Conflict, match="Bob Larsen decides for you from 5 October to 12"):
        set_out_of_office(actor=acting(alice), term=term(sam, UNTIL, UNTIL))
    set_out_of_office(
        actor=acting(alice), term=term(sam, UNTIL + timedelta(days=1), UNTIL + timedelta(days=2))
    )


def test_out_of_office_has_the_same_rules_as_delegating(alice: User, bob: User) -> None:
    with pytest.raises(WrongInput, match="somebody else than yourself"):
        set_out_of_office(actor=acting(alice), term=term(alice))
    with pytest.raises(WrongInput, match="days from today on"):
        set_out_of_office(actor=acting(alice), term=term(bob, TODAY - timedelta(days=1)))


# Reminded


def test_reminders_reach_the_delegate_beside_the_reviewer(
    sheet: Review, campaign: Campaign, alice: User, bob: User
) -> None:
    give(sheet, bob, "Lena", "Mei", ends=campaign.due_at.date())
    choose(sheet, bob, "Lena")
    with clock.set_to(campaign.due_at):
        notices.remind(campaign, actor=CLOCK)
    told = Message.objects.filter(key__startswith="reminder-due:").exclude(
        to="olga.petrova@example.com"
    )
    assert [(m.to, m.subject) for m in told.order_by("to")] == [
        (alice.email, "Access review 2026-Q4: 3 items due by 19 October"),
        (bob.email, "Access review 2026-Q4: 1 item to decide for Alice Okafor"),
    ]


def test_delegate_who_has_decided_all_is_not_reminded(
    sheet: Review, campaign: Campaign, bob: User
) -> None:
    give(sheet, bob, "Lena", ends=campaign.due_at.date())
    choose(sheet, bob, "Lena")
    with clock.set_to(campaign.due_at):
        notices.remind(campaign, actor=CLOCK)
    assert not Message.objects.filter(key__contains=":delegate:").exists()


def test_service_accounts_of_the_delegate_are_their_own(
    sam: User, alice: User, bob: User, ledger: System
) -> None:
    """The owner holds the credential, unless an operator is named."""
    mine = service_account(ledger, owner_person=bob.person)
    free = service_account(
        ledger, "svc-b", owner_person=bob.person, operator=report_of(alice, "Tom Eriksen")
    )
    campaign = open_campaign(sam)
    sheet = ReviewItem.objects.get(account=mine).review
    by = User.objects.get(person=sheet.reviewer_id)
    made = delegate(sheet_of(campaign, by), actor=acting(by), term=term(bob))
    assert [item.account_id for item in made.stayed] == [mine.pk]
    assert set(items_visible_to(bob)) == set(ReviewItem.objects.filter(account=free))
