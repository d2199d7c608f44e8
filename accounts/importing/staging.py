"""Rows on their way in: a run's own tables, filled by COPY and dropped when it ends.

They are UNLOGGED, since a file can always be read again: after a crash of the database they are
empty, and a run that finds nothing there reads its files once more.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from django.db import connection

from accounts.importing.columns import Column, Mapped
from accounts.importing.fields import quoted

# A row's number in a run: its file's place and, below that, its number in the file.
ROWS_A_FILE = 10**9
_CHUNK = 2_000
_PARTS = (
    *("rows", "faults", "accounts", "entitlements", "grants", "links", "types", "changes", "gone"),
    "people",
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
        run_sql(f"DROP TABLE IF EXISTS {table(run_id, part)}")


def create(run_id: int, fields: Iterable[str]) -> None:
    drop(run_id)
    columns = ", ".join(f"{quoted(field)} text" for field in dict.fromkeys(fields))
    run_sql(f"CREATE UNLOGGED TABLE {table(run_id)} (n bigint NOT NULL, {columns})")
    run_sql(
        f"CREATE UNLOGGED TABLE {table(run_id, 'faults')} "
        "(n bigint NOT NULL, reason text NOT NULL, cells jsonb)"
    )


def stage_file(
    run_id: int, place: int, mapped: Mapped, columns: Mapping[str, Column], report: Report
) -> int:
    """COPY the mapped columns of one file; gives how many rows it has, ragged ones included."""
    names = ", ".join(map(quoted, mapped.fields))
    watched = [columns[field] for field in mapped.fields]
    rows = mapped.table.rows()
    copied = 0
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table(run_id)} (n, {names}) FROM STDIN (NULL '')") as copy,
    ):
        while chunk := list(islice(rows, _CHUNK)):
            numbers = [str(place * ROWS_A_FILE + number) for number, _ in chunk]
            lines, cells = _lines(numbers, [mapped.read(row) for _, row in chunk])
            for column, values in zip(watched, zip(*cells, strict=True), strict=True):
                column.add(values)
            copy.write(lines)
            copied += len(chunk)
            report(copied)
    _keep_ragged(run_id, place, mapped)
    return copied + len(mapped.table.ragged)


def _lines(numbers: list[str], rows: list[Row]) -> tuple[str, list[Row]]:
    """The rows as COPY reads them. Clean rows, nearly all, are joined without a look at a cell."""
    text = _joined(numbers, rows)
    if _is_clean(text, len(rows), len(rows[0])):
        return text.replace("\\", "\\\\"), rows
    trimmed: list[Row] = [[cell.strip() for cell in row] for row in rows]
    return _joined(numbers, [[_escaped(cell) for cell in row] for row in trimmed]), trimmed


def _joined(numbers: list[str], rows: list[Row]) -> str:
    lines = [f"{n}\t{line}" for n, line in zip(numbers, map("\t".join, rows), strict=True)]
    return "\n".join(lines) + "\n"


_BLANKS = ("\t ", " \t", " \n", "\r", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x1f")
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
