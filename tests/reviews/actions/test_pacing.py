"""Honest pace: measured in the act, told to one person, switched off, and gone after 30 days."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

import clock
from accounts.models import System, User
from audit.models import Event
from reviews.actions.deciding import Pick, decide
from reviews.actions.pacing import purge_pace, see_details
from reviews.actions.seeing import see_sheet
from reviews.actions.timing import CLOCK
from reviews.enums import Choice
from reviews.models import DetailsOpened, Pace, Review, ReviewItem
from reviews.queries.signing import tempo_of
from tests.cast import NOON, acting
from tests.reviews.world import admin_right, holding, open_campaign, report_of, right, sheet_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
NAMES = ("Tom Eriksen", "Lena Fischer", "Mei Tanaka", "Kofi Asante")


@pytest.fixture
def sheet(sam: User, alice: User, ledger: System) -> Review:
    """Tom is an administrator; the others read. Alice has opened her sheet at noon."""
    read, admin = right(ledger, "read"), admin_right(ledger)
    for name in NAMES:
        holding(ledger, report_of(alice, name), admin if name.startswith("Tom") else read)
    sheet = sheet_of(open_campaign(sam), alice)
    see_sheet(sheet, actor=acting(alice))
    return sheet


def of(*names: str) -> list[ReviewItem]:
    return [ReviewItem.objects.get(holder_name__startswith=name) for name in names]


def keep(sheet: Review, user: User, after: float, *names: str, reason: str = "On call") -> None:
    """Keep them in one act, so many seconds after noon."""
    with clock.set_to(NOON + timedelta(seconds=after)):
        decide(
            sheet,
            actor=acting(user),
            picks=[Pick(item.pk, item.version) for item in of(*names)],
            choice=Choice.CERTIFY,
            reason=reason,
        )


def seconds() -> list[tuple[str, float]]:
    rows = Pace.objects.order_by("at", "decision__item__holder_name")
    return [(pace.decision.item.holder_name.split()[0], pace.seconds) for pace in rows]


@pytest.mark.django_db(transaction=True)
def test_a_look_at_an_item_waits_for_no_decision_on_it(sheet: Review, alice: User) -> None:
    """It is checked against sheet and item as it is committed; were they locked whole, it would
    hold the one and wait for the other, and a decision the other way round."""

    def look() -> int:
        try:
            with clock.set_to(NOON):
                see_details(sheet, of("Lena")[0].pk, actor=acting(alice))
            return DetailsOpened.objects.count()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        keep(sheet, alice, 9, "Lena")
        assert pool.submit(look).result(timeout=10) == 1


def test_time_runs_from_the_page_and_then_from_the_decision_before(
    sheet: Review, alice: User
) -> None:
    keep(sheet, alice, 12, "Tom")
    keep(sheet, alice, 15, "Lena")
    assert seconds() == [("Tom", 12.0), ("Lena", 3.0)]


def test_several_at_once_share_the_time_of_their_act(sheet: Review, alice: User) -> None:
    keep(sheet, alice, 12, "Lena", "Mei", "Kofi")
    assert seconds() == [("Kofi", 4.0), ("Lena", 4.0), ("Mei", 4.0)]


def test_whoever_was_away_did_not_spend_that_time(sheet: Review, alice: User) -> None:
    keep(sheet, alice, 7200, "Tom")
    assert seconds() == [("Tom", 600.0)]


def test_nothing_is_measured_where_no_page_was_shown(sheet: Review, alice: User) -> None:
    Review.objects.update(last_seen_at=None)
    keep(sheet, alice, 12, "Tom")
    keep(sheet, alice, 13, "Lena")
    assert seconds() == []


def test_nothing_is_measured_where_the_policy_switches_it_off(sheet: Review, alice: User) -> None:
    sheet.campaign.policy = {**sheet.campaign.policy, "pace_told": False}
    sheet.campaign.save()
    see_details(sheet, of("Tom")[0].pk, actor=acting(alice))
    keep(sheet, alice, 2, "Tom")
    assert (seconds(), DetailsOpened.objects.count(), tempo_of(sheet)) == ([], 0, None)


def test_high_risk_kept_fast_is_told_with_its_items(sheet: Review, alice: User) -> None:
    keep(sheet, alice, 4, "Tom")
    keep(sheet, alice, 5, "Lena")
    tempo = tempo_of(sheet)
    assert tempo is not None
    assert (tempo.seconds, tempo.decisions, tempo.seconds_each) == (5.0, 2, 5)
    assert [decision.item.holder_name for decision in tempo.fast] == ["Tom Eriksen"]


def test_details_opened_before_deciding_count(sheet: Review, alice: User) -> None:
    see_details(sheet, of("Tom")[0].pk, actor=acting(alice))
    keep(sheet, alice, 4, "Tom")
    assert (Pace.objects.get().details_opened, tempo_of(sheet).fast) == (True, [])  # type: ignore[union-attr]  # measured


def test_looking_again_afterwards_counts_too(sheet: Review, alice: User) -> None:
    keep(sheet, alice, 4, "Tom")
    see_details(sheet, of("Tom")[0].pk, actor=acting(alice))
    assert Pace.objects.get().details_opened is True


def test_somebody_elses_look_at_the_details_is_not_the_reviewers(
    sheet: Review, alice: User, carol: User
) -> None:
    see_details(sheet, of("Tom")[0].pk, actor=acting(carol))
    keep(sheet, alice, 4, "Tom")
    assert (DetailsOpened.objects.count(), Pace.objects.get().details_opened) == (0, False)


def test_after_thirty_days_it_is_deleted_once_with_an_event(sheet: Review, alice: User) -> None:
    see_details(sheet, of("Tom")[0].pk, actor=acting(alice))
    keep(sheet, alice, 4, "Tom")
    with clock.set_to(NOON + timedelta(days=30)):
        assert purge_pace(actor=CLOCK) == 0
    with clock.set_to(NOON + timedelta(days=30, minutes=1)):
        assert (purge_pace(actor=CLOCK), purge_pace(actor=CLOCK)) == (1, 0)
    event = Event.objects.get(verb="pace.purged")
    assert '"data":{"days":30,"openings":1,"times":1}' in event.body
    assert (Pace.objects.count(), DetailsOpened.objects.count()) == (0, 0)


def test_measuring_takes_one_statement_whatever_the_number(
    sheet: Review, alice: User, ledger: System
) -> None:
    def statements(*names: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            keep(sheet, alice, 30, *names, reason="")
        return sum("reviews_pace" in query["sql"] for query in caught.captured_queries)

    assert (statements("Lena"), statements("Mei", "Kofi")) == (1, 1)
