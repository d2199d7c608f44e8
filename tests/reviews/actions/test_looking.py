"""Second looks: what calls for them, what is drawn, whom they go to, and what an answer does."""

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

import clock
from accounts.enums import DataClass, LastUse
from accounts.models import System, User
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.models import Event
from jobs.models import Message
from reviews.actions.checking_notices import tell_checkers
from reviews.actions.closing import close_campaign
from reviews.actions.deciding import Pick, decide
from reviews.actions.looking import agree, call_for_looks, overturn
from reviews.actions.seeing import see_sheet
from reviews.actions.signing import sign_off
from reviews.actions.timing import CLOCK
from reviews.enums import Choice, Lane, LookResult, Outcome, RevocationState, Stage
from reviews.launch.gates import GateClosed
from reviews.models import Campaign, Decision, Pace, Review, ReviewItem, Revocation, SecondLook
from reviews.queries.signing import totals_of
from tests.cast import NOON, acting, make_person, person_of
from tests.reviews.world import admin_right, holding, open_campaign, report_of, right, sheet_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def staff(alice: User, ledger: System, readers: int, admins: int = 0) -> None:
    """So many of Alice's people who read, and so many who administer."""
    read, admin = right(ledger, "read"), admin_right(ledger)
    for number in range(readers):
        holding(ledger, report_of(alice, f"Reader {number:02}"), read, username=f"reader{number}")
    for number in range(admins):
        holding(ledger, report_of(alice, f"Admin {number:02}"), admin, username=f"ivo.{number}")


def keep_all(sheet: Review, user: User, *, each: float = 2, slow: bool = False) -> None:
    """Keep everything on the sheet one by one, ``each`` seconds apart, from its page on."""
    see_sheet(sheet, actor=acting(user))
    items = sheet.items.order_by("lane", "holder_name")
    for number, item in enumerate(items, 1):
        with clock.set_to(NOON + timedelta(seconds=number * (60 if slow else each))):
            decide(
                sheet,
                actor=acting(user),
                picks=[Pick(item.pk, item.version)],
                choice=Choice.CERTIFY,
                reason=f"Needed {number}",
            )


def sign(sheet: Review, user: User) -> Review:
    return sign_off(sheet, actor=acting(user), method="password")


def chosen(sheet: Review) -> dict[str, int]:
    found: dict[str, int] = {}
    for rule in SecondLook.objects.filter(review=sheet).values_list("rule", flat=True):
        found[rule] = found.get(rule, 0) + 1
    return found


def set_policy(campaign: Campaign, **values: Any) -> None:
    campaign.policy = {**campaign.policy, **values}
    campaign.save()


@pytest.fixture
def hasty(sam: User, alice: User, ledger: System) -> Review:
    """Twenty plain rights and two of high risk, each kept in two seconds."""
    staff(alice, ledger, readers=20, admins=2)
    sheet = sheet_of(open_campaign(sam), alice)
    keep_all(sheet, alice)
    return sheet


def test_a_hasty_session_calls_for_all_high_risk_and_a_sample_of_the_rest(
    hasty: Review, alice: User
) -> None:
    sign(hasty, alice)
    assert chosen(hasty) == {"high_risk": 2, "sample": 5}


def test_a_calm_session_calls_for_nothing(sam: User, alice: User, ledger: System) -> None:
    staff(alice, ledger, readers=20, admins=2)
    sheet = sheet_of(open_campaign(sam), alice)
    keep_all(sheet, alice, slow=True)
    sign(sheet, alice)
    assert (chosen(sheet), Event.objects.filter(verb="review.looks_asked").count()) == ({}, 0)


@pytest.mark.parametrize(
    ("policy", "looks"),
    [
        ({}, 5),
        ({"hasty_items": 21}, 0),
        ({"hasty_seconds": 2}, 0),
        ({"hasty_kept": 100}, 0),
        ({"pace_told": True, "second_look_share": 50}, 10),
        ({"second_look_least": 7}, 7),
    ],
)
def test_thresholds_are_those_of_the_campaigns_policy(
    sam: User, alice: User, ledger: System, policy: dict[str, Any], looks: int
) -> None:
    staff(alice, ledger, readers=20)
    sheet = sheet_of(open_campaign(sam), alice)
    set_policy(sheet.campaign, **policy)
    keep_all(sheet, alice)
    sign(sheet, alice)
    assert sum(chosen(sheet).values()) == looks


