"""Rows on their way in: a run's own tables, filled by COPY and dropped when it ends.

They are UNLOGGED, since a file can always be read again: after a crash of the database they are
empty, and a run that finds nothing there reads its files once more.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from django.db import connection

from accounts.importing.columns import Column, Mapped
from accounts.importing.fields import Field, Part, quoted
from accounts.importing.lines import Splitter
from accounts.models import ImportRun

# A row's number in a run: its file's place and, below that, its number in the file.
ROWS_A_FILE = 10**9
# Few enough rows to stay in a processor's cache, which halves the time.
_CHUNK = 200
# In the order in which they go: the changes of a first import are a view of its grants.
_PARTS = (
    *("rows", "facts", "faults", "said", "accounts", "entitlements", "grants"),
    *("changes", "gone", "links", "types", "people"),
)

_BLOCK = 1 << 20

Report = Callable[[int], None]


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


def analyze_after(run: ImportRun) -> None:
    """Let the planner know what a run changed much of: it would still take the tables for small,
    and autovacuum comes too late for whoever launches a campaign at once."""
    if (run.created + run.updated + run.vanished) * 10 < run.imported:
        return
    run_sql("SET LOCAL default_statistics_target = 30")
    for name in ("account", "entitlement", "grant") if run.source.system_id else ("person", "team"):
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


def create(run_id: int, fields: Iterable[Field]) -> None:
    """The tables of the rows, and of what they say of accounts: once for rows that follow one
    another and say the same, as the rights of one account mostly do."""
    drop(run_id)
    columns: dict[bool, list[str]] = {True: [], False: []}
    for field in dict.fromkeys(fields):
        columns[field.part is Part.ACCOUNT].append(f", {quoted(field.name)} text")
    define(table(run_id), f"n bigint NOT NULL, f bigint NOT NULL{''.join(columns[False])}")
    define(table(run_id, "facts"), f"f bigint NOT NULL{''.join(columns[True])}")
    define(table(run_id, "faults"), "n bigint NOT NULL, reason text NOT NULL, cells jsonb")


def whole_rows(run_id: int) -> str:
    """A relation of the rows with all that they say."""
    return f"(SELECT * FROM {table(run_id)} JOIN {table(run_id, 'facts')} USING (f))"


def stage_file(
    run_id: int, place: int, mapped: Mapped, columns: Mapping[str, Column], report: Report
) -> int:
    """COPY the mapped columns of one file; gives how many rows it has, ragged ones included."""
    offset, copied = place * ROWS_A_FILE, 0
    split = Splitter([columns[field] for field in mapped.fields], offset)
    rows, read = mapped.table.rows(), mapped.read
    with (
        connection.cursor() as cursor,
        tempfile.TemporaryFile("w+", encoding="utf-8", newline="") as facts,
    ):
        with cursor.copy(_copy_into(table(run_id), "n, f", split.of_rows)) as copy:
            while chunk := list(islice(rows, _CHUNK)):
                lines, new_facts = split.add(
                    [str(offset + number) for number, _ in chunk], [read(row) for _, row in chunk]
                )
                copy.write(lines)
                facts.write(new_facts)
                copied += len(chunk)
                report(copied)
        facts.seek(0)
        with cursor.copy(_copy_into(table(run_id, "facts"), "f", split.of_accounts)) as copy:
            while block := facts.read(_BLOCK):
                copy.write(block)
    _keep_ragged(run_id, place, mapped)
    return copied + len(mapped.table.ragged)


def _copy_into(name: str, keys: str, columns: Sequence[Column]) -> str:
    names = "".join(f", {quoted(column.field.name)}" for column in columns)
    return f"COPY {name} ({keys}{names}) FROM STDIN (NULL '')"


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
