"""16. Two stages disagree: stage two cannot silently turn a revoke into a certify; one person
cannot serve both."""

from datetime import timedelta

import pytest
from django.test import Client

import clock
from accounts.models import User
from audit.errors import Conflict, NotAllowed
from reviews.actions.deciding import Pick, decide, undo
from reviews.actions.mistakes import approve_correction
from reviews.actions.rerouting import hand_over_sheet, reassign_item
from reviews.actions.revoking import send_due
from reviews.actions.seeing import see_sheet
from reviews.actions.timing import CLOCK
from reviews.enums import Choice, Outcome, RevocationState, Stage
from reviews.models import (
    Campaign,
    Correction,
    Decision,
    Review,
    ReviewItem,
    Revocation,
    SecondLook,
)
from tests.cast import NOON, PASSWORD, acting, person_of
from tests.reviews.world import sheet_of
from tests.scenarios.company import Office, choose, item_of, keep_the_rest, pick

pytestmark = pytest.mark.django_db

HEADER = "username,mail,entitlement,privileged"


@pytest.fixture
def campaign(office: Office, alice: User, bob: User, owner: User, sam: User) -> Campaign:
    """Alice judges Tom's and Lena's privileged rights first, and Olga after her."""
    office.staff()
    office.accounts(
        "Ledger",
        "tom,tom@example.com,admin,yes",
        "lena,lena@example.com,admin,yes",
        header=HEADER,
        options=["--owner", "olga.petrova@example.com"],
    )
    return office.open()


@pytest.fixture
def item(campaign: Campaign) -> ReviewItem:
    return item_of(campaign, "tom")


def second_of(item: ReviewItem) -> Review:
    assert item.second_review is not None
    return item.second_review


def state_of(item: ReviewItem) -> tuple[str, list[str]]:
    item.refresh_from_db()
    orders = Revocation.objects.filter(item=item).order_by("pk")
    return item.outcome, [order.state for order in orders]


def test_a_revoke_of_the_first_outlives_a_keep_of_the_second(
    item: ReviewItem, alice: User, owner: User
) -> None:
    choose(alice, item, Choice.REVOKE, "Changed duties")
    choose(owner, item, Choice.CERTIFY, "On call", Stage.SECOND)
    assert state_of(item) == (Outcome.REVOKED, [RevocationState.WAITING])
    standing = Decision.objects.filter(item=item, state="standing").order_by("stage")
    assert [(d.stage, d.person_name, d.choice) for d in standing] == [
        (Stage.FIRST, "Alice Okafor", "revoke"),
        (Stage.SECOND, "Olga Petrova", "certify"),
    ]


def test_a_keep_of_the_second_is_taken_after_the_removal_went_out(
    item: ReviewItem, alice: User, owner: User
) -> None:
    choose(alice, item, Choice.REVOKE, "Changed duties")
    with clock.set_to(NOON + timedelta(hours=25)):
        send_due(actor=CLOCK)
        choose(owner, item, Choice.CERTIFY, "On call", Stage.SECOND)
    assert state_of(item) == (Outcome.REVOKED, [RevocationState.OPEN])


def test_a_revoke_of_the_second_ends_a_keep_of_the_first(
    item: ReviewItem, alice: User, owner: User
) -> None:
    choose(alice, item, Choice.CERTIFY, "On call")
    choose(owner, item, Choice.REVOKE, "Not on call", Stage.SECOND)
    assert state_of(item) == (Outcome.REVOKED, [RevocationState.WAITING])


def test_taking_one_revoke_of_two_back_leaves_the_other(
    item: ReviewItem, alice: User, owner: User
) -> None:
    choose(alice, item, Choice.REVOKE, "Changed duties")
    choose(owner, item, Choice.REVOKE, "Not on call", Stage.SECOND)
    undo(second_of(item), actor=acting(owner), pick=pick(item, Stage.SECOND))
    assert state_of(item) == (Outcome.REVOKED, [RevocationState.WAITING])
    undo(item.review, actor=acting(alice), pick=pick(item))
    assert state_of(item) == (Outcome.OPEN, [RevocationState.CANCELLED])


