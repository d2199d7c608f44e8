"""Paging visits every row once, in order, both ways, whatever ties, nulls or newcomers it has."""

from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Account, Person
from listing import orders
from listing.lists import List
from listing.orders import Order
from listing.pages import LOST, Page, get_page
from tests.cast import make_person, make_system
from tests.listing.rows import accounts

pytestmark = pytest.mark.django_db

BY_USE: Order = ("-last_used", "id")
ORDERS: list[Order] = [
    ("id",),
    ("-id",),
    ("username", "id"),
    ("-username", "-id"),
    ("username", "-id"),
    ("last_used", "id"),
    ("-last_used", "-id"),
    ("-last_used", "username", "-id"),
    ("username", "last_used", "id"),
    ("system__name", "last_used", "id"),
    ("lower", "id"),
]


def page(address: str, rows: QuerySet[Any], order: Order, size: int = 3) -> Page[Any]:
    return get_page(QueryDict(address.lstrip("?")), rows, order=order, size=size)


def walk(rows: QuerySet[Any], order: Order, size: int) -> tuple[list[Page[Any]], list[Any]]:
    """All pages from the first to the last, and the rows on the way back."""
    forward = [page("", rows, order, size)]
    while forward[-1].next:
        forward.append(page(forward[-1].next, rows, order, size))
    back, here = list(forward[-1].rows), forward[-1]
    while here.previous:
        here = page(here.previous, rows, order, size)
        back = here.rows + back
    return forward, back


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    data=st.lists(
        st.tuples(st.sampled_from(["a", "A", "b", "ä", "", "~,["]), st.none() | st.integers(0, 2)),
        max_size=14,
    ),
    order=st.sampled_from(ORDERS),
    size=st.integers(1, 5),
)
def test_paging_visits_every_row_once_both_ways(
    data: list[tuple[str, int | None]], order: Order, size: int
) -> None:
    system = make_system()
    accounts([name for name, _ in data], [day for _, day in data], system=system)
    rows = system.accounts.annotate(lower=Lower("username"))
    expected = list(rows.order_by(*order))
    forward, back = walk(rows, order, size)
    assert [row for each in forward for row in each.rows] == expected
    assert back == expected
    assert {len(each.rows) for each in forward[:-1]} <= {size}


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    days=st.lists(st.none() | st.integers(0, 3), min_size=1, max_size=10),
    added=st.lists(st.none() | st.integers(0, 3), min_size=1, max_size=4),
    order=st.sampled_from([BY_USE, ("last_used", "-id"), ("-id",), ("-last_used", "-id")]),
)
def test_paging_is_not_moved_by_rows_added_meanwhile(
    days: list[int | None], added: list[int | None], order: Order
) -> None:
    system = make_system()
    first = {row.pk for row in accounts(map(str, days), days, system=system)}
    rows = system.accounts.all()
    here = page("", rows, order, 2)
    seen = list(here.rows)
    for day in added:
        if not here.next:
            break
        accounts([f"new {Account.objects.count()}"], [day], system=system)
        here = page(here.next, rows, order, 2)
        seen += here.rows
    while here.next:
        here = page(here.next, rows, order, 2)
        seen += here.rows
    assert sorted(row.pk for row in seen if row.pk in first) == sorted(first)
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(
    "place",
    [
        "nonsense",
        "[]",
        "[1]",
        "[1,2,3]",
        '{"a":1}',
        '["x",1]',
        '["2026-01-01T00:00:00",1]',
        '["2026-01-01T00:00:00Z","9999999999999999999999"]',
        '["2026-01-01T00:00:00Z",[1]]',
        '["2026-01-01T00:00:00Z",null]',
        '["\\u0000",1]',
        '["2026-01-01T00:00:00Z",1e400]',
        "[" * 5000,
    ],
)
@pytest.mark.parametrize("name", ["after", "before"])
def test_place_that_is_none_gives_the_first_page_and_says_so(name: str, place: str) -> None:
    rows = accounts("abcd", [3, 2, 1, 0])
    asked = QueryDict(mutable=True)
    asked[name] = place
    shown = get_page(asked, Account.objects.all(), order=BY_USE, size=3)
    assert (shown.rows, shown.notice, shown.previous) == (rows[:3], LOST, "")


