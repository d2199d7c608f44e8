"""Rows on their way in: a run's own tables, filled by COPY and dropped when it ends.

They are UNLOGGED, since a file can always be read again: after a crash of the database they are
empty, and a run that finds nothing there reads its files once more.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from operator import itemgetter
from typing import Any

from django.db import connection

from accounts.importing.columns import Column, Mapped
from accounts.importing.fields import Kind, quoted

# A row's number in a run: its file's place and, below that, its number in the file.
ROWS_A_FILE = 10**9
# Few enough rows to stay in a processor's cache, which halves the time.
_CHUNK = 200
# In the order in which they go: the changes of a first import are a view of its grants.
_PARTS = (
    *("rows", "faults", "said", "accounts", "entitlements", "grants"),
    *("changes", "gone", "links", "types", "people"),
)

Report = Callable[[int], None]
Row = Sequence[str]


def table(run_id: int, part: str = "rows") -> str:
    return f"staged_{run_id}_{part}"


def run_sql(statement: str) -> int:
    """Run one statement as it stands; how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        touched: int = cursor.rowcount
        return touched


def fetch(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def define(name: str, columns: str) -> None:
    """Make an empty table of a run. Autovacuum would stand in the way of dropping it soon."""
    run_sql(f"CREATE UNLOGGED TABLE {name} ({columns}) WITH (autovacuum_enabled = false)")


def fill(name: str, query: str) -> None:
    """Make a table of a run out of a query, and let the planner know it."""
    run_sql(f"CREATE UNLOGGED TABLE {name} WITH (autovacuum_enabled = false) AS {query}")
    run_sql(f"ANALYZE {name}")


def analyze_picture() -> None:
    """Let the planner know the tables that stand: soon after a large import it would still take
    them for small, and autovacuum comes too late."""
    for name in ("person", "account", "entitlement", "grant"):
        run_sql(f"ANALYZE accounts_{name}")


def is_staged(run_id: int) -> bool:
    """Whether the rows of the run are there; a crash of the database empties them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [table(run_id)])
        (there,) = cursor.fetchone()
        if there:
            cursor.execute(f"SELECT EXISTS (SELECT FROM {table(run_id)})")
            (there,) = cursor.fetchone()
    return bool(there)


def drop(run_id: int) -> None:
    for part in _PARTS:
        run_sql(f"DROP TABLE IF EXISTS {table(run_id, part)} CASCADE")


def create(run_id: int, fields: Iterable[str]) -> None:
    drop(run_id)
    columns = ", ".join(f"{quoted(field)} text" for field in dict.fromkeys(fields))
    define(table(run_id), f"n bigint NOT NULL, {columns}")
    define(table(run_id, "faults"), "n bigint NOT NULL, reason text NOT NULL, cells jsonb")


def stage_file(
    run_id: int, place: int, mapped: Mapped, columns: Mapping[str, Column], report: Report
) -> int:
    """COPY the mapped columns of one file; gives how many rows it has, ragged ones included."""
    names = ", ".join(map(quoted, mapped.fields))
    watch = _Watch([columns[field] for field in mapped.fields])
    rows, read, offset = mapped.table.rows(), mapped.read, place * ROWS_A_FILE
    copied = 0
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table(run_id)} (n, {names}) FROM STDIN (NULL '')") as copy,
    ):
        while chunk := list(islice(rows, _CHUNK)):
            lines, cells = _lines(
                [str(offset + number) for number, _ in chunk], [read(row) for _, row in chunk]
            )
            copy.write("".join(lines))
            watch.add(lines, cells)
            copied += len(chunk)
            report(copied)
    _keep_ragged(run_id, place, mapped)
    return copied + len(mapped.table.ragged)


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

    def add(self, lines: list[str], rows: list[Row]) -> None:
        for place in [*self._unfilled]:
            if any(row[place] for row in rows):
                self._unfilled.pop(place).filled = True
        for cell, column in self._read:
            column.add({*map(cell, rows)})
        # No cell is longer than its line.
        longest = len(max(lines, key=len))
        for column in self._columns:
            column.longest = max(column.longest, longest)


def _lines(numbers: list[str], rows: list[Row]) -> tuple[list[str], list[Row]]:
    """The rows as COPY reads them. Clean rows, nearly all, are joined without a look at a cell."""
    lines = _joined(numbers, rows)
    text = "".join(lines)
    if _is_clean(text, len(rows), len(rows[0])):
        return ([line.replace("\\", r"\\") for line in lines] if "\\" in text else lines), rows
    trimmed: list[Row] = [[cell.strip() for cell in row] for row in rows]
    return _joined(numbers, [[_escaped(cell) for cell in row] for row in trimmed]), trimmed


def _joined(numbers: list[str], rows: list[Row]) -> list[str]:
    return [f"{n}\t{line}\n" for n, line in zip(numbers, map("\t".join, rows), strict=True)]


_BLANKS = ("\t ", " \t", " \n", "\r", "\v", "\f")
_WIDE_BLANKS = ("\x85", "\xa0", "\u2003", "\u2009", "\u200a", "\u202f", "\u3000")


def _is_clean(text: str, rows: int, width: int) -> bool:
    """Whether no cell has blanks around it or holds what COPY takes for an end of cell or row."""
    if text.count("\n") != rows or text.count("\t") != rows * width:
        return False
    blanks = _BLANKS if text.isascii() else _BLANKS + _WIDE_BLANKS
    return not any(blank in text for blank in blanks)


def _escaped(cell: str) -> str:
    for sign, escape in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        cell = cell.replace(sign, escape)
    return cell


def _keep_ragged(run_id: int, place: int, mapped: Mapped) -> None:
    headers = mapped.table.headers
    places = {field: headers.index(header) for field, header in mapped.columns.items()}
    rows = [
        (
            place * ROWS_A_FILE + row.number,
            row.reason,
            json.dumps({f: row.cells[i] for f, i in places.items() if i < len(row.cells)}),
        )
        for row in mapped.table.ragged
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {table(run_id, 'faults')} VALUES (%s, %s, %s::jsonb)", rows
            )
