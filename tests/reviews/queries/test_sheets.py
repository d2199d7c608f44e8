"""What lies on a sheet, and how long it takes by its reviewer's own pace."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

import clock
from accounts.models import System, User
from reviews.actions.deciding import Pick, decide, undo
from reviews.enums import Choice
from reviews.models import Review
from reviews.queries.sheets import (
    ENOUGH_TO_TELL,
    LATEST,
    items_in_order,
    items_of,
    pace_of,
    progress_of,
    rows_of,
    told_of,
)
from tests.cast import NOON, acting, make_run, make_system
from tests.reviews.world import (
    admin_right,
    holding,
    open_campaign,
    report_of,
    right,
    sheet_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def sheet(sam: User, alice: User, ledger: System) -> Review:
    """Thirteen rights that are all new: 12 seconds each, as is usual."""
    rights = [right(ledger, f"right-{n}") for n in range(13)]
    holding(ledger, report_of(alice, "Tom Eriksen"), *rights)
    return sheet_of(open_campaign(sam), alice)


def keep(sheet: Review, alice: User, number: int, *, every: int) -> None:
    for place, item in enumerate(sheet.items.order_by("pk")[:number]):
        with clock.set_to(NOON + timedelta(seconds=every * place)):
            decide(sheet, actor=acting(alice), picks=[Pick(item.pk, 1)], choice=Choice.CERTIFY)


def test_pace_is_what_is_usual_until_there_is_enough_to_tell(sheet: Review, alice: User) -> None:
    keep(sheet, alice, ENOUGH_TO_TELL, every=6)
    assert pace_of(sheet) == 1.0


def test_pace_is_the_reviewers_own_as_a_multiple_of_what_is_usual(
    sheet: Review, alice: User
) -> None:
    keep(sheet, alice, ENOUGH_TO_TELL + 1, every=6)
    assert pace_of(sheet) == 0.5


def test_pace_leaves_pauses_out(sheet: Review, alice: User) -> None:
    keep(sheet, alice, ENOUGH_TO_TELL + 1, every=600)
    assert pace_of(sheet) == 1.0


def test_pace_is_that_of_the_latest_decisions(
    sam: User, alice: User, ledger: System, owner: User
) -> None:
    rights = [right(ledger, f"right-{n}") for n in range(LATEST + ENOUGH_TO_TELL)]
    holding(ledger, report_of(alice, "Tom Eriksen"), *rights)
    sheet = sheet_of(open_campaign(sam), alice)
    made_at = NOON
    for place, item in enumerate(sheet.items.order_by("pk")):
        made_at += timedelta(seconds=60 if place < ENOUGH_TO_TELL else 6)
        with clock.set_to(made_at):
            decide(sheet, actor=acting(alice), picks=[Pick(item.pk, 1)], choice=Choice.CERTIFY)
    assert pace_of(sheet) == 0.5


def test_items_in_order_are_those_of_the_sheet_at_either_stage(
    sam: User, alice: User, owner: User, ledger: System
) -> None:
    read = right(ledger, "read")
    holding(ledger, report_of(alice, "Tom Eriksen"), read, admin_right(ledger))
    holding(ledger, report_of(owner, "Ida Berg"), read)
    campaign = open_campaign(sam)
    found = {
        user: sorted(items_in_order(sheet_of(campaign, user)).values_list("right", "review"))
        for user in (alice, owner)
    }
    first, second = sheet_of(campaign, alice), sheet_of(campaign, owner)
    assert found[alice] == [("admin", first.pk), ("read", first.pk)]
    assert found[owner] == [("admin", first.pk), ("read", second.pk)]
    assert set(items_in_order(second)) == set(items_of(second))


def test_rows_of_which_nothing_was_said_ask_that_once(
    sheet: Review, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    items = list(sheet.items.all())
    with django_assert_num_queries(1):
        rows = rows_of(sheet, items)
    assert [row.item for row in rows] == items
    assert {row.chosen for row in rows} == {""}


@pytest.mark.parametrize("number", [1, 12])
def test_rows_of_which_something_was_said_cost_the_same_however_many(
    sheet: Review, alice: User, django_assert_num_queries: DjangoAssertNumQueries, number: int
) -> None:
    """What is there, decisions, questions with whom they went to, removals."""
    items = list(sheet.items.order_by("pk"))
    for choice, some in ((Choice.REVOKE, items[:number]), (Choice.DONT_KNOW, items[number:])):
        picks = [Pick(item.pk, 1) for item in some]
        decide(sheet, actor=acting(alice), picks=picks, choice=choice, reason="Who is that?")
    with django_assert_num_queries(5):
        rows = rows_of(sheet, items)
        said = [(row.chosen, bool(row.removal), row.question is not None) for row in rows]
        asked_of = {str(row.question.asked_of) for row in rows if row.question}
    assert said == [("revoke", True, False)] * number + [("dont_know", False, True)] * (13 - number)
    assert asked_of == {"Olga Petrova"}


def test_choices_that_stand_are_counted_and_those_taken_back_are_not(
    sheet: Review, alice: User
) -> None:
    keep(sheet, alice, 3, every=6)
    item = sheet.items.order_by("pk")[0]
    undo(sheet, actor=acting(alice), pick=Pick(item.pk, 2))
    assert progress_of([sheet.pk])[sheet.pk].chosen == 2


def test_filters_know_the_systems_by_name_and_the_rules_by_number(
    sam: User, alice: User, ledger: System, owner: User
) -> None:
    archive = make_system("archive", owner=owner.person)
    make_run(archive)
    person = report_of(alice, "Tom Eriksen")
    idle = NOON - timedelta(days=400)
    holding(ledger, person, admin_right(ledger), last_used=idle)
    holding(archive, person, right(archive, "read"), last_used=idle)
    campaign = open_campaign(sam)
    items = items_of(sheet_of(campaign, alice))
    systems, rules = told_of(items)
    assert systems == [(archive.pk, "archive"), (ledger.pk, "Ledger")]
    told = {insight["rule"] for item in items for insight in item.insights}
    assert len(told) > 1
    assert rules == sorted(told, key=lambda rule: int(rule[1:]))
