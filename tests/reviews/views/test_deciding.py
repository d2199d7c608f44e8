"""Deciding on a page: one row, several, taken back, put right, handed on, and what is refused."""

from datetime import date
from html import unescape
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from accounts.models import Account, User
from audit.models import Event
from reviews.actions.deciding import Pick, decide
from reviews.enums import Choice, Outcome
from reviews.models import Decision, Pace, Question, Review, ReviewItem
from tests.cast import acting, make_person, person_of
from tests.reviews.views.conftest import of

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def post(client: Client, item: ReviewItem, act: str = "decide", **given: Any) -> Any:
    address = f"/reviews/{item.review_id}/items/{item.pk}/{act}/"
    given.setdefault("version", item.version)
    return client.post(address, given, headers=HTMX if given.pop("htmx", False) else {})


def said(answer: Any) -> list[str]:
    return [m.message for m in get_messages(answer.wsgi_request)]


def choices(item: ReviewItem) -> list[tuple[str, str, str]]:
    rows = Decision.objects.filter(item=item).order_by("id")
    return list(rows.values_list("choice", "state", "reason"))


@pytest.fixture
def lena(client: Client, alice: User, sheet: Review) -> ReviewItem:
    client.force_login(alice)
    return of(sheet.campaign, "Lena")


@pytest.fixture
def tom(client: Client, alice: User, sheet: Review) -> ReviewItem:
    client.force_login(alice)
    return of(sheet.campaign, "Tom")


def test_keep_without_script_leads_back_to_the_row(client: Client, lena: ReviewItem) -> None:
    answer = post(client, lena, choice="certify", at="lane=3&q=le")
    assert answer["Location"] == f"/reviews/{lena.review_id}/?lane=3&q=le#item-{lena.pk}"
    assert choices(lena) == [("certify", "standing", "")]


def test_keep_with_script_answers_with_the_row_and_the_counts(
    client: Client, lena: ReviewItem
) -> None:
    page = post(client, lena, choice="certify", htmx=True).content.decode()
    assert page.lstrip().startswith(f'<li class="item is-done" id="item-{lena.pk}"')
    assert "Kept" in page
    assert "1 of 4 decided" in page
    assert 'id="sheet-foot" role="region" aria-label="Your progress" hx-swap-oob="true"' in page
    assert "<b>3 to go</b>" in page
    assert f'id="lane-{lena.lane}-count" hx-swap-oob="true">1 of 2 to go</span>' in page


def test_keep_of_what_must_be_looked_at_asks_why(client: Client, tom: ReviewItem) -> None:
    answer = post(client, tom, choice="certify", htmx=True)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "this decision needs a reason" in page
    assert f'id="reason-{tom.pk}"' in page
    assert choices(tom) == []


def test_question_on_a_row_that_has_changed_says_who_what_and_when(
    client: Client, lena: ReviewItem
) -> None:
    post(client, lena, choice="certify")
    address = f"/reviews/{lena.review_id}/items/{lena.pk}/ask/?choice=revoke"
    stale = client.get(f"{address}&version=1", headers=HTMX)
    page = stale.content.decode()
    assert (stale.status_code, "Why revoke it?" in page) == (409, False)
    assert 'Alice Okafor chose "Keep" on this item on 5 October 2026' in unescape(page)
    for fresh in ("", "&version=2"):
        answer = client.get(address + fresh, headers=HTMX)
        assert (answer.status_code, "Why revoke it?" in answer.content.decode()) == (200, True)


def test_usual_reason_is_taken_as_if_it_were_typed(client: Client, tom: ReviewItem) -> None:
    post(client, tom, choice="certify", usual="On call", reason="")
    assert choices(tom) == [("certify", "standing", "On call")]


