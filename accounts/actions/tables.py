"""Small tables that people keep in a spreadsheet, an inventory or a catalogue: read whole, and
each row is taken or rejected with a sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from accounts.connectors.base import ConnectorError
from accounts.connectors.file import open_file
from accounts.connectors.file_profiles import normalise
from accounts.connectors.rejected import restore
from accounts.connectors.values import YES_NO_WORDS, fold
from accounts.enums import Answer
from audit.errors import WrongInput


class Row(NamedTuple):
    """``number`` is the row as a spreadsheet counts, the header being 1; ``cells`` has the
    columns that the file has; ``fault`` says why it cannot be read at all."""

    number: int
    cells: Mapping[str, str]
    fault: str = ""


class Rejected(NamedTuple):
    number: int
    reason: str


@dataclass(frozen=True)
class Table:
    """``ignored`` are the headers that mean nothing here."""

    rows: list[Row]
    ignored: list[str]


@dataclass
class Outcome:
    """What came of a table; ``read`` is ``imported`` and the rejected rows together."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[Rejected] = field(default_factory=list)

    @property
    def imported(self) -> int:
        return self.created + self.updated + self.unchanged

    @property
    def read(self) -> int:
        return self.imported + len(self.rejected)

    @property
    def counts(self) -> dict[str, int]:
        return {
            "rows_read": self.read,
            "imported": self.imported,
            "rejected": len(self.rejected),
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
        }

    def count(self, *, fresh: bool, changed: bool) -> None:
        if fresh:
            self.created += 1
        elif changed:
            self.updated += 1
        else:
            self.unchanged += 1


class RowRejected(Exception):
    """One row cannot be taken; the message says why."""


def read_table(path: str | Path, *, columns: Sequence[str], encoding: str = "") -> Table:
    """The rows of a CSV or XLSX file; ``columns`` names those that mean something, and the first
    must be there. Raises WrongInput."""
    try:
        opened = open_file(path, encoding=encoding or None)
        names = {normalise(column): column for column in columns}
        known = [names.get(normalise(header), "") for header in opened.headers]
        if columns[0] not in known:
            raise WrongInput(
                f"The file has no column “{columns[0]}”. Its columns are "
                f"{', '.join(opened.headers)}."
            )
        rows = [Row(number, _cells(known, cells)) for number, cells in opened.rows()]
    except ConnectorError as error:
        raise WrongInput(str(error)) from error
    rows += [Row(ragged.number, {}, ragged.reason) for ragged in opened.ragged]
    unused = [header for header, name in zip(opened.headers, known, strict=True) if not name]
    return Table(sorted(rows), unused)


def _cells(known: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    return {name: restore(cell).strip() for name, cell in zip(known, cells, strict=True) if name}


def yes_or_no(text: str, what: str) -> bool:
    """What a cell says; blank is no. Raises RowRejected."""
    answer = YES_NO_WORDS.get(fold(text), "") if text else Answer.NO.value
    if answer not in {Answer.YES, Answer.NO}:
        raise RowRejected(f"{what} is “{text}”: write yes or no.")
    return answer == Answer.YES