def test_only_the_first_turns_their_own_revoke_into_a_keep(
    item: ReviewItem, alice: User, owner: User
) -> None:
    choose(alice, item, Choice.REVOKE, "Changed duties")
    choose(owner, item, Choice.CERTIFY, "On call", Stage.SECOND)
    choose(alice, item, Choice.CERTIFY, "On call after all")
    assert state_of(item) == (Outcome.CERTIFIED, [RevocationState.CANCELLED])


def test_a_contested_revoke_of_the_first_outlives_the_second_and_an_undo(
    item: ReviewItem, alice: User, owner: User
) -> None:
    seen = pick(item)
    choose(alice, item, Choice.CERTIFY, "On call")
    with pytest.raises(Conflict):
        decide(
            item.review, actor=acting(alice), picks=[seen], choice=Choice.REVOKE, reason="No longer"
        )
    choose(owner, item, Choice.CERTIFY, "On call", Stage.SECOND)
    assert state_of(item) == (Outcome.REVOKED, [RevocationState.WAITING])
    with pytest.raises(Conflict, match="Two choices stand against each other"):
        undo(item.review, actor=acting(alice), pick=pick(item))
    choose(alice, item, Choice.CERTIFY, "On call")
    assert state_of(item) == (Outcome.CERTIFIED, [RevocationState.CANCELLED])


def test_a_contest_that_one_has_not_seen_is_not_settled_by_the_next_press(
    item: ReviewItem, alice: User
) -> None:
    """The page that kept it does not know of the revoke that came from the other window."""
    seen = pick(item)
    choose(alice, item, Choice.CERTIFY, "On call")
    kept = pick(item)
    with pytest.raises(Conflict):
        decide(
            item.review, actor=acting(alice), picks=[seen], choice=Choice.REVOKE, reason="No longer"
        )
    with pytest.raises(Conflict):
        decide(
            item.review, actor=acting(alice), picks=[kept], choice=Choice.CERTIFY, reason="Again"
        )
    assert state_of(item) == (Outcome.REVOKED, [RevocationState.WAITING])


def test_on_the_page(item: ReviewItem, alice: User, owner: User, client: Client) -> None:
    choose(alice, item, Choice.REVOKE, "Changed duties")
    client.force_login(owner)
    answer = client.post(
        f"/reviews/{item.second_review_id}/items/{item.pk}/decide/",
        {"choice": "certify", "reason": "On call", "version": 1},
        headers={"HX-Request": "true"},
    )
    assert "The first person, Alice Okafor, chose" in answer.content.decode()
    assert state_of(item) == (Outcome.REVOKED, [RevocationState.WAITING])


def test_in_bulk_nothing_that_needs_two_is_decided(
    item: ReviewItem, campaign: Campaign, alice: User, owner: User, client: Client
) -> None:
    lena = item_of(campaign, "lena")
    choose(alice, item, Choice.REVOKE, "Changed duties")
    client.force_login(owner)
    answer = client.post(
        f"/reviews/{item.second_review_id}/bulk/",
        {
            "choice": "certify",
            "reason": "On call",
            "confirmed": "on",
            "pick": [f"{item.pk}:1", f"{lena.pk}:1"],
        },
        follow=True,
    )
    assert "What must be looked at is decided one by one." in answer.content.decode()
    assert state_of(item) == (Outcome.REVOKED, [RevocationState.WAITING])
    assert state_of(lena) == (Outcome.OPEN, [])


def test_one_person_does_not_come_to_serve_both(
    item: ReviewItem, campaign: Campaign, alice: User, owner: User, sam: User
) -> None:
    with pytest.raises(NotAllowed, match="judges this item at the other stage already"):
        reassign_item(item, actor=acting(sam), to=person_of(alice), reason="x", stage=Stage.SECOND)
    moved = hand_over_sheet(
        sheet_of(campaign, alice), actor=acting(sam), to=person_of(owner), reason="On leave"
    )
    assert moved == (0, 2)


