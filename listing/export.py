"""Export of what is shown, all pages of it: CSV as a stream, XLSX as a file on disk.

Both begin with a row of heads and bear the highest data class of their content in the last
column of every row, so that the marking stays with rows that are copied out, and in the name.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any

import xlsxwriter
from django.utils.text import slugify

import clock
from listing.columns import Column

MARKING = "Data class of this export"
# A sheet in the making is held by one request; past this CSV, which streams, is the way.
MOST_XLSX_ROWS = 100_000
LONGEST_XLSX_CELL = 32_767
CUT = " ... (cut here; the CSV has all of it)"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


class _Echo:
    """A file for csv.writer that gives each line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def file_name(name: str, marking: str, ending: str) -> str:
    """``findings-2026-10-05-company-confidential.csv``"""
    return f"{slugify(name)}-{clock.today()}-{slugify(marking)}.{ending}"


def csv_lines(columns: Sequence[Column], rows: Iterable[Any], *, marking: str) -> Iterator[str]:
    """Lines of CSV, with a byte order mark so that spreadsheets read UTF-8. A cell that a
    spreadsheet would take for a formula gets an apostrophe in front."""
    write = csv.writer(_Echo()).writerow
    yield "\ufeff" + str(write([column.label for column in columns] + [MARKING]))
    for row in rows:
        cells = [_harmless(column.text(row)) for column in columns]
        yield str(write([*cells, marking]))


def xlsx_file(columns: Sequence[Column], rows: Iterable[Any], *, marking: str) -> IO[bytes]:
    """A sheet of text cells in a temporary file, ready to be read; memory stays flat."""
    target = TemporaryFile()  # noqa: SIM115 - the response closes it
    with TemporaryDirectory() as folder:
        book = xlsxwriter.Workbook(target, {"constant_memory": True, "tmpdir": folder})
        book.set_properties({"comments": marking})
        sheet = book.add_worksheet()
        sheet.set_header(f"&C{marking}")
        sheet.freeze_panes(1, 0)
        bold = book.add_format({"bold": True})
        for place, label in enumerate([column.label for column in columns] + [MARKING]):
            sheet.write_string(0, place, label, bold)
        for line, row in enumerate(rows, start=1):
            for place, cell in enumerate([column.text(row) for column in columns] + [marking]):
                sheet.write_string(line, place, _short(cell))
        book.close()
    target.seek(0)
    return target


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def _short(cell: str) -> str:
    if len(cell) <= LONGEST_XLSX_CELL:
        return cell
    return cell[: LONGEST_XLSX_CELL - len(CUT)] + CUT
