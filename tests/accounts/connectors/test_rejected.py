"""Rejected rows go out to be mended, harmless in a spreadsheet, and come back as they were."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.connectors.base import ACCOUNT
from accounts.connectors.file import open_file
from accounts.connectors.file_headers import guess_mapping
from accounts.connectors.rejected import neutralise, restore, write_rejected


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_formulas_are_neutralised(cell: str) -> None:
    assert neutralise(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "alice", "'quoted'", "a=b", " =1"])
def test_other_cells_are_left_alone(cell: str) -> None:
    assert neutralise(cell) == cell


@given(st.text("'=+-@\t\ra") | st.text())
def test_neutralising_is_undone_exactly(cell: str) -> None:
    assert restore(neutralise(cell)) == cell


def test_rows_go_out_with_their_number_and_reason() -> None:
    out = io.StringIO(newline="")
    count = write_rejected(
        out,
        ["username", "=role"],
        [
            (3, ["=cmd", "Reader"], "No account."),
            (9, ["a", "b", "c"], "Three."),
            (12, ["a"], "One."),
        ],
    )
    assert count == 3
    assert list(csv.reader(io.StringIO(out.getvalue(), newline=""))) == [
        ["username", "'=role", "Row in the file", "Why it was rejected"],
        ["'=cmd", "Reader", "3", "No account."],
        ["a", "b c", "9", "Three."],
        ["a", "", "12", "One."],
    ]


def test_mended_file_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "mended"
    rows = [["-alice-", "+49 170", "=x"], ["bob", "'t Hart", "@team"]]
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        numbered = [(number, row, "A reason.") for number, row in enumerate(rows, 7)]
        write_rejected(out, ["username", "name", "+role"], numbered)
    table = open_file(path)
    assert table.headers == ["username", "name", "+role"]
    assert list(table.rows()) == [(2, rows[0]), (3, rows[1])]
    assert guess_mapping(table.headers, ACCOUNT).unknown == ()
