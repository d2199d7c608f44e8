"""A list as a page declares it, and as the page then shows it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

from listing.address import EXPORT, Params, link, others
from listing.columns import Column, Head, heads, read_order
from listing.filters import Chip, Field, Filter, apply
from listing.orders import Order
from listing.pages import SIZE, Count, get_page

Row = TypeVar("Row")
M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Shown(Generic[Row]):
    """One page of a list, with all that `listing/page.html` needs to show it; ``kept`` are the
    parameters that the form of the filters carries along."""

    rows: list[Row]
    total: Count
    heads: list[Head]
    fields: list[Field]
    chips: list[Chip]
    notices: list[str]
    kept: list[tuple[str, str]]
    previous: str
    next: str
    first: str
    clear: str
    csv: str
    xlsx: str


@dataclass(frozen=True)
class List:
    """``order`` is the one without a question, and ends in a unique column."""

    columns: Sequence[Column]
    order: Order
    filters: Sequence[Filter] = ()
    size: int = SIZE

    def select(self, params: Params, queryset: QuerySet[M, Row]) -> QuerySet[M, Row]:
        """All rows that the address asks for, on every page of it, in its order."""
        order, _ = read_order(params, self.columns, self.order)
        return queryset.filter(apply(params, self.filters).condition).order_by(*order)

    def show(
        self,
        params: Params,
        queryset: QuerySet[M, Row],
        *,
        fold: Callable[[QuerySet[M, Row]], QuerySet[M, Row]] | None = None,
    ) -> Shown[Row]:
        """The page that the address asks for. ``fold`` leaves those rows of what is asked for
        that stand for others, too; the total counts them all."""
        asked = apply(params, self.filters)
        order, wrong = read_order(params, self.columns, self.order)
        found = queryset.filter(asked.condition)
        page = get_page(
            params, fold(found) if fold else found, order=order, size=self.size, counted=found
        )
        named = [name for each in self.filters for name in each.parameters]
        return Shown(
            rows=page.rows,
            total=page.total,
            heads=heads(params, self.columns, order),
            fields=asked.fields,
            chips=asked.chips,
            notices=[said for said in (*asked.notices, wrong, page.notice) if said],
            kept=others(params, named),
            previous=page.previous,
            next=page.next,
            first=page.first,
            clear=link(params, without=named),
            csv=link(params, **{EXPORT: "csv"}),
            xlsx=link(params, **{EXPORT: "xlsx"}),
        )

    @property
    def exported(self) -> list[Column]:
        return [column for column in self.columns if column.in_export]
