"""Reads the sample's files as anybody could: by their headers, knowing nothing of the makers."""

import csv
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

from python_calamine import CalamineWorkbook

from portx_access.sample import Manifest, SourceFile

TODAY = date(2026, 10, 14)
# What an import puts together from several columns of AWS; this one of them is enough here.
DERIVED = {"last_used": "password_last_used", "secret_changed": "password_last_changed"}
Row = Mapping[str, str]


def table(source: SourceFile) -> list[dict[str, str]]:
    """The rows as the file has them, header to text."""
    lines = _workbook(source.path) if source.path.suffix == ".xlsx" else _text(source)
    header, *rows = lines
    return [dict(zip(header, row, strict=True)) for row in rows]


def rows(source: SourceFile) -> list[dict[str, str]]:
    """The rows by our field names, one right each."""
    separator = source.options.get("separator")
    named = [
        {
            field: row[column]
            for field, column in (DERIVED | dict(source.mapping)).items()
            if column in row
        }
        for row in table(source)
    ]
    if separator is None:
        return named
    return [
        {**row, "entitlement": right.strip()}
        for row in named
        for right in row["entitlement"].split(separator)
    ]


def exports(manifest: Manifest) -> dict[str, list[dict[str, str]]]:
    return {system.name: rows(system.source) for system in manifest.systems if system.source}


def people(manifest: Manifest) -> list[dict[str, str]]:
    return [row for roster in manifest.rosters for row in rows(roster)]


def day(text: str) -> date | None:
    """A day in any of the ways in which the files write one; None for words and blanks."""
    for form in ("%d.%m.%Y", "%d %b %Y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - only the day is kept
        except ValueError:
            continue
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _text(source: SourceFile) -> list[list[str]]:
    encoding = source.options.get("encoding", "utf-8-sig")
    content = source.path.read_text(encoding=encoding).removeprefix("sep=;\n")
    first = content.partition("\n")[0]
    delimiter = max(",;|", key=first.count)
    return list(csv.reader(content.splitlines(), delimiter=delimiter))


def _workbook(path: Path) -> list[list[str]]:
    sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0)
    return [[str(cell) for cell in row] for row in sheet.to_python()]
