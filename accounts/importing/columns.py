"""Which column means which field, and what the cells of each column were seen to hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from accounts.connectors.base import RecordShape
from accounts.connectors.file import FileTable
from accounts.connectors.file_headers import guess_mapping, make_reader
from accounts.importing.dates import DateColumn
from accounts.importing.fields import Field, Kind
from audit.errors import WrongInput

MOST_WORDS = 200


class Column:
    """What the cells of one field were seen to hold while its rows were staged.

    No cell is longer than ``longest``, which may be more than the longest is.
    """

    def __init__(self, field: Field) -> None:
        self.field = field
        self.filled = False
        self.longest = 0
        self.words: set[str] = set()
        self.dates = DateColumn() if field.kind in {Kind.DAY, Kind.MOMENT} else None

    def add(self, cells: set[str]) -> None:
        if self.dates is not None:
            self.dates.add(cells)
        elif len(self.words) < MOST_WORDS:
            self.words |= cells


@dataclass(frozen=True)
class Mapped:
    """How the columns of one opened file become fields.

    ``columns`` is field to header; ``fields`` are all that a row gives, in order, among them
    those that a known export's columns only give together, as its ``profile`` says.
    """

    table: FileTable
    columns: dict[str, str]
    profile: str
    fields: list[str]
    read: Callable[[Sequence[str]], Sequence[str]]


def map_tables(
    tables: Sequence[FileTable],
    shape: RecordShape,
    *,
    asked: Mapping[str, str],
    remembered: Mapping[str, str],
) -> list[Mapped]:
    """Map every file of a run: what is asked for stands, then what the source used last time,
    then what the headers say by themselves. A field that is asked for with a blank header is
    left out. Together they must give what a row needs."""
    _check_asked(asked, shape, tables)
    mapped = [
        _map_table(table, shape, {**_fitting(remembered, asked), **asked}) for table in tables
    ]
    _check_required(mapped, shape)
    return mapped


def _fitting(remembered: Mapping[str, str], asked: Mapping[str, str]) -> dict[str, str]:
    taken = set(asked.values()) - {""}
    return {field: header for field, header in remembered.items() if header not in taken}


def _map_table(table: FileTable, shape: RecordShape, wanted: Mapping[str, str]) -> Mapped:
    chosen = {field: header for field, header in wanted.items() if header in table.headers}
    guess = guess_mapping(table.headers, shape, chosen=chosen)
    columns = {field: name for field, name in guess.columns.items() if wanted.get(field) != ""}
    fields, read = make_reader(table.headers, columns, shape, profile=guess.profile)
    return Mapped(table, columns, guess.profile, fields, read)


def _check_asked(asked: Mapping[str, str], shape: RecordShape, tables: Sequence[FileTable]) -> None:
    for field, header in asked.items():
        if field not in shape.fields:
            raise WrongInput(
                f"There is no field “{field}” to map to. Choose one of {', '.join(shape.fields)}."
            )
        if header and not any(header in table.headers for table in tables):
            raise WrongInput(
                f"The column “{header}”, mapped to {field}, is not in the file. "
                + _columns_of(tables)
            )


def _check_required(mapped: Sequence[Mapped], shape: RecordShape) -> None:
    found = {field for each in mapped for field in each.fields}
    for group in shape.required:
        if not found.intersection(group):
            raise WrongInput(
                f"No column was found for {' or '.join(group)}. Say which one it is with "
                f"--map {group[0]}=COLUMN. {_columns_of([each.table for each in mapped])}"
            )


def _columns_of(tables: Sequence[FileTable]) -> str:
    return f"Its columns are {', '.join(name for table in tables for name in table.headers)}."
