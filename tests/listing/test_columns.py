"""Heads sort the list, and a sort that it does not know is said."""

import pytest
from django.http import QueryDict

from listing.columns import Column, Head, heads, read_order

COLUMNS = [
    Column("name", "Name", order="username"),
    Column("used", "Last used", order="last_used"),
    Column("number", "Number", order="id"),
    Column("note", "Note"),
    Column("secret", "For the file only", on_page=False),
]
DEFAULT = ("-last_used", "id")


@pytest.mark.parametrize(
    ("address", "order"),
    [
        ("", DEFAULT),
        ("sort=name", ("username", "id")),
        ("sort=-name", ("-username", "-id")),
        ("sort=-number", ("-id",)),
    ],
)
def test_order_ends_in_what_is_unique(address: str, order: tuple[str, ...]) -> None:
    assert read_order(QueryDict(address), COLUMNS, DEFAULT) == (order, "")


@pytest.mark.parametrize("name", ["note", "password", "--name", "system__name"])
def test_order_of_a_column_that_does_not_sort_is_said(name: str) -> None:
    order, said = read_order(QueryDict(f"sort={name}"), COLUMNS, DEFAULT)
    assert (order, said) == (DEFAULT, f"This list does not sort by {name.removeprefix('-')!r}.")


def test_heads_turn_the_sort_and_keep_the_rest() -> None:
    shown = heads(QueryDict("q=a&sort=name&after=[1]"), COLUMNS, ("username", "id"))
    assert shown == [
        Head(COLUMNS[0], "?q=a&sort=-name", "ascending"),
        Head(COLUMNS[1], "?q=a&sort=used", ""),
        Head(COLUMNS[2], "?q=a&sort=number", ""),
        Head(COLUMNS[3], "", ""),
    ]
