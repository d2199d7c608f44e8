"""Rows that cannot be taken: found in sets, kept with their reason, taken out of the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.db.models import QuerySet

from accounts.importing.cells import Cells, literal
from accounts.importing.columns import Column
from accounts.importing.dates import says_no_date
from accounts.importing.fields import Part, quoted
from accounts.importing.staging import ROWS_A_FILE, fetch, run_sql, table, whole_rows
from accounts.models import ImportRun, RejectedRow

# A date in one of these may be any word that is none; elsewhere it has to say that there is none.
_ANY_WORD = frozenset({"last_used", "last_interactive", "secret_changed"})


def find_faults(run_id: int, columns: Mapping[str, Column], cells: Cells, key: str) -> None:
    """Note every row that has no key, a date that is none, or a text that does not fit."""
    facts = any(column.field.part is Part.ACCOUNT for column in columns.values())
    _note(run_id, facts, f"({key}) IS NULL", literal(_no_key(columns)))
    for name, column in columns.items():
        cell, facts = cells.cell(name), column.field.part is Part.ACCOUNT
        if bad := _bad_dates(name, column, cells):
            listed = ", ".join(map(literal, sorted(bad)))
            reason = f"{literal(f'{name} is no date: “')} || left({cell}, 100) || '”.'"
            _note(run_id, facts, f"{cell} IN ({listed})", reason)
        if column.longest > column.field.limit > 0:
            reason = literal(f"{name} is longer than {column.field.limit} characters.")
            _note(run_id, facts, f"length({cell}) > {column.field.limit}", reason)


def _no_key(columns: Mapping[str, Column]) -> str:
    names = [name for name in ("account_id", "username") if name in columns]
    names = names or [name for name in ("employee_id", "mail") if name in columns]
    return f"The row has no {' and no '.join(names)}."


def _bad_dates(name: str, column: Column, cells: Cells) -> set[str]:
    if column.dates is None:
        return set()
    bad = column.dates.faults(cells.orders[name])
    if name in _ANY_WORD:
        return bad
    return bad | {word for word in column.dates.words if not says_no_date(word)}


def _note(run_id: int, facts: bool, where: str, reason: str) -> None:
    """Note the rows of which ``where`` holds, in what they say or in the facts they share."""
    rows = table(run_id)
    relation = f"{table(run_id, 'facts')} AS said JOIN {rows} AS row USING (f)"
    run_sql(
        f"INSERT INTO {table(run_id, 'faults')} (n, reason) "
        f"SELECT {'row' if facts else 'said'}.n, {reason} "
        f"FROM {relation if facts else f'{rows} AS said'} WHERE {where}"
    )


def set_aside(run: ImportRun) -> int:
    """Move every faulty row out of the staged ones into RejectedRow; how many those were."""
    faults, rows, facts = (table(run.pk, part) for part in ("faults", "rows", "facts"))
    if not fetch(f"SELECT FROM {faults} LIMIT 1"):
        return 0
    file_of = " ".join(f"WHEN {file.place} THEN {file.pk}" for file in run.files.all())
    count = run_sql(f"""
        WITH fault AS (
            SELECT n, left(string_agg(reason, ' '), 400) AS reason,
                   (array_agg(cells) FILTER (WHERE cells IS NOT NULL))[1] AS cells
            FROM {faults} GROUP BY n)
        INSERT INTO accounts_rejectedrow (run_id, file_id, row_number, reason, fields)
        SELECT {run.pk}, CASE fault.n / {ROWS_A_FILE} {file_of} END, fault.n % {ROWS_A_FILE},
               fault.reason,
               coalesce(jsonb_strip_nulls(to_jsonb(said) - 'n' - 'f'), fault.cells, '{{}}')
        FROM fault LEFT JOIN {whole_rows(run.pk)} AS said USING (n)""")
    run_sql(f"DELETE FROM {rows} AS said USING {faults} AS fault WHERE said.n = fault.n")
    run_sql(
        f"DELETE FROM {facts} AS said "
        f"WHERE NOT EXISTS (SELECT FROM {rows} AS row WHERE row.f = said.f)"
    )
    run_sql(f"TRUNCATE {faults}")
    return count


def spoken_of(run_id: int, *fields: str) -> str:
    """A relation of what rejected rows still say in these fields, NULL where nothing."""
    columns = ", ".join(f"fields ->> {literal(field)} AS {quoted(field)}" for field in fields)
    return f"(SELECT DISTINCT {columns} FROM accounts_rejectedrow WHERE run_id = {run_id})"


def in_order(run: ImportRun) -> Iterator[RejectedRow]:
    rows: QuerySet[RejectedRow] = run.rejected_rows.select_related("file")
    return rows.order_by("file__place", "row_number").iterator()
