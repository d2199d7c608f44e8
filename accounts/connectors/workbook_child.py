"""Run as a program of its own: reads one sheet of a workbook and writes it as CSV on stdout.

Its limits are set before it looks at the file. The ZIP directory is judged first, then every
entry is inflated and counted, and only then does the parser see the file. It tells its parent
on stderr, as one JSON object, which sheet it read, or what is wrong (exit status 1).
"""

from __future__ import annotations

import csv
import datetime
import io
import json
import resource
import sys
import zipfile
import zlib
from typing import Any, NoReturn

import python_calamine

CHUNK = 1 << 16


def main() -> None:
    job = json.loads(sys.argv[1])
    limits = job["limits"]
    set_limits(limits)
    check_archive(job["path"], limits)
    try:
        with python_calamine.CalamineWorkbook.from_path(job["path"]) as workbook:
            name = choose_sheet(workbook, job["sheet"])
            write_sheet(workbook.get_sheet_by_name(name), limits)
            sheets = [sheet.name for sheet in worksheets(workbook)]
    except python_calamine.CalamineError as error:
        fail("unreadable", f"The workbook is damaged ({error}). Save it again as .xlsx.")
    except OSError:
        fail("too_large", f"The sheet holds more than {limits['text']:,} bytes of text.")
    json.dump({"sheet": name, "sheets": sheets}, sys.stderr)


def fail(kind: str, message: str) -> NoReturn:
    json.dump({"error": kind, "message": message}, sys.stderr)
    sys.exit(1)


def set_limits(limits: dict[str, int]) -> None:
    for what, most in (
        (resource.RLIMIT_AS, limits["memory"]),
        (resource.RLIMIT_CPU, limits["cpu"]),
        (resource.RLIMIT_FSIZE, limits["text"]),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(what, (most, most))


def check_archive(path: str, limits: dict[str, int]) -> None:
    try:
        with zipfile.ZipFile(path) as archive, open(path, "rb") as file:  # noqa: PTH123 - alone
            entries = archive.infolist()
            check_directory(entries, limits)
            left = limits["unpacked"]
            for entry in entries:
                left -= unpacked_size(file, entry, left)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError):
        fail(
            "unreadable",
            "The workbook is damaged: its ZIP archive cannot be unpacked. Save it again.",
        )


def check_directory(entries: list[zipfile.ZipInfo], limits: dict[str, int]) -> None:
    names = {entry.filename for entry in entries}
    if "xl/workbook.xml" not in names:
        fail("unreadable", "The file is a ZIP archive, but not an XLSX workbook. Save it as .xlsx.")
    if "xl/vbaProject.bin" in names:
        fail(
            "unreadable",
            "The workbook holds macros, which are not taken. Save it as .xlsx without.",
        )
    if len(entries) > limits["entries"]:
        fail(
            "too_large",
            f"The workbook has {len(entries):,} parts; {limits['entries']:,} are the most.",
        )
    if any(entry.compress_type not in (0, 8) or entry.flag_bits & 1 for entry in entries):
        fail(
            "unreadable", "The workbook is packed or encrypted in an unknown way. Save it as .xlsx."
        )
    declared = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if declared > limits["unpacked"]:
        fail(
            "too_large",
            f"The workbook unpacks to {declared:,} bytes; {limits['unpacked']:,} are the most.",
        )
    if declared > limits["ratio_from"] and declared > packed * limits["ratio"]:
        fail(
            "too_large",
            f"The workbook unpacks to {declared // max(packed, 1):,} times its size; "
            f"{limits['ratio']:,} times are the most.",
        )


def unpacked_size(file: io.BufferedReader, entry: zipfile.ZipInfo, most: int) -> int:
    """Count what an entry really inflates to: a parser does not stop at the declared size."""
    file.seek(entry.header_offset + 26)
    lengths = file.read(4)
    file.seek(int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little"), 1)
    if entry.compress_type == zipfile.ZIP_STORED:
        size = entry.compress_size
    else:
        size = inflated_size(file, entry, most)
    if size != entry.file_size:
        fail(
            "unreadable", f"The workbook is damaged: {entry.filename} has not the size it declares."
        )
    return size


def inflated_size(file: io.BufferedReader, entry: zipfile.ZipInfo, most: int) -> int:
    inflate, left, size = zlib.decompressobj(-zlib.MAX_WBITS), entry.compress_size, 0
    while not inflate.eof:
        packed = inflate.unconsumed_tail or file.read(min(CHUNK, left))
        if not packed:
            raise EOFError
        left -= 0 if inflate.unconsumed_tail else len(packed)
        size += len(inflate.decompress(packed, CHUNK))
        if size > min(most, entry.file_size):
            fail(
                "too_large",
                f"The workbook is refused: {entry.filename} unpacks to more than it declares.",
            )
    return size


def worksheets(workbook: python_calamine.CalamineWorkbook) -> list[python_calamine.SheetMetadata]:
    kind = python_calamine.SheetTypeEnum.WorkSheet
    return [sheet for sheet in workbook.sheets_metadata if sheet.typ == kind]


def choose_sheet(workbook: python_calamine.CalamineWorkbook, wanted: str | None) -> str:
    sheets = worksheets(workbook)
    shown = python_calamine.SheetVisibleEnum.Visible
    fitting = [s.name for s in sheets if (s.name == wanted if wanted else s.visible == shown)]
    if not fitting:
        names = ", ".join(f"“{sheet.name}”" for sheet in sheets)
        fail("configuration", f"The workbook has no sheet “{wanted or ''}”. Choose one of {names}.")
    return fitting[0]


def write_sheet(sheet: python_calamine.CalamineSheet, limits: dict[str, int]) -> None:
    height = sheet.end[0] + 1 if sheet.end else 0
    too_many = [
        f"{count:,} {what}"
        for what, count in (
            ("rows", height),
            ("columns", sheet.width),
            ("cells", height * sheet.width),
        )
        if count > limits[what]
    ]
    if too_many:
        fail(
            "too_large",
            f"The sheet “{sheet.name}” has {' and '.join(too_many)}, more than is taken.",
        )
    with open(1, "w", encoding="utf-8", newline="", closefd=False) as out:
        writer = csv.writer(out)
        for number, row in enumerate(sheet.iter_rows(), 1):
            cells = [text_of(value) for value in row]
            if any("\0" in cell for cell in cells):
                fail(
                    "unreadable", f"Row {number} holds a NUL character. Take it out and save again."
                )
            writer.writerow(cells)


def text_of(value: Any) -> str:
    """The cell as a person would type it: 123 and not 123.0, dates in ISO form."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        # A spreadsheet keeps 15 digits: beyond them the number is not the one that was typed.
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime.datetime):
        return rounded(value).isoformat()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def rounded(value: datetime.datetime) -> datetime.datetime:
    """To the second: a spreadsheet's day fractions do not hold more."""
    up = datetime.timedelta(seconds=1 if value.microsecond >= 500_000 else 0)
    return value.replace(microsecond=0) + up


if __name__ == "__main__":
    main()
