"""What a person sees of files before they are imported: columns with their first cells, and what
each is taken for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.connectors.base import RecordShape
from accounts.connectors.file import FileTable
from accounts.connectors.file_headers import HeaderMapping, guess_mapping
from accounts.connectors.file_profiles import NO_PROFILE, PROFILES, normalise
from accounts.connectors.values import ENTITLEMENT_SEPARATORS, DateOrder, detect_date_order
from accounts.importing.reading import open_upload

ROWS = 5


@dataclass(frozen=True)
class Column:
    """``field`` is what the column is taken for, or blank; ``part_of`` are the fields that a
    known export puts together from it and others. ``order`` is which of day and month stands
    first in the first cells: iso where no date asks for it, ambiguous where none tells."""

    header: str
    cells: list[str]
    field: str
    part_of: tuple[str, ...]
    order: DateOrder

    @property
    def is_ambiguous(self) -> bool:
        return self.order == "ambiguous"


@dataclass(frozen=True)
class Look:
    """``guessed`` is what the headers say by themselves, ``derived`` what a known export's
    columns give together, ``separator`` the sign that seems to part several rights in a cell."""

    columns: list[Column]
    profile: str
    guessed: dict[str, str]
    derived: list[str]
    separator: str
    sheet: str
    sheets: tuple[str, ...]


def look_at(
    paths: Sequence[str],
    shape: RecordShape,
    *,
    options: Mapping[str, Any],
    wanted: Mapping[str, str],
) -> Look:
    """Open the kept files and look at their first rows; ``wanted`` is field to header, with a
    blank one for a field of no column. Raises ConnectorError, AskEncoding among them."""
    tables = [open_upload(path, options) for path in paths]
    columns: dict[str, Column] = {}
    guessed: dict[str, str] = {}
    derived: list[str] = []
    profile = ""
    for table in tables:
        plain = guess_mapping(table.headers, shape)
        chosen = {field: header for field, header in wanted.items() if header in table.headers}
        guess = guess_mapping(table.headers, shape, chosen=chosen)
        guessed |= plain.columns
        derived += guess.derived
        profile = profile or PROFILES.get(guess.profile, NO_PROFILE).title
        for column in _columns_of(table, guess, wanted):
            columns.setdefault(column.header, column)
    found = list(columns.values())
    return Look(
        columns=found,
        profile=profile,
        guessed=guessed,
        derived=list(dict.fromkeys(derived)),
        separator=_separator(found),
        sheet=tables[0].sheet,
        sheets=tables[0].sheets,
    )


def _columns_of(table: FileTable, guess: HeaderMapping, wanted: Mapping[str, str]) -> list[Column]:
    rows = [cells for _, cells in table.preview(ROWS)]
    field_of = {h: field for field, h in guess.columns.items() if wanted.get(field) != ""}
    rules = [
        rule
        for rule in PROFILES.get(guess.profile, NO_PROFILE).derived
        if rule.field in guess.derived
    ]
    return [
        Column(
            header,
            [row[place] for row in rows],
            field_of.get(header, ""),
            tuple(r.field for r in rules if normalise(header) in (*r.needs, *r.also)),
            detect_date_order([row[place] for row in rows]),
        )
        for place, header in enumerate(table.headers)
    ]


def _separator(columns: Sequence[Column]) -> str:
    """A comma is none: names of rights have commas."""
    rights = [cell for each in columns if each.field == "entitlement" for cell in each.cells]
    signs = [sign for sign in ENTITLEMENT_SEPARATORS if sign != ","]
    return next((sign for sign in signs if any(sign in cell for cell in rights)), "")
