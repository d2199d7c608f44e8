"""Rows as lines for COPY, without a look at a cell where none is special.

Most rows of an export repeat what they say of an account for each of its rights: it is written
once for rows that follow one another and say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from operator import itemgetter

from accounts.connectors.file_headers import taker
from accounts.importing.columns import Column
from accounts.importing.fields import Kind, Part

Row = Sequence[str]
Join = Callable[[Iterable[str]], str]


class Splitter:
    """Parts rows into what each says, and what is said of the account that it is about.

    A line of a row begins with the row's number and the number of its facts, a line of facts
    with theirs; facts are numbered upward from ``number``.
    """

    def __init__(self, columns: Sequence[Column], number: int) -> None:
        own = [i for i, column in enumerate(columns) if column.field.part is Part.ACCOUNT]
        rest = [i for i, column in enumerate(columns) if column.field.part is not Part.ACCOUNT]
        self.of_accounts = [columns[i] for i in own]
        self.of_rows = [columns[i] for i in rest]
        self._own, self._rest = taker(own), taker(rest)
        self._watches = _Watch(self.of_rows), _Watch(self.of_accounts)
        self._number = number
        self._last: Row | None = None

    def add(self, numbers: list[str], rows: list[Row]) -> tuple[str, str]:
        """The lines of these rows, and of the facts that are new with them."""
        before = self._number, self._last
        said = self._split(rows)
        lines, facts = self._lines(numbers, *said, "\t".join)
        if not self._is_clean(lines, len(rows), facts, len(said[1])):
            self._number, self._last = before
            said = self._split([[cell.strip() for cell in row] for row in rows])
            lines, facts = self._lines(numbers, *said, _join_special)
        for watch, cells, text in zip(self._watches, said[:2], (lines, facts), strict=True):
            watch.add(cells, text)
        return lines, facts

    def _split(self, rows: list[Row]) -> tuple[list[Row], list[Row], list[int]]:
        """What the rows say, the new facts, and the number of each row's facts."""
        new: list[Row] = []
        places: list[int] = []
        for facts, group in groupby(rows, self._own):
            if facts != self._last:
                self._last = facts
                self._number += 1
                new.append(facts)
            places += [self._number] * len(list(group))
        return list(map(self._rest, rows)), new, places

    def _lines(
        self, numbers: list[str], said: list[Row], new: list[Row], places: list[int], join: Join
    ) -> tuple[str, str]:
        if self.of_rows:
            tails = map(join, said)
            lines = [
                f"{n}\t{f}\t{tail}\n" for n, f, tail in zip(numbers, places, tails, strict=True)
            ]
        else:
            lines = [f"{n}\t{f}\n" for n, f in zip(numbers, places, strict=True)]
        first = self._number - len(new) + 1
        facts = [f"{join([str(f), *cells])}\n" for f, cells in enumerate(new, first)]
        return "".join(lines), "".join(facts)

    def _is_clean(self, lines: str, rows: int, facts: str, new: int) -> bool:
        return _is_clean(lines, rows, 1 + len(self.of_rows)) and _is_clean(
            facts, new, len(self.of_accounts)
        )


class _Watch:
    """What has to be known of the cells, looked at no more than it takes to know it."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._unfilled = dict(enumerate(columns))
        self._read = [
            (itemgetter(place), column)
            for place, column in enumerate(columns)
            if column.field.kind is not Kind.TEXT
        ]

    def add(self, rows: list[Row], text: str) -> None:
        for place in [*self._unfilled]:
            if any(row[place] for row in rows):
                self._unfilled.pop(place).filled = True
        for cell, column in self._read:
            column.add({*map(cell, rows)})
        # No cell is longer than its line.
        longest = max(map(len, text.split("\n")))
        for column in self._columns:
            column.longest = max(column.longest, longest)


_BLANKS = ("\t ", " \t", " \n", "\r", "\v", "\f", "\\")
_WIDE_BLANKS = ("\x85", "\xa0", "\u2003", "\u2009", "\u200a", "\u202f", "\u3000")


def _is_clean(text: str, lines: int, tabs: int) -> bool:
    """Whether no cell has blanks around it or holds what COPY takes for an end of cell or line."""
    if text.count("\n") != lines or text.count("\t") != lines * tabs:
        return False
    special = _BLANKS if text.isascii() else _BLANKS + _WIDE_BLANKS
    return not any(sign in text for sign in special)


def _join_special(cells: Iterable[str]) -> str:
    return "\t".join(map(_escaped, cells))


def _escaped(cell: str) -> str:
    for sign, escape in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        cell = cell.replace(sign, escape)
    return cell