def test_several_at_once_are_no_hasty_session(sam: User, alice: User, ledger: System) -> None:
    staff(alice, ledger, readers=20)
    sheet = sheet_of(open_campaign(sam), alice)
    see_sheet(sheet, actor=acting(alice))
    with clock.set_to(NOON + timedelta(seconds=5)):
        picks = [Pick(item.pk, 1) for item in sheet.items.all()]
        decide(sheet, actor=acting(alice), picks=picks, choice=Choice.CERTIFY)
    sign(sheet, alice)
    assert (chosen(sheet), Pace.objects.count()) == ({}, 20)


def test_unchanged_access_is_no_hasty_session(sam: User, alice: User, ledger: System) -> None:
    staff(alice, ledger, readers=20)
    sheet = sheet_of(open_campaign(sam), alice)
    ReviewItem.objects.update(lane=Lane.UNCHANGED)
    keep_all(sheet, alice)
    sign(sheet, alice)
    assert chosen(sheet) == {}


def test_high_risk_kept_fast_calls_for_a_look_unless_its_details_were_seen(
    sam: User, alice: User, ledger: System
) -> None:
    staff(alice, ledger, readers=0, admins=1)
    sheet = sheet_of(open_campaign(sam), alice)
    keep_all(sheet, alice, each=4)
    Pace.objects.update(details_opened=True)
    sign(sheet, alice)
    assert chosen(sheet) == {}


def test_high_risk_kept_fast_and_unseen_calls_for_a_look(
    sam: User, alice: User, ledger: System
) -> None:
    staff(alice, ledger, readers=0, admins=1)
    sheet = sheet_of(open_campaign(sam), alice)
    keep_all(sheet, alice, each=4)
    sign(sheet, alice)
    assert chosen(sheet) == {"high_risk": 1}


@pytest.mark.parametrize(
    ("reasons", "looks"),
    [
        (("Needed", "needed ", "Needed"), {"recommended": 3}),
        (("Needed", "Quarter end", "Needed"), {}),
        (("Needed", "Needed"), {}),
    ],
)
def test_recommendations_all_kept_without_a_reason_of_their_own_call_for_a_look(
    sam: User, alice: User, ledger: System, reasons: tuple[str, ...], looks: dict[str, int]
) -> None:
    read = right(ledger, "read")
    for number, _ in enumerate(reasons):
        person = report_of(alice, f"Idle {number}")
        holding(ledger, person, read, username=f"idle{number}", last_use=LastUse.NEVER)
    sheet = sheet_of(open_campaign(sam), alice)
    for item, reason in zip(sheet.items.order_by("holder_name"), reasons, strict=True):
        picks = [Pick(item.pk, 1)]
        decide(sheet, actor=acting(alice), picks=picks, choice=Choice.CERTIFY, reason=reason)
    sign(sheet, alice)
    assert chosen(sheet) == looks


def test_an_auditor_draws_the_same_sample_from_the_trail(hasty: Review, alice: User) -> None:
    sign(hasty, alice)
    signed = json.loads(Event.objects.get(verb="review.signed").body)
    asked = json.loads(Event.objects.get(verb="review.looks_asked").body)["data"]
    assert asked["seed"] == signed["nonce"]
    digests = {
        hashlib.sha256(f"{asked['seed']}:{item.pk}:1".encode()).hexdigest(): item.pk
        for item in hasty.items.exclude(lane=Lane.MUST_LOOK)
    }
    expected = {digests[digest] for digest in sorted(digests)[: asked["sample"]]}
    drawn = SecondLook.objects.filter(rule="sample").values_list("item", flat=True)
    assert set(drawn) == expected


def test_the_record_names_no_pace(hasty: Review, alice: User) -> None:
    sign(hasty, alice)
    data = json.loads(Event.objects.get(verb="review.looks_asked").body)["data"]
    assert sorted(data) == ["high_risk", "kept", "least", "looks", "sample", "seed", "share"]


def test_a_look_goes_to_the_first_of_the_fallback_who_is_independent(
    sam: User, alice: User, owner: User, ledger: System
) -> None:
    """The reviewer, the second person and the holder stand before Ines in the fallback."""
    admin = admin_right(ledger)
    holder, ines = report_of(alice, "Tom Eriksen"), make_person("Ines Duarte")
    holding(ledger, holder, admin)
    fallback = [person_of(alice), person_of(owner), holder, ines]
    sheet = sheet_of(open_campaign(sam, fallback=fallback), alice)
    keep_all(sheet, alice)
    sign(sheet, alice)
    assert SecondLook.objects.get().looker == ines


