"""Workbooks are read by a child with limits; whatever happens to it, the parent says so."""

from __future__ import annotations

import datetime
import hashlib
import os
import struct
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from accounts.connectors.base import ConnectorError, TooLarge, Unreadable, WrongConfiguration
from accounts.connectors.file import open_file
from accounts.connectors.file_workbook import Limits, spool_workbook
from tests.accounts.connectors.conftest import SaveFile

Fill = Callable[[xlsxwriter.Workbook], Any]


@pytest.fixture
def workbook(tmp_path: Path) -> Callable[[Fill], Path]:
    def save_workbook(fill: Fill) -> Path:
        path = tmp_path / "upload"
        with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
            fill(book)
        return path

    return save_workbook


def rows(*values: Sequence[Any]) -> Fill:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        for place, row in enumerate(values):
            sheet.write_row(place, 0, row)

    return fill


def archive(path: Path, entries: dict[str, bytes], **options: Any) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **options) as file:
        for name, content in entries.items():
            file.writestr(name, content)
    return path


def test_cells_come_as_a_person_would_type_them(workbook: Callable[[Fill], Path]) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        at = datetime.datetime(2026, 3, 1, 12, 29, 59)  # noqa: DTZ001 - a workbook has no zones
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        moment = book.add_format({"num_format": "dd/mm/yyyy hh:mm:ss"})
        sheet.write_row(0, 0, ["field", "value"])
        sheet.write_row(1, 0, ["integral", 123.0])
        sheet.write_row(2, 0, ["fraction", 1.5])
        sheet.write_row(3, 0, ["negative", -5])
        sheet.write(4, 0, "text")
        sheet.write_string(4, 1, "007")
        sheet.write_row(5, 0, ["yes", True])
        sheet.write(6, 0, "day")
        sheet.write_datetime(6, 1, datetime.date(2026, 3, 1), day)
        sheet.write(7, 0, "moment")
        sheet.write_datetime(7, 1, at, moment)
        sheet.write(8, 0, "formula")
        sheet.write_formula(8, 1, "=1+1", None, 2)
        sheet.write_row(9, 0, ["too long for a number", 1e17])
        sheet.write_row(10, 0, ["lines", "two\nlines, “quoted”"])

    table = open_file(workbook(fill))
    assert table.headers == ["field", "value"]
    assert [tuple(cells) for _, cells in table.rows()] == [
        ("integral", "123"),
        ("fraction", "1.5"),
        ("negative", "-5"),
        ("text", "007"),
        ("yes", "TRUE"),
        ("day", "2026-03-01"),
        ("moment", "2026-03-01T12:29:59"),
        ("formula", "2"),
        ("too long for a number", "1e+17"),
        ("lines", "two\nlines, “quoted”"),
    ]
    assert (table.encoding, table.delimiter) == ("", "")


def test_rows_are_numbered_as_the_spreadsheet_shows_them(
    workbook: Callable[[Fill], Path],
) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.write_row("B3", ["username", "role"])
        sheet.write_row("B4", ["alice", "Reader"])
        sheet.write_row("B6", ["bob", "Writer"])

    table = open_file(workbook(fill))
    assert list(table.rows()) == [(4, ["alice", "Reader"]), (6, ["bob", "Writer"])]
    assert table.blank_rows == 1


def test_cell_beside_the_header_is_a_ragged_row(workbook: Callable[[Fill], Path]) -> None:
    table = open_file(workbook(rows(["a", "b"], [1, 2], [3, 4, "note"])))
    assert [number for number, _ in table.rows()] == [2]
    assert [row.number for row in table.ragged] == [3]


def test_first_visible_sheet_is_read_unless_one_is_named(
    workbook: Callable[[Fill], Path],
) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        for name in ("Notes", "Accounts", "Ünïcode"):
            book.add_worksheet(name).write_row(0, 0, [name, "x"])
        book.add_chartsheet("Chart")
        book.get_worksheet_by_name("Accounts").activate()
        book.get_worksheet_by_name("Notes").hide()

    path = workbook(fill)
    table = open_file(path)
    assert (table.sheet, table.headers) == ("Accounts", ["Accounts", "x"])
    assert table.sheets == ("Notes", "Accounts", "Ünïcode")
    assert open_file(path, sheet="Ünïcode").headers == ["Ünïcode", "x"]
    assert open_file(path, sheet="Notes").headers == ["Notes", "x"]
    with pytest.raises(WrongConfiguration, match=r"no sheet “Chart”\. Choose one of “Notes”, “Acc"):
        open_file(path, sheet="Chart")