def test_keep_until_needs_a_day_that_can_be_read(client: Client, lena: ReviewItem) -> None:
    answer = post(client, lena, choice="certify_until", until="soon", htmx=True)
    assert (answer.status_code, choices(lena)) == (422, [])
    post(client, lena, choice="certify_until", until="2026-12-20")
    assert Decision.objects.get(item=lena).until == date(2026, 12, 20)


def test_dont_know_asks_the_owner_of_the_system(
    client: Client, lena: ReviewItem, owner: User
) -> None:
    post(client, lena, choice="dont_know", reason="Is this for the audit?")
    question = Question.objects.get()
    assert (question.asked_of, question.text) == (person_of(owner), "Is this for the audit?")
    assert "Asked" in client.get(f"/reviews/{lena.review_id}/").content.decode()


def test_stale_click_is_told_in_the_row_and_kept_as_contested(
    client: Client, alice: User, lena: ReviewItem
) -> None:
    decide(lena.review, actor=acting(alice), picks=[Pick(lena.pk, 1)], choice=Choice.CERTIFY)
    answer = post(client, lena, choice="revoke", reason="Left the team", version=1, htmx=True)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert 'Alice Okafor chose "Keep" on this item on 5 October 2026 at 12:00' in unescape(page)
    assert "Contested" in page
    assert choices(lena) == [
        ("certify", "standing", ""),
        ("revoke", "contested", "Left the team"),
    ]
    lena.refresh_from_db()
    assert lena.outcome == Outcome.REVOKED
    assert post(client, lena, choice="certify").status_code == 302
    lena.refresh_from_db()
    assert (lena.outcome, lena.contested) == (Outcome.CERTIFIED, False)


def test_undo_takes_back(client: Client, lena: ReviewItem) -> None:
    post(client, lena, choice="certify")
    page = post(client, lena, act="undo", version=2, htmx=True).content.decode()
    assert f'id="keep-{lena.pk}"' in page
    assert "4 to go" in page
    assert choices(lena) == [("certify", "undone", "")]


def test_undo_of_what_has_changed_says_who(client: Client, lena: ReviewItem) -> None:
    post(client, lena, choice="certify")
    answer = post(client, lena, act="undo", version=1, htmx=True)
    assert answer.status_code == 409
    assert "Alice Okafor chose" in answer.content.decode()


def test_putting_right_makes_a_violation_a_row_that_can_be_kept(
    client: Client, alice: User, sheet: Review
) -> None:
    client.force_login(alice)
    priya = of(sheet.campaign, "Priya")
    asked = client.get(f"/reviews/{sheet.pk}/items/{priya.pk}/right/", headers=HTMX)
    assert 'name="end"' in asked.content.decode()
    assert 'name="purpose"' not in asked.content.decode()
    page = post(client, priya, act="right", end="2026-12-20", htmx=True).content.decode()
    assert "No end date: put right" in page
    assert f'id="keep-{priya.pk}"' in page
    assert Account.objects.get(pk=priya.account_id).expires == date(2026, 12, 20)


def test_putting_right_with_nothing_named_says_what_is_missing(
    client: Client, alice: User, sheet: Review
) -> None:
    client.force_login(alice)
    page = post(client, of(sheet.campaign, "Priya"), act="right", htmx=True).content.decode()
    assert "Name what is missing" in page


def test_service_account_gets_its_owner_and_purpose_on_the_sheet(
    client: Client, owner: User, sheet: Review
) -> None:
    client.force_login(owner)
    service = of(sheet.campaign, "svc-settlement")
    page = post(
        client,
        service,
        act="right",
        purpose="Settles payouts every night",
        owner="Alice Okafor <alice.okafor@example.com>",
        htmx=True,
    ).content.decode()
    assert f'id="keep-{service.pk}"' in page
    account = Account.objects.get(pk=service.account_id)
    assert (account.purpose, str(account.owner_person)) == (
        "Settles payouts every night",
        "Alice Okafor",
    )


