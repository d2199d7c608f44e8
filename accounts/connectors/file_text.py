"""What kind of text a file holds: its digest, its encoding, its delimiter."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from accounts.connectors.base import (
    AskEncoding,
    EncodingChoice,
    Unreadable,
    WrongConfiguration,
)

ENCODINGS: dict[str, str] = {
    "utf-8": "Unicode (UTF-8)",
    "utf-16": "Unicode (UTF-16)",
    "utf-16-le": "Unicode (UTF-16, little-endian)",
    "utf-16-be": "Unicode (UTF-16, big-endian)",
    "utf-32": "Unicode (UTF-32)",
    "cp1252": "Western European (Windows-1252)",
    "iso8859-15": "Western European (ISO-8859-15)",
    "cp1250": "Central European (Windows-1250)",
    "iso8859-2": "Central European (ISO-8859-2)",
    "cp1254": "Turkish (Windows-1254)",
    "cp1251": "Cyrillic (Windows-1251)",
    "koi8-r": "Cyrillic (KOI8-R)",
    "cp1253": "Greek (Windows-1253)",
    "cp1257": "Baltic (Windows-1257)",
    "mac-roman": "Western European (old Macintosh)",
    "cp850": "Western European (DOS)",
    "cp932": "Japanese (Shift-JIS)",
    "gb18030": "Chinese (GB18030)",
    "big5": "Chinese (Big5)",
    "euc-kr": "Korean (EUC-KR)",
}
# Offered when a file is not UTF-8: one byte a letter, so the set of bytes used tells exactly
# which of them read the file alike. The others can still be named by a person.
OFFERED = (
    "cp1252",
    "iso8859-15",
    "cp1250",
    "iso8859-2",
    "cp1254",
    "cp1251",
    "cp1253",
    "cp1257",
    "mac-roman",
    "cp850",
)
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
DELIMITERS = ",;\t|"
CHUNK = 1 << 20
SAMPLE = 1 << 16
PREVIEW_ROWS = 5
PREVIEW_LINE = 8_000

_ASCII = bytes(range(128))
_SEP_LINE = re.compile(r'"?sep=([^"\r\n])"?(?:\r\n|\r|\n|\Z)', re.IGNORECASE)


@dataclass(frozen=True)
class TextKind:
    """A text file that was read to its end: every byte of it decodes."""

    sha256: str
    size: int
    encoding: str


@dataclass(frozen=True)
class Layout:
    """How the cells are parted, and whether a ``sep=`` line stands before the header."""

    delimiter: str
    sep_line: bool


class _NulFound(Exception):
    """A signal inside this module."""


def codec_of(encoding: str) -> str:
    """The name for open(): a byte-order mark is never part of the text."""
    return "utf-8-sig" if encoding == "utf-8" else encoding


def examine(path: Path, encoding: str | None) -> TextKind:
    """Digest the file and prove its encoding in one pass.

    A byte-order mark decides; then the encoding that a person gave; then strict UTF-8.
    """
    with path.open("rb") as file:
        head = file.read(SAMPLE)
    if not head:
        raise Unreadable("The file is empty. Export it again and choose the new file.")
    told = _marked(head) or _named(encoding)
    name = told or "utf-8"
    try:
        return _read_through(path, name)
    except (UnicodeDecodeError, _NulFound) as error:
        if not told and head.count(0) * 4 >= len(head):
            raise _ask_utf16(head) from None
        if not told and isinstance(error, UnicodeDecodeError):
            raise _ask(path) from None
        raise _unreadable(path, name, error) from None


def _unreadable(path: Path, name: str, error: UnicodeDecodeError | _NulFound) -> Unreadable:
    if isinstance(error, UnicodeDecodeError):
        return Unreadable(
            f"Line {_line_at(path, error.start)} cannot be read as {ENCODINGS[name]}. "
            "Choose another encoding, or export the file again as CSV UTF-8."
        )
    return Unreadable(
        f"Line {_line_of_nul(path, name)} holds a NUL byte, which no text does: the file is "
        "damaged, or it is not CSV. Export it again as CSV UTF-8."
    )


def find_layout(path: Path, encoding: str, delimiter: str | None) -> Layout:
    """The delimiter: as given, else as a ``sep=`` line says, else as the rows agree."""
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise WrongConfiguration("The delimiter is one character, such as a comma or a semicolon.")
    with path.open(encoding=codec_of(encoding), newline="") as file:
        sample = file.read(SAMPLE)
    if marker := _SEP_LINE.match(sample):
        return Layout(delimiter or marker[1], sep_line=True)
    return Layout(delimiter or find_delimiter(sample), sep_line=False)


def find_delimiter(sample: str) -> str:
    """The delimiter by which most cells of the most rows fall into the header's columns.

    csv.Sniffer is not used: it also guesses a quote character, and takes the apostrophe of a
    name for one.
    """
    return max(DELIMITERS, key=lambda delimiter: _agreement(sample, delimiter))


def _agreement(sample: str, delimiter: str) -> tuple[int, int]:
    widths = [len(row) for row in _parse(sample, delimiter) if row] or [0]
    agreeing = widths.count(widths[0])
    return (agreeing * (widths[0] - 1), agreeing)


def _parse(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _marked(head: bytes) -> str | None:
    return next((name for mark, name in BYTE_ORDER_MARKS if head.startswith(mark)), None)


def _named(encoding: str | None) -> str | None:
    if encoding is None:
        return None
    try:
        wanted = codecs.lookup(encoding).name
        return next(name for name in ENCODINGS if codecs.lookup(name).name == wanted)
    except (LookupError, StopIteration):
        raise WrongConfiguration(
            f"The encoding “{encoding}” is not known. Choose one of {', '.join(ENCODINGS)}."
        ) from None


def _read_through(path: Path, encoding: str) -> TextKind:
    digest, done = hashlib.sha256(), 0
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            _decode(decoder, chunk, done)
            done += len(chunk)
    _decode(decoder, b"", done)
    return TextKind(digest.hexdigest(), done, encoding)


def _decode(decoder: codecs.IncrementalDecoder, chunk: bytes, done: int) -> None:
    """Decode one chunk; an empty one is the end. An error's start is counted from byte 0."""
    try:
        text = decoder.decode(chunk, final=not chunk)
    except UnicodeDecodeError as error:
        error.start += done
        raise
    if "\0" in text:
        raise _NulFound