def test_empty_sheet_has_no_header(workbook: Callable[[Fill], Path]) -> None:
    with pytest.raises(Unreadable, match="no header"):
        open_file(workbook(rows()))


def test_50001_rows_are_all_read(workbook: Callable[[Fill], Path]) -> None:
    path = workbook(rows(["id", "role"], *([n, "Reader"] for n in range(50_000))))
    read = list(open_file(path).rows())
    assert len(read) == 50_000
    assert (read[0], read[-1]) == ((2, ["0", "Reader"]), (50_001, ["49999", "Reader"]))


def open_descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_table_closes_its_spool(workbook: Callable[[Fill], Path]) -> None:
    path = workbook(rows(["a"], ["1"]))
    before = open_descriptors()
    table = open_file(path)
    assert open_descriptors() == before + 1
    del table
    assert open_descriptors() == before
    with pytest.raises(Unreadable):
        open_file(workbook(rows(["a", "a"])))
    assert open_descriptors() == before


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"rows": 99}, "has 100 rows, more than is taken"),
        ({"columns": 2}, "has 3 columns, more"),
        ({"cells": 299}, "has 300 cells, more"),
        ({"text": 500}, "more than 500 bytes of text"),
        ({"entries": 3}, "parts; 3 are the most"),
        ({"unpacked": 5_000}, "; 5,000 are the most"),
        ({"wall": 0.01}, "took longer than 0.01 seconds"),
    ],
)
def test_each_limit_refuses_with_a_sentence(
    workbook: Callable[[Fill], Path], limits: dict[str, int], message: str
) -> None:
    path = workbook(rows(*[["abcdefgh", n, n] for n in range(100)]))
    with pytest.raises(TooLarge, match=message):
        spool_workbook(path, None, replace(Limits(), **limits))


def test_limits_do_not_refuse_what_just_fits(workbook: Callable[[Fill], Path]) -> None:
    path = workbook(rows(*[["abcdefgh", n, n] for n in range(100)]))
    spool = spool_workbook(path, None, replace(Limits(), rows=100, columns=3, cells=300))
    os.close(spool.fd)


def test_child_that_works_too_long_is_stopped(workbook: Callable[[Fill], Path]) -> None:
    path = workbook(rows(["a"]))
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    cells = b"".join(b"<row>%s</row>" % (b"<c><v>1</v></c>" * 20) for _ in range(300_000))
    parts["xl/worksheets/sheet1.xml"] = (
        b"<worksheet><sheetData>" + cells + b"</sheetData></worksheet>"
    )
    with pytest.raises(TooLarge, match="more than 1 seconds of work"):
        spool_workbook(archive(path, parts), None, replace(Limits(), cpu=1, ratio=10**6))


def test_two_far_cells_do_not_take_the_memory(workbook: Callable[[Fill], Path]) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "a")
        sheet.write(1_048_575, 59, "z")

    with pytest.raises(TooLarge, match="needs more than 1,500 MB of memory"):
        open_file(workbook(fill))


def test_zip_bomb_is_refused_by_its_directory(tmp_path: Path) -> None:
    sheet = b"<worksheet>" + b" " * 60_000_000
    path = archive(tmp_path / "bomb", {"xl/workbook.xml": b"", "xl/worksheets/sheet1.xml": sheet})
    assert path.stat().st_size < 100_000
    with pytest.raises(TooLarge, match="times its size; 200 times are the most"):
        open_file(path)


def patch_directory(path: Path, name: bytes, size: int) -> None:
    """Let the directory declare another size for an entry than it has."""
    content = bytearray(path.read_bytes())
    place = content.index(b"PK\x01\x02")
    while content[place + 46 : place + 46 + len(name)] != name:
        place = content.index(b"PK\x01\x02", place + 1)
    struct.pack_into("<I", content, place + 24, size)
    path.write_bytes(content)


