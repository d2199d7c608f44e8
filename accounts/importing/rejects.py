"""Rows that cannot be taken: found in sets, kept with their reason, taken out of the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.db.models import QuerySet

from accounts.importing.cells import Cells, literal
from accounts.importing.columns import Column
from accounts.importing.dates import says_no_date
from accounts.importing.fields import quoted
from accounts.importing.staging import ROWS_A_FILE, run_sql, table
from accounts.models import ImportRun, RejectedRow

# A date in one of these may be any word that is none; elsewhere it has to say that there is none.
_ANY_WORD = frozenset({"last_used"})


def find_faults(run_id: int, columns: Mapping[str, Column], cells: Cells, key: str) -> None:
    """Note every row that has no key, a date that is none, or a text that does not fit."""
    _note(run_id, f"({key}) IS NULL", literal(_no_key(columns)))
    for name, column in columns.items():
        cell = cells.cell(name)
        if bad := _bad_dates(name, column, cells):
            listed = ", ".join(map(literal, sorted(bad)))
            _note(
                run_id,
                f"{cell} IN ({listed})",
                f"{literal(f'{name} is no date: “')} || left({cell}, 100) || '”.'",
            )
        if column.longest > column.field.limit > 0:
            _note(
                run_id,
                f"length({cell}) > {column.field.limit}",
                literal(f"{name} is longer than {column.field.limit} characters."),
            )


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


def _note(run_id: int, where: str, reason: str) -> None:
    run_sql(
        f"INSERT INTO {table(run_id, 'faults')} (n, reason) "
        f"SELECT said.n, {reason} FROM {table(run_id)} AS said WHERE {where}"
    )


def note_rows(run_id: int, query: str) -> int:
    """Note the rows that ``query`` gives as n and reason."""
    return run_sql(f"INSERT INTO {table(run_id, 'faults')} (n, reason) {query}")


def set_aside(run: ImportRun) -> int:
    """Move every faulty row out of the staged ones into RejectedRow; how many those were."""
    files = run.files.all()
    if not files:
        return 0
    file_of = " ".join(f"WHEN {file.place} THEN {file.pk}" for file in files)
    faults = table(run.pk, "faults")
    return run_sql(
        f"""
        WITH fault AS (
            SELECT n, left(string_agg(reason, ' '), 400) AS reason,
                   (array_agg(cells) FILTER (WHERE cells IS NOT NULL))[1] AS cells
            FROM {faults} GROUP BY n),
        aside AS (
            DELETE FROM {table(run.pk)} AS said USING fault WHERE said.n = fault.n
            RETURNING said.n, jsonb_strip_nulls(to_jsonb(said) - 'n') AS cells),
        spent AS (DELETE FROM {faults})
        INSERT INTO accounts_rejectedrow (run_id, file_id, row_number, reason, fields)
        SELECT {run.pk}, CASE fault.n / {ROWS_A_FILE} {file_of} END, fault.n % {ROWS_A_FILE},
               fault.reason, coalesce(aside.cells, fault.cells, '{{}}')
        FROM fault LEFT JOIN aside USING (n)
        """
    )


def spoken_of(run_id: int, *fields: str) -> str:
    """A relation of what rejected rows still say in these fields, NULL where nothing."""
    columns = ", ".join(f"fields ->> {literal(field)} AS {quoted(field)}" for field in fields)
    return f"(SELECT DISTINCT {columns} FROM accounts_rejectedrow WHERE run_id = {run_id})"


def in_order(run: ImportRun) -> Iterator[RejectedRow]:
    rows: QuerySet[RejectedRow] = run.rejected_rows.select_related("file")
    return rows.order_by("file__place", "row_number").iterator()
