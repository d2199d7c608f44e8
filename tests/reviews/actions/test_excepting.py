"""Exceptions: who asks, who grants, what may then be kept, and when it is over."""

from datetime import date, timedelta

import pytest

import clock
from accounts.enums import AccountType
from accounts.models import Finding, System, User
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.models import Event
from jobs.models import Message
from reviews.actions.deciding import Pick, decide
from reviews.actions.excepting import (
    ask_exception,
    end_exceptions,
    grant_exception,
    refuse_exception,
    withdraw_exception,
)
from reviews.actions.exception_notices import warn_of_ends
from reviews.actions.timing import CLOCK
from reviews.enums import Choice, ExceptionState, Outcome
from reviews.models import Campaign, Review, ReviewItem, RuleException
from tests.accounts.policies import in_force
from tests.cast import NOON, acting, person_of
from tests.reviews.world import holding, open_campaign, report_of, right, sheet_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
END = date(2026, 12, 20)


@pytest.fixture
def campaign(sam: User, ada: User, alice: User, ledger: System) -> Campaign:
    """A contractor of Alice's without an end date, and somebody whose access breaks no rule."""
    read = right(ledger, "read")
    priya = report_of(alice, "Priya Natarajan")
    holding(ledger, priya, read, type=AccountType.TEMPORARY, sponsor=person_of(alice))
    holding(ledger, report_of(alice, "Lena Fischer"), read)
    return open_campaign(sam)


@pytest.fixture
def sheet(campaign: Campaign, alice: User) -> Review:
    return sheet_of(campaign, alice)


@pytest.fixture
def item(campaign: Campaign) -> ReviewItem:
    return ReviewItem.objects.get(campaign=campaign, holder_name="Priya Natarajan")


def ask(item: ReviewItem, user: User, ends_on: date = END, **said: str) -> RuleException:
    said = {"reason": "The project needs it", "control": "Read by two people"} | said
    return ask_exception(item, actor=acting(user), ends_on=ends_on, **said)


def keep(item: ReviewItem, user: User, until: date | None = END) -> None:
    item.refresh_from_db()
    decide(
        item.review,
        actor=acting(user),
        picks=[Pick(item.pk, item.version)],
        choice=Choice.CERTIFY_UNTIL if until else Choice.CERTIFY,
        reason="By exception",
        until=until,
    )


def verbs(asked: RuleException) -> list[tuple[str, str]]:
    events = Event.objects.filter(target=f"exception:{asked.pk}").order_by("id")
    return list(events.values_list("verb", "stream"))


def test_of_a_temporary_account_it_lasts_no_longer_than_the_policy_lets_that_last(
    sam: User, alice: User, ledger: System
) -> None:
    in_force(sam, temporary_total=30)
    priya = report_of(alice, "Priya Natarajan")
    holding(ledger, priya, right(ledger, "read"), type=AccountType.TEMPORARY)
    item = open_campaign(sam).items.get()
    with pytest.raises(WrongInput, match="after today and within 30 days"):
        ask(item, alice, END)
    asked = ask(item, alice, NOON.date() + timedelta(days=30))
    grant_exception(asked, actor=acting(sam), because="Fine")
    keep(item, alice, asked.ends_on)
    item.refresh_from_db()
    assert item.outcome == Outcome.CERTIFIED_UNTIL


def test_asking_leaves_the_item_open_and_tells_those_who_may_grant(
    item: ReviewItem, alice: User, sam: User, campaign: Campaign
) -> None:
    asked = ask(item, alice)
    item.refresh_from_db()
    assert (asked.state, asked.rules, item.outcome) == (ExceptionState.ASKED, ["S12"], Outcome.OPEN)
    assert verbs(asked) == [("exception.asked", campaign.stream)]
    told = Message.objects.filter(key__startswith="exception-asked:")
    assert list(told.values_list("to", flat=True)) == [sam.email]
    with pytest.raises(WrongInput, match="A rule forbids this access as it is"):
        keep(item, alice)


@pytest.mark.parametrize(
    ("ends_on", "said", "sentence"),
    [
        (NOON.date(), {}, "Choose an end after today and within 90 days"),
        (NOON.date() + timedelta(days=91), {}, "Choose an end after today and within 90 days"),
        (END, {"reason": " "}, "Say why it is needed"),
        (END, {"control": ""}, "what makes up for the risk"),
    ],
)
def test_asking_without_what_it_takes_is_refused(
    item: ReviewItem, alice: User, ends_on: date, said: dict[str, str], sentence: str
) -> None:
    with pytest.raises(WrongInput, match=sentence):
        ask(item, alice, ends_on, **said)


