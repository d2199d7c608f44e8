"""Encodings are proved or asked for, delimiters found; nothing is guessed silently."""

from __future__ import annotations

import pytest

from accounts.connectors.base import AskEncoding, Unreadable, WrongConfiguration
from accounts.connectors.file import open_file
from accounts.connectors.file_text import CHUNK, ENCODINGS, OFFERED, find_delimiter
from tests.accounts.connectors.conftest import SaveFile


def cells_of(save: SaveFile, content: bytes, encoding: str | None = None) -> list[list[str]]:
    return [cells for _, cells in open_file(save(content), encoding=encoding).rows()]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_is_read_without_asking(save: SaveFile, encoding: str) -> None:
    content = "name,price\nZoë Gałązka,5 €\n".encode(encoding)
    table = open_file(save(content))
    assert table.headers == ["name", "price"]
    assert list(table.rows()) == [(2, ["Zoë Gałązka", "5 €"])]
    assert table.encoding == encoding.removesuffix("-sig")


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("iso8859-15", "Škoda Œuvre 5 €"),
        ("cp1252", "Zoë “Müller”"),
        ("cp1250", "Gałązka Šťastný"),
        ("cp1254", "Gündoğan Şahin"),
        ("cp1251", "Жанна Щукина"),
    ],
)
def test_other_encodings_are_asked_for_with_what_they_would_give(
    save: SaveFile, encoding: str, name: str
) -> None:
    content = f"name;role\nplain;Reader\n{name};Writer\n".encode(encoding)
    with pytest.raises(AskEncoding, match="encoding cannot be told") as asked:
        open_file(save(content))
    right = next(choice for choice in asked.value.choices if ENCODINGS[encoding] in choice.label)
    assert right.preview == [["name", "role"], [name, "Writer"]]
    assert cells_of(save, content, right.encoding) == [["plain", "Reader"], [name, "Writer"]]


def test_encodings_that_read_the_file_alike_are_one_choice(save: SaveFile) -> None:
    with pytest.raises(AskEncoding) as asked:
        open_file(save("name\nRené\n".encode("cp1252")))
    assert asked.value.choices[0].encoding == "cp1252"
    assert all(ENCODINGS[name] in asked.value.choices[0].label for name in OFFERED[:5])
    seen = [choice.preview[1] for choice in asked.value.choices]
    assert len(seen) == len({tuple(row) for row in seen})


def test_encodings_that_cannot_be_are_not_offered(save: SaveFile) -> None:
    """0x81 is no letter of cp1252, and a control character of ISO-8859-15."""
    with pytest.raises(AskEncoding) as asked:
        open_file(save(b"name\nx\x81y\n"))
    offered = {choice.encoding for choice in asked.value.choices}
    assert "cp1251" in offered
    assert offered.isdisjoint({"cp1252", "iso8859-15", "cp1250"})


def test_preview_shows_the_rows_that_tell_and_not_the_first_ones(save: SaveFile) -> None:
    rows = ["name", *["plain"] * 1000, "é", "é", "ü"]
    with pytest.raises(AskEncoding) as asked:
        open_file(save("\n".join(rows).encode("cp1252")))
    assert asked.value.choices[0].preview == [["name"], ["é"], ["ü"]]


def test_byte_order_mark_outweighs_what_was_given(save: SaveFile) -> None:
    content = b"\xef\xbb\xbfname\n" + "Zoë\n".encode()
    assert cells_of(save, content, "cp1252") == [["Zoë"]]


@pytest.mark.parametrize("encoding", ["klingon", "rot13", "hex", "zlib"])
def test_unknown_encoding_names_the_known_ones(save: SaveFile, encoding: str) -> None:
    with pytest.raises(WrongConfiguration, match="Choose one of utf-8, utf-16"):
        open_file(save("name\n"), encoding=encoding)


def test_encoding_goes_by_any_of_its_names(save: SaveFile) -> None:
    assert cells_of(save, "name\nZoë\n".encode("cp1252"), "Windows-1252") == [["Zoë"]]


