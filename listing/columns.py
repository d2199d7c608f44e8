"""Columns of a list, declared once: the heads of the table that sort it, and the cells of what is
exported."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from listing.address import SORT, Params, link
from listing.orders import Order


@dataclass(frozen=True)
class Column:
    """``value`` is what an export writes: a path such as "person.name", or a function of the
    row; by default the name. ``order`` is the column of the database that it sorts by; without
    one it does not sort. ``on_page`` and ``in_export`` leave it out of one of the two."""

    name: str
    label: str
    value: str | Callable[[Any], object] = ""
    order: str = ""
    number: bool = False
    on_page: bool = True
    in_export: bool = True

    def text(self, row: Any) -> str:
        """The cell as an export writes it: yes or no, times in UTC as ISO 8601, nothing blank."""
        found = self.value(row) if callable(self.value) else _follow(row, self.value or self.name)
        return _words(found)


@dataclass(frozen=True)
class Head:
    """``sorted`` is "ascending", "descending" or blank, as aria-sort has it."""

    column: Column
    link: str
    sorted: str


def read_order(params: Params, columns: Sequence[Column], default: Order) -> tuple[Order, str]:
    """The order that the address asks for, ending as the default does so that each row has one
    place, and what is wrong with the question."""
    asked = params.get(SORT, "")
    name = asked.removeprefix("-")
    column = next((each for each in columns if each.order and each.name == name), None)
    if column is None:
        return default, f"This list does not sort by {name[:40]!r}." if asked else ""
    way = "-" if asked.startswith("-") else ""
    unique = default[-1].removeprefix("-")
    first = f"{way}{column.order}"
    return ((first,) if column.order == unique else (first, f"{way}{unique}")), ""


def heads(params: Params, columns: Sequence[Column], order: Order) -> list[Head]:
    return [_head(params, column, order) for column in columns if column.on_page]


def _head(params: Params, column: Column, order: Order) -> Head:
    if not column.order:
        return Head(column, "", "")
    name = column.order
    state = {name: "ascending", f"-{name}": "descending"}.get(order[0], "")
    turned = f"-{column.name}" if state == "ascending" else column.name
    return Head(column, link(params, **{SORT: turned}), state)


def _follow(row: Any, path: str) -> object:
    for part in path.split("."):
        if row is None:
            return None
        row = row[part] if isinstance(row, dict) else getattr(row, part)
        row = row() if callable(row) else row
    return row


def _words(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case list() | tuple() | set() | frozenset():
            return "; ".join(_words(each) for each in value)
        case _:
            return str(value)
