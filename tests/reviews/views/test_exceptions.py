"""Exceptions on the pages: asked for in the row, listed, answered with one's password."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

import clock
from accounts.enums import AccountType
from accounts.models import System, User
from audit.models import Event
from reviews.actions.excepting import ask_exception, grant_exception
from reviews.enums import ExceptionState, Outcome
from reviews.models import Campaign, ReviewItem, RuleException
from tests.cast import NOON, PASSWORD, acting
from tests.reviews.views.conftest import of
from tests.reviews.world import holding, open_campaign, report_of, right

END = NOON.date() + timedelta(days=30)
WORDS = {
    "reason": "The project needs it",
    "control": "Read by two people",
    "ends_on": END.isoformat(),
}


@pytest.fixture
def priya(client: Client, alice: User, campaign: Campaign) -> ReviewItem:
    client.force_login(alice)
    return of(campaign, "Priya")


@pytest.fixture
def asked(priya: ReviewItem, alice: User) -> RuleException:
    return ask_exception(
        priya,
        actor=acting(alice),
        reason=WORDS["reason"],
        control=WORDS["control"],
        ends_on=END,
    )


def row_of(item: ReviewItem, act: str = "") -> str:
    return f"/reviews/{item.review_id}/items/{item.pk}/{act}"


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


@pytest.mark.parametrize("script", [False, True])
def test_it_is_asked_for_in_the_row(client: Client, priya: ReviewItem, script: bool) -> None:
    headers = {"HX-Request": "true"} if script else {}
    assert "What makes up for the risk meanwhile?" in text(client, row_of(priya, "exception/"))
    answer = client.post(row_of(priya, "exception/"), WORDS, headers=headers, follow=True)
    page = answer.content.decode()
    assert "Exception asked for" in page
    assert "another person decides on it, and the row stays open" in page
    assert RuleException.objects.get().state == ExceptionState.ASKED


def test_what_is_refused_stands_on_its_form(client: Client, priya: ReviewItem) -> None:
    late = (NOON.date() + timedelta(days=91)).isoformat()
    answer = client.post(row_of(priya, "exception/"), {**WORDS, "ends_on": late})
    assert "Choose an end after today and within 90 days." in answer.content.decode()
    assert RuleException.objects.count() == 0


def test_a_row_that_breaks_no_rule_offers_none(client: Client, priya: ReviewItem) -> None:
    lena = of(priya.campaign, "Lena")
    assert f'id="except-{lena.pk}"' not in text(client, f"/reviews/{priya.review_id}/")
    assert f'id="except-{priya.pk}"' in text(client, f"/reviews/{priya.review_id}/")


def test_granted_the_row_offers_to_keep_it_until_then(
    client: Client, priya: ReviewItem, asked: RuleException, sam: User
) -> None:
    grant_exception(asked, actor=acting(sam), because="Fine")
    page = text(client, row_of(priya))
    assert ("Keep until 4 Nov" in page, "Put right" in page) == (True, False)
    assert f'value="{END.isoformat()}" readonly' in text(
        client, row_of(priya, "ask/?choice=certify_until")
    )
    said = {"choice": "certify_until", "version": 1, "reason": "So", "until": END.isoformat()}
    client.post(row_of(priya, "decide/"), said)
    priya.refresh_from_db()
    assert priya.outcome == Outcome.CERTIFIED_UNTIL
    assert "Kept until 4 November 2026" in text(client, row_of(priya))


def test_neither_page_nor_bulk_keeps_a_violation_another_way(
    client: Client, priya: ReviewItem, asked: RuleException, sam: User
) -> None:
    grant_exception(asked, actor=acting(sam), because="Fine")
    for said in (
        {"choice": "certify"},
        {"choice": "certify_until", "until": (END + timedelta(days=1)).isoformat()},
    ):
        answer = client.post(row_of(priya, "decide/"), {**said, "version": 1, "reason": "So"})
        assert answer.status_code == 422
    picks: list[str] = [f"{each.pk}:1" for each in (priya, of(priya.campaign, "Tom"))]
    bulk = {"choice": "certify", "confirmed": "on", "reason": "So", "pick": picks}
    answer = client.post(f"/reviews/{priya.review_id}/bulk/", bulk, follow=True)
    assert "decided one by one" in answer.content.decode()
    priya.refresh_from_db()
    assert priya.outcome == Outcome.OPEN


def test_refused_the_row_says_why(
    client: Client, priya: ReviewItem, asked: RuleException, sam: User, alice: User
) -> None:
    client.force_login(sam)
    said = {"answer": "refuse", "reason": "Name an end instead", "password": PASSWORD}
    client.post(f"/exceptions/{asked.pk}/answer/", said)
    client.force_login(alice)
    page = text(client, row_of(priya))
    assert "Sam Ito: &quot;Name an end instead&quot;" in page.replace('"', "&quot;")
    assert f'id="except-{priya.pk}"' in page


def test_it_is_granted_with_a_password_only(
    client: Client, asked: RuleException, sam: User
) -> None:
    client.force_login(sam)
    path = f"/exceptions/{asked.pk}/answer/"
    said = {"answer": "grant", "reason": "Fine", "password": "wrong"}
    assert client.post(path, said).status_code == 422
    asked.refresh_from_db()
    assert asked.state == ExceptionState.ASKED
    assert Event.objects.filter(verb="trail.refused").count() == 1
    answer = client.post(path, {**said, "password": PASSWORD}, follow=True)
    asked.refresh_from_db()
    assert asked.state == ExceptionState.GRANTED
    assert "Alice Okafor is told." in answer.content.decode()


def test_neither_button_pressed_decides_nothing(
    client: Client, asked: RuleException, sam: User
) -> None:
    client.force_login(sam)
    said = {"reason": "Fine", "password": PASSWORD}
    answer = client.post(f"/exceptions/{asked.pk}/answer/", said)
    assert (answer.status_code, "Press Grant or Refuse." in answer.content.decode()) == (422, True)
    asked.refresh_from_db()
    assert asked.state == ExceptionState.ASKED


def test_who_may_not_decide_is_told_why_and_refused(
    client: Client, sam: User, ada: User, ledger: System
) -> None:
    holding(ledger, report_of(sam, "Priya"), right(ledger, "read"), type=AccountType.TEMPORARY)
    with clock.set_to(NOON):
        item = ReviewItem.objects.get(campaign=open_campaign(ada))
        asked = ask_exception(item, actor=acting(sam), reason="So", control="Watched", ends_on=END)
        client.force_login(sam)
        page = text(client, f"/exceptions/{asked.pk}/")
        assert "cannot approve this" in page
        assert "Take the request back" in page
        said = {"answer": "grant", "reason": "Mine", "password": PASSWORD}
        assert client.post(f"/exceptions/{asked.pk}/answer/", said).status_code == 422
    asked.refresh_from_db()
    assert asked.state == ExceptionState.ASKED


def test_who_asked_takes_it_back_and_nobody_else(
    client: Client, asked: RuleException, bob: User, alice: User, sam: User
) -> None:
    path = f"/exceptions/{asked.pk}/"
    client.force_login(bob)
    assert client.get(path).status_code == 404
    client.force_login(sam)
    assert client.post(path + "withdraw/").status_code == 404
    client.force_login(alice)
    client.post(path + "withdraw/")
    asked.refresh_from_db()
    assert asked.state == ExceptionState.WITHDRAWN


def test_the_list_has_what_is_asked_for_first_and_is_exported(
    client: Client, asked: RuleException, sam: User, owner: User
) -> None:
    grant_exception(asked, actor=acting(sam), because="Fine")
    service = ReviewItem.objects.get(account__username="svc-settlement")
    ask_exception(service, actor=acting(owner), reason="Move", control="Read", ends_on=END)
    client.force_login(sam)
    page = text(client, "/exceptions/")
    assert page.index("svc-settlement") < page.index("Priya Natarajan")
    assert "30 days left" in page
    assert "Priya Natarajan" not in text(client, "/exceptions/?state=asked")
    rows = b"".join(client.get("/exceptions/?export=csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert "Compensating control" in rows
    assert "Read by two people" in rows
    assert Event.objects.filter(verb="list.exported", target="list:exceptions").count() == 1


def test_the_list_costs_the_same_for_more_rows(
    client: Client, asked: RuleException, sam: User, owner: User
) -> None:
    client.force_login(sam)
    client.get("/exceptions/")
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get("/exceptions/")
        counts.append(len(queries))
        if len(counts) == 1:
            service = ReviewItem.objects.get(account__username="svc-settlement")
            ask_exception(service, actor=acting(owner), reason="So", control="So", ends_on=END)
    assert counts[0] == counts[1]


def test_the_cockpit_says_that_one_waits(client: Client, asked: RuleException, sam: User) -> None:
    client.force_login(sam)
    assert "1 exception asked for: another person grants or refuses" in text(client, "/cockpit/")


def test_the_sign_off_page_lists_exceptions(
    client: Client, priya: ReviewItem, asked: RuleException
) -> None:
    page = text(client, f"/reviews/{priya.review_id}/sign-off/")
    assert "asked for, until 4 November 2026" in page
    assert "Read by two people" in page


def test_the_timeline_tells_of_it(
    client: Client, priya: ReviewItem, asked: RuleException, sam: User
) -> None:
    grant_exception(asked, actor=acting(sam), because="Acceptable so long")
    page = text(client, f"/items/{priya.pk}/")
    assert "Acceptable so long" in page
    assert "granted the exception" in page
