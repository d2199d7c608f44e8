"""Exports hold every row and column as text, harmless to a spreadsheet, and bear their marking."""

import csv
from datetime import UTC, date, datetime
from io import BytesIO, StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from listing import export
from listing.columns import Column

COLUMNS = [
    Column("name", "Name"),
    Column("owner", "Owner", value="owner.name"),
    Column("size", "Size", value=lambda row: len(row.name), number=True),
    Column("seen", "Seen"),
]


def row(name: str, owner: str | None = "Olga", seen: object = None) -> Any:
    return SimpleNamespace(name=name, owner=owner and SimpleNamespace(name=owner), seen=seen)


def read_csv(rows: list[Any]) -> list[list[str]]:
    text = "".join(export.csv_lines(COLUMNS, rows, marking="Internal"))
    assert text[0] == "\ufeff"
    return list(csv.reader(StringIO(text[1:])))


def read_xlsx(rows: list[Any]) -> list[list[Any]]:
    with export.xlsx_file(COLUMNS, rows, marking="Internal") as file:
        book = CalamineWorkbook.from_filelike(BytesIO(file.read()))
    return book.get_sheet_by_index(0).to_python()


ROWS = [
    row("anna", None, datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)),
    row('b,"x"\nü', "Olga", True),
    row("0123", "Olga", date(2026, 1, 2)),
    row("d", "Olga", ["x", "y"]),
]
HEADS = ["Name", "Owner", "Size", "Seen", "Data class of this export"]
CELLS = [
    ["anna", "", "4", "2026-01-02T03:04:05Z", "Internal"],
    ['b,"x"\nü', "Olga", "7", "yes", "Internal"],
    ["0123", "Olga", "4", "2026-01-02", "Internal"],
    ["d", "Olga", "1", "x; y", "Internal"],
]


def test_csv_holds_heads_cells_and_marking() -> None:
    assert read_csv(ROWS) == [HEADS, *CELLS]


def test_xlsx_holds_the_same_as_text() -> None:
    assert read_xlsx(ROWS) == [HEADS, *CELLS]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_formula_in_csv_is_made_harmless(start: str) -> None:
    assert read_csv([row(f"{start}cmd|' /C calc'!A0")])[1][0] == f"'{start}cmd|' /C calc'!A0"


def test_formula_in_xlsx_stays_text() -> None:
    assert read_xlsx([row('=HYPERLINK("http://x")')])[1][0] == '=HYPERLINK("http://x")'


def test_cell_too_long_for_a_spreadsheet_says_where_it_was_cut() -> None:
    cell = read_xlsx([row("x" * 40_000)])[1][0]
    assert (len(cell), cell[-len(export.CUT) :]) == (32_767, export.CUT)
    assert read_csv([row("x" * 40_000)])[1][0] == "x" * 40_000


def test_file_name_bears_day_and_marking(noon: datetime) -> None:
    assert (
        export.file_name("Findings", "Customer Confidential", "csv")
        == "findings-2026-10-05-customer-confidential.csv"
    )
