"""Keep until asks again: whom, once, and what becomes of an answer or of none."""

from datetime import date, datetime, timedelta

import pytest

import clock
from accounts.enums import AccountType, PersonStatus
from accounts.models import Finding, Grant, Person, System, User
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.models import Event
from jobs.models import Message
from reviews.actions.closing import close_campaign
from reviews.actions.deciding import Pick, decide
from reviews.actions.excepting import ask_exception, grant_exception
from reviews.actions.rechecking import answer_recheck, ask_again
from reviews.actions.signing import sign_off
from reviews.actions.timing import CLOCK, keep_time
from reviews.enums import Choice, RecheckState, RevocationState, Stage
from reviews.models import Campaign, Decision, Recheck, ReviewItem, Revocation
from reviews.queries.today import today_of
from tests.cast import NOON, acting, make_run, person_of
from tests.reviews.world import (
    admin_right,
    holding,
    open_campaign,
    report_of,
    right,
    service_account,
    sheet_of,
    temporary_sheet,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
DAY = date(2026, 11, 30)
ON_THE_DAY = NOON + timedelta(days=56)
LATER = date(2027, 1, 31)


@pytest.fixture
def campaign(sam: User, alice: User, ledger: System) -> Campaign:
    """Tom and Lena hold a right; both are Alice's to judge, and there is one service account."""
    read = right(ledger, "read")
    for name in ("Tom Eriksen", "Lena Fischer"):
        holding(ledger, report_of(alice, name), read)
    return open_campaign(sam)


@pytest.fixture
def closed(campaign: Campaign, alice: User, sam: User) -> Campaign:
    """Tom's is kept until a day, Lena's for good; signed and closed."""
    choose("Tom Eriksen", alice, DAY)
    choose("Lena Fischer", alice)
    sign_off(sheet_of(campaign, alice), actor=acting(alice), method="password")
    return close_campaign(campaign, actor=acting(sam))


def choose(name: str, user: User, until: date | None = None, stage: Stage = Stage.FIRST) -> None:
    item = item_of(name)
    first = stage == Stage.FIRST
    sheet = item.review if first else item.second_review
    assert sheet is not None
    decide(
        sheet,
        actor=acting(user),
        picks=[Pick(item.pk, item.version if first else item.second_version)],
        choice=Choice.CERTIFY_UNTIL if until else Choice.CERTIFY,
        reason="The project lasts so long",
        until=until,
    )


def item_of(name: str) -> ReviewItem:
    return ReviewItem.objects.get(holder_name=name)


def at(moment: datetime) -> dict[str, int]:
    with clock.set_to(moment):
        return keep_time()


def answered(choice: Choice, user: User, until: date | None = None) -> Recheck:
    with clock.set_to(ON_THE_DAY):
        return answer_recheck(
            Recheck.objects.get(),
            actor=acting(user),
            choice=choice,
            reason="Still at it" if until else "Done",
            until=until,
        )


def test_on_the_day_the_reviewer_is_asked_once(closed: Campaign, alice: User) -> None:
    assert at(ON_THE_DAY - timedelta(days=1))["asked_again"] == 0
    assert [at(ON_THE_DAY)["asked_again"], at(ON_THE_DAY)["asked_again"]] == [1, 0]
    asked = Recheck.objects.get()
    assert (asked.item, asked.person, asked.due_on, asked.state) == (
        item_of("Tom Eriksen"),
        alice.person,
        DAY,
        RecheckState.ASKED,
    )
    assert asked.answer_by == ON_THE_DAY + timedelta(days=3)
    assert Message.objects.filter(key__startswith="asked-again:", to=alice.email).count() == 1
    events = Event.objects.filter(target=f"recheck:{asked.pk}")
    assert list(events.values_list("verb", "stream")) == [("recheck.asked", "system")]


def test_kept_once_more_it_is_asked_again_on_its_new_day(closed: Campaign, alice: User) -> None:
    at(ON_THE_DAY)
    assert answered(Choice.CERTIFY_UNTIL, alice, LATER).state == RecheckState.KEPT
    assert at(ON_THE_DAY + timedelta(days=4))["asked_again"] == 0
    assert Revocation.objects.count() == 0
    assert at(NOON.replace(year=2027, month=1, day=31))["asked_again"] == 1
    assert list(Recheck.objects.order_by("round").values_list("round", "state", "due_on")) == [
        (1, "kept", DAY),
        (2, "asked", LATER),
    ]


def test_revoked_it_goes_out_at_once_outside_the_campaign(closed: Campaign, alice: User) -> None:
    at(ON_THE_DAY)
    recheck = answered(Choice.REVOKE, alice)
    order = Revocation.objects.get()
    assert (recheck.state, recheck.revocation) == (RecheckState.REVOKED, order)
    assert (order.campaign, order.item, order.state, order.reason) == (
        None,
        item_of("Tom Eriksen"),
        RevocationState.OPEN,
        "Done",
    )
    assert set(
        Event.objects.filter(target=f"revocation:{order.pk}").values_list("stream", flat=True)
    ) == {"system"}


def test_without_an_answer_in_three_days_it_is_removed_once(
    closed: Campaign, alice: User, owner: User
) -> None:
    at(ON_THE_DAY)
    assert at(ON_THE_DAY + timedelta(days=3, seconds=-1))["answers_missed"] == 0
    late = ON_THE_DAY + timedelta(days=3)
    assert [at(late)["answers_missed"], at(late)["answers_missed"]] == [1, 0]
    recheck, order = Recheck.objects.get(), Revocation.objects.get()
    assert (recheck.state, recheck.revocation, order.state) == (
        RecheckState.LAPSED,
        order,
        RevocationState.OPEN,
    )
    assert order.due_at == late + timedelta(days=7)
    assert Message.objects.filter(key__startswith="recheck-lapsed:", to=alice.email).count() == 1
    assert Message.objects.filter(key__startswith="removals:", to=owner.email).count() == 1


def test_of_a_service_account_silence_makes_a_finding(
    sam: User, alice: User, owner: User, ledger: System
) -> None:
    service_account(ledger, owner_person=person_of(alice), purpose="Nightly settlement")
    campaign = open_campaign(sam)
    item = ReviewItem.objects.get(campaign=campaign)
    decide(
        item.review,
        actor=acting(owner),
        picks=[Pick(item.pk, 1)],
        choice=Choice.CERTIFY_UNTIL,
        until=DAY,
        reason="Until the move",
        confirming={item.pk: today_of([item])[item.pk].seal},
    )
    at(ON_THE_DAY)
    assert at(ON_THE_DAY + timedelta(days=3))["answers_missed"] == 1
    finding, recheck = Finding.objects.get(rule="K1"), Recheck.objects.get()
    assert (recheck.state, recheck.finding) == (RecheckState.FOUND, finding)
    assert (finding.link, finding.owner_person) == (f"recheck:{recheck.pk}", alice.person)
    assert Revocation.objects.count() == 0


def test_what_is_gone_on_the_day_is_not_asked(closed: Campaign) -> None:
    Grant.objects.filter(account=item_of("Tom Eriksen").account).update(gone_at=NOON)
    assert at(ON_THE_DAY)["asked_again"] == 0
    assert Recheck.objects.get().state == RecheckState.GONE
    assert Message.objects.filter(key__startswith="asked-again:").count() == 0
    assert Event.objects.filter(verb="recheck.ended").count() == 1


def test_what_is_gone_while_it_is_asked_ends_as_gone(closed: Campaign, alice: User) -> None:
    at(ON_THE_DAY)
    Grant.objects.filter(account=item_of("Tom Eriksen").account).update(gone_at=NOON)
    with pytest.raises(Conflict, match="gone already"):
        answered(Choice.CERTIFY_UNTIL, alice, LATER)
    assert Recheck.objects.get().state == RecheckState.GONE
    assert at(ON_THE_DAY + timedelta(days=3))["answers_missed"] == 0
    assert Revocation.objects.count() == 0


def test_a_later_review_that_decided_it_overtakes_it(
    closed: Campaign, alice: User, sam: User, ledger: System
) -> None:
    with clock.set_to(NOON + timedelta(days=30)):
        make_run(ledger, read_at=clock.now())
        later = open_campaign(sam, quarter="2027-Q1", due=date(2026, 12, 20))
        item = ReviewItem.objects.get(campaign=later, holder_name="Tom Eriksen")
        decide(item.review, actor=acting(alice), picks=[Pick(item.pk, 1)], choice=Choice.CERTIFY)
    assert at(ON_THE_DAY)["asked_again"] == 0
    assert Recheck.objects.get().state == RecheckState.OVERTAKEN


def test_who_has_left_is_followed_by_whom_the_rule_names(closed: Campaign, bob: User) -> None:
    alice = Person.objects.get(name="Alice Okafor")
    Person.objects.filter(pk=alice.pk).update(status=PersonStatus.LEFT)
    Person.objects.filter(name="Tom Eriksen").update(manager=bob.person)
    at(ON_THE_DAY)
    assert Recheck.objects.get().person == bob.person


def test_who_became_the_holder_is_not_asked_but_the_fallback_is(
    closed: Campaign, alice: User, sam: User
) -> None:
    account = item_of("Tom Eriksen").account
    account.person = alice.person
    account.save()
    at(ON_THE_DAY)
    assert Recheck.objects.get().person == sam.person
    with pytest.raises(NotAllowed, match="your own access"):
        answered(Choice.REVOKE, alice)


def test_only_who_is_asked_answers(closed: Campaign, bob: User, sam: User) -> None:
    at(ON_THE_DAY)
    for user in (bob, sam):
        with pytest.raises(NotAllowed, match="Somebody else is asked"):
            answered(Choice.REVOKE, user)


def test_where_nobody_can_be_asked_the_security_team_answers(
    closed: Campaign, alice: User, sam: User, bob: User
) -> None:
    at(ON_THE_DAY)
    Recheck.objects.update(person=None)
    with pytest.raises(NotAllowed, match="Somebody else is asked"):
        answered(Choice.REVOKE, bob)
    assert answered(Choice.REVOKE, sam).answered_by_name == "Sam Ito"


@pytest.mark.parametrize(
    ("choice", "reason", "until", "sentence"),
    [
        (Choice.CERTIFY, "Needed", None, "Keep it until a day, or revoke it"),
        (Choice.CERTIFY_UNTIL, " ", LATER, "needs a reason"),
        (Choice.REVOKE, "", None, "needs a reason"),
        (Choice.CERTIFY_UNTIL, "Needed", None, "a day after today"),
        (Choice.CERTIFY_UNTIL, "Needed", DAY, "a day after today"),
    ],
)
def test_an_answer_without_what_it_takes_is_refused(
    closed: Campaign, alice: User, choice: Choice, reason: str, until: date | None, sentence: str
) -> None:
    at(ON_THE_DAY)
    with clock.set_to(ON_THE_DAY), pytest.raises(WrongInput, match=sentence):
        answer_recheck(
            Recheck.objects.get(), actor=acting(alice), choice=choice, reason=reason, until=until
        )


def test_it_is_answered_once(closed: Campaign, alice: User) -> None:
    at(ON_THE_DAY)
    answered(Choice.CERTIFY_UNTIL, alice, LATER)
    with pytest.raises(Conflict, match="over already: kept until another day"):
        answered(Choice.REVOKE, alice)


def test_a_decision_that_was_replaced_is_not_asked_again(campaign: Campaign, alice: User) -> None:
    choose("Tom Eriksen", alice, DAY)
    choose("Tom Eriksen", alice)
    assert at(ON_THE_DAY)["asked_again"] == 0
    assert Recheck.objects.count() == 0


def test_each_of_two_people_is_asked_and_one_revoke_settles_it(
    sam: User, alice: User, owner: User, ledger: System
) -> None:
    holding(ledger, report_of(alice, "Mei Tanaka"), admin_right(ledger))
    open_campaign(sam)
    choose("Mei Tanaka", alice, DAY)
    choose("Mei Tanaka", owner, DAY, Stage.SECOND)
    at(ON_THE_DAY)
    assert set(Recheck.objects.values_list("person", flat=True)) == {
        alice.person_id,
        owner.person_id,
    }
    with clock.set_to(ON_THE_DAY):
        for user, choice, until in (
            (alice, Choice.CERTIFY_UNTIL, LATER),
            (owner, Choice.REVOKE, None),
        ):
            answer_recheck(
                Recheck.objects.get(person=user.person),
                actor=acting(user),
                choice=choice,
                reason="So",
                until=until,
            )
    assert Revocation.objects.get().state == RevocationState.OPEN
    assert at(NOON.replace(year=2027, month=1, day=31))["asked_again"] == 0
    assert Recheck.objects.get(round=2).state == RecheckState.OVERTAKEN


def test_silence_of_two_people_makes_one_removal(
    sam: User, alice: User, owner: User, ledger: System
) -> None:
    holding(ledger, report_of(alice, "Mei Tanaka"), admin_right(ledger))
    open_campaign(sam)
    choose("Mei Tanaka", alice, DAY)
    choose("Mei Tanaka", owner, DAY, Stage.SECOND)
    at(ON_THE_DAY)
    assert at(ON_THE_DAY + timedelta(days=3))["answers_missed"] == 2
    order = Revocation.objects.get()
    assert set(Recheck.objects.values_list("state", "revocation")) == {("lapsed", order.pk)}


def test_after_an_exception_only_another_exception_keeps_it(
    sam: User, alice: User, ledger: System
) -> None:
    priya = report_of(alice, "Priya Natarajan")
    holding(ledger, priya, right(ledger, "read"), type=AccountType.TEMPORARY)
    open_campaign(sam)
    item = item_of("Priya Natarajan")

    def excepted(ends_on: date) -> None:
        asked = ask_exception(
            item, actor=acting(alice), reason="Project", control="Watched", ends_on=ends_on
        )
        grant_exception(asked, actor=acting(sam), because="Fine")

    excepted(DAY)
    choose("Priya Natarajan", alice, DAY)
    at(ON_THE_DAY)
    with pytest.raises(WrongInput, match="A rule forbids this access as it is"):
        answered(Choice.CERTIFY_UNTIL, alice, LATER)
    with clock.set_to(ON_THE_DAY):
        excepted(LATER)
    with pytest.raises(WrongInput, match="An exception allows this until 31 January 2027"):
        answered(Choice.CERTIFY_UNTIL, alice, LATER + timedelta(days=1))
    assert answered(Choice.CERTIFY_UNTIL, alice, LATER).state == RecheckState.KEPT


def test_what_was_put_right_after_the_review_is_kept_without_an_exception(
    sam: User, alice: User, ledger: System
) -> None:
    priya = report_of(alice, "Priya Natarajan")
    account = holding(
        ledger,
        priya,
        right(ledger, "read"),
        type=AccountType.TEMPORARY,
        sponsor=person_of(alice),
    )
    open_campaign(sam)
    item = item_of("Priya Natarajan")
    asked = ask_exception(
        item, actor=acting(alice), reason="Project", control="Watched", ends_on=DAY
    )
    grant_exception(asked, actor=acting(sam), because="Fine")
    choose("Priya Natarajan", alice, DAY)
    at(ON_THE_DAY)
    account.expires = LATER
    account.save()
    assert answered(Choice.CERTIFY_UNTIL, alice, LATER).state == RecheckState.KEPT
    item.refresh_from_db()
    assert item.corrected == {}


def test_a_temporary_account_kept_once_more_ends_on_its_new_day(
    sam: User, alice: User, ledger: System
) -> None:
    item = temporary_sheet(sam, alice, ledger).items.get()
    choose("Priya Natarajan", alice, DAY)
    at(ON_THE_DAY)
    latest = DAY + timedelta(days=90)
    with pytest.raises(WrongInput, match="until 28 February 2027 at the latest"):
        answered(Choice.CERTIFY_UNTIL, alice, latest + timedelta(days=1))
    item.account.refresh_from_db()
    before = item.account.expires
    assert answered(Choice.CERTIFY_UNTIL, alice, latest).state == RecheckState.KEPT
    item.account.refresh_from_db()
    assert (before, item.account.expires) == (DAY, latest)
    ends = Event.objects.filter(verb="account.end_set", actor=alice.ref)
    assert ends.count() == 2


def test_an_exception_keeps_it_without_moving_its_end(
    sam: User, alice: User, ledger: System
) -> None:
    sheet = temporary_sheet(sam, alice, ledger, sponsor=None)
    item, end = sheet.items.get(), NOON.date() + timedelta(days=10)
    asked = ask_exception(
        item, actor=acting(alice), reason="Project", control="Watched", ends_on=DAY
    )
    grant_exception(asked, actor=acting(sam), because="Fine")
    choose("Priya Natarajan", alice, DAY)
    at(ON_THE_DAY)
    with clock.set_to(ON_THE_DAY):
        again = ask_exception(
            item, actor=acting(alice), reason="Project", control="Watched", ends_on=LATER
        )
        grant_exception(again, actor=acting(sam), because="Fine")
    assert answered(Choice.CERTIFY_UNTIL, alice, LATER).state == RecheckState.KEPT
    item.account.refresh_from_db()
    assert item.account.expires == end


def test_two_of_one_day_make_one_message(campaign: Campaign, alice: User) -> None:
    choose("Tom Eriksen", alice, DAY)
    choose("Lena Fischer", alice, DAY)
    with clock.set_to(ON_THE_DAY):
        assert ask_again(actor=CLOCK) == 2
    assert Message.objects.filter(key__startswith="asked-again:").count() == 1
    assert Decision.objects.filter(rechecks__state=RecheckState.ASKED).count() == 2
