"""The file connector: a CSV or XLSX file as a table of text, whole or not at all.

The type is told by content, never by name. A row is a list of cells of text, as they stand in
the file; rows are numbered as a spreadsheet shows them, the header being row 1.
"""

from __future__ import annotations

import csv
import os
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

from accounts.connectors.base import (
    Capability,
    ConfigField,
    Connector,
    TooLarge,
    Truncated,
    Unreadable,
)
from accounts.connectors.file_text import ENCODINGS, codec_of, examine, find_layout
from accounts.connectors.file_workbook import digest_of, spool_workbook
from accounts.connectors.rejected import REJECTED_COLUMNS, restore

CONNECTOR = Connector(
    kind="file",
    title="File (CSV or XLSX)",
    version="1",
    capabilities=frozenset(Capability),
    config=(
        ConfigField(
            "encoding",
            "Encoding",
            "Only where a file is not UTF-8.",
            choices=tuple(ENCODINGS.items()),
        ),
        ConfigField("sheet", "Sheet", "For workbooks: the first visible sheet unless named."),
        ConfigField("entitlement_separator", "Separator of rights", "Where a cell lists several."),
    ),
)
MAX_COLUMNS = 1_000
MAX_RAGGED = 10_000

_NOT_TABLES = (
    (b"\xd0\xcf\x11\xe0", "an old or password-protected Office file"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"SQLite format 3", "a database"),
    (b"<", "a web page or XML"),
    (b"{", "JSON"),
    (b"[", "JSON"),
)


@dataclass(frozen=True)
class RaggedRow:
    """A row whose cells do not fit the header's columns."""

    number: int
    cells: list[str]
    reason: str


@dataclass(frozen=True)
class _Text:
    """Where the text of the table lies: the file itself, or what a workbook was turned into."""

    path: Path
    encoding: str
    delimiter: str
    sep_line: bool = False

    def open(self) -> TextIO:
        file = self.path.open(encoding=codec_of(self.encoding), newline="")
        if self.sep_line:
            file.readline()
        return file

    def stamp(self) -> tuple[int, int]:
        stat = self.path.stat()
        return stat.st_size, stat.st_mtime_ns


