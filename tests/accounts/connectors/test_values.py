"""What the words and dates in a cell mean."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.connectors.values import (
    ACCOUNT_TYPE_WORDS,
    LAST_USE_WORDS,
    PERSON_STATUS_WORDS,
    STATUS_WORDS,
    WORKER_TYPE_WORDS,
    YES_NO_WORDS,
    DateOrder,
    _words,
    detect_date_order,
    fold,
    read_last_use,
    read_time,
    split_rights,
)

VOCABULARIES = [
    ACCOUNT_TYPE_WORDS,
    LAST_USE_WORDS,
    PERSON_STATUS_WORDS,
    STATUS_WORDS,
    WORKER_TYPE_WORDS,
    YES_NO_WORDS,
]


@pytest.mark.parametrize("words", VOCABULARIES)
def test_words_are_kept_as_they_are_looked_up(words: dict[str, str]) -> None:
    assert [word for word in words if fold(word) != word] == []


@pytest.mark.parametrize("words", VOCABULARIES)
def test_blank_is_not_known(words: dict[str, str]) -> None:
    assert words[""] in ("unknown", "unclassified")


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (STATUS_WORDS, {"active", "disabled", "unknown"}),
        (PERSON_STATUS_WORDS, {"active", "on_leave", "left", "unknown"}),
        (WORKER_TYPE_WORDS, {"employee", "contractor", "guest", "auditor", "unknown"}),
        (
            ACCOUNT_TYPE_WORDS,
            {"personal", "temporary", "service", "emergency", "unclassified"},
        ),
        (YES_NO_WORDS, {"yes", "no", "unknown", "not_available"}),
        (LAST_USE_WORDS, {"never", "unknown", "not_available"}),
    ],
)
def test_vocabularies_lead_to_our_closed_sets(words: dict[str, str], values: set[str]) -> None:
    assert set(words.values()) == values


def test_word_for_two_values_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="two values"):
        _words(active="on,live", disabled="off,live")


@pytest.mark.parametrize("text", ["LOCKED_OUT", "locked-out", "  Locked  Out "])
def test_fold_forgives_case_and_gaps(text: str) -> None:
    assert fold(text) == "locked out"


@pytest.mark.parametrize(
    ("values", "order"),
    [
        (["2026-03-01", "2026-03-01T10:00:00Z", "", "never"], "iso"),
        (["01/02/2026", "25/12/2026"], "dmy"),
        (["01/02/2026", "12/25/2026"], "mdy"),
        (["01/02/2026", "03/04/2026"], "ambiguous"),
        (["25/12/2026", "12/25/2026"], "ambiguous"),
        (["01.02.2026"], "dmy"),
        (["01-02-2026 10:00"], "ambiguous"),
        (["2026-03-01", "13/01/2026"], "dmy"),
        (["1 Mar 2026"], "iso"),
        ([], "iso"),
    ],
)
def test_date_order_is_told_by_the_whole_column(values: list[str], order: str) -> None:
    assert detect_date_order(values) == order


@given(
    days=st.lists(st.dates(date(1980, 1, 1), date(2099, 1, 1)), min_size=1),
    pattern=st.sampled_from(["%d/%m/%Y", "%m/%d/%Y"]),
)
def test_detected_order_never_misreads_a_column(days: list[date], pattern: str) -> None:
    column = [day.strftime(pattern) for day in days]
    order = detect_date_order(column)
    if order != "ambiguous":
        assert [read_time(text, order=order) for text in column] == days


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01", date(2026, 3, 1)),
        (" 2026/3/1 ", date(2026, 3, 1)),
        ("20260301", date(2026, 3, 1)),
        ("2026-03-01T10:20:30Z", datetime(2026, 3, 1, 10, 20, 30, tzinfo=UTC)),
        ("2026-03-01T10:20:30.123+02:00", datetime(2026, 3, 1, 8, 20, 30, tzinfo=UTC)),
        ("2026-03-01 10:20:30 UTC", datetime(2026, 3, 1, 10, 20, 30, tzinfo=UTC)),
        ("2026-03-01 10:20:30-0530", datetime(2026, 3, 1, 15, 50, 30, tzinfo=UTC)),
        ("2026-03-01 10:20", datetime(2026, 3, 1, 10, 20, tzinfo=UTC)),
        ("1 Mar 2026", date(2026, 3, 1)),
        ("01-March-2026 10:20:30", datetime(2026, 3, 1, 10, 20, 30, tzinfo=UTC)),
        ("1772360430", datetime(2026, 3, 1, 10, 20, 30, tzinfo=UTC)),
        ("1772360430000", datetime(2026, 3, 1, 10, 20, 30, tzinfo=UTC)),
        ("2026-02-30", None),
        ("2026-03-01T25:00:00Z", None),
        ("1 Foo 2026", None),
        ("01/02/2026", None),
        ("soon", None),
        ("", None),
    ],
)
def test_times_are_read(text: str, moment: date | None) -> None:
    assert read_time(text) == moment


@pytest.mark.parametrize(
    ("text", "order", "moment"),
    [
        ("01/02/2026", "dmy", date(2026, 2, 1)),
        ("01/02/2026", "mdy", date(2026, 1, 2)),
        ("1.2.2026 17:05", "dmy", datetime(2026, 2, 1, 17, 5, tzinfo=UTC)),
        ("1/2/2026 5:05:00 PM", "mdy", datetime(2026, 1, 2, 17, 5, tzinfo=UTC)),
        ("1/2/2026, 12:05 am", "mdy", datetime(2026, 1, 2, 0, 5, tzinfo=UTC)),
        ("25/12/2026", "mdy", None),
        ("01/02/2026", "ambiguous", None),
    ],
)
def test_day_and_month_stand_as_the_column_says(
    text: str, order: DateOrder, moment: date | None
) -> None:
    assert read_time(text, order=order) == moment


def test_times_without_zone_are_in_the_zone_of_the_source() -> None:
    read = read_time("2026-07-01 10:00", zone=ZoneInfo("Europe/Berlin"))
    assert read == datetime(2026, 7, 1, 8, 0, tzinfo=UTC)


@given(st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.timezones()))  # noqa: DTZ001 - Hypothesis adds the zones
def test_iso_times_are_read_as_python_reads_them(moment: datetime) -> None:
    offset = moment.utcoffset()
    if offset is not None and offset.seconds % 60 == 0:
        text = moment.isoformat(timespec="seconds")
        assert read_time(text) == datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-03-01", ("known", date(2026, 3, 1))),
        ("Never", ("never", None)),
        ("0", ("never", None)),
        ("1970-01-01T00:00:00.000Z", ("never", None)),
        ("1970-01-01", ("never", None)),
        ("no_information", ("unknown", None)),
        ("", ("unknown", None)),
        ("gibberish", ("unknown", None)),
        ("N/A", ("not_available", None)),
        ("not_supported", ("not_available", None)),
    ],
)
def test_last_use_tells_never_from_unknown_from_not_available(
    text: str, found: tuple[str, date | None]
) -> None:
    assert read_last_use(text) == found


@pytest.mark.parametrize(
    ("cell", "separator", "rights"),
    [
        ("Reader; Writer;;Reader", ";", ["Reader", "Writer"]),
        ("a|b", "|", ["a", "b"]),
        ("one\ntwo\r\n", "\n", ["one", "two"]),
        ("Sales, EMEA", "", ["Sales, EMEA"]),
        (" ", ";", []),
        ("", "", []),
    ],
)
def test_rights_of_a_cell_are_split_once(cell: str, separator: str, rights: list[str]) -> None:
    assert split_rights(cell, separator) == rights