def _line_at(path: Path, place: int) -> int:
    line = 1
    with path.open("rb") as file:
        while place > 0 and (chunk := file.read(min(CHUNK, place))):
            line += chunk.count(b"\n")
            place -= len(chunk)
    return line


def _line_of_nul(path: Path, encoding: str) -> int:
    with path.open(encoding=codec_of(encoding), errors="replace") as file:
        return next(number for number, line in enumerate(file, 1) if "\0" in line)


def _ask(path: Path) -> AskEncoding:
    """The choices that read every byte of the file, with the rows in which they differ."""
    lines, used = _telling_lines(path)
    alike: dict[str, list[str]] = {}
    for name in OFFERED:
        try:
            letters = used.decode(name)
        except UnicodeDecodeError:
            continue
        if not any(unicodedata.category(letter) == "Cc" for letter in letters):
            alike.setdefault(letters, []).append(name)
    return AskEncoding(
        "The file is not UTF-8, and its encoding cannot be told from its bytes. Choose the one in "
        "which the names below read correctly, or export the file again as CSV UTF-8.",
        [_choice(names, lines) for names in alike.values()],
    )


def _telling_lines(path: Path) -> tuple[list[bytes], bytes]:
    """The header, the first lines that show a byte not seen before, and all bytes over 127."""
    lines: list[bytes] = []
    used: set[int] = set()
    with path.open("rb") as file:
        for line in iter(lambda: file.readline(PREVIEW_LINE), b""):
            fresh = set(line.translate(None, _ASCII)) - used
            if not lines or (fresh and len(lines) <= PREVIEW_ROWS):
                lines.append(line)
            used |= fresh
    return lines, bytes(sorted(used))


def _choice(names: list[str], lines: Iterable[bytes]) -> EncodingChoice:
    text = "".join(line.decode(names[0], errors="replace") for line in lines)
    preview = list(_parse(text, find_delimiter(text)))
    return EncodingChoice(names[0], ", ".join(ENCODINGS[name] for name in names), preview)


def _ask_utf16(head: bytes) -> AskEncoding:
    lines = {
        name: head.decode(name, errors="replace").splitlines(keepends=True)[: PREVIEW_ROWS + 1]
        for name in ("utf-16-le", "utf-16-be")
    }
    return AskEncoding(
        "The file looks like UTF-16 without a byte-order mark. Choose the encoding in which it "
        "reads correctly, or export it again as CSV UTF-8.",
        [_choice([name], [line.encode(name) for line in read]) for name, read in lines.items()],
    )
