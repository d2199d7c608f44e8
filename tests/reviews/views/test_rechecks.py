"""Asked again on the pages: what waits, and keeping it until another day, or revoking it."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

import clock
from accounts.enums import AccountType
from accounts.models import User
from reviews.actions.deciding import Pick, decide
from reviews.actions.excepting import ask_exception, grant_exception
from reviews.actions.rechecking import ask_again
from reviews.actions.timing import CLOCK, keep_time
from reviews.enums import Choice, ExceptionState, RecheckState
from reviews.models import Campaign, Recheck, Review, ReviewItem, Revocation, RuleException
from tests.cast import NOON, acting
from tests.reviews.views.conftest import of

DAY = NOON.date() + timedelta(days=30)
LATER = date(2027, 1, 31)


def keep_until(item: ReviewItem, user: User, until: date = DAY) -> None:
    item.refresh_from_db()
    decide(
        item.review,
        actor=acting(user),
        picks=[Pick(item.pk, item.version)],
        choice=Choice.CERTIFY_UNTIL,
        reason="The project",
        until=until,
    )


@pytest.fixture
def lena(client: Client, campaign: Campaign, sheet: Review, alice: User) -> ReviewItem:
    item = of(campaign, "Lena")
    keep_until(item, alice)
    client.force_login(alice)
    return item


@pytest.fixture
def asked(lena: ReviewItem) -> Iterator[Recheck]:
    with clock.set_to(NOON + timedelta(days=30)):
        ask_again(actor=CLOCK)
        yield Recheck.objects.get()


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def test_what_waits_is_named_on_the_first_page_and_listed(client: Client, asked: Recheck) -> None:
    assert "1 kept until a day that has come" in text(client, "/reviews/")
    page = text(client, "/reviews/again/")
    assert "Lena Fischer" in page
    assert f'href="/reviews/again/{asked.pk}/"' in page


def test_it_is_kept_until_another_day(client: Client, asked: Recheck) -> None:
    said = {"choice": "certify_until", "until": LATER.isoformat(), "reason": "Still at it"}
    answer = client.post(f"/reviews/again/{asked.pk}/", said, follow=True)
    page = answer.content.decode()
    assert "It is asked again on that day." in page
    assert "Kept until another day" in page
    asked.refresh_from_db()
    assert (asked.state, asked.until) == (RecheckState.KEPT, LATER)
    assert client.get(f"/reviews/again/{asked.pk}/").status_code == 404


def test_how_late_a_temporary_account_may_end_is_said(client: Client, asked: Recheck) -> None:
    limit = "It becomes the end date of the account: 2 February 2027 at the latest."
    before = text(client, f"/reviews/again/{asked.pk}/")
    ReviewItem.objects.filter(pk=asked.item_id).update(account_type=AccountType.TEMPORARY)
    after = text(client, f"/reviews/again/{asked.pk}/")
    assert [(limit in page, 'max="2027-02-02"' in page) for page in (before, after)] == [
        (False, False),
        (True, True),
    ]


def test_it_is_revoked(client: Client, asked: Recheck) -> None:
    client.post(f"/reviews/again/{asked.pk}/", {"choice": "revoke", "reason": "Over"})
    assert Revocation.objects.get().reason == "Over"


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"choice": "certify_until", "reason": "So"}, "a day after today"),
        ({"choice": "revoke"}, "This field is required."),
        ({"reason": "So"}, "Press Keep until then, or Revoke."),
        ({"choice": "certify", "reason": "So"}, "Select a valid choice"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_decided(
    client: Client, asked: Recheck, said: dict[str, str], sentence: str
) -> None:
    answer = client.post(f"/reviews/again/{asked.pk}/", said)
    assert (answer.status_code, sentence in answer.content.decode()) == (422, True)
    asked.refresh_from_db()
    assert asked.state == RecheckState.ASKED


def test_somebody_else_finds_neither_list_nor_question(
    client: Client, asked: Recheck, bob: User
) -> None:
    client.force_login(bob)
    assert "Lena Fischer" not in text(client, "/reviews/again/")
    for path in ("", "exception/"):
        assert client.get(f"/reviews/again/{asked.pk}/{path}").status_code == 404


def test_an_auditor_reads_the_list_and_answers_nothing(
    client: Client, asked: Recheck, carol: User
) -> None:
    client.force_login(carol)
    assert "asked Alice Okafor" in text(client, "/reviews/again/")
    said = {"choice": "revoke", "reason": "So"}
    assert client.post(f"/reviews/again/{asked.pk}/", said).status_code == 404
    assert Revocation.objects.count() == 0


def test_what_a_rule_forbids_is_excepted_again_before_it_is_kept(
    client: Client, campaign: Campaign, sheet: Review, alice: User, sam: User
) -> None:
    priya = of(campaign, "Priya")
    first = ask_exception(
        priya, actor=acting(alice), reason="Project", control="Watched", ends_on=DAY
    )
    grant_exception(first, actor=acting(sam), because="Fine")
    keep_until(priya, alice)
    client.force_login(alice)
    with clock.set_to(NOON + timedelta(days=30)):
        keep_time()
        path = f"/reviews/again/{Recheck.objects.get().pk}/"
        page = text(client, path)
        assert ("ask for an exception" in page, "Keep until then" in page) == (True, False)
        said = {"reason": "Project", "control": "Watched", "ends_on": LATER.isoformat()}
        client.post(path + "exception/", said)
        assert "An exception is asked for" in text(client, path)
        second = RuleException.objects.get(state=ExceptionState.ASKED)
        grant_exception(second, actor=acting(sam), because="Once more")
        assert "Keep until then" in text(client, path)
        client.post(
            path, {"choice": "certify_until", "until": LATER.isoformat(), "reason": "By exception"}
        )
    assert Recheck.objects.get().state == RecheckState.KEPT


def test_the_list_costs_the_same_for_more_rows(
    client: Client, campaign: Campaign, lena: ReviewItem, alice: User
) -> None:
    keep_until(of(campaign, "Mei"), alice, DAY + timedelta(days=1))
    counts = []
    for days in (30, 31):
        with clock.set_to(NOON + timedelta(days=days)):
            ask_again(actor=CLOCK)
            client.force_login(alice)
            assert client.get("/reviews/again/").status_code == 200
            with CaptureQueriesContext(connection) as queries:
                client.get("/reviews/again/")
        counts.append(len(queries))
    assert (counts[0], Recheck.objects.count()) == (counts[1], 2)


def test_the_timeline_tells_of_it(client: Client, asked: Recheck, sam: User) -> None:
    client.force_login(sam)
    assert "was asked, since it was kept until" in text(client, f"/items/{asked.item_id}/")
