"""What a reviewer finds: their sheets, their rows in lanes, and nobody else's."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.enums import Grouping
from accounts.models import System, User
from audit.models import Disclosure, Event
from reviews.actions.deciding import Pick, decide
from reviews.enums import Choice, Lane
from reviews.models import Campaign, Review
from tests.cast import acting, make_run, make_system, person_of
from tests.reviews.views.conftest import of
from tests.reviews.world import (
    holding,
    lie_unchanged,
    open_campaign,
    report_of,
    right,
    sheet_of,
)

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


def test_due_date_is_in_the_readers_zone_with_the_campaigns_beside_it(
    client: Client, alice: User, sheet: Review
) -> None:
    alice.zone = "Asia/Tokyo"
    alice.save()
    page = show(client, alice, f"/reviews/{sheet.pk}/")
    assert (
        "Tuesday 20 October 2026, 08:59</time> (Asia/Tokyo), which is Monday 23:59 in UTC" in page
    )


def test_grouping_is_remembered_and_the_address_overrides_it(
    client: Client, alice: User, sheet: Review
) -> None:
    client.force_login(alice)
    address = f"/reviews/{sheet.pk}/"
    answer = client.post(f"{address}grouping/", {"by": "system", "at": "lane=3&by=person&q=le"})
    assert answer["Location"] == f"{address}?lane=3&q=le"
    alice.refresh_from_db()
    assert alice.sheets_by == Grouping.SYSTEM
    assert '<div class="group-head"><h3>Ledger</h3>' in show(client, alice, address)
    page = show(client, alice, f"{address}?by=person")
    assert '<div class="group-head"><h3>Ledger</h3>' not in page


def test_grouping_that_is_none_is_refused(client: Client, alice: User, sheet: Review) -> None:
    client.force_login(alice)
    client.post(f"/reviews/{sheet.pk}/grouping/", {"by": "colour"})
    alice.refresh_from_db()
    assert alice.sheets_by == Grouping.PERSON


@pytest.fixture
def unchanged(sam: User, alice: User, ledger: System, noon: object) -> Review:
    """Lena and Mei hold three rights each, all unchanged."""
    wiki = make_system("Wiki", owner=person_of(sam), data_class="public")
    make_run(wiki)
    rights = [right(ledger, "read"), right(ledger, "write")]
    edit = right(wiki, "edit")
    for name in ("Lena Fischer", "Mei Tanaka"):
        person = report_of(alice, name)
        holding(ledger, person, *rights)
        holding(wiki, person, edit)
    campaign = open_campaign(sam)
    lie_unchanged(campaign, ledger, wiki)
    return sheet_of(campaign, alice)


def test_unchanged_rights_of_a_person_are_one_row_with_one_keep(
    client: Client, alice: User, unchanged: Review
) -> None:
    page = show(client, alice, f"/reviews/{unchanged.pk}/")
    assert page.count("3 unchanged rights") == 2
    assert page.count('class="item item-fold') == 2
    assert "Keep all 3" in page
    assert ">6 items<" in page


def test_folded_rights_are_opened_by_a_link_that_needs_no_script(
    client: Client, alice: User, unchanged: Review
) -> None:
    first = unchanged.items.order_by("subject", "pk")[0]
    page = show(client, alice, f"/reviews/{unchanged.pk}/?lane=4&of={first.pk}&fold=no")
    shown = [f'id="item-{item.pk}"' in page for item in unchanged.items.order_by("subject")]
    assert shown == [True, True, True, False, False, False]
    assert "Person: Lena Fischer" in page


def test_person_that_is_not_on_the_sheet_is_no_filter_and_said(
    client: Client, alice: User, unchanged: Review
) -> None:
    page = show(client, alice, f"/reviews/{unchanged.pk}/?of=999999")
    assert "Person has no choice of that name; it was left out." in page


def test_folded_row_whose_keep_needs_a_reason_asks_for_it_first(
    client: Client, alice: User, unchanged: Review
) -> None:
    unchanged.items.update(data_class="customer_confidential", last_use="never")
    page = show(client, alice, f"/reviews/{unchanged.pk}/")
    assert ('name="confirmed"' in page, "Keep all 3" in page) == (False, True)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("class=public", 2),
        ("class=internal", 4),
        ("type=personal", 6),
        ("type=service", 0),
        ("second=yes", 0),
        ("second=no", 6),
        ("reason=S5", 1),
        ("q=write", 2),
        ("q=mei&class=public", 1),
    ],
)
def test_sheet_filters_by_the_address(
    client: Client, alice: User, unchanged: Review, asked: str, found: int
) -> None:
    item = unchanged.items.order_by("pk")[0]
    value = {"last_use": "unknown"}
    item.insights = [
        {"rule": "S5", "outcome": "I", "value": value, "source": "x", "as_of": "2026-10-05"}
    ]
    item.save(update_fields=["insights"])
    page = show(client, alice, f"/reviews/{unchanged.pk}/?{asked}")
    assert f"<span>{found} item{'' if found == 1 else 's'}</span>" in page


def test_sheet_is_exported_as_shown_and_that_is_an_event(
    client: Client, alice: User, unchanged: Review
) -> None:
    client.force_login(alice)
    item = unchanged.items.get(right="edit", holder_name="Mei Tanaka")
    decide(unchanged, actor=acting(alice), picks=[Pick(item.pk, 1)], choice=Choice.CERTIFY)
    answer = client.get(f"/reviews/{unchanged.pk}/?q=edit&export=csv")
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert [line.split(",")[0] for line in lines[1:]] == ["Lena Fischer", "Mei Tanaka"]
    assert ["certify" in line for line in lines[1:]] == [False, True]
    event = Event.objects.get(verb="list.exported")
    assert (event.target, event.actor) == (f"list:sheet-{unchanged.pk}", alice.ref)
    asked = Disclosure.objects.get(event_id=event.pk, name="asked")
    assert asked.text == "q=edit&export=csv"


def test_folded_sheet_costs_the_same_at_3_and_at_300_rows(
    client: Client, sam: User, alice: User, ledger: System, noon: object
) -> None:
    rights = [right(ledger, f"right-{n}") for n in range(10)]
    for number in range(30):
        name = f"Person {number:02}"
        holding(ledger, report_of(alice, name), *rights, username=name)
    campaign = open_campaign(sam)
    lie_unchanged(campaign, ledger)
    client.force_login(alice)
    sheet = sheet_of(campaign, alice)
    assert sheet.items.filter(lane=Lane.UNCHANGED).count() == 300
    few, many = f"/reviews/{sheet.pk}/?q=Person+01", f"/reviews/{sheet.pk}/"
    assert count_queries(client, few) == count_queries(client, many)


def test_rows_tell_all_that_they_tell_without_reading_an_item_again(
    client: Client, alice: User, live_sheet: Review
) -> None:
    """What a row tells is read with the page; what only the panel tells is not."""
    client.force_login(alice)
    for decided in (False, True):
        if decided:
            item = live_sheet.items.get(holder_name="Lena Fischer", system_name="Wiki")
            decide(live_sheet, actor=acting(alice), picks=[Pick(item.pk, 1)], choice=Choice.CERTIFY)
        with CaptureQueriesContext(connection) as captured:
            client.get(f"/reviews/{live_sheet.pk}/?fold=no")
        again = 'FROM "reviews_reviewitem" WHERE "reviews_reviewitem"."id" = '
        assert [each["sql"] for each in captured if again in each["sql"]] == []
