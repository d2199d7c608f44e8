"""Filters of a list, declared once: read from the address, applied to the rows, shown as a form
and as chips that can be taken off. What cannot be understood is said, never passed over."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.timezone import get_current_timezone

from listing.address import Params, link

LONGEST = 200


@dataclass(frozen=True)
class Asked:
    """What one filter found in the address: ``typed`` goes back into the form, ``words`` onto
    the chip, ``wrong`` above the list."""

    typed: Mapping[str, str] = field(default_factory=dict)
    condition: Q = field(default_factory=Q)
    words: str = ""
    wrong: str = ""


@dataclass(frozen=True)
class Filter:
    """``name`` stands in the address, ``label`` on the page."""

    name: str
    label: str

    @property
    def kind(self) -> str:
        return type(self).__name__.lower()

    @property
    def parameters(self) -> tuple[str, ...]:
        return (self.name,)

    def read(self, params: Params) -> Asked:
        """Nothing is asked where the parameter is missing, blank or only spaces."""
        typed = params.get(self.name, "").strip()
        return self.read_text(typed) if typed else Asked()

    def read_text(self, typed: str) -> Asked:
        raise NotImplementedError


@dataclass(frozen=True)
class Search(Filter):
    """Every word is in one of ``columns``, or begins it with ``prefix``, in any case. Columns
    are of the row or of what it belongs to: through a to-many relation rows would double."""

    columns: Sequence[str] = ()
    prefix: bool = False
    help: str = ""

    def read_text(self, typed: str) -> Asked:
        if "\0" in typed or len(typed) > LONGEST:
            return Asked(wrong=f"Search for up to {LONGEST} letters; this search was left out.")
        lookup = "istartswith" if self.prefix else "icontains"
        words = [
            reduce(or_, (Q((f"{column}__{lookup}", word)) for column in self.columns))
            for word in typed.split()
        ]
        return Asked({self.name: typed}, reduce(and_, words), f'"{typed}"')


@dataclass(frozen=True)
class Choice(Filter):
    """One of ``choices``, pairs of value and words. It matches ``column`` (by default the name),
    or what ``where`` makes of the value."""

    choices: Iterable[tuple[Any, Any]] = ()
    column: str = ""
    where: Callable[[str], Q] | None = None

    @property
    def options(self) -> list[tuple[str, str]]:
        return [(str(value), str(words)) for value, words in self.choices]

    def read_text(self, typed: str) -> Asked:
        words = dict(self.options).get(typed)
        if words is None:
            return Asked(wrong=f"{self.label} has no choice of that name; it was left out.")
        where = self.where(typed) if self.where else Q((self.column or self.name, typed))
        return Asked({self.name: typed}, where, f"{self.label}: {words}")


@dataclass(frozen=True)
class YesNo(Filter):
    """A condition that holds or does not; ``where`` must be true or false for every row."""

    where: Q = field(default_factory=Q)
    options = (("yes", "yes"), ("no", "no"))

    def read_text(self, typed: str) -> Asked:
        if typed not in {"yes", "no"}:
            return Asked(wrong=f"{self.label} is yes or no; it was left out.")
        where = self.where if typed == "yes" else ~self.where
        return Asked({self.name: typed}, where, f"{self.label}: {typed}")


@dataclass(frozen=True)
class Dates(Filter):
    """From a day to a day, both included. ``days`` says that the column holds days; else it
    holds moments, and a day is one in the zone of the user."""

    column: str = ""
    days: bool = False

    @property
    def first(self) -> str:
        return f"{self.name}_from"

    @property
    def last(self) -> str:
        return f"{self.name}_to"

    @property
    def parameters(self) -> tuple[str, ...]:
        return (self.first, self.last)

    def read(self, params: Params) -> Asked:
        typed = {name: text for name in self.parameters if (text := params.get(name, "").strip())}
        try:
            found = {name: date.fromisoformat(text) for name, text in typed.items()}
            condition = self._condition(found.get(self.first), found.get(self.last))
        except (ValueError, OverflowError):
            return Asked(
                wrong=f"{self.label}: write days as 2026-10-19; what was given was left out."
            )
        words = " ".join(
            f"{word} {date_format(found[name], 'j M Y')}"
            for name, word in ((self.first, "from"), (self.last, "to"))
            if name in found
        )
        return Asked(typed, condition, f"{self.label} {words}" if words else "")

    def _condition(self, first: date | None, last: date | None) -> Q:
        condition = Q()
        if first:
            condition &= Q((f"{self.column}__gte", self._begin(first)))
        if last:
            condition &= Q((f"{self.column}__lt", self._begin(last + timedelta(days=1))))
        return condition

    def _begin(self, day: date) -> date:
        if self.days:
            return day
        return datetime.combine(day, time.min, tzinfo=get_current_timezone())


@dataclass(frozen=True)
class Chip:
    words: str
    without: str


@dataclass(frozen=True)
class Field:
    """A filter beside what was typed into it, for the form."""

    filter: Filter
    typed: Mapping[str, str]

    @property
    def value(self) -> str:
        return self.typed.get(self.filter.name, "")

    @property
    def value_from(self) -> str:
        return self.typed.get(f"{self.filter.name}_from", "")

    @property
    def value_to(self) -> str:
        return self.typed.get(f"{self.filter.name}_to", "")


@dataclass(frozen=True)
class Applied:
    """All filters of a list as the address asks for them."""

    fields: list[Field]
    condition: Q
    chips: list[Chip]
    notices: list[str]


def apply(params: Params, filters: Sequence[Filter]) -> Applied:
    asked = [(each, each.read(params)) for each in filters]
    return Applied(
        fields=[Field(each, found.typed) for each, found in asked],
        condition=reduce(and_, (found.condition for _, found in asked), Q()),
        chips=[
            Chip(found.words, link(params, without=each.parameters))
            for each, found in asked
            if found.words
        ],
        notices=[found.wrong for _, found in asked if found.wrong],
    )
