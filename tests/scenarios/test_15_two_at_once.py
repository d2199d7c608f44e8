"""15. Two at once, one certifies and one revokes: the second gets a conflict; the refused choice
is kept as contested; if either is revoke, the item stands revoked until its reviewer resolves it.

Two at once are two windows of one reviewer, or a reviewer and whoever took the item over.
"""

import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client

import clock
from accounts.models import Person, User
from audit.actors import Channel
from audit.errors import Conflict, WrongInput
from audit.models import Event
from reviews.actions.deciding import Pick, decide, undo
from reviews.actions.rerouting import reassign_item
from reviews.actions.signing import sign_off
from reviews.enums import Choice, Outcome, RevocationState, Stage
from reviews.models import Campaign, Decision, ReviewItem, Revocation
from tests.cast import NOON, acting
from tests.reviews.world import sheet_of
from tests.scenarios.company import Office, choose, item_of, pick

pytestmark = pytest.mark.django_db

TOLD = (
    'Alice Okafor chose "{}" on this item on 5 October 2026 at 12:00 UTC, after you saw it. Your '
    "choice is kept beside it: look at the item again, then decide."
)


@pytest.fixture
def campaign(office: Office, alice: User, bob: User, owner: User, sam: User) -> Campaign:
    office.staff()
    office.ledger()
    return office.open()


@pytest.fixture
def item(campaign: Campaign) -> ReviewItem:
    return item_of(campaign, "tom")


def kept(item: ReviewItem) -> list[tuple[str, str]]:
    return list(Decision.objects.filter(item=item).order_by("id").values_list("choice", "state"))


def state_of(item: ReviewItem) -> tuple[str, bool]:
    item.refresh_from_db()
    return item.outcome, item.contested


@pytest.mark.parametrize("channel", [Channel.PAGE, Channel.API])
@pytest.mark.parametrize(
    ("one", "other", "outcome"),
    [
        (Choice.CERTIFY, Choice.REVOKE, Outcome.REVOKED),
        (Choice.REVOKE, Choice.CERTIFY, Outcome.REVOKED),
        (Choice.CERTIFY, Choice.CERTIFY, Outcome.CERTIFIED),
    ],
)
def test_the_second_gets_a_conflict_and_is_kept(
    item: ReviewItem, alice: User, channel: Channel, one: Choice, other: Choice, outcome: Outcome
) -> None:
    seen, sheet = pick(item), item.review
    decide(sheet, actor=acting(alice), picks=[seen], choice=one, reason="First")
    with pytest.raises(Conflict) as conflict:
        decide(sheet, actor=acting(alice, channel), picks=[seen], choice=other, reason="Second")
    assert str(conflict.value) == TOLD.format(one.label)
    assert kept(item) == [(one.value, "standing"), (other.value, "contested")]
    assert state_of(item) == (outcome, True)
    assert Revocation.objects.count() == (outcome == Outcome.REVOKED)
    assert Event.objects.filter(verb="decision.contested", target=f"item:{item.pk}").count() == 1


def test_it_stands_revoked_until_its_reviewer_resolves_it(
    item: ReviewItem, campaign: Campaign, alice: User
) -> None:
    seen, sheet = pick(item), item.review
    decide(sheet, actor=acting(alice), picks=[seen], choice=Choice.CERTIFY)
    with pytest.raises(Conflict):
        decide(sheet, actor=acting(alice), picks=[seen], choice=Choice.REVOKE, reason="Second")
    for username in ("lena", "mei"):
        choose(alice, item_of(campaign, username), Choice.CERTIFY)
    with pytest.raises(WrongInput, match="1 item is still open or contested"):
        sign_off(sheet, actor=acting(alice), method="password")
    choose(alice, item, Choice.CERTIFY)
    assert state_of(item) == (Outcome.CERTIFIED, False)
    assert Revocation.objects.get().state == RevocationState.CANCELLED
    assert kept(item) == [("certify", "replaced"), ("revoke", "replaced"), ("certify", "standing")]