def test_nor_to_who_holds_the_credential(sam: User, alice: User, ledger: System) -> None:
    staff(alice, ledger, readers=0, admins=1)
    sheet = sheet_of(open_campaign(sam), alice)
    keep_all(sheet, alice)
    item = sheet.items.get()
    item.account.operator = person_of(sam)
    item.account.save()
    sign(sheet, alice)
    look = SecondLook.objects.get()
    assert look.looker is None
    with pytest.raises(NotAllowed, match="Somebody independent"):
        agree(look, actor=acting(sam))


def test_agreeing_leaves_it_kept(hasty: Review, alice: User, sam: User) -> None:
    sign(hasty, alice)
    look = agree(SecondLook.objects.earliest("pk"), actor=acting(sam))
    look.item.refresh_from_db()
    assert (look.result, look.looked_by, look.looked_at) == (
        LookResult.AGREED,
        person_of(sam),
        NOON,
    )
    assert Event.objects.get(verb="look.agreed").target == f"item:{look.item_id}"
    with pytest.raises(Conflict, match="answered already"):
        overturn(look, actor=acting(sam), reason="x")


def plain_look(sheet: Review) -> SecondLook:
    return SecondLook.objects.filter(review=sheet, rule="sample").earliest("pk")


def test_overturned_it_is_revoked_at_once_and_the_keep_stays_on_record(
    hasty: Review, alice: User, sam: User
) -> None:
    sign(hasty, alice)
    look = overturn(plain_look(hasty), actor=acting(sam), reason="Left the project")
    item = ReviewItem.objects.get(pk=look.item_id)
    order = Revocation.objects.get(item=item)
    assert (item.outcome, order.state, order.reason) == (
        Outcome.REVOKED,
        RevocationState.OPEN,
        "Left the project",
    )
    standing = Decision.objects.filter(item=item, state="standing").order_by("stage")
    assert [(d.stage, d.choice, d.person_name) for d in standing] == [
        (Stage.FIRST, "certify", "Alice Okafor"),
        (Stage.LOOK, "revoke", "Sam Ito"),
    ]
    hasty.refresh_from_db()
    assert totals_of(hasty)["certify"] == 22


def test_overturning_needs_a_reason(hasty: Review, alice: User, sam: User) -> None:
    sign(hasty, alice)
    with pytest.raises(WrongInput, match="Say why"):
        overturn(plain_look(hasty), actor=acting(sam), reason=" ")


def test_neither_the_reviewer_nor_a_bystander_answers(
    hasty: Review, alice: User, bob: User, carol: User, owner: User
) -> None:
    sign(hasty, alice)
    for user in (alice, bob, carol):
        with pytest.raises(NotAllowed):
            agree(plain_look(hasty), actor=acting(user))
    second = SecondLook.objects.filter(rule="high_risk").earliest("pk")
    owner.role = "security"
    owner.save()
    with pytest.raises(NotAllowed):
        agree(second, actor=acting(owner))


def test_too_much_overturned_and_the_rest_is_done_again_in_another_round(
    hasty: Review, alice: User, sam: User
) -> None:
    sign(hasty, alice)
    first, *others = SecondLook.objects.filter(review=hasty).order_by("rule", "pk").reverse()
    overturn(first, actor=acting(sam), reason="Left the project")
    assert Review.objects.filter(reviewer=hasty.reviewer).count() == 1
    for look in others:
        agree(look, actor=acting(sam))
    again = Review.objects.get(reviewer=hasty.reviewer, round=2)
    assert (again.items.count(), again.items.exclude(outcome=Outcome.OPEN).count()) == (15, 0)
    assert set(again.items.values_list("routed_by", flat=True)) == {"done_again"}
    assert Decision.objects.filter(state="proposed", review=hasty).count() == 15
    mails = Message.objects.filter(key__startswith="moved-", to=alice.email)
    assert [mail.subject for mail in mails] == [
        "Access review 2026-Q4: 15 items now yours to review"
    ]


def test_what_was_done_again_is_not_done_a_third_time(
    hasty: Review, alice: User, sam: User
) -> None:
    sign(hasty, alice)
    for look in SecondLook.objects.filter(review=hasty):
        overturn(look, actor=acting(sam), reason="Left the project")
    again = Review.objects.get(reviewer=hasty.reviewer, round=2)
    set_policy(again.campaign, hasty_items=1)
    again.refresh_from_db()
    keep_all(again, alice)
    sign(again, alice)
    for look in SecondLook.objects.filter(review=again):
        overturn(look, actor=acting(sam), reason="Left the project")
    assert Review.objects.filter(reviewer=hasty.reviewer).count() == 2