def test_wrong_encoding_names_the_line(save: SaveFile) -> None:
    content = b"name\n" + b"plain\n" * 400_000 + b"x\x81y\n"
    with pytest.raises(Unreadable, match="Line 400002 cannot be read as Western European"):
        open_file(save(content), encoding="cp1252")


def test_letter_across_two_chunks_is_one_letter(save: SaveFile) -> None:
    """The é begins on the last byte of the first chunk that is read."""
    lines = b"n\n" + (b"x" * 99_999 + b"\n") * 10
    content = lines + b"x" * (CHUNK - len(lines) - 1) + "é\n".encode()
    table = open_file(save(content))
    assert (table.encoding, list(table.rows())[-1][1][0][-2:]) == ("utf-8", "xé")


def test_nul_bytes_are_refused_with_their_line(save: SaveFile) -> None:
    with pytest.raises(Unreadable, match="Line 3 holds a NUL byte"):
        open_file(save(b"username,note\nalice,ok\nbob,b\0d\ncarol,ok and long enough\n"))


def test_nul_inside_utf16_text_is_found_too(save: SaveFile) -> None:
    with pytest.raises(Unreadable, match="Line 2 holds a NUL byte"):
        open_file(save("username\nal\0ice\n".encode("utf-16")))


def test_utf16_without_mark_is_asked_for(save: SaveFile) -> None:
    content = "username,role\nZoë,Reader\n".encode("utf-16-le")
    with pytest.raises(AskEncoding, match="looks like UTF-16") as asked:
        open_file(save(content))
    assert asked.value.choices[0].encoding == "utf-16-le"
    assert asked.value.choices[0].preview == [["username", "role"], ["Zoë", "Reader"]]
    assert cells_of(save, content, "utf-16-le") == [["Zoë", "Reader"]]


@pytest.mark.parametrize("line", ["sep=;\r\n", "SEP=;\n", '"sep=;"\n'])
def test_sep_line_decides_and_is_no_row(save: SaveFile, line: str) -> None:
    table = open_file(save(line + "a,b;c,d\n1,2;3,4\n"))
    assert (table.delimiter, table.headers) == (";", ["a,b", "c,d"])
    assert list(table.rows()) == [(2, ["1,2", "3,4"])]


def test_sep_line_may_name_another_delimiter(save: SaveFile) -> None:
    table = open_file(save("sep=^\na^b\n1^2\n"))
    assert list(table.rows()) == [(2, ["1", "2"])]


def test_delimiter_that_a_person_gives_stands(save: SaveFile) -> None:
    table = open_file(save("a,b;c,d\n1,2;3,4\n"), delimiter=";")
    assert table.headers == ["a,b", "c,d"]


@pytest.mark.parametrize("delimiter", ["", ";;", '"', "\n"])
def test_delimiter_that_cannot_be_is_refused(save: SaveFile, delimiter: str) -> None:
    with pytest.raises(WrongConfiguration, match="one character"):
        open_file(save("a,b\n"), delimiter=delimiter)


def test_very_long_lines_can_be_asked_about(save: SaveFile) -> None:
    with pytest.raises(AskEncoding):
        open_file(save(b'name\n"' + b"x" * 300_000 + b"\xe9" + b"y" * 300_000))


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2,5\n", ";"),
        ("a\tb\n1,5\t2;5\n", "\t"),
        ("a|b|c\n1,2|3|4\n", "|"),
        ("id,roles\n1,a|b|c\n2,a|b|c\n3,d|e|f\n", ","),
        ('name;roles\n"Doe, Jane";"a, b"\n"Roe, Rick";"c, d"\n', ";"),
        # csv.Sniffer takes the apostrophe for a quote character here.
        ("name,note\nO'Brien,'x'\nD'Arcy,'y'\n", ","),
        ("name\nalice\nbob\n", ","),
        ("name\nDoe, Jane\n", ";"),
        ("Name, full;mail;team\nDoe, Jane;j@example.com;A\nragged;row\n", ";"),
    ],
)
def test_delimiter_is_the_one_by_which_the_rows_agree(text: str, delimiter: str) -> None:
    assert find_delimiter(text) == delimiter
