"""What the type of an account asks before it may be kept: an end, explanations, a person."""

from datetime import date, timedelta
from typing import Any

import pytest

from accounts.enums import AccountType, LinkMethod
from accounts.models import Account, AccountRegistration, EmergencyUse, System, User
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.models import Event
from reviews.actions.correcting import Naming, Shared, correct_item
from reviews.actions.deciding import Pick, Verdict, decide
from reviews.enums import Choice, Outcome
from reviews.models import Decision, Review, ReviewItem
from tests.cast import NOON, acting, make_person, make_team, person_of
from tests.reviews.world import (
    give_insight,
    holding,
    open_campaign,
    report_of,
    right,
    service_account,
    sheet_of,
    temporary_sheet,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

TODAY = NOON.date()


def choose(
    sheet: Review, user: User, *items: ReviewItem, choice: Choice = Choice.CERTIFY, **given: Any
) -> Verdict:
    picks = []
    for item in items:
        item.refresh_from_db()
        picks.append(Pick(item.pk, item.version))
    return decide(sheet, actor=acting(user), picks=picks, choice=choice, **given)


def test_temporary_account_kept_until_a_day_ends_on_that_day(
    sam: User, alice: User, ledger: System
) -> None:
    sheet = temporary_sheet(sam, alice, ledger)
    item, until = sheet.items.get(), TODAY + timedelta(days=90)
    choose(sheet, alice, item, choice=Choice.CERTIFY_UNTIL, until=until)
    item.refresh_from_db()
    assert (item.outcome, item.account.expires) == (Outcome.CERTIFIED_UNTIL, until)
    assert Event.objects.filter(verb="account.end_set").count() == 1


def test_temporary_account_kept_until_its_own_end_is_left_as_it_is(
    sam: User, alice: User, ledger: System
) -> None:
    sheet = temporary_sheet(sam, alice, ledger)
    item = sheet.items.get()
    until = TODAY + timedelta(days=10)
    choose(sheet, alice, item, choice=Choice.CERTIFY_UNTIL, until=until)
    assert (Event.objects.filter(verb="account.end_set").count(), item.account.expires) == (
        0,
        until,
    )


def test_temporary_account_is_not_kept_longer_than_the_policy_allows(
    sam: User, alice: User, ledger: System
) -> None:
    sheet = temporary_sheet(sam, alice, ledger)
    item = sheet.items.get()
    with pytest.raises(WrongInput, match="until 3 January 2027 at the latest"):
        choose(
            sheet,
            alice,
            item,
            choice=Choice.CERTIFY_UNTIL,
            until=TODAY + timedelta(days=91),
        )
    naming = Naming(end=TODAY + timedelta(days=91))
    with pytest.raises(WrongInput, match="until 3 January 2027 at the latest"):
        correct_item(sheet, item, actor=acting(alice), naming=naming)
    item.account.refresh_from_db()
    assert (Decision.objects.count(), item.account.expires) == (0, TODAY + timedelta(days=10))


def test_access_of_a_person_may_be_kept_longer(sam: User, alice: User, ledger: System) -> None:
    holding(ledger, report_of(alice, "Lena Fischer"), right(ledger, "read"))
    sheet = sheet_of(open_campaign(sam), alice)
    item, until = sheet.items.get(), TODAY + timedelta(days=200)
    choose(sheet, alice, item, choice=Choice.CERTIFY_UNTIL, until=until)
    item.refresh_from_db()
    assert (item.outcome, item.account.expires) == (Outcome.CERTIFIED_UNTIL, None)


def test_temporary_account_that_ends_today_is_kept_with_a_new_end_only(
    sam: User, alice: User, ledger: System
) -> None:
    sheet = temporary_sheet(sam, alice, ledger, expires=TODAY)
    item = sheet.items.get()
    with pytest.raises(WrongInput, match="say until when"):
        choose(sheet, alice, item)
    until = TODAY + timedelta(days=30)
    choose(sheet, alice, item, choice=Choice.CERTIFY_UNTIL, until=until)
    item.account.refresh_from_db()
    assert item.account.expires == until


def test_temporary_account_that_ends_later_may_be_kept_as_it_is(
    sam: User, alice: User, ledger: System
) -> None:
    sheet = temporary_sheet(sam, alice, ledger)
    item = sheet.items.get()
    choose(sheet, alice, item)
    item.refresh_from_db()
    assert item.outcome == Outcome.CERTIFIED


def test_end_that_the_roster_gives_is_an_end(sam: User, alice: User, ledger: System) -> None:
    last_day = TODAY + timedelta(days=40)
    sheet = temporary_sheet(sam, alice, ledger, expires=None, last_day=last_day)
    item = sheet.items.get()
    choose(sheet, alice, item)
    item.refresh_from_db()
    assert item.outcome == Outcome.CERTIFIED


@pytest.fixture
def breakglass(ledger: System, alice: User) -> Account:
    team = make_team("On call", lead=person_of(alice))
    return service_account(
        ledger, "breakglass", type=AccountType.EMERGENCY, owner_team=team, purpose="Fires"
    )


def used(account: Account, *days_ago: int) -> list[EmergencyUse]:
    return [
        account.emergency_uses.create(used_at=NOON - timedelta(days=days), noticed_at=NOON)
        for days in days_ago
    ]


def test_emergency_account_is_kept_once_each_use_is_explained(
    breakglass: Account, sam: User, alice: User
) -> None:
    first, second = used(breakglass, 9, 2)
    sheet = sheet_of(open_campaign(sam), alice)
    item = sheet.items.get()
    give_insight(item, "S16", {"problems": ["unexplained_use"], "uses": 2})
    correct_item(sheet, item, actor=acting(alice), naming=Naming(explained={first.pk: "A drill"}))
    with pytest.raises(WrongInput):
        choose(sheet, alice, item, reason="Needed in an emergency")
    correct_item(
        sheet, item, actor=acting(alice), naming=Naming(explained={second.pk: "The outage"})
    )
    choose(sheet, alice, item, reason="Needed in an emergency")
    item.refresh_from_db()
    assert (item.outcome, list(item.corrected)) == (Outcome.CERTIFIED, ["S16"])
    said = EmergencyUse.objects.order_by("used_at").values_list("explanation", "explained_by")
    assert list(said) == [("A drill", alice.person_id), ("The outage", alice.person_id)]


def test_emergency_use_that_came_after_the_launch_is_asked_for_too(
    breakglass: Account, sam: User, alice: User
) -> None:
    sheet = sheet_of(open_campaign(sam), alice)
    item = sheet.items.get()
    used(breakglass, 0)
    with pytest.raises(WrongInput, match="explain each use first"):
        choose(sheet, alice, item, reason="Needed")
    choose(sheet, alice, item, choice=Choice.REVOKE, reason="Not needed any more")
    item.refresh_from_db()
    assert item.outcome == Outcome.REVOKED


def test_bulk_leaves_out_unexplained_and_endless_accounts_and_says_so(
    breakglass: Account, sam: User, alice: User, ledger: System
) -> None:
    used(breakglass, 2)
    calm = service_account(
        ledger,
        "firecall",
        type=AccountType.EMERGENCY,
        owner_team=breakglass.owner_team,
        purpose="Fires",
    )
    sheet = sheet_of(open_campaign(sam), alice)
    ReviewItem.objects.update(insights=[], worst="", lane=3)
    items = list(sheet.items.order_by("account_username"))
    verdict = choose(sheet, alice, *items)
    assert verdict.decided == [ReviewItem.objects.get(account=calm).pk]
    assert list(verdict.refused.values()) == [
        "It was used in an emergency: explain each use first, then keep it."
    ]


def test_uses_of_another_account_are_not_explained_from_here(
    breakglass: Account, sam: User, alice: User, ledger: System
) -> None:
    other = service_account(ledger, "elsewhere", type=AccountType.EMERGENCY)
    (use,) = used(other, 3)
    sheet = sheet_of(open_campaign(sam), alice)
    with pytest.raises(WrongInput):
        correct_item(
            sheet,
            sheet.items.get(),
            actor=acting(alice),
            naming=Naming(explained={use.pk: "Mine"}),
        )
    use.refresh_from_db()
    assert use.explained_at is None


def test_use_that_somebody_else_has_explained_is_a_conflict(
    breakglass: Account, sam: User, alice: User
) -> None:
    (use,) = used(breakglass, 3)
    sheet = sheet_of(open_campaign(sam), alice)
    naming = Naming(explained={use.pk: "A drill"})
    correct_item(sheet, sheet.items.get(), actor=acting(alice), naming=naming)
    with pytest.raises(Conflict, match="Alice Okafor explained this use"):
        correct_item(sheet, sheet.items.get(), actor=acting(alice), naming=naming)


@pytest.fixture
def generic(ledger: System, alice: User, sam: User) -> tuple[Review, ReviewItem]:
    """An account called admin under a personal type, linked to a report of Alice's by its mail."""
    tom = report_of(alice, "Tom Eriksen")
    holding(ledger, tom, right(ledger, "read"), username="admin")
    sheet = sheet_of(open_campaign(sam), alice)
    item = sheet.items.get()
    give_insight(item, "S15", {"why": "generic_name", "name": "admin"})
    return sheet, item


def test_generic_name_is_not_kept_as_it_is(generic: tuple[Review, ReviewItem], alice: User) -> None:
    with pytest.raises(WrongInput, match="A rule forbids this access"):
        choose(generic[0], alice, generic[1], reason="Needed")


def test_generic_name_assigned_to_a_person_can_be_kept(
    generic: tuple[Review, ReviewItem], alice: User
) -> None:
    sheet, item = generic
    lena = make_person("Lena Fischer", manager=person_of(alice))
    correct_item(sheet, item, actor=acting(alice), naming=Naming(holder=lena))
    choose(sheet, alice, item, reason="It is hers")
    item.refresh_from_db()
    assert (item.outcome, list(item.corrected)) == (Outcome.CERTIFIED, ["S15"])
    assert (item.account.person, item.account.link_method) == (lena, LinkMethod.MANUAL)


def test_generic_name_registered_as_shared_can_be_kept(
    generic: tuple[Review, ReviewItem], alice: User
) -> None:
    sheet, item = generic
    shared = Shared(date(2027, 3, 1), "The night shift shares one console")
    correct_item(sheet, item, actor=acting(alice), naming=Naming(shared=shared))
    choose(sheet, alice, item, reason="The console has one account")
    item.refresh_from_db()
    registration = AccountRegistration.objects.get()
    assert (item.outcome, list(item.corrected)) == (Outcome.CERTIFIED, ["S15"])
    assert (registration.account, registration.until, registration.made_by) == (
        item.account,
        date(2027, 3, 1),
        alice.person,
    )


def test_generic_name_is_not_registered_for_more_than_a_year_or_by_another(
    generic: tuple[Review, ReviewItem], alice: User, bob: User
) -> None:
    sheet, item = generic
    too_long = Naming(shared=Shared(date(2028, 3, 1), "So"))
    with pytest.raises(WrongInput, match="5 October 2027 at the latest"):
        correct_item(sheet, item, actor=acting(alice), naming=too_long)
    naming = Naming(shared=Shared(date(2027, 3, 1), "So"))
    with pytest.raises(NotAllowed):
        correct_item(sheet, item, actor=acting(bob), naming=naming)
    assert AccountRegistration.objects.count() == 0


def test_service_account_used_at_a_console_cannot_be_put_right_by_naming(
    ledger: System, sam: User, alice: User
) -> None:
    team = make_team("Payments", lead=person_of(alice))
    service_account(ledger, owner_team=team, purpose="Settles")
    sheet = sheet_of(open_campaign(sam), alice)
    item = sheet.items.get()
    give_insight(item, "S14", {"last_interactive": "2026-10-01T00:00:00+00:00"})
    correct_item(sheet, item, actor=acting(alice), naming=Naming(purpose="Settles by hand"))
    item.refresh_from_db()
    assert item.corrected == {}
    with pytest.raises(WrongInput, match="A rule forbids this access"):
        choose(sheet, alice, item, reason="Needed")
