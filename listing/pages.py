"""Pages of a list by place, not by number: as fast at row 1,000,000 as at row 1, and nobody
misses a row or sees one twice because another was added meanwhile."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Model, QuerySet

from listing.address import AFTER, BEFORE, Params, link
from listing.orders import BadPlace, Key, Order, beyond, keys_of, place_of, read_place, reverse

SIZE = 50
COUNTED = 10_000
LOST = (
    "The place in the list that this address names cannot be read, so the list begins at its"
    " first row."
)
Row = TypeVar("Row")
M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Count:
    """How many rows there are, exact up to 10,000."""

    number: int
    more: bool

    def __str__(self) -> str:
        return f"more than {intcomma(COUNTED)}" if self.more else intcomma(self.number)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Rows of one page; ``previous``, ``next`` and ``first`` are addresses, or blank."""

    rows: list[Row]
    previous: str
    next: str
    first: str
    notice: str
    total: Count


def get_page(
    params: Params,
    queryset: QuerySet[M, Row],
    *,
    order: Order,
    size: int = SIZE,
    counted: QuerySet[M, Row] | None = None,
) -> Page[Row]:
    """The page that the address names, of rows that stand in ``order``; two queries, always.

    ``counted`` is what the total is of, where some rows stand for several."""
    keys = keys_of(queryset, order)
    notice = ""
    try:
        backward, values = _read(params, keys)
    except BadPlace:
        backward, values, notice = False, (), LOST
    rows, more = _fetch(queryset, order, keys, values, backward, size)
    has_previous = more if backward else bool(values)
    has_next = bool(values) if backward else more
    return Page(
        rows=rows,
        previous=_beside(params, rows, keys, BEFORE) if has_previous else "",
        next=_beside(params, rows, keys, AFTER) if has_next else "",
        first=link(params) if has_previous else "",
        notice=notice,
        total=count(queryset if counted is None else counted),
    )


def count(queryset: QuerySet[M, Row]) -> Count:
    """Counts no further than it has to, so that a million rows cost no more than 10,000."""
    number = queryset.order_by()[: COUNTED + 1].count()
    return Count(number, more=number > COUNTED)


def _read(params: Params, keys: tuple[Key, ...]) -> tuple[bool, tuple[object, ...]]:
    """Whether to read backwards, and from where; no values is from the beginning."""
    for name in (AFTER, BEFORE):
        if text := params.get(name):
            return name == BEFORE, read_place(text, keys)
    return False, ()


def _fetch(
    queryset: QuerySet[M, Row],
    order: Order,
    keys: tuple[Key, ...],
    values: tuple[object, ...],
    backward: bool,
    size: int,
) -> tuple[list[Row], bool]:
    """A page of rows in their order, and whether there are more in the way of reading."""
    if backward:
        order = reverse(order)
        keys = keys_of(queryset, order)
    rows = queryset.filter(beyond(keys, values)) if values else queryset
    found: list[Row] = list(rows.order_by(*order)[: size + 1])
    page = found[:size]
    return (page[::-1] if backward else page), len(found) > size


def _beside(params: Params, rows: list[Any], keys: tuple[Key, ...], name: str) -> str:
    """The address of the page before or after these rows. Where rows went meanwhile and left
    none, it leads back to the beginning."""
    if not rows:
        return link(params)
    row = rows[0] if name == BEFORE else rows[-1]
    return link(params, **{name: place_of(row, keys)})