def test_entry_that_declares_100_mb_is_believed_and_weighed(tmp_path: Path) -> None:
    path = archive(tmp_path / "big", {"xl/workbook.xml": b"", "xl/sheet.xml": b"x" * 100})
    patch_directory(path, b"xl/sheet.xml", 100_000_000)
    with pytest.raises(TooLarge, match="times its size"):
        open_file(path)


def test_entry_that_unpacks_to_more_than_it_declares_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "liar", {"xl/workbook.xml": b"", "xl/sheet.xml": b" " * 60_000_000})
    patch_directory(path, b"xl/sheet.xml", 1_000)
    with pytest.raises(TooLarge, match=r"xl/sheet\.xml unpacks to more than it declares"):
        open_file(path)


def test_entry_that_unpacks_to_less_than_it_declares_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "liar", {"xl/workbook.xml": b"", "xl/sheet.xml": b"x" * 100})
    patch_directory(path, b"xl/sheet.xml", 101)
    with pytest.raises(Unreadable, match="has not the size it declares"):
        open_file(path)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"readme.txt": b"hello"}, "a ZIP archive, but not an XLSX workbook"),
        ({"content.xml": b"<office/>", "mimetype": b"x"}, "a ZIP archive, but not an XLSX"),
        ({"xl/workbook.xml": b"", "xl/vbaProject.bin": b"x"}, "holds macros"),
        ({"xl/workbook.xml": b"<workbook"}, "damaged"),
    ],
)
def test_archive_that_is_no_workbook_is_refused(
    tmp_path: Path, entries: dict[str, bytes], message: str
) -> None:
    with pytest.raises(Unreadable, match=message):
        open_file(archive(tmp_path / "upload", entries))


def test_entry_packed_in_another_way_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as file:
        file.writestr("xl/workbook.xml", b"")
    with pytest.raises(Unreadable, match="packed or encrypted in an unknown way"):
        open_file(path)


def test_cut_workbook_is_refused(workbook: Callable[[Fill], Path], save: SaveFile) -> None:
    content = workbook(rows(["a"], ["1"])).read_bytes()
    with pytest.raises(Unreadable, match="damaged"):
        open_file(save(content[:-100]))


def rows_or_nothing(path: Path) -> list[tuple[int, list[str]]]:
    try:
        return list(open_file(path).rows())
    except ConnectorError:
        return []


def test_any_damage_gives_the_same_rows_or_none(
    workbook: Callable[[Fill], Path], save: SaveFile
) -> None:
    """Never a shorter list: each stream of a ZIP archive bears a checksum."""
    good = workbook(rows(["name", "role"], *([f"user {n}", "Reader"] for n in range(30))))
    content, wanted = good.read_bytes(), list(open_file(good).rows())
    for place in range(0, len(content), len(content) // 12):
        broken = bytearray(content)
        broken[place] ^= 0xFF
        assert rows_or_nothing(save(bytes(broken))) in (wanted, []), place


def test_nul_in_a_cell_is_refused(workbook: Callable[[Fill], Path]) -> None:
    path = workbook(rows(["name"], ["PLACEHOLDER"]))
    parts = {}
    with zipfile.ZipFile(path) as file:
        for name in file.namelist():
            parts[name] = file.read(name).replace(b"PLACEHOLDER", b"a_x0000_b")
    with pytest.raises(Unreadable, match="Row 2 holds a NUL character"):
        open_file(archive(path, parts))


def test_child_knows_nothing_of_the_environment(
    workbook: Callable[[Fill], Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "csv.py").write_text("raise SystemExit('planted')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert list(open_file(workbook(rows(["a"], ["1"]))).rows()) == [(2, ["1"])]


def test_workbook_is_digested_as_it_came(workbook: Callable[[Fill], Path]) -> None:
    path = workbook(rows(["a"], ["1"]))
    table = open_file(path)
    content = path.read_bytes()
    assert (table.sha256, table.size) == (hashlib.sha256(content).hexdigest(), len(content))