def test_the_last_day_of_ninety_can_be_asked_for(item: ReviewItem, alice: User) -> None:
    assert ask(item, alice, NOON.date() + timedelta(days=90)).state == ExceptionState.ASKED


def test_only_its_reviewer_asks_and_only_once(item: ReviewItem, alice: User, bob: User) -> None:
    with pytest.raises(NotAllowed, match="not yours to decide on"):
        ask(item, bob)
    ask(item, alice)
    with pytest.raises(Conflict, match="asked for or granted already"):
        ask(item, alice)


def test_what_breaks_no_rule_needs_none(campaign: Campaign, alice: User) -> None:
    with pytest.raises(WrongInput, match="No rule forbids this access"):
        ask(ReviewItem.objects.get(holder_name="Lena Fischer"), alice)


def test_what_has_become_ones_own_is_not_asked_for(item: ReviewItem, alice: User) -> None:
    item.account.operator = person_of(alice)
    item.account.save()
    with pytest.raises(NotAllowed, match="your own access"):
        ask(item, alice)


def test_a_decided_item_is_not_excepted(item: ReviewItem, alice: User) -> None:
    decide(
        item.review,
        actor=acting(alice),
        picks=[Pick(item.pk, item.version)],
        choice=Choice.REVOKE,
        reason="Over",
    )
    with pytest.raises(Conflict, match="decided or over"):
        ask(item, alice)


def test_granted_it_is_kept_until_its_end_and_exactly_so(
    item: ReviewItem, alice: User, sam: User, campaign: Campaign
) -> None:
    asked = grant_exception(ask(item, alice), actor=acting(sam), because="Acceptable")
    for until in (None, END - timedelta(days=1), END + timedelta(days=1)):
        with pytest.raises(WrongInput, match="An exception allows this until 20 December 2026"):
            keep(item, alice, until)
    keep(item, alice)
    item.refresh_from_db()
    assert (item.outcome, item.excepted_until) == (Outcome.CERTIFIED_UNTIL, END)
    assert (asked.decided_by_name, asked.decided_because) == ("Sam Ito", "Acceptable")
    assert verbs(asked)[1:] == [("exception.granted", campaign.stream)]
    assert Message.objects.filter(key=f"exception-decided:{asked.pk}", to=alice.email).count() == 1


def test_refused_the_item_stays_open_and_may_be_asked_for_again(
    item: ReviewItem, alice: User, sam: User
) -> None:
    asked = refuse_exception(ask(item, alice), actor=acting(sam), because="Name an end instead")
    with pytest.raises(WrongInput, match="A rule forbids this access as it is"):
        keep(item, alice)
    assert asked.state == ExceptionState.REFUSED
    assert ask(item, alice).state == ExceptionState.ASKED


@pytest.mark.parametrize("decide_it", [grant_exception, refuse_exception])
def test_nobody_decides_on_their_own_request(
    sam: User, ada: User, ledger: System, alice: User, decide_it: object
) -> None:
    read = right(ledger, "read")
    holding(ledger, report_of(sam, "Priya"), read, type=AccountType.TEMPORARY)
    item = ReviewItem.objects.get(campaign=open_campaign(ada))
    asked = ask(item, sam)
    with pytest.raises(NotAllowed, match="cannot approve this"):
        decide_it(asked, actor=acting(sam), because="Mine")  # type: ignore[operator]
    decided = decide_it(asked, actor=acting(ada), because="Seen")  # type: ignore[operator]
    assert decided.decided_by_ref == ada.ref


def test_the_holder_and_who_holds_the_credential_do_not_grant(
    item: ReviewItem, alice: User, sam: User, ada: User
) -> None:
    asked = ask(item, alice)
    item.account.person, item.account.operator = person_of(sam), person_of(ada)
    item.account.save()
    for user in (sam, ada):
        with pytest.raises(NotAllowed, match="your own access"):
            grant_exception(asked, actor=acting(user), because="Mine")


def test_reviewers_and_auditors_do_not_grant(
    item: ReviewItem, alice: User, bob: User, carol: User
) -> None:
    asked = ask(item, alice)
    for user in (bob, carol):
        with pytest.raises(NotAllowed, match="cannot approve this"):
            grant_exception(asked, actor=acting(user), because="Fine")


def test_it_is_decided_once_and_with_a_reason(item: ReviewItem, alice: User, sam: User) -> None:
    asked = ask(item, alice)
    with pytest.raises(WrongInput, match="Say why"):
        grant_exception(asked, actor=acting(sam), because=" ")
    grant_exception(asked, actor=acting(sam), because="Fine")
    with pytest.raises(Conflict, match="granted already"):
        refuse_exception(asked, actor=acting(sam), because="No")
    with pytest.raises(Conflict, match="granted already"):
        withdraw_exception(asked, actor=acting(alice))


