"""What a reviewer finds: their sheets, their rows in lanes, and nobody else's."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import System, User
from reviews.actions.deciding import Pick, decide
from reviews.enums import Choice
from reviews.models import Campaign, Review
from tests.cast import acting
from tests.reviews.views.conftest import of
from tests.reviews.world import holding, open_campaign, report_of, right, sheet_of

pytestmark = pytest.mark.django_db


def show(client: Client, user: User, address: str) -> str:
    client.force_login(user)
    return client.get(address).content.decode()


def test_sheets_tell_what_is_mine_until_when_and_how_far(
    client: Client, alice: User, sheet: Review
) -> None:
    item = of(sheet.campaign, "Lena")
    decide(sheet, actor=acting(alice), picks=[Pick(item.pk, 1)], choice=Choice.CERTIFY)
    page = show(client, alice, "/reviews/")
    assert f'href="/reviews/{sheet.pk}/"' in page
    assert "Monday 19 October 2026, 23:59</time> (UTC)" in page
    assert "1 of 4 decided" in page


def test_sheets_of_nobody_say_what_will_come(client: Client, bob: User, sheet: Review) -> None:
    assert "Nothing waits for you" in show(client, bob, "/reviews/")


def test_sheet_stands_in_lanes_with_reasons_and_plain_words(
    client: Client, alice: User, sheet: Review
) -> None:
    page = show(client, alice, f"/reviews/{sheet.pk}/")
    assert page.index("Must look") < page.index("Tom Eriksen") < page.index("Lena Fischer")
    assert "Read the books" in page
    assert "used <time" in page
    assert "No end date" in page


def test_violation_has_no_keep_but_is_put_right(client: Client, alice: User, sheet: Review) -> None:
    priya, tom = of(sheet.campaign, "Priya").pk, of(sheet.campaign, "Tom").pk
    page = show(client, alice, f"/reviews/{sheet.pk}/")
    assert (f'id="keep-{tom}"' in page, f'id="right-{tom}"' in page) == (True, False)
    assert (f'id="keep-{priya}"' in page, f'id="right-{priya}"' in page) == (False, True)


def test_bulk_is_offered_outside_must_look_only(client: Client, alice: User, sheet: Review) -> None:
    page = show(client, alice, f"/reviews/{sheet.pk}/")
    assert ('id="bulk-1"' in page, 'id="bulk-3"' in page) == (False, True)
    assert f'value="{of(sheet.campaign, "Tom").pk}:1"' not in page


def test_opening_a_sheet_marks_it_as_seen_by_its_reviewer_only(
    client: Client, alice: User, sam: User, sheet: Review
) -> None:
    show(client, sam, f"/reviews/{sheet.pk}/")
    sheet.refresh_from_db()
    assert sheet.first_seen_at is None
    show(client, alice, f"/reviews/{sheet.pk}/")
    sheet.refresh_from_db()
    assert (sheet.first_seen_at, sheet.last_seen_at) == (sheet.campaign.launched_at,) * 2


@pytest.mark.parametrize("page", ["", "sign-off/", "receipt/"])
def test_sheet_is_not_there_for_somebody_else(
    client: Client, bob: User, sheet: Review, page: str
) -> None:
    client.force_login(bob)
    assert client.get(f"/reviews/{sheet.pk}/{page}").status_code == 404


def test_sheet_is_read_only_for_the_auditor(client: Client, carol: User, sheet: Review) -> None:
    page = show(client, carol, f"/reviews/{sheet.pk}/")
    assert "The sheet of Alice Okafor" in page
    assert 'method="post"' not in page.partition("<main")[2]


def test_sheet_filters_by_lane_and_by_what_is_to_decide(
    client: Client, alice: User, sheet: Review
) -> None:
    page = show(client, alice, f"/reviews/{sheet.pk}/?lane=1")
    assert ("Tom Eriksen" in page, "Lena Fischer" in page) == (True, False)
    item = of(sheet.campaign, "Lena")
    decide(sheet, actor=acting(alice), picks=[Pick(item.pk, 1)], choice=Choice.CERTIFY)
    page = show(client, alice, f"/reviews/{sheet.pk}/?open=yes")
    assert (f'id="item-{item.pk}"' in page, "Mei Tanaka" in page) == (False, True)


def count_queries(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def test_sheet_costs_the_same_at_3_and_at_300_rows(
    client: Client, sam: User, alice: User, ledger: System, noon: object
) -> None:
    rights = [right(ledger, f"right-{n}") for n in range(100)]
    for name in ("Lena Fischer", "Mei Tanaka", "Tom Eriksen"):
        holding(ledger, report_of(alice, name), *rights)
    client.force_login(alice)
    sheet = sheet_of(open_campaign(sam), alice)
    few, many = f"/reviews/{sheet.pk}/?q=right-11", f"/reviews/{sheet.pk}/"
    assert count_queries(client, few) == count_queries(client, many)


def test_sheets_cost_the_same_with_one_campaign_and_with_three(
    client: Client, sam: User, alice: User, campaign: Campaign
) -> None:
    client.force_login(alice)
    one = count_queries(client, "/reviews/")
    for quarter in ("2027-Q1", "2027-Q2"):
        Campaign.objects.filter(state="open").update(state="closed")
        open_campaign(sam, quarter=quarter)
    assert Review.objects.filter(reviewer=alice.person_id).count() == 3
    assert count_queries(client, "/reviews/") == one