def test_the_second_decides_on_their_own_sheet_only(item: ReviewItem, owner: User) -> None:
    with pytest.raises(NotAllowed, match="This sheet is somebody else's"):
        decide(
            item.review,
            actor=acting(owner),
            picks=[Pick(item.pk, 1)],
            choice=Choice.CERTIFY,
            reason="On call",
        )
    assert state_of(item) == (Outcome.OPEN, [])


def signed_by_both(item: ReviewItem, alice: User, owner: User, first: Choice) -> None:
    """Alice chooses ``first`` on Tom's and keeps Lena's; Olga keeps both; both sign."""
    choose(alice, item, first, "Changed duties")
    choose(owner, item, Choice.CERTIFY, "On call", Stage.SECOND)
    for user in (alice, owner):
        keep_the_rest(user, item.campaign)


def test_a_correction_of_the_second_does_not_turn_the_revoke_of_the_first(
    item: ReviewItem, alice: User, owner: User, sam: User, client: Client
) -> None:
    signed_by_both(item, alice, owner, Choice.REVOKE)
    client.force_login(owner)
    sheet = f"/reviews/{item.second_review_id}/items/{item.pk}/mistake/"
    until = {"choice": "certify_until", "until": "2026-12-24", "reason": "Until the handover"}
    assert client.post(sheet, until)["Location"] == f"/reviews/{item.second_review_id}/receipt/"
    approve_correction(Correction.objects.get(), actor=acting(sam), method="password")
    assert state_of(item) == (Outcome.REVOKED, [RevocationState.OPEN])


def test_a_correction_of_the_first_needs_the_second_person_or_security(
    item: ReviewItem, alice: User, owner: User, client: Client
) -> None:
    """One revoke makes it a revoke, also when it comes late."""
    signed_by_both(item, alice, owner, Choice.CERTIFY)
    client.force_login(alice)
    address = f"/reviews/{item.review_id}/items/{item.pk}/mistake/"
    client.post(address, {"choice": "revoke", "reason": "He changed duties"})
    correction = Correction.objects.get()
    with pytest.raises(NotAllowed, match="Another person must answer"):
        approve_correction(correction, actor=acting(alice), method="password")
    client.force_login(owner)
    client.post(f"/corrections/{correction.pk}/approve/", {"password": PASSWORD})
    assert state_of(item) == (Outcome.REVOKED, [RevocationState.OPEN])


def test_a_second_look_is_none_of_the_two_and_one_revoke_is_enough(
    item: ReviewItem, alice: User, owner: User, sam: User, client: Client
) -> None:
    see_sheet(item.review, actor=acting(alice))
    with clock.set_to(NOON + timedelta(seconds=2)):
        signed_by_both(item, alice, owner, Choice.CERTIFY)
    look = SecondLook.objects.get(item=item, decision__stage=Stage.FIRST)
    assert look.looker == person_of(sam)
    for user in (alice, owner):
        client.force_login(user)
        assert client.get(f"/second-looks/{look.pk}/").status_code == 404
    client.force_login(sam)
    answer = {"result": "overturned", "reason": "Nobody is on call"}
    client.post(f"/second-looks/{look.pk}/", answer)
    assert state_of(item) == (Outcome.REVOKED, [RevocationState.OPEN])


def test_what_both_signed_is_locked_on_page_and_in_bulk(
    item: ReviewItem, alice: User, owner: User, client: Client
) -> None:
    signed_by_both(item, alice, owner, Choice.CERTIFY)
    client.force_login(owner)
    sheet = f"/reviews/{item.second_review_id}/"
    said = {"choice": "revoke", "reason": "x", "version": 2, "confirmed": "on"}
    for path in (f"items/{item.pk}/decide/", f"items/{item.pk}/undo/", "bulk/"):
        client.post(sheet + path, {**said, "pick": f"{item.pk}:2"})
    assert state_of(item) == (Outcome.CERTIFIED, [])
