"""Reading a run's files into staging, and saying what taking it would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import connection

import clock
from accounts.connectors import values
from accounts.connectors.base import ACCOUNT, PERSON, ConnectorError, RecordShape
from accounts.connectors.file import CONNECTOR, FileTable, open_file
from accounts.enums import SourceKind
from accounts.importing import accounts, changes, hold, people, rejects, staging
from accounts.importing.cells import Cells
from accounts.importing.columns import Column, Mapped, map_tables
from accounts.importing.fields import ACCOUNT_FIELDS, PERSON_FIELDS
from accounts.importing.holders import find_holders
from accounts.models import ImportRun
from audit.errors import WrongInput

CannotBeRead = (WrongInput, ConnectorError, accounts.Disagreement)
_PREVIEW_ROWS = 5


def is_roster(run: ImportRun) -> bool:
    return run.source.kind == SourceKind.ROSTER


def shape_of(run: ImportRun) -> RecordShape:
    return PERSON if is_roster(run) else ACCOUNT


def open_upload(path: str, options: Mapping[str, Any]) -> FileTable:
    return open_file(
        settings.VAR_DIR / "uploads" / path,
        encoding=options.get("encoding"),
        sheet=options.get("sheet"),
    )


def read(run: ImportRun, report: staging.Report) -> None:
    """Stage the run's files and compare them with the picture; the caller saves the run.

    Raises one of ``CannotBeRead``, whose message is for people. Nothing that stands is changed.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'; SET LOCAL default_statistics_target = 10")
    run.rejected_rows.all().delete()
    tables = [open_upload(file.path, run.options) for file in run.files.order_by("place")]
    mapped = map_tables(tables, shape_of(run), asked=run.mapping, remembered=run.source.mapping)
    columns = _stage(run, mapped, report)
    cells = Cells(columns, run.options.get("date_order", {}))
    run.options["date_order"] = cells.orders
    run.connector_version = CONNECTOR.version
    run.mapping = _left_out(run) | {
        field: header for each in mapped for field, header in each.columns.items()
    }
    run.filled_columns = sorted(name for name, column in columns.items() if column.filled)
    rejects.find_faults(run.pk, columns, cells, people.KEY if is_roster(run) else accounts.KEY)
    run.rejected = rejects.set_aside(run)
    _compare(run, cells)
    run.warnings = _warnings(run, cells)
    run.compared_with = run.source.current_run
    run.staged_at = clock.now()
    run.preview["samples"] = [_sample(each) for each in mapped]
    run.held_for = hold.reasons_to_hold(run, clock.today())


def _left_out(run: ImportRun) -> dict[str, str]:
    """Fields that a person wants of no column, now or with an earlier run, with a blank header."""
    wanted = {**run.source.mapping, **run.mapping}
    return {field: "" for field, header in wanted.items() if not header}


def _stage(run: ImportRun, mapped: Sequence[Mapped], report: staging.Report) -> dict[str, Column]:
    fields = PERSON_FIELDS if is_roster(run) else ACCOUNT_FIELDS
    found = dict.fromkeys(field for each in mapped for field in each.fields)
    columns = {field: Column(fields[field]) for field in found}
    always = (
        ["employee_id", "mail"] if is_roster(run) else ["account_id", "username", "entitlement"]
    )
    staging.create(run.pk, [fields[field] for field in (*found, *always)])
    run.rows_read = 0
    for file, each in zip(run.files.order_by("place"), mapped, strict=True):
        file.rows = staging.stage_file(run.pk, file.place, each, columns, report)
        file.encoding, file.delimiter = each.table.encoding, each.table.delimiter
        file.save(update_fields=["rows", "encoding", "delimiter"])
        run.rows_read += file.rows
    if run.source_count not in {None, run.rows_read}:
        raise WrongInput(
            f"The import is incomplete: the source counts {run.source_count:,} rows and the file "
            f"has {run.rows_read:,}. Export it again, or correct the count."
        )
    for part in ("rows", "facts"):
        staging.run_sql(f"ANALYZE {staging.table(run.pk, part)}")
    return columns


def _compare(run: ImportRun, cells: Cells) -> None:
    if is_roster(run):
        people.settle_repeated_rows(run.pk)
        run.rejected += rejects.set_aside(run)
        people.compare(run.pk, run.source_id, cells)
        counts = people.count(run.pk)
        run.preview = {}
    else:
        assert run.source.system_id is not None  # noqa: S101 - a constraint of Source says so
        separator = run.options.get("separator", "")
        accounts.unite_keys(run.pk)
        accounts.Comparison(run.pk, run.source.system_id, cells, separator).prepare()
        run.rejected += rejects.set_aside(run)
        find_holders(run.pk)
        changes.find_changes(run.pk, run.source.system_id, split=bool(separator))
        counts = changes.count_rows(run.pk, run.rows_read - run.rejected, split=bool(separator))
        matched, total = changes.count_matched(run.pk)
        run.preview = {"matched": matched, "accounts": total}
    run.preview |= {
        "rows_read": run.rows_read,
        "imported": run.rows_read - run.rejected,
        "rejected": run.rejected,
        "created": counts.created,
        "updated": counts.updated,
        "unchanged": counts.unchanged,
        "vanished": counts.vanished,
    }


def _warnings(run: ImportRun, cells: Cells) -> list[str]:
    _, doubts = hold.proved_until(run)
    vocabularies = (
        {"status": values.PERSON_STATUS_WORDS, "worker_type": values.WORKER_TYPE_WORDS}
        if is_roster(run)
        else {
            "status": values.STATUS_WORDS,
            "mfa": values.YES_NO_WORDS,
            "privileged": values.YES_NO_WORDS,
        }
    )
    for field, vocabulary in vocabularies.items():
        if words := cells.unknown_words(field, vocabulary):
            listed = ", ".join(f"“{word}”" for word in words[:10])
            said = "1 word" if len(words) == 1 else f"{len(words):,} words"
            doubts.append(f"Not known in the column of {field}, and read so: {said}, {listed}.")
    return doubts


def _sample(mapped: Mapped) -> dict[str, Any]:
    """The first rows as they were understood, for whoever checks the mapping."""
    rows = [list(mapped.read(cells)) for _, cells in mapped.table.preview(_PREVIEW_ROWS)]
    return {"fields": mapped.fields, "rows": rows, "profile": mapped.profile}
