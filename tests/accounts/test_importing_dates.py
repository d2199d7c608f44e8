"""Dates of one column: what Python takes for one, PostgreSQL reads the same, and none else."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from psycopg import sql

from accounts.connectors import values
from accounts.importing.dates import MOST_FAULTS, DateColumn, DateOrderUnknown, Order

FORMS = [
    "2026-01-02",
    "2026/1/2",
    "2026.01.02",
    "2026-01-02T10:11:12Z",
    "2026-01-02 10:11:12 +0200",
    "20260102",
    "02 Jan 2026",
    "2-January-2026",
    "2 Feb 2026 10:11:12Z",
    "31/12/2026",
    "13-12-2026 10:11",
    "13.12.2026 10:11:12",
    "13/12/2026, 1:05 PM",
    "13/12/2026 1:05:06 pm",
    "1767348672",
    "1767348672123",
]


def column(*cells: str) -> DateColumn:
    dates = DateColumn()
    dates.add(set(cells))
    return dates


def read(dates: DateColumn, cells: list[str], order: Order = "dmy") -> list[datetime | None]:
    listed = ", ".join(map(sql.quote, cells))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {dates.sql('cell', order, sql.quote)} "
            f"FROM unnest(ARRAY[{listed}]) WITH ORDINALITY AS each (cell, n) ORDER BY n"
        )
        return [moment for (moment,) in cursor.fetchall()]


def moment_of(text: str) -> datetime:
    said = values.read_time(text, order="dmy")
    assert said is not None
    if isinstance(said, datetime):
        return said
    return datetime(said.year, said.month, said.day, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.parametrize("text", FORMS)
def test_both_read_one_form_alike(text: str) -> None:
    assert read(column(text), [text]) == [moment_of(text)]


@pytest.mark.django_db
def test_forms_may_be_mixed_with_words_blanks_and_faults() -> None:
    cells = [*FORMS, "never", "soon", "", "2026-13-01", "12/31/2026"]
    dates = column(*cells)
    assert dates.order(None) == "dmy"
    assert (dates.words, dates.faults("dmy")) == ({"never", "soon"}, {"2026-13-01", "12/31/2026"})
    assert read(dates, cells) == [*map(moment_of, FORMS), None, None, None, None, None]


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (["03/04/2026", "13/04/2026"], "dmy"),
        (["03/04/2026", "04/13/2026"], "mdy"),
        (["03.04.2026"], "dmy"),
        (["2026-04-03"], "dmy"),
    ],
)
def test_order_is_told_by_the_whole_column(cells: list[str], order: Order) -> None:
    assert column(*cells).order(None) == order


def test_order_that_nothing_tells_is_asked_for() -> None:
    with pytest.raises(DateOrderUnknown) as asked:
        column("03/04/2026", "05/06/2026").order(None)
    assert asked.value.example in {"03/04/2026", "05/06/2026"}
    assert column("03/04/2026").order("mdy") == "mdy"


def test_one_slip_among_many_does_not_turn_the_order() -> None:
    days = [f"{day:02}/05/2026" for day in range(13, 29)]
    dates = column(*days, "05/13/2026")
    assert (dates.order(None), dates.faults("dmy")) == ("dmy", {"05/13/2026"})


def test_column_that_holds_no_dates_is_known_without_keeping_it_all() -> None:
    dates = column(*(f"ID-{n}" for n in range(MOST_FAULTS + 500)))
    assert (dates.too_many("dmy"), len(dates.faults("dmy"))) == (True, MOST_FAULTS)


def test_clock_and_bare_day_are_told_apart() -> None:
    mixed, days = column("2026-01-02", "2026-01-02 10:00"), column("2026-01-02")
    assert (mixed.has_clock, mixed.has_bare_day) == (True, True)
    assert (days.has_clock, days.has_bare_day) == (False, True)
