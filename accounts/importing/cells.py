"""What a staged cell says, as SQL: texts, words of our closed sets, days and times.

The texts of a column are known by the time these are built (see columns.Column), so each
expression is made for what is really there and costs nothing where nothing is special.
"""

from __future__ import annotations

from collections.abc import Mapping

from psycopg import sql

from accounts.connectors import values
from accounts.importing.columns import Column
from accounts.importing.dates import DateOrderUnknown, Order
from accounts.importing.fields import quoted
from audit.errors import WrongInput


def literal(text: str) -> str:
    return sql.quote(text)


class Cells:
    """The expressions over one run's columns, in a relation called ``said``."""

    def __init__(self, columns: Mapping[str, Column], orders: Mapping[str, Order]) -> None:
        self._columns = columns
        self.orders = {
            name: _order(column, orders.get(name))
            for name, column in columns.items()
            if column.dates is not None
        }

    def has(self, *fields: str) -> bool:
        return any(field in self._columns for field in fields)

    def cell(self, field: str) -> str:
        return f"said.{quoted(field)}"

    def text(self, field: str) -> str:
        return f"coalesce({self.cell(field)}, '')" if field in self._columns else "''"

    def word(self, field: str, vocabulary: Mapping[str, str], *, absent: str) -> str:
        """The word that a cell means; ``absent`` where the file has no such column, "unknown"
        where the cell is blank or says something that we do not know."""
        if field not in self._columns:
            return literal(absent)
        whens = [
            f"WHEN {literal(word)} THEN {literal(meaning)}"
            for word in sorted(self._columns[field].words)
            if (meaning := vocabulary.get(values.fold(word), values.UNKNOWN)) != values.UNKNOWN
        ]
        if not whens:
            return literal(values.UNKNOWN)
        return f"CASE {self.cell(field)} {' '.join(whens)} ELSE {literal(values.UNKNOWN)} END"

    def moment(self, field: str) -> str:
        column = self._columns.get(field)
        if column is None or column.dates is None:
            return "NULL::timestamptz"
        return column.dates.sql(self.cell(field), self.orders[field], literal)

    def day(self, field: str) -> str:
        return f"(({self.moment(field)}) AT TIME ZONE 'UTC')::date"

    def last_use_word(self) -> str:
        """What is known of the last use where no time is given: never, unknown, not available."""
        column = self._columns.get("last_used")
        if column is None or column.dates is None:
            return literal(values.NOT_AVAILABLE)
        cell = self.cell("last_used")
        whens = [
            f"WHEN {cell} = {literal(word)} THEN {literal(meaning)}"
            for word in sorted(column.dates.words)
            if (meaning := values.LAST_USE_WORDS.get(values.fold(word), values.UNKNOWN))
            != values.UNKNOWN
        ]
        never = f"WHEN used IS NOT NULL THEN '{values.NEVER}'"  # A time of 1970 is no time.
        return f"CASE {never} {' '.join(whens)} ELSE '{values.UNKNOWN}' END"

    def precision(self) -> str:
        column = self._columns.get("last_used")
        if column is None or column.dates is None:
            return "''"
        dates, cell = column.dates, self.cell("last_used")
        if dates.has_clock and dates.has_bare_day:
            return f"CASE WHEN {cell} LIKE '%:%' THEN 'exact' ELSE 'day' END"
        return "'exact'" if dates.has_clock else "'day'"

    def unknown_words(self, field: str, vocabulary: Mapping[str, str]) -> list[str]:
        """Words of the column that mean nothing to us, for the person who looks at the preview."""
        column = self._columns.get(field)
        words = column.words if column else set()
        return sorted(word for word in words if word and values.fold(word) not in vocabulary)


def _order(column: Column, given: Order | None) -> Order:
    assert column.dates is not None  # noqa: S101 - only columns of dates are asked
    try:
        order = column.dates.order(given)
    except DateOrderUnknown as question:
        raise WrongInput(
            f"The dates of {column.field.name} can be read in two ways: {question.example} may "
            "begin with the day or with the month. Say which it is: among the columns on the page, "
            "with --date-order dmy or mdy on the command line."
        ) from question
    if column.dates.too_many(order):
        examples = ", ".join(f"“{text}”" for text in sorted(column.dates.faults(order))[:3])
        raise WrongInput(
            f"The column of {column.field.name} holds hardly any dates, but {examples} and more "
            f"like these. Map {column.field.name} to another column."
        )
    return order