def test_little_overturned_and_nothing_is_done_again(hasty: Review, alice: User, sam: User) -> None:
    set_policy(hasty.campaign, overturned_share=15)
    hasty.refresh_from_db()
    sign(hasty, alice)
    first, *others = SecondLook.objects.filter(review=hasty)
    overturn(first, actor=acting(sam), reason="Left the project")
    for look in others:
        agree(look, actor=acting(sam))
    assert Review.objects.filter(reviewer=hasty.reviewer).count() == 1


@pytest.fixture
def calm(sam: User, alice: User, ledger: System) -> Review:
    """A sheet that calls for nothing, signed."""
    staff(alice, ledger, readers=6, admins=1)
    sheet = sheet_of(open_campaign(sam), alice)
    keep_all(sheet, alice, slow=True)
    return sign(sheet, alice)


def test_the_security_team_asks_for_a_look_where_nothing_calls_for_one(
    calm: Review, sam: User
) -> None:
    assert call_for_looks(calm, actor=acting(sam), reason="A sample every quarter") == 6
    assert chosen(calm) == {"high_risk": 1, "sample": 5}
    asked = json.loads(Event.objects.get(verb="review.looks_asked").body)
    signed = json.loads(Event.objects.get(verb="review.signed").body)
    assert (asked["actor"], asked["data"]["seed"]) == (sam.ref, signed["nonce"])
    with pytest.raises(Conflict, match="under a second look already"):
        call_for_looks(calm, actor=acting(sam), reason="Again")


def test_only_the_security_team_asks_and_says_why(
    calm: Review, sam: User, bob: User, carol: User
) -> None:
    for user in (bob, carol):
        with pytest.raises(NotAllowed):
            call_for_looks(calm, actor=acting(user), reason="Curious")
    with pytest.raises(WrongInput, match="Say why"):
        call_for_looks(calm, actor=acting(sam), reason=" ")


def test_an_unsigned_sheet_is_not_looked_at(hasty: Review, sam: User) -> None:
    with pytest.raises(Conflict, match="Only a signed sheet"):
        call_for_looks(hasty, actor=acting(sam), reason="A sample")


def test_unanswered_they_are_a_gap_at_the_close(hasty: Review, alice: User, sam: User) -> None:
    sign(hasty, alice)
    with pytest.raises(GateClosed) as refusal:
        close_campaign(hasty.campaign, actor=acting(sam))
    assert [(gap.gate, gap.sentence) for gap in refusal.value.gates if "look" in gap.gate] == [
        ("second_looks", "7 second looks are not answered.")
    ]


def test_what_is_gone_meanwhile_waits_for_nobody(hasty: Review, alice: User, sam: User) -> None:
    sign(hasty, alice)
    ReviewItem.objects.update(outcome=Outcome.GONE)
    with pytest.raises(Conflict, match="nothing left to look at"):
        agree(plain_look(hasty), actor=acting(sam))
    assert close_campaign(hasty.campaign, actor=acting(sam)).state == "closed"


def test_what_the_other_of_two_revoked_waits_for_nobody(
    hasty: Review, alice: User, owner: User, sam: User
) -> None:
    sign(hasty, alice)
    look = SecondLook.objects.filter(rule="high_risk").earliest("pk")
    picks = [Pick(look.item_id, 1)]
    second = sheet_of(hasty.campaign, owner)
    decide(second, actor=acting(owner), picks=picks, choice=Choice.REVOKE, reason="Not on call")
    with pytest.raises(Conflict, match="nothing left to look at"):
        agree(look, actor=acting(sam))


def test_lookers_are_told_once_a_day_how_many_wait(hasty: Review, alice: User, sam: User) -> None:
    sign(hasty, alice)
    assert (tell_checkers(actor=CLOCK), tell_checkers(actor=CLOCK)) == (1, 0)
    message = Message.objects.get(key=f"checks:{person_of(sam).pk}:2026-10-05")
    assert message.subject == "7 second looks wait for you"


@pytest.mark.parametrize("readers", [20, 100])
def test_asking_takes_the_same_statements_whatever_the_number(
    sam: User, alice: User, ledger: System, readers: int
) -> None:
    ledger.data_class = DataClass.INTERNAL
    ledger.save()
    staff(alice, ledger, readers=readers)
    sheet = sheet_of(open_campaign(sam), alice)
    keep_all(sheet, alice)
    with CaptureQueriesContext(connection) as caught:
        sign(sheet, alice)
    looks = [query for query in caught.captured_queries if "secondlook" in query["sql"]]
    assert (len(looks), SecondLook.objects.count()) == (2, max(5, readers // 10))
