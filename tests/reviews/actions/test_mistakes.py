"""Correcting what was signed: two persons, both versions, and what follows from it."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

import clock
from accounts.models import System, User
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.models import Event
from jobs.models import Message
from reviews.actions.checking_notices import tell_checkers
from reviews.actions.closing import close_campaign
from reviews.actions.correcting import Naming, correct_item
from reviews.actions.deciding import Pick, decide, undo
from reviews.actions.launching import Acknowledgement
from reviews.actions.mistakes import (
    Instead,
    approve_correction,
    ask_correction,
    lapse_corrections,
    refuse_correction,
)
from reviews.actions.rerouting import hand_over_sheet, reassign_item
from reviews.actions.signing import sign_off
from reviews.actions.timing import CLOCK
from reviews.enums import Choice, CorrectionState, DecisionState, Outcome, RevocationState, Stage
from reviews.launch.gates import GateClosed
from reviews.models import Correction, Decision, Review, ReviewItem, Revocation
from reviews.queries.checking import corrections_visible_to
from reviews.queries.signing import totals_of
from tests.cast import NOON, acting, person_of
from tests.reviews.world import (
    admin_right,
    holding,
    open_campaign,
    report_of,
    right,
    sheet_of,
    temporary_sheet,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
SLIP = "I pressed the wrong row"


@pytest.fixture
def sheet(sam: User, alice: User, ledger: System) -> Review:
    """Tom's reading is kept and Lena's is revoked; signed."""
    read = right(ledger, "read")
    for name in ("Tom Eriksen", "Lena Fischer"):
        holding(ledger, report_of(alice, name), read)
    sheet = sheet_of(open_campaign(sam), alice)
    for item, choice in ((of("Tom"), Choice.CERTIFY), (of("Lena"), Choice.REVOKE)):
        decide(
            sheet, actor=acting(alice), picks=[Pick(item.pk, 1)], choice=choice, reason="No longer"
        )
    return sign_off(sheet, actor=acting(alice), method="password")


def of(name: str) -> ReviewItem:
    return ReviewItem.objects.get(holder_name__startswith=name)


def ask(
    sheet: Review, user: User, name: str = "Tom", choice: Choice = Choice.REVOKE, reason: str = SLIP
) -> Correction:
    return ask_correction(sheet, of(name), actor=acting(user), instead=Instead(choice, reason))


def approve(correction: Correction, user: User) -> Correction:
    return approve_correction(correction, actor=acting(user), method="password")


def test_what_was_signed_stands_until_another_person_approves(sheet: Review, alice: User) -> None:
    correction = ask(sheet, alice)
    assert (correction.state, of("Tom").outcome) == (CorrectionState.ASKED, Outcome.CERTIFIED)
    event = Event.objects.get(verb="decision.correction_asked")
    assert (event.target, event.actor, event.stream) == (
        f"item:{of('Tom').pk}",
        alice.ref,
        sheet.campaign.stream,
    )


def test_approved_correction_keeps_both_versions_and_names_both_people(
    sheet: Review, alice: User, sam: User
) -> None:
    correction = approve(ask(sheet, alice), sam)
    old, new = Decision.objects.filter(item=of("Tom")).order_by("pk")
    assert (old.choice, old.state, old.signed_at) == (
        "certify",
        DecisionState.REPLACED,
        sheet.signed_at,
    )
    assert (new.choice, new.state, new.person_name, new.signed_at) == (
        "revoke",
        DecisionState.STANDING,
        "Alice Okafor",
        NOON,
    )
    assert (correction.new_decision, correction.asked_by_name, correction.answered_by_name) == (
        new,
        "Alice Okafor",
        "Sam Ito",
    )


def test_approved_revoke_is_ordered_at_once(sheet: Review, alice: User, sam: User) -> None:
    approve(ask(sheet, alice), sam)
    order = Revocation.objects.get(item=of("Tom"))
    assert (of("Tom").outcome, order.state, order.reason) == (
        Outcome.REVOKED,
        RevocationState.OPEN,
        SLIP,
    )


def test_receipt_counts_what_was_signed_and_not_the_correction(
    sheet: Review, alice: User, sam: User
) -> None:
    approve(ask(sheet, alice), sam)
    sheet.refresh_from_db()
    assert (totals_of(sheet), sheet.decisions_count) == (
        {"certify": 1, "certify_until": 0, "revoke": 1, "dont_know": 0},
        2,
    )


def test_keep_until_instead_of_keep_is_approved(sheet: Review, alice: User, sam: User) -> None:
    until = date(2026, 12, 24)
    asked = ask_correction(
        sheet,
        of("Tom"),
        actor=acting(alice),
        instead=Instead(Choice.CERTIFY_UNTIL, "Until the project ends", until),
    )
    approve(asked, sam)
    standing = Decision.objects.get(item=of("Tom"), state="standing")
    assert (of("Tom").outcome, standing.until) == (Outcome.CERTIFIED_UNTIL, until)


def test_a_temporary_account_kept_until_a_day_by_a_correction_ends_on_it(
    sam: User, alice: User, ledger: System
) -> None:
    correction = ask_until(signed_temporary(sam, alice, ledger), alice, NOON + timedelta(days=90))
    correction.item.account.refresh_from_db()
    before = correction.item.account.expires
    item = approve(correction, sam).item
    item.refresh_from_db()
    assert (before, item.account.expires, item.outcome) == (
        date(2026, 10, 15),
        date(2027, 1, 3),
        Outcome.CERTIFIED_UNTIL,
    )
    event = Event.objects.get(verb="account.end_set")
    assert (event.actor, event.target) == (sam.ref, f"account:{item.account_id}")


def test_a_temporary_account_is_not_kept_longer_by_a_correction(
    sam: User, alice: User, ledger: System
) -> None:
    sheet = signed_temporary(sam, alice, ledger)
    with pytest.raises(WrongInput, match="until 3 January 2027 at the latest"):
        ask_until(sheet, alice, NOON + timedelta(days=91))
    assert Correction.objects.count() == 0


def signed_temporary(sam: User, alice: User, ledger: System) -> Review:
    sheet = temporary_sheet(sam, alice, ledger)
    picks = [Pick(sheet.items.get().pk, 1)]
    decide(sheet, actor=acting(alice), picks=picks, choice=Choice.CERTIFY, reason="On the move")
    return sign_off(sheet, actor=acting(alice), method="password")


def ask_until(sheet: Review, user: User, moment: datetime) -> Correction:
    instead = Instead(Choice.CERTIFY_UNTIL, "Until the project ends", moment.date())
    return ask_correction(sheet, sheet.items.get(), actor=acting(user), instead=instead)


def test_a_removal_that_has_gone_out_is_restored_and_not_corrected(
    sheet: Review, alice: User
) -> None:
    with pytest.raises(Conflict, match="The removal has gone out already"):
        ask(sheet, alice, "Lena", Choice.CERTIFY)
    assert Correction.objects.count() == 0


@pytest.mark.parametrize(
    ("instead", "said"),
    [
        (Instead(Choice.REVOKE, "  "), "Say what was wrong"),
        (Instead(Choice.CERTIFY, SLIP), "what was signed already"),
        (Instead(Choice.CERTIFY_UNTIL, SLIP), "a day after today"),
        (Instead(Choice.CERTIFY_UNTIL, SLIP, NOON.date()), "a day after today"),
        (Instead(Choice.DONT_KNOW, SLIP), "Say what is to stand instead"),
    ],
)
def test_what_cannot_stand_is_not_asked_for(
    sheet: Review, alice: User, instead: Instead, said: str
) -> None:
    with pytest.raises(WrongInput, match=said):
        ask_correction(sheet, of("Tom"), actor=acting(alice), instead=instead)


def test_only_its_reviewer_asks(sheet: Review, bob: User, sam: User) -> None:
    for user in (bob, sam):
        with pytest.raises(NotAllowed, match="Only its reviewer"):
            ask(sheet, user)


def test_an_open_sheet_is_changed_in_its_row(sam: User, alice: User, ledger: System) -> None:
    holding(ledger, report_of(alice, "Tom Eriksen"), right(ledger, "read"))
    with pytest.raises(Conflict, match="not signed off"):
        ask(sheet_of(open_campaign(sam), alice), alice)


def test_one_correction_at_a_time(sheet: Review, alice: User) -> None:
    ask(sheet, alice)
    with pytest.raises(Conflict, match="waits for an answer already"):
        ask(sheet, alice)


def test_nobody_approves_what_they_ask_for(sheet: Review, alice: User) -> None:
    correction = ask(sheet, alice)
    alice.role = "security"
    alice.save()
    with pytest.raises(NotAllowed, match="Another person must answer"):
        approve(correction, alice)


def test_no_bystander_approves(sheet: Review, alice: User, bob: User, carol: User) -> None:
    correction = ask(sheet, alice)
    for user in (bob, carol):
        with pytest.raises(NotAllowed):
            approve(correction, user)


@pytest.mark.parametrize("held_as", ["person", "operator", "owner_person"])
def test_neither_holder_nor_who_holds_the_credential_answers(
    sheet: Review, alice: User, sam: User, held_as: str
) -> None:
    correction = ask(sheet, alice)
    account = correction.item.account
    setattr(account, held_as, person_of(sam))
    account.save()
    with pytest.raises(NotAllowed):
        approve(correction, sam)
    with pytest.raises(NotAllowed):
        refuse_correction(correction, actor=acting(sam), reason="No")


def test_the_second_person_answers_for_the_first(
    sam: User, alice: User, owner: User, ledger: System
) -> None:
    holding(ledger, report_of(alice, "Tom Eriksen"), admin_right(ledger))
    sheet = sheet_of(open_campaign(sam), alice)
    decide(
        sheet,
        actor=acting(alice),
        picks=[Pick(of("Tom").pk, 1)],
        choice=Choice.CERTIFY,
        reason="On call",
    )
    sheet = sign_off(sheet, actor=acting(alice), method="password")
    approve(ask(sheet, alice), owner)
    assert of("Tom").outcome == Outcome.REVOKED


def test_the_second_person_is_not_told_of_it_before_they_have_decided(
    sam: User, alice: User, owner: User, ledger: System
) -> None:
    holding(ledger, report_of(alice, "Tom Eriksen"), admin_right(ledger))
    campaign = open_campaign(sam)
    sheet, second = sheet_of(campaign, alice), sheet_of(campaign, owner)
    picks, reason = [Pick(of("Tom").pk, 1)], "On call"
    decide(sheet, actor=acting(alice), picks=picks, choice=Choice.CERTIFY, reason=reason)
    correction = ask(sign_off(sheet, actor=acting(alice), method="password"), alice)
    key = f"checks:{person_of(owner).pk}:2026-10-05"
    tell_checkers(actor=CLOCK)
    seen = [(corrections_visible_to(owner).count(), Message.objects.filter(key=key).count())]
    decide(second, actor=acting(owner), picks=picks, choice=Choice.CERTIFY, reason=reason)
    tell_checkers(actor=CLOCK)
    seen += [(corrections_visible_to(owner).count(), Message.objects.filter(key=key).count())]
    assert (seen, correction.state) == ([(0, 0), (1, 1)], CorrectionState.ASKED)


def test_refused_correction_leaves_everything_and_tells_why(
    sheet: Review, alice: User, sam: User
) -> None:
    refused = refuse_correction(ask(sheet, alice), actor=acting(sam), reason="He is on call")
    assert (refused.state, of("Tom").outcome) == (CorrectionState.REFUSED, Outcome.CERTIFIED)
    assert Decision.objects.filter(item=of("Tom")).count() == 1
    message = Message.objects.get(key=f"correction:{refused.pk}:refused")
    assert ("He is on call" in message.body, message.to) == (True, alice.email)
    with pytest.raises(Conflict, match="answered already"):
        approve(refused, sam)


def test_refusing_needs_a_reason(sheet: Review, alice: User, sam: User) -> None:
    with pytest.raises(WrongInput, match="Say why"):
        refuse_correction(ask(sheet, alice), actor=acting(sam), reason=" ")


def test_unanswered_it_lapses_after_a_week_once(sheet: Review, alice: User, sam: User) -> None:
    correction = ask(sheet, alice)
    with clock.set_to(NOON + timedelta(days=7)):
        with pytest.raises(Conflict, match="has lapsed"):
            approve(correction, sam)
        assert (lapse_corrections(actor=CLOCK), lapse_corrections(actor=CLOCK)) == (1, 0)
    correction.refresh_from_db()
    assert (correction.state, correction.answered_by) == (CorrectionState.LAPSED, None)
    assert Event.objects.filter(verb="decision.correction_lapsed").count() == 1


def test_what_changed_meanwhile_is_not_approved(sheet: Review, alice: User, sam: User) -> None:
    correction = ask(sheet, alice)
    Decision.objects.filter(pk=correction.decision_id).update(state="proposed")
    with pytest.raises(Conflict, match="does not stand any more"):
        approve(correction, sam)


def test_an_unanswered_correction_is_a_gap_at_the_close(
    sheet: Review, alice: User, sam: User
) -> None:
    ask(sheet, alice)
    with pytest.raises(GateClosed) as refusal:
        close_campaign(sheet.campaign, actor=acting(sam))
    assert [gap.gate for gap in refusal.value.gates] == ["unproved", "corrections"]


def test_after_the_close_one_is_told_what_to_do_instead(
    sheet: Review, alice: User, sam: User, ada: User
) -> None:
    correction = ask(sheet, alice)
    close_campaign(sheet.campaign, actor=acting(sam), with_gaps=Acknowledgement("Over", ada))
    with pytest.raises(Conflict, match="have it restored"):
        approve(correction, sam)
    Correction.objects.all().delete()
    with pytest.raises(Conflict, match="have it removed"):
        ask(sheet, alice)


def test_whoever_may_answer_is_told_once_a_day(sheet: Review, alice: User, sam: User) -> None:
    ask(sheet, alice)
    assert (tell_checkers(actor=CLOCK), tell_checkers(actor=CLOCK)) == (1, 0)
    message = Message.objects.get(key=f"checks:{person_of(sam).pk}:2026-10-05")
    assert (message.subject, message.to) == ("1 correction waits for you", sam.email)
    with clock.set_to(NOON + timedelta(days=1)):
        assert tell_checkers(actor=CLOCK) == 1


def test_what_is_gone_is_not_corrected(sheet: Review, alice: User) -> None:
    ReviewItem.objects.filter(pk=of("Tom").pk).update(outcome=Outcome.GONE)
    with pytest.raises(Conflict, match="This access is gone"):
        ask(sheet, alice)


def test_after_the_sign_off_no_act_changes_the_sheet(
    sheet: Review, alice: User, bob: User, sam: User
) -> None:
    tom, lena, to = of("Tom"), of("Lena"), person_of(bob)
    acts: dict[str, Callable[[], object]] = {
        "decide": lambda: decide(
            sheet,
            actor=acting(alice),
            picks=[Pick(tom.pk, tom.version)],
            choice=Choice.REVOKE,
            reason="x",
        ),
        "bulk": lambda: decide(
            sheet,
            actor=acting(alice),
            picks=[Pick(tom.pk, tom.version), Pick(lena.pk, lena.version)],
            choice=Choice.CERTIFY,
        ),
        "undo": lambda: undo(sheet, actor=acting(alice), pick=Pick(tom.pk, tom.version)),
        "put right": lambda: correct_item(
            sheet, tom, actor=acting(alice), naming=Naming(purpose="x")
        ),
        "reassign": lambda: reassign_item(
            tom, actor=acting(alice), to=to, reason="x", stage=Stage.FIRST
        ),
        "reassign by security": lambda: reassign_item(tom, actor=acting(sam), to=to, reason="x"),
        "hand over": lambda: hand_over_sheet(sheet, actor=acting(sam), to=to, reason="x"),
        "sign again": lambda: sign_off(sheet, actor=acting(alice), method="password"),
    }
    refused = {}
    for name, act in acts.items():
        try:
            act()
        except Conflict:
            refused[name] = True
    assert refused == dict.fromkeys(acts, True)
    assert (of("Tom").outcome, of("Tom").review_id) == (Outcome.CERTIFIED, sheet.pk)
