"""Lines for COPY: what is said of an account once, and every cell as it was."""

import io

import pytest
from django.db import connection

from accounts.importing.columns import Column
from accounts.importing.fields import ACCOUNT_FIELDS
from accounts.importing.lines import Row, Splitter

FIELDS = ("username", "mail", "entitlement", "granted_by")


def splitter() -> Splitter:
    return Splitter([Column(ACCOUNT_FIELDS[name]) for name in FIELDS], 100)


def test_facts_are_written_once_for_rows_in_a_row() -> None:
    split = splitter()
    first = split.add(
        ["1", "2", "3"],
        [("ann", "a@x", "admin", ""), ("ann", "a@x", "user", "bo"), ("ben", "", "user", "")],
    )
    again = split.add(["4", "5"], [("ben", "", "admin", ""), ("ann", "a@x", "third", "")])
    assert first == (
        "1\t101\tadmin\t\n2\t101\tuser\tbo\n3\t102\tuser\t\n",
        "101\tann\ta@x\n102\tben\t\n",
    )
    assert again == ("4\t102\tadmin\t\n5\t103\tthird\t\n", "103\tann\ta@x\n")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "cell", ["a\tb", "a\nb", "a\r\nb", "back\\slash", "\\N", "\\.", "=1+1", "ümlaut", "a\x0bb", "'"]
)
def test_any_cell_comes_out_as_it_went_in(cell: str) -> None:
    lines, facts = splitter().add(["7"], [(cell, "", cell, "")])
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE line (n bigint, f bigint, right_ text, by_ text)")
        cursor.execute("CREATE TEMP TABLE fact (f bigint, username text, mail text)")
        for name, text in (("line", lines), ("fact", facts)):
            with cursor.copy(f"COPY {name} FROM STDIN (NULL '')") as copy:
                copy.write(text)
        cursor.execute("SELECT username, mail, right_, by_ FROM line JOIN fact USING (f)")
        assert cursor.fetchall() == [(cell, None, cell, None)]


@pytest.mark.parametrize("blank", [" ", "\t", "\xa0", "\u3000", "\r\n"])
def test_blanks_around_a_cell_are_left_out(blank: str) -> None:
    lines, facts = splitter().add(["7"], [(f"ann{blank}", blank, f"{blank}admin", blank)])
    assert (lines, facts) == ("7\t101\tadmin\t\n", "101\tann\t\n")


def test_columns_are_watched_as_they_pass() -> None:
    columns = [Column(ACCOUNT_FIELDS[name]) for name in ("username", "status", "mail", "granted")]
    split = Splitter(columns, 0)
    split.add(["1", "2"], [("ann", " Active", "", "2026-01-02"), ("ben", "off", "", "soon")])
    name, status, mail, granted = columns
    assert (name.filled, status.filled, mail.filled, granted.filled) == (True, True, False, True)
    assert status.words == {"Active", "off"}
    assert granted.dates is not None
    assert granted.dates.words == {"soon"}
    assert name.longest >= len("ann")


def test_many_rows_stay_in_order() -> None:
    split, out = splitter(), io.StringIO()
    rows: list[Row] = [(f"user{n // 3}", "", f"right{n}", "") for n in range(1000)]
    for start in range(0, 1000, 7):
        chunk = rows[start : start + 7]
        out.write(split.add([str(start + i) for i in range(len(chunk))], chunk)[0])
    assert [line.split("\t")[2] for line in out.getvalue().splitlines()] == [r[2] for r in rows]
