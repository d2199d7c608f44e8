"""A file is read whole, as it stands, or not at all."""

from __future__ import annotations

import csv
import hashlib
import os
import tracemalloc
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.connectors import file
from accounts.connectors.base import TooLarge, Truncated, Unreadable
from accounts.connectors.file import RaggedRow, open_file
from accounts.connectors.file_text import DELIMITERS
from tests.accounts.connectors.conftest import SaveFile


def test_rows_are_numbered_as_in_the_file(save: SaveFile) -> None:
    table = open_file(save("username,role\nalice,Reader\nbob,Writer\n"))
    assert table.headers == ["username", "role"]
    assert list(table.rows()) == [(2, ["alice", "Reader"]), (3, ["bob", "Writer"])]
    assert (table.encoding, table.delimiter, table.sheet) == ("utf-8", ",", "")


def test_text_is_kept_as_it_stands(save: SaveFile) -> None:
    table = open_file(save("id;note\n007; =1+1 \n1,50;O'Brien\n"))
    assert [cells for _, cells in table.rows()] == [["007", " =1+1 "], ["1,50", "O'Brien"]]


def test_digest_and_size_are_those_of_the_bytes(save: SaveFile) -> None:
    content = b"\xef\xbb\xbfusername\r\nalice\r\n"
    table = open_file(save(content))
    assert (table.sha256, table.size) == (hashlib.sha256(content).hexdigest(), len(content))


def test_rows_can_be_read_again_and_by_two_at_once(save: SaveFile) -> None:
    table = open_file(save("username\nalice\nbob\n"))
    assert list(table.rows()) == list(table.rows())
    assert list(zip(table.rows(), table.rows(), strict=True)) == [
        ((2, ["alice"]), (2, ["alice"])),
        ((3, ["bob"]), (3, ["bob"])),
    ]


def test_preview_takes_the_first_rows(save: SaveFile) -> None:
    table = open_file(save("n\n" + "".join(f"{n}\n" for n in range(100))))
    assert [cells for _, cells in table.preview(2)] == [["0"], ["1"]]
    assert len(table.preview()) == 5


def test_quoted_newlines_stay_in_their_cell_and_count_as_one_row(save: SaveFile) -> None:
    table = open_file(save('username,note\r\nalice,"two\r\nlines"\r\nbob,"a ""b"""\r\n'))
    assert list(table.rows()) == [(2, ["alice", "two\r\nlines"]), (3, ["bob", 'a "b"'])]


def test_old_macintosh_line_ends_are_read(save: SaveFile) -> None:
    assert list(open_file(save("a,b\r1,2\r3,4\r")).rows()) == [(2, ["1", "2"]), (3, ["3", "4"])]


def test_other_line_separators_of_unicode_are_text(save: SaveFile) -> None:
    table = open_file(save("name,note\nalice,one\u2028two\x85three\x0bfour\n"))
    assert list(table.rows()) == [(2, ["alice", "one\u2028two\x85three\x0bfour"])]


def test_header_only_is_a_legal_read_of_no_rows(save: SaveFile) -> None:
    table = open_file(save("username,role\n"))
    assert (table.headers, list(table.rows())) == (["username", "role"], [])


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\r\n\r\n", b",,,\n"])
def test_file_without_header_is_refused(save: SaveFile, content: bytes) -> None:
    with pytest.raises(Unreadable, match=r"empty|no header"):
        open_file(save(content))


def test_blank_rows_are_passed_over_and_counted(save: SaveFile) -> None:
    table = open_file(save("\nusername,role\nalice,Reader\n\n,\n  \nbob,Writer\n\n\n"))
    assert list(table.rows()) == [(3, ["alice", "Reader"]), (7, ["bob", "Writer"])]
    assert (table.blank_rows, table.ragged) == (5, [])


def test_ragged_rows_are_reported_with_number_and_reason(save: SaveFile) -> None:
    table = open_file(save("a,b,c\n1,2,3\n1,2\n1,2,3,4\n4,5,6\n"))
    assert [number for number, _ in table.rows()] == [2, 5]
    assert table.ragged == [
        RaggedRow(3, ["1", "2"], "The row has 2 cells, the header has 3."),
        RaggedRow(4, ["1", "2", "3", "4"], "The row has 4 cells, the header has 3."),
    ]
    list(table.rows())
    assert len(table.ragged) == 2


def test_empty_cells_after_the_last_column_are_no_fault(save: SaveFile) -> None:
    table = open_file(save("a;b;;\n1;2;;\n3;4\n5;6;;7\n"))
    assert table.headers == ["a", "b"]
    assert list(table.rows()) == [(2, ["1", "2"]), (3, ["3", "4"])]
    assert [row.number for row in table.ragged] == [4]


