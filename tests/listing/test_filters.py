"""Filters find what they say, and what they cannot read is said above the list."""

from typing import Any

import pytest
from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone

from accounts.enums import AccountType
from accounts.models import Account
from listing.filters import Applied, Choice, Dates, Filter, Search, YesNo, apply
from tests.listing.rows import START, accounts

pytestmark = pytest.mark.django_db

FILTERS: list[Filter] = [
    Search("q", "Search", columns=("username", "system__name")),
    Search("begins", "Begins with", columns=("username",), prefix=True),
    Choice("type", "Type", choices=AccountType.choices),
    Choice("used_in", "Used in", choices=[(2026, "2026")], where=lambda y: Q(last_used__year=y)),
    YesNo("used", "Used", where=Q(last_used__isnull=False)),
    Dates("used_on", "Used", column="last_used"),
]


def asked(address: str) -> Applied:
    return apply(QueryDict(address), FILTERS)


def found(address: str) -> list[str]:
    rows = Account.objects.filter(asked(address).condition).order_by("id")
    return [row.username for row in rows]


@pytest.fixture
def three(db: None) -> list[Account]:
    return accounts(["svc-ledger", "anna", "Hannah"], [0, 1, None])


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("", ["svc-ledger", "anna", "Hannah"]),
        ("q=ANNA", ["anna", "Hannah"]),
        ("q=ann+system", ["anna", "Hannah"]),
        ("q=ann+nothing", []),
        ("q=%25", []),
        ("q=+++", ["svc-ledger", "anna", "Hannah"]),
        ("begins=ANN", ["anna"]),
        ("type=service", ["svc-ledger"]),
        ("used=yes", ["svc-ledger", "anna"]),
        ("used_in=2026", ["svc-ledger", "anna"]),
        ("used=no", ["Hannah"]),
        ("used_on_from=2026-01-02", ["anna"]),
        ("used_on_to=2026-01-01", ["svc-ledger"]),
        ("used_on_from=2026-01-01&used_on_to=2026-01-02", ["svc-ledger", "anna"]),
        ("q=ann&used=yes", ["anna"]),
    ],
)
def test_filter_finds(address: str, names: list[str], three: Any) -> None:
    assert found(address) == names


def test_day_is_one_in_the_zone_of_the_user(three: list[Account]) -> None:
    with timezone.override("Pacific/Kiritimati"):
        assert found("used_on_from=2026-01-02&used_on_to=2026-01-02") == ["svc-ledger"]
    assert START.hour == 12


@pytest.mark.parametrize(
    ("address", "notice"),
    [
        ("type=robot", "Type has no choice of that name; it was left out."),
        ("used=maybe", "Used is yes or no; it was left out."),
        (
            "used_on_from=yesterday",
            "Used: write days as 2026-10-19; what was given was left out.",
        ),
        (
            "used_on_to=9999-12-31",
            "Used: write days as 2026-10-19; what was given was left out.",
        ),
        ("q=%00", "Search for up to 200 letters; this search was left out."),
        ("q=" + "x" * 201, "Search for up to 200 letters; this search was left out."),
    ],
)
def test_filter_that_cannot_be_read_is_said_and_finds_all(
    address: str, notice: str, three: Any
) -> None:
    assert asked(address).notices == [notice]
    assert found(address) == ["svc-ledger", "anna", "Hannah"]
    assert asked(address).chips == []


def test_chip_says_its_filter_and_leads_to_the_list_without_it() -> None:
    chips = asked("q=ann&type=service&used_on_from=2026-01-02&after=[1]&sort=-name").chips
    assert [(chip.words, chip.without) for chip in chips] == [
        ('"ann"', "?type=service&used_on_from=2026-01-02&sort=-name"),
        ("Type: Service", "?q=ann&used_on_from=2026-01-02&sort=-name"),
        ("Used from 2 Jan 2026", "?q=ann&type=service&sort=-name"),
    ]


def test_fields_show_what_was_typed() -> None:
    fields = {field.filter.name: field for field in asked("q=ann&used_on_to=2026-01-02").fields}
    assert (fields["q"].value, fields["type"].value) == ("ann", "")
    assert (fields["used_on"].value_from, fields["used_on"].value_to) == ("", "2026-01-02")