def test_links_keep_all_other_parameters_and_drop_the_place() -> None:
    accounts("abcdefg", range(7))
    first = page("?q=a+b&state=open&state=held&empty=", Account.objects.all(), ("id",))
    second = page(first.next, Account.objects.all(), ("id",))
    assert first.next.startswith("?q=a+b&state=open&state=held&after=%5B")
    assert second.first == "?q=a+b&state=open&state=held"
    assert second.previous.count("after=") == 0
    assert page(second.previous, Account.objects.all(), ("id",)).rows == first.rows


def test_place_keeps_microseconds() -> None:
    row = accounts("a", [0])[0]
    row.last_used = row.last_used and row.last_used.replace(microsecond=123456)
    keys = orders.keys_of(Account.objects.all(), BY_USE)
    assert orders.read_place(orders.place_of(row, keys), keys) == (row.last_used, row.pk)


def test_order_through_a_relation_that_can_be_missing() -> None:
    head = make_person("Head")
    people = [make_person("Q", manager=head), make_person("R"), make_person("S", manager=head)]
    rows = Person.objects.select_related("manager").exclude(pk=head.pk)
    forward, back = walk(rows, ("manager__name", "id"), 1)
    expected = [people[0], people[2], people[1]]
    assert [row for each in forward for row in each.rows] == back == expected


def test_rows_as_dictionaries_are_paged_alike() -> None:
    accounts("abcd", [1, 1, None, 0])
    rows = Account.objects.values("id", "username", "last_used")
    forward, _ = walk(rows, BY_USE, 1)
    assert [row["username"] for each in forward for row in each.rows] == ["c", "a", "b", "d"]


def test_last_page_that_was_emptied_leads_back_to_the_first() -> None:
    rows = accounts("abcd")
    after = page("", Account.objects.all(), ("id",)).next
    rows[3].delete()
    emptied = page(after, Account.objects.all(), ("id",))
    assert (emptied.rows, emptied.previous, emptied.first, emptied.next) == ([], "?", "?", "")


def test_order_one_way_is_one_range_of_an_index() -> None:
    accounts("abcd")
    after = page("", Account.objects.all(), ("username", "id")).next
    with CaptureQueriesContext(connection) as asked:
        page(after, Account.objects.all(), ("username", "id"))
    assert '("accounts_account"."username", "accounts_account"."id") > (' in asked[0]["sql"]


@pytest.mark.parametrize(("rows", "words"), [(0, "0"), (3, "3"), (4, "4"), (5, "more than 4")])
def test_count_stops_where_it_says(rows: int, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("listing.pages.COUNTED", 4)
    accounts(map(str, range(rows)))
    assert str(page("", Account.objects.all(), ("id",)).total) == words


@pytest.mark.parametrize("rows", [3, 3000])
def test_page_takes_two_queries_however_many_rows(rows: int) -> None:
    accounts(map(str, range(rows)), range(rows))
    with CaptureQueriesContext(connection) as asked:
        shown = page("", Account.objects.all(), BY_USE, 50)
    assert (len(asked), len(shown.rows)) == (2, min(rows, 50))


def test_folded_rows_are_paged_by_what_stands_for_them_and_counted_all() -> None:
    accounts(["ann", "ann", "bea", "bea", "cy"])
    listed = List(columns=(), order=("username", "id"), size=2)

    def fold(rows: QuerySet[Account]) -> QuerySet[Account]:
        return rows.filter(key__in=["0-ann", "2-bea", "4-cy"])

    first = listed.show(QueryDict(""), Account.objects.all(), fold=fold)
    rest = listed.show(QueryDict(first.next[1:]), Account.objects.all(), fold=fold)
    assert [row.key for row in first.rows + rest.rows] == ["0-ann", "2-bea", "4-cy"]
    assert (first.total.number, rest.total.number, rest.next) == (5, 5, "")