def test_only_who_asked_withdraws_it(item: ReviewItem, alice: User, bob: User) -> None:
    asked = ask(item, alice)
    with pytest.raises(NotAllowed, match="Only who asked"):
        withdraw_exception(asked, actor=acting(bob))
    assert withdraw_exception(asked, actor=acting(alice)).state == ExceptionState.WITHDRAWN


def test_a_request_past_its_own_end_is_not_granted(
    item: ReviewItem, alice: User, sam: User
) -> None:
    asked = ask(item, alice, NOON.date() + timedelta(days=2))
    with (
        clock.set_to(NOON + timedelta(days=2)),
        pytest.raises(WrongInput, match="has passed"),
    ):
        grant_exception(asked, actor=acting(sam), because="Late")


def test_after_the_item_is_revoked_the_clock_withdraws_the_request(
    item: ReviewItem, alice: User, sam: User
) -> None:
    asked = ask(item, alice)
    decide(
        item.review,
        actor=acting(alice),
        picks=[Pick(item.pk, item.version)],
        choice=Choice.REVOKE,
        reason="Over",
    )
    with pytest.raises(Conflict, match="decided or over"):
        grant_exception(asked, actor=acting(sam), because="Fine")
    end_exceptions(actor=CLOCK)
    asked.refresh_from_db()
    assert asked.state == ExceptionState.WITHDRAWN


def test_at_its_end_it_is_a_violation_again_once(item: ReviewItem, alice: User, sam: User) -> None:
    asked = grant_exception(ask(item, alice), actor=acting(sam), because="Fine")
    keep(item, alice)
    with clock.set_to(NOON + timedelta(days=75)):
        assert end_exceptions(actor=CLOCK) == 0
    with clock.set_to(NOON + timedelta(days=76)):
        assert [end_exceptions(actor=CLOCK), end_exceptions(actor=CLOCK)] == [1, 0]
    asked.refresh_from_db()
    item.refresh_from_db()
    assert (asked.state, item.excepted_until) == (ExceptionState.ENDED, None)
    finding = Finding.objects.get(link=f"exception:{asked.pk}")
    assert (finding.rule, finding.account_id, finding.severity) == ("S12", item.account_id, "V")
    assert [verb for verb, _ in verbs(asked)][-1] == "exception.ended"


def test_what_was_put_right_meanwhile_is_no_violation_at_its_end(
    item: ReviewItem, alice: User, sam: User
) -> None:
    grant_exception(ask(item, alice), actor=acting(sam), because="Fine")
    keep(item, alice)
    ReviewItem.objects.filter(pk=item.pk).update(corrected={"S12": {"named": ["end"], "at": "x"}})
    with clock.set_to(NOON + timedelta(days=76)):
        end_exceptions(actor=CLOCK)
    assert Finding.objects.count() == 0


def test_who_asked_and_security_are_warned_fourteen_and_three_days_before(
    item: ReviewItem, alice: User, sam: User
) -> None:
    asked = grant_exception(ask(item, alice), actor=acting(sam), because="Fine")
    told = []
    for days in (61, 62, 63, 73, 74):
        with clock.set_to(NOON + timedelta(days=days)):
            warn_of_ends(actor=CLOCK)
            told.append(Message.objects.filter(key__startswith="exception-ends:").count())
    assert told == [0, 2, 2, 4, 4]
    assert Message.objects.filter(key__startswith=f"exception-ends:{asked.pk}:14:").count() == 2


def test_a_short_one_is_not_warned_of_before_it_was_granted(
    item: ReviewItem, alice: User, sam: User
) -> None:
    grant_exception(
        ask(item, alice, NOON.date() + timedelta(days=5)), actor=acting(sam), because="x"
    )
    assert warn_of_ends(actor=CLOCK) == 0


def test_nobody_is_warned_of_what_was_revoked_all_the_same(
    item: ReviewItem, alice: User, sam: User
) -> None:
    grant_exception(ask(item, alice), actor=acting(sam), because="Fine")
    decide(
        item.review,
        actor=acting(alice),
        picks=[Pick(item.pk, item.version)],
        choice=Choice.REVOKE,
        reason="Over",
    )
    with clock.set_to(NOON + timedelta(days=62)):
        assert warn_of_ends(actor=CLOCK) == 0


def test_administrators_are_told_where_no_other_security_person_is(
    sam: User, ada: User, alice: User, ledger: System
) -> None:
    holding(ledger, report_of(sam, "Priya"), right(ledger, "read"), type=AccountType.TEMPORARY)
    asked = ask(ReviewItem.objects.get(campaign=open_campaign(ada)), sam)
    assert Message.objects.get(key__startswith=f"exception-asked:{asked.pk}").to == ada.email