class FileTable:
    """One opened file. ``encoding`` and ``delimiter`` are blank for a workbook.

    While ``rows()`` is read, ``ragged`` collects the rows that do not fit the header, each with
    its reason, and ``blank_rows`` counts the empty ones passed over; reading again starts both
    anew. A file of rejected rows that comes back mended is read without its two extra columns.
    """

    def __init__(
        self, text: _Text, *, sha256: str, size: int, sheet: str = "", sheets: tuple[str, ...] = ()
    ) -> None:
        self.sha256 = sha256
        self.size = size
        self.sheet = sheet
        self.sheets = sheets
        self.encoding = "" if sheet else text.encoding
        self.delimiter = "" if sheet else text.delimiter
        self.ragged: list[RaggedRow] = []
        self.blank_rows = 0
        self._text = text
        self._stamp = text.stamp()
        self._header_row, names = self._find_header()
        self._width = len(names)
        self._mended = tuple(names[-2:]) == REJECTED_COLUMNS
        self.headers = [restore(name) for name in names[:-2]] if self._mended else names

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Each row with its number, every one as wide as the header."""
        self.ragged = []
        self.blank_rows = 0
        return self._mended_rows() if self._mended else self._plain_rows()

    def preview(self, count: int = 5) -> list[tuple[int, list[str]]]:
        return list(islice(self.rows(), count))

    def _plain_rows(self) -> Iterator[tuple[int, list[str]]]:
        width, start = self._width, self._header_row
        with self._text.open() as file:
            reader = csv.reader(file, delimiter=self._text.delimiter, strict=True)
            try:
                for number, cells in enumerate(islice(reader, start, None), start + 1):
                    if len(cells) == width and any(cells):
                        yield number, cells
                    elif fitted := self._fit(number, cells):
                        yield number, fitted
            except csv.Error as error:
                raise _broken(error, reader.line_num) from error
        if self._text.stamp() != self._stamp:
            raise Truncated("The file changed while it was read. Read it again once it is whole.")

    def _mended_rows(self) -> Iterator[tuple[int, list[str]]]:
        for number, cells in self._plain_rows():
            yield number, [restore(cell) for cell in cells[:-2]]

    def _fit(self, number: int, cells: list[str]) -> list[str]:
        """A row made to fit by leaving out empty cells after the last column, or nothing."""
        if not any(cell.strip() for cell in cells):
            self.blank_rows += 1
            return []
        if len(cells) > self._width and not any(cells[self._width :]):
            return cells[: self._width]
        if len(self.ragged) == MAX_RAGGED:
            raise Unreadable(
                f"More than {MAX_RAGGED:,} rows have another number of cells than the header; row "
                f"{number} is the next. The delimiter is probably wrong: choose another one."
            )
        reason = f"The row has {len(cells)} cells, the header has {self._width}."
        self.ragged.append(RaggedRow(number, cells, reason))
        return []

    def _find_header(self) -> tuple[int, list[str]]:
        with self._text.open() as file:
            reader = csv.reader(file, delimiter=self._text.delimiter, strict=True)
            try:
                for number, cells in enumerate(reader, 1):
                    names = _names(cells)
                    if names:
                        return number, names
            except csv.Error as error:
                raise _broken(error, reader.line_num) from error
        raise Unreadable("The file has no header: its first row must name the columns.")


def open_file(
    path: str | Path,
    *,
    encoding: str | None = None,
    sheet: str | None = None,
    delimiter: str | None = None,
) -> FileTable:
    """Open a CSV or XLSX file; what is not given is found out, or asked by AskEncoding."""
    path = Path(path)
    try:
        with path.open("rb") as file:
            head = file.read(64)
    except OSError as error:
        raise Unreadable(f"The file {path} cannot be opened: {error.strerror}.") from error
    if head.startswith(b"PK\x03\x04"):
        return _open_workbook(path, sheet)
    for start, what in _NOT_TABLES:
        if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(start):
            raise Unreadable(f"The file is {what}, not a CSV or XLSX table. Export it as CSV.")
    kind = examine(path, encoding)
    layout = find_layout(path, kind.encoding, delimiter)
    text = _Text(path, kind.encoding, layout.delimiter, layout.sep_line)
    return FileTable(text, sha256=kind.sha256, size=kind.size)


def _open_workbook(path: Path, sheet: str | None) -> FileTable:
    sha256, size = digest_of(path)
    spool = spool_workbook(path, sheet)
    # The spool has no name any more; this link is its only way in, and dies with the table.
    text = _Text(Path(f"/proc/self/fd/{spool.fd}"), "utf-8", ",")
    try:
        table = FileTable(text, sha256=sha256, size=size, sheet=spool.sheet, sheets=spool.sheets)
    except BaseException:
        os.close(spool.fd)
        raise
    weakref.finalize(table, os.close, spool.fd)
    return table


def _names(cells: list[str]) -> list[str]:
    """The header's names without trailing empty ones; an unnamed column gets its number."""
    names = [cell.strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    if len(names) > MAX_COLUMNS:
        raise TooLarge(f"The header has {len(names):,} columns; {MAX_COLUMNS:,} are the most.")
    names = [name or f"Column {place}" for place, name in enumerate(names, 1)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Unreadable(
            f"The header names {', '.join(f'“{name}”' for name in twice)} more than once. "
            "Give each column a name of its own."
        )
    return names


def _broken(error: csv.Error, line: int) -> Truncated | Unreadable:
    if "unexpected end of data" in str(error):
        return Truncated(
            f"The file ends inside a quoted cell, at line {line}: its end is missing, or a closing "
            "quote is. Export it again."
        )
    if "field larger" in str(error):
        return Unreadable(
            f"A cell that ends near line {line} is longer than {csv.field_size_limit():,} "
            "characters. Usually a closing quote is missing before it. Mend it or export again."
        )
    return Unreadable(f"Line {line} is not valid CSV ({error}). Mend it or export the file again.")