def test_in_bulk_each_stale_row_is_told_and_kept(
    item: ReviewItem, campaign: Campaign, alice: User
) -> None:
    mei = item_of(campaign, "mei")
    seen = [pick(item), pick(mei)]
    choose(alice, item, Choice.REVOKE, "Left the team")
    verdict = decide(item.review, actor=acting(alice), picks=seen, choice=Choice.CERTIFY)
    assert (verdict.decided, verdict.conflicts) == ([mei.pk], {item.pk: TOLD.format("Revoke")})
    assert (state_of(item), state_of(mei)) == ((Outcome.REVOKED, True), (Outcome.CERTIFIED, False))


@pytest.mark.parametrize("script", [False, True])
def test_on_the_page(item: ReviewItem, alice: User, client: Client, script: bool) -> None:
    choose(alice, item, Choice.CERTIFY)
    client.force_login(alice)
    answer = client.post(
        f"/reviews/{item.review_id}/items/{item.pk}/decide/",
        {"choice": "revoke", "reason": "Second", "version": 1},
        headers={"HX-Request": "true"} if script else {},
    )
    told = TOLD.format("Keep") in unescape(answer.content.decode())
    assert (answer.status_code, told) == (409, True)
    assert kept(item) == [("certify", "standing"), ("revoke", "contested")]
    assert state_of(item) == (Outcome.REVOKED, True)


def test_on_the_bulk_page(
    item: ReviewItem, campaign: Campaign, alice: User, client: Client
) -> None:
    mei = item_of(campaign, "mei")
    choose(alice, item, Choice.CERTIFY)
    client.force_login(alice)
    picks = [f"{each.pk}:1" for each in (item, mei)]
    answer = client.post(
        f"/reviews/{item.review_id}/bulk/",
        {"choice": "revoke", "reason": "Second", "confirmed": "on", "pick": picks},
        follow=True,
    )
    page = answer.content.decode()
    assert "Revoked: 1 item." in page
    assert TOLD.format("Keep") in unescape(page)
    assert (state_of(item), state_of(mei)) == ((Outcome.REVOKED, True), (Outcome.REVOKED, False))


@pytest.mark.parametrize(
    ("settled", "outcome"), [("certify", Outcome.CERTIFIED), ("revoke", Outcome.REVOKED)]
)
def test_the_row_shows_both_and_either_settles_it_with_one_press(
    item: ReviewItem, alice: User, client: Client, settled: str, outcome: Outcome
) -> None:
    seen = pick(item)
    choose(alice, item, Choice.CERTIFY)
    with pytest.raises(Conflict):
        decide(item.review, actor=acting(alice), picks=[seen], choice=Choice.REVOKE, reason="Left")
    client.force_login(alice)
    path = f"/reviews/{item.review_id}/items/{item.pk}/"
    page = client.get(path).content.decode()
    for words in ('chose "Keep" on', 'chose "Revoke" on', "Settle: Keep", "Settle: Revoke"):
        assert words in page
    assert "it stands revoked until you settle it" in page
    item.refresh_from_db()
    (form,) = [
        form
        for form in forms_of(page)
        if form.get("choice") == settled and "reason" in form and "version" in form
    ]
    client.post(path + "decide/", form)
    assert state_of(item) == (outcome, False)
    assert kept(item)[2] == (settled, "standing")


def forms_of(page: str) -> list[dict[str, str]]:
    """The hidden fields of each form of a page."""
    return [
        dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
        for form in page.split("<form")[1:]
    ]


@pytest.mark.parametrize("confirmed", ["", "on"])
def test_bulk_leaves_contested_rows_out_and_says_so(
    item: ReviewItem, campaign: Campaign, alice: User, client: Client, confirmed: str
) -> None:
    seen, mei = pick(item), item_of(campaign, "mei")
    choose(alice, item, Choice.CERTIFY)
    with pytest.raises(Conflict):
        decide(item.review, actor=acting(alice), picks=[seen], choice=Choice.CERTIFY, reason="x")
    client.force_login(alice)
    sheet = client.get(f"/reviews/{item.review_id}/").content.decode()
    assert (f'value="{item.pk}:' in sheet, f'value="{mei.pk}:' in sheet) == (False, True)
    both = [f"{p.item_id}:{p.version}" for p in (pick(item), pick(mei))]
    said = {"choice": "certify", "confirmed": confirmed, "pick": both}
    page = client.post(f"/reviews/{item.review_id}/bulk/", said, follow=True).content.decode()
    assert "was left out. Two choices stand against each other here" in page
    assert ("Kept: 1 item." if confirmed else "Keep 1 item together?") in page
    assert state_of(item) == (Outcome.CERTIFIED, True)


