"""One person's unchanged rights are one row, on one page, whatever is filtered and however it
lies."""

from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from accounts.models import System, User
from listing.lists import List
from reviews.actions.deciding import Pick, decide
from reviews.enums import Choice, Lane
from reviews.models import Review, ReviewItem
from reviews.queries.folding import ORDERS, Entry, Fold, by_lane, entries_of, folding, one_fold
from reviews.queries.sheets import items_of, rows_of
from tests.cast import acting, make_run, make_system, person_of
from tests.reviews.world import (
    holding,
    lie_unchanged,
    open_campaign,
    report_of,
    right,
    service_account,
    sheet_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
NAMES = ("Ida Berg", "Lena Fischer", "Mei Tanaka")


@pytest.fixture
def wiki(owner: User) -> System:
    wiki = make_system("Wiki", owner=owner.person)
    make_run(wiki)
    return wiki


@pytest.fixture
def sheet(sam: User, alice: User, ledger: System, wiki: System) -> Review:
    """Three people with two rights in the ledger and one in the wiki each, all unchanged."""
    rights = [right(ledger, "read"), right(ledger, "export")]
    page = right(wiki, "edit")
    for name in NAMES:
        person = report_of(alice, name)
        holding(ledger, person, *rights)
        holding(wiki, person, page)
    campaign = open_campaign(sam)
    lie_unchanged(campaign, ledger, wiki)
    return sheet_of(campaign, alice)


def pages(sheet: Review, *, by: str = "person", size: int = 50, **asked: str) -> list[list[Entry]]:
    """Every page of the sheet, by the links from one to the next."""
    listed = List(columns=(), order=ORDERS[by], size=size)
    items, found = items_of(sheet).filter(**asked), []
    address = "?"
    while address:
        params: Any = QueryDict(address.lstrip("?"))
        shown = listed.show(params, items, fold=folding(sheet, by))
        found.append(entries_of(sheet, shown.rows, listed.select(params, items), by=by))
        address = shown.next
    return found


def told(entries: list[Entry]) -> list[tuple[str, int]]:
    return [
        (entry.item.holder_name, len(entry.rows) if isinstance(entry, Fold) else 1)
        for entry in entries
    ]


def test_unchanged_rights_of_a_person_are_one_row_across_systems(sheet: Review) -> None:
    (page,) = pages(sheet)
    assert told(page) == [(name, 3) for name in NAMES]
    assert [fold.systems for fold in page if isinstance(fold, Fold)] == [["Ledger", "Wiki"]] * 3


def test_by_system_they_fold_within_each_system(sheet: Review) -> None:
    (page,) = pages(sheet, by="system")
    assert told(page) == [(name, 2) for name in NAMES] + [(name, 1) for name in NAMES]
    ((_, groups),) = by_lane(page, by="system")
    assert [(group.item.system_name, len(group.entries)) for group in groups] == [
        ("Ledger", 3),
        ("Wiki", 3),
    ]


@pytest.mark.parametrize("by", ["person", "system"])
@pytest.mark.parametrize("size", [1, 2])
def test_nobody_is_shown_twice_or_missed_over_pages(sheet: Review, by: str, size: int) -> None:
    found = pages(sheet, by=by, size=size)
    seen = [
        row.item.pk
        for page in found
        for entry in page
        for row in (entry.rows if isinstance(entry, Fold) else [entry])
    ]
    assert sorted(seen) == sorted(sheet.items.values_list("pk", flat=True))
    assert all(len(page) <= size for page in found)


def test_only_what_is_filtered_is_folded(sheet: Review) -> None:
    (page,) = pages(sheet, right="export")
    assert told(page) == [(name, 1) for name in NAMES]


def test_other_lanes_do_not_fold(sheet: Review) -> None:
    sheet.items.update(lane=Lane.NEW)
    (page,) = pages(sheet)
    assert told(page) == [(name, 1) for name in NAMES for _ in range(3)]
    ((_, groups),) = by_lane(page, by="person")
    assert [len(group.entries) for group in groups] == [3, 3, 3]


def test_two_people_of_one_name_are_two_rows(sheet: Review, alice: User) -> None:
    ReviewItem.objects.filter(holder_name="Mei Tanaka").update(holder_name="Lena Fischer")
    (page,) = pages(sheet)
    assert told(page) == [("Ida Berg", 3), ("Lena Fischer", 3), ("Lena Fischer", 3)]


def test_machines_stand_for_themselves_even_if_one_person_holds_them(
    sam: User, alice: User, ledger: System
) -> None:
    read = right(ledger, "read")
    for name in ("svc-a", "svc-b"):
        account = service_account(
            ledger, name, owner_person=person_of(alice), purpose="Settles", operator=None
        )
        account.grants.create(entitlement=read, first_seen_at=account.first_seen_at)
    campaign = open_campaign(sam)
    lie_unchanged(campaign, ledger)
    subjects = ReviewItem.objects.filter(campaign=campaign).values_list("subject", flat=True)
    assert sorted(subject.split()[0] for subject in subjects) == ["svc-a", "svc-b"]


def test_fold_tells_what_was_decided_of_it_and_what_is_open(sheet: Review, alice: User) -> None:
    (page,) = pages(sheet)
    fold = page[0]
    assert isinstance(fold, Fold)
    first, second, _ = [row.item.pk for row in fold.rows]
    decide(sheet, actor=acting(alice), picks=[Pick(first, 1)], choice=Choice.CERTIFY)
    decide(sheet, actor=acting(alice), picks=[Pick(second, 1)], choice=Choice.REVOKE, reason="Over")
    (page,) = pages(sheet)
    fold = page[0]
    assert isinstance(fold, Fold)
    assert (fold.kept, fold.revoked, len(fold.open), len(fold.revocable)) == (1, 1, 1, 2)
    assert (fold.is_decided, fold.is_over) == (False, False)


def test_one_right_that_is_left_of_a_fold_is_a_row(sheet: Review) -> None:
    items = list(sheet.items.order_by("pk")[:1])
    assert one_fold(sheet, items) == rows_of(sheet, items)[0]


@pytest.mark.parametrize("by", ["person", "system"])
def test_folds_cost_the_same_few_queries_whatever_their_number(sheet: Review, by: str) -> None:
    with CaptureQueriesContext(connection) as few:
        pages(sheet, by=by, holder_name="Ida Berg")
    with CaptureQueriesContext(connection) as many:
        pages(sheet, by=by)
    assert len(many) == len(few)