def test_handing_on_moves_the_item_to_another_sheet(
    client: Client, lena: ReviewItem, bob: User
) -> None:
    answer = post(client, lena, act="hand-on", to="Bob Larsen", reason="Moved to Support")
    assert said(answer) == ["Lena Fischer, Read the books in Ledger is now Bob Larsen's to judge."]
    lena.refresh_from_db()
    assert lena.review.reviewer == person_of(bob)


@pytest.mark.parametrize(
    ("to", "sentence"),
    [
        ("Nobody Here", "Nobody here is known by"),
        ("Lena Fischer", "would judge their own access"),
    ],
)
def test_handing_on_to_whom_it_cannot_go_is_said_in_the_form(
    client: Client, lena: ReviewItem, to: str, sentence: str
) -> None:
    page = post(client, lena, act="hand-on", to=to, reason="Not mine", htmx=True)
    assert sentence in page.content.decode()


def test_two_people_of_one_name_are_told_apart_by_mail(
    client: Client, lena: ReviewItem, bob: User
) -> None:
    make_person("Bob Larsen", mail="bob.two@example.com")
    page = post(client, lena, act="hand-on", to="Bob Larsen", reason="Not mine", htmx=True)
    assert "Several people are called Bob Larsen" in page.content.decode()


def test_somebody_elses_row_is_not_there(
    client: Client, bob: User, owner: User, lena: ReviewItem
) -> None:
    client.force_login(bob)
    assert post(client, lena, choice="certify").status_code == 404
    client.force_login(owner)
    assert post(client, lena, choice="certify").status_code == 404
    assert choices(lena) == []


def test_security_may_look_at_the_sheet_but_not_decide_and_that_is_recorded(
    client: Client, sam: User, lena: ReviewItem
) -> None:
    client.force_login(sam)
    answer = post(client, lena, choice="certify", htmx=True)
    assert answer.status_code == 403
    assert "only its reviewer decides on it" in answer.content.decode()
    refused = Event.objects.get(verb="trail.refused")
    assert (refused.target, refused.actor) == (f"item:{lena.pk}", sam.ref)
    assert choices(lena) == []


def test_second_person_hears_of_the_first_only_after_deciding(
    client: Client, alice: User, owner: User, tom: ReviewItem
) -> None:
    post(client, tom, choice="certify", reason="Runs the nightly close")
    tom.refresh_from_db()
    client.force_login(owner)
    address = f"/reviews/{tom.second_review_id}/"
    page = client.get(address).content.decode()
    assert ("Second person" in page, "Runs the nightly close" in page) == (True, False)
    client.post(
        f"{address}items/{tom.pk}/decide/",
        {"choice": "certify", "version": tom.second_version, "reason": "Agreed with Finance"},
    )
    page = client.get(address).content.decode()
    assert "The first person, Alice Okafor, chose" in page
    assert "Runs the nightly close" in page
    tom.refresh_from_db()
    assert tom.outcome == Outcome.CERTIFIED


def test_panel_tells_what_is_known_frozen_and_since(
    client: Client, alice: User, lena: ReviewItem
) -> None:
    Account.objects.filter(pk=lena.account_id).update(purpose="Month end")
    address = f"/reviews/{lena.review_id}/items/{lena.pk}/"
    panel = client.get(address, headers=HTMX).content.decode()
    assert panel.lstrip().startswith("\n") or "<html" not in panel
    assert "Changed while this review runs" in panel
    assert "Month end" in panel
    assert "since the reviewer is the holder&#x27;s manager" in panel
    assert "<html" in client.get(address).content.decode()


def test_what_waited_for_a_connection_is_nobodys_pace(
    client: Client, lena: ReviewItem, tom: ReviewItem
) -> None:
    client.get(f"/reviews/{lena.review_id}/")
    post(client, lena, choice="certify", waited="on")
    post(client, tom, choice="revoke", reason="No longer needed")
    assert [pace.decision.item for pace in Pace.objects.all()] == [tom]