def test_no_bulk_act_settles_a_contest(item: ReviewItem, campaign: Campaign, alice: User) -> None:
    seen, mei = pick(item), item_of(campaign, "mei")
    choose(alice, item, Choice.CERTIFY)
    with pytest.raises(Conflict):
        decide(item.review, actor=acting(alice), picks=[seen], choice=Choice.REVOKE, reason="Left")
    both = [pick(item), pick(mei)]
    verdict = decide(item.review, actor=acting(alice), picks=both, choice=Choice.CERTIFY)
    assert (verdict.decided, list(verdict.refused)) == ([mei.pk], [item.pk])
    assert state_of(item) == (Outcome.REVOKED, True)


def test_a_stale_undo_takes_nothing_back(item: ReviewItem, alice: User) -> None:
    choose(alice, item, Choice.REVOKE, "First")
    with pytest.raises(Conflict):
        undo(item.review, actor=acting(alice), pick=Pick(item.pk, 1))
    assert state_of(item) == (Outcome.REVOKED, False)


def test_after_reassignment_the_former_reviewer_decides_nothing(
    item: ReviewItem, campaign: Campaign, alice: User, bob: User, sam: User
) -> None:
    seen, sheet = pick(item), item.review
    reassign_item(
        item, actor=acting(sam), to=Person.objects.get(name="Bob Larsen"), reason="His report"
    )
    with pytest.raises(WrongInput, match="it has been given to somebody else"):
        decide(sheet, actor=acting(alice), picks=[seen], choice=Choice.CERTIFY)
    with pytest.raises(Conflict, match="This item has changed since you saw it"):
        decide(
            sheet_of(campaign, bob),
            actor=acting(bob),
            picks=[seen],
            choice=Choice.REVOKE,
            reason="From the old page",
        )
    assert kept(item) == [("revoke", "contested")]
    assert state_of(item) == (Outcome.REVOKED, True)


def test_two_stages_that_disagree_make_it_a_revoke_and_no_conflict(
    office: Office, alice: User, bob: User, owner: User, sam: User
) -> None:
    office.staff()
    office.accounts(
        "Ledger",
        "tom,tom@example.com,admin,yes",
        header="username,mail,entitlement,privileged",
        options=["--owner", "olga.petrova@example.com"],
    )
    item = item_of(office.open(), "tom")
    first, second = pick(item), pick(item, Stage.SECOND)
    decide(item.review, actor=acting(alice), picks=[first], choice=Choice.REVOKE, reason="Gone")
    assert item.second_review is not None
    decide(
        item.second_review,
        actor=acting(owner),
        picks=[second],
        choice=Choice.CERTIFY,
        reason="On call",
    )
    assert state_of(item) == (Outcome.REVOKED, False)
    assert kept(item) == [("revoke", "standing"), ("certify", "standing")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("bulk", [False, True])
def test_really_at_once(item: ReviewItem, campaign: Campaign, alice: User, bulk: bool) -> None:
    """Two connections that start together, over and over; no embrace, and never two standing."""
    mei, start = item_of(campaign, "mei"), Barrier(2)
    both = [item, mei] if bulk else [item]
    sheet = item.review

    def act(choice: Choice) -> bool:
        try:
            with clock.set_to(NOON):
                start.wait()
                picks = [Pick(each.pk, 1) for each in both]
                if choice == Choice.REVOKE:
                    picks.reverse()
                verdict = decide(
                    sheet, actor=acting(alice), picks=picks, choice=choice, reason="At once"
                )
            return not verdict.conflicts
        except Conflict:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        went = list(pool.map(act, [Choice.CERTIFY, Choice.REVOKE]))
    assert sorted(went) == [False, True]
    for each in both:
        assert state_of(each) == (Outcome.REVOKED, True)
        assert sorted(state for _, state in kept(each)) == ["contested", "standing"]
    assert Revocation.objects.count() == len(both)