def test_too_many_ragged_rows_refuse_the_file(
    save: SaveFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file, "MAX_RAGGED", 2)
    table = open_file(save("a,b\n1\n2\n3\n"))
    with pytest.raises(Unreadable, match="row 4 is the next"):
        list(table.rows())


def test_duplicate_headers_are_refused(save: SaveFile) -> None:
    with pytest.raises(Unreadable, match="names “role” more than once"):
        open_file(save("username,role, role\nalice,a,b\n"))


def test_column_without_name_gets_its_number(save: SaveFile) -> None:
    assert open_file(save(",username\n1,alice\n")).headers == ["Column 1", "username"]


def test_too_many_columns_are_refused(save: SaveFile) -> None:
    with pytest.raises(TooLarge, match="1,001 columns"):
        open_file(save(",".join(f"c{n}" for n in range(1001))))


def test_unclosed_quote_is_a_cut_file_and_not_a_shorter_one(save: SaveFile) -> None:
    table = open_file(save('username,note\nalice,ok\nbob,"cut\ncarol,lost\n'))
    with pytest.raises(Truncated, match="ends inside a quoted cell, at line 4"):
        list(table.rows())


def test_endless_cell_is_refused(save: SaveFile) -> None:
    table = open_file(save('username,note\nalice,"' + "lost\n" * 40_000 + '"\n'))
    with pytest.raises(Unreadable, match="longer than 131,072 characters"):
        list(table.rows())


def test_text_after_a_closing_quote_is_refused(save: SaveFile) -> None:
    with pytest.raises(Unreadable, match="Line 2 is not valid CSV"):
        list(open_file(save('username,note\nalice,"a"b\n')).rows())


def test_file_that_changes_while_it_is_read_is_not_believed(save: SaveFile) -> None:
    path = save("username\nalice\nbob\n")
    rows = open_file(path).rows()
    next(rows)
    os.truncate(path, 12)
    with pytest.raises(Truncated, match="changed while it was read"):
        list(rows)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"%PDF-1.7\n", "a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "an old or password-protected Office"),
        (b"\x1f\x8b\x08\x00", "a gzip archive"),
        (b"\r\n <html><table><tr><td>user</td></tr></table></html>", "a web page or XML"),
        (b'\xef\xbb\xbf{"users": []}', "JSON"),
        (b"[]", "JSON"),
    ],
)
def test_what_is_no_table_is_refused_by_content(save: SaveFile, content: bytes, what: str) -> None:
    with pytest.raises(Unreadable, match=f"The file is {what}"):
        open_file(save(content))


def test_type_is_told_by_content_and_not_by_name(tmp_path: Path) -> None:
    path = tmp_path / "accounts.xlsx"
    path.write_text("username\nalice\n")
    assert list(open_file(path).rows()) == [(2, ["alice"])]


def test_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="nowhere cannot be opened: No such file or directory"):
        open_file(tmp_path / "nowhere")


def test_memory_stays_flat(save: SaveFile) -> None:
    path = save("username,role\n" + "alice,Reader\n" * 100_000)
    tracemalloc.start()
    assert sum(1 for _ in open_file(path).rows()) == 100_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6_000_000


letters = st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs"]))
names = st.text("abcdefghijklmnopqrstuvwxyzåß_ ", min_size=1).map(str.strip).filter(bool)


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    header = draw(st.lists(names, min_size=2, max_size=5, unique=True))
    row = st.lists(letters, min_size=len(header), max_size=len(header))
    rows = draw(st.lists(row.filter(lambda cells: any(map(str.strip, cells))), max_size=8))
    return [header, *rows]


@given(
    table=tables(),
    delimiter=st.sampled_from(DELIMITERS),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
    # Not "\n" with minimal quoting: csv.writer then leaves a carriage return unquoted.
    style=st.sampled_from(
        [("\r\n", csv.QUOTE_MINIMAL), ("\r\n", csv.QUOTE_ALL), ("\n", csv.QUOTE_ALL)]
    ),
)
def test_any_table_that_was_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    table: list[list[str]],
    delimiter: str,
    encoding: str,
    style: tuple[str, Literal[0, 1]],
) -> None:
    path = tmp_path_factory.getbasetemp() / "any"
    with path.open("w", encoding=encoding, newline="") as out:
        ends, quoting = style
        csv.writer(out, delimiter=delimiter, lineterminator=ends, quoting=quoting).writerows(table)
    read = open_file(path)
    rows = [cells for _, cells in read.rows()]
    assert [read.headers, *rows] == table
    assert (read.delimiter, read.ragged) == (delimiter, [])
