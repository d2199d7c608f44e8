"""What a row asks by the type of its account, as the page shows and takes it."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.enums import AccountType
from accounts.models import Account, AccountRegistration, EmergencyUse, System, User
from reviews.enums import Lane, Outcome
from reviews.models import Confirmation, Review, ReviewItem
from reviews.queries.today import today_of
from tests.cast import NOON, make_person, make_run, make_system, make_team, person_of
from tests.reviews.world import (
    give_insight,
    holding,
    open_campaign,
    report_of,
    right,
    service_account,
    sheet_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
HTMX = {"HX-Request": "true"}
TODAY = NOON.date()


@pytest.fixture
def sheet(sam: User, alice: User, ledger: System) -> Review:
    """One account of each kind that asks something, and Lena's, which asks nothing."""
    read, team = right(ledger, "read"), make_team("Payments", lead=person_of(alice))
    service_account(ledger, "svc-settlement", owner_team=team, purpose="Settles at night")
    glass = service_account(
        ledger, "breakglass", type=AccountType.EMERGENCY, owner_team=team, purpose="Fires"
    )
    for days in (9, 2):
        glass.emergency_uses.create(used_at=NOON - timedelta(days=days), noticed_at=NOON)
    holding(
        ledger,
        report_of(alice, "Priya Natarajan"),
        read,
        type=AccountType.TEMPORARY,
        sponsor=person_of(alice),
        expires=TODAY + timedelta(days=40),
    )
    holding(ledger, report_of(alice, "Tom Eriksen"), read, username="admin")
    holding(ledger, report_of(alice, "Lena Fischer"), read)
    sheet = sheet_of(open_campaign(sam), alice)
    give_insight(of(sheet, "admin"), "S15", {"why": "generic_name", "login": "admin"})
    return sheet


def of(sheet: Review, username: str) -> ReviewItem:
    return ReviewItem.objects.get(campaign=sheet.campaign, account_username=username)


def row(client: Client, item: ReviewItem) -> str:
    address = f"/reviews/{item.review_id}/items/{item.pk}/ask/"
    return " ".join(client.get(address, headers=HTMX).content.decode().split())


def send(client: Client, item: ReviewItem, act: str, **given: Any) -> Any:
    item.refresh_from_db()
    given.setdefault("version", item.version)
    address = f"/reviews/{item.review_id}/items/{item.pk}/{act}/"
    return client.post(address, given, headers=HTMX)


@pytest.fixture
def as_alice(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def test_service_account_is_confirmed_and_kept_by_one_press(
    as_alice: Client, sheet: Review
) -> None:
    item = of(sheet, "svc-settlement")
    text = row(as_alice, item)
    seal = today_of([item])[item.pk].seal
    assert 'Owned by <b>Payments</b>, led by Alice Okafor; for "Settles at night".' in text
    assert ("Confirm and keep" in text, f'name="confirms" value="{seal}"' in text) == (True, True)
    text = send(as_alice, item, "decide", choice="certify", confirms=seal).content.decode()
    item.refresh_from_db()
    assert (item.outcome, Confirmation.objects.count()) == (Outcome.CERTIFIED, 1)
    assert ("Confirmed</span> by Alice Okafor" in text, "Confirm and keep" in text) == (True, False)


def test_service_account_is_not_kept_by_a_form_that_confirms_nothing(
    as_alice: Client, sheet: Review
) -> None:
    item = of(sheet, "svc-settlement")
    answer = send(as_alice, item, "decide", choice="certify")
    assert answer.status_code == 422
    assert "kept only with an owner and a purpose" in answer.content.decode()
    item.refresh_from_db()
    assert item.outcome == Outcome.OPEN


def test_asking_for_a_reason_carries_the_confirmation_and_says_it(
    as_alice: Client, sheet: Review
) -> None:
    item = of(sheet, "svc-settlement")
    address = f"/reviews/{sheet.pk}/items/{item.pk}/ask/?choice=certify_until"
    text = as_alice.get(address, headers=HTMX).content.decode()
    assert 'You confirm: owned by <b>Payments</b>, for "Settles at night".' in text
    assert f'name="confirms" value="{today_of([item])[item.pk].seal}"' in text


def test_service_account_is_corrected_in_its_row_and_then_kept(
    as_alice: Client, sheet: Review
) -> None:
    item = of(sheet, "svc-settlement")
    address = f"/reviews/{sheet.pk}/items/{item.pk}/right/"
    form = as_alice.get(address, headers=HTMX).content.decode()
    assert ('value="Payments"' in form, 'value="Settles at night"' in form) == (True, True)
    make_team("Treasury")
    send(as_alice, item, "right", owner="Treasury", purpose="Settles at night")
    account = Account.objects.get(pk=item.account_id)
    assert (str(account.owner_team), account.corrected.keys()) == ("Treasury", {"owner"})
    send(as_alice, item, "decide", choice="certify")
    item.refresh_from_db()
    assert (item.outcome, Confirmation.objects.get().team_name) == (
        Outcome.CERTIFIED,
        "Treasury",
    )


def test_owner_of_a_service_account_cannot_be_left_blank(as_alice: Client, sheet: Review) -> None:
    item = of(sheet, "svc-settlement")
    text = send(as_alice, item, "right", owner="", purpose="Settles").content.decode()
    assert "This field is required." in text
    assert Confirmation.objects.count() == 0


def test_temporary_account_proposes_its_end_and_names_the_last_day(
    as_alice: Client, sheet: Review
) -> None:
    item = ReviewItem.objects.get(holder_name="Priya Natarajan")
    text = row(as_alice, item)
    assert ("Keep until 14 Nov" in text, ">Keep<" in text) == (True, False)
    address = f"/reviews/{sheet.pk}/items/{item.pk}/ask/?choice=certify_until"
    form = as_alice.get(address, headers=HTMX).content.decode()
    assert ('value="2026-11-14"' in form, 'max="2027-01-03"' in form) == (True, True)
    answer = send(
        as_alice,
        item,
        "decide",
        choice="certify_until",
        until="2027-02-01",
        reason="Needed longer",
    )
    assert "3 January 2027 at the latest" in answer.content.decode()
    send(as_alice, item, "decide", choice="certify_until", until="2026-12-20", reason="So")
    assert Account.objects.get(pk=item.account_id).expires == date(2026, 12, 20)


def test_taking_back_a_new_end_date_says_that_the_date_stays(
    as_alice: Client, sheet: Review
) -> None:
    item = ReviewItem.objects.get(holder_name="Priya Natarajan")
    send(as_alice, item, "decide", choice="certify_until", until="2026-12-20", reason="So")
    text = send(as_alice, item, "undo").content.decode()
    assert "The end date that it gave the account stays until you decide again." in text


def test_temporary_account_with_a_far_end_is_proposed_the_last_day(
    as_alice: Client, sheet: Review
) -> None:
    item = ReviewItem.objects.get(holder_name="Priya Natarajan")
    Account.objects.filter(pk=item.account_id).update(expires=TODAY + timedelta(days=300))
    assert "Keep until 3 Jan" in row(as_alice, item)


def test_temporary_account_without_an_end_ahead_asks_for_a_new_one(
    as_alice: Client, sheet: Review
) -> None:
    item = ReviewItem.objects.get(holder_name="Priya Natarajan")
    Account.objects.filter(pk=item.account_id).update(expires=TODAY)
    text = row(as_alice, item)
    assert ("New end date" in text, ">Keep<" in text) == (True, False)


def test_emergency_account_lists_each_use_and_takes_an_explanation_of_each(
    as_alice: Client, sheet: Review, alice: User
) -> None:
    item = of(sheet, "breakglass")
    assert "Explain 2 uses" in row(as_alice, item)
    address = f"/reviews/{sheet.pk}/items/{item.pk}/right/"
    form = as_alice.get(address, headers=HTMX).content.decode()
    assert "Used 26 September 2026, 12:00 UTC: what for?" in form
    assert "Used 3 October 2026, 12:00 UTC: what for?" in form
    assert ("Which team or person owns it?" in form, "Whose account is it?" in form) == (
        False,
        False,
    )
    first, second = EmergencyUse.objects.order_by("used_at")
    text = send(as_alice, item, "right", **{f"use_{first.pk}": "A drill"}).content.decode()
    assert ("Explain 1 use<" in text, '"A drill" Alice Okafor' in text) == (True, True)
    text = send(as_alice, item, "right", **{f"use_{second.pk}": "The outage"}).content.decode()
    assert "Explain" not in text
    send(as_alice, item, "decide", choice="certify", reason="For emergencies")
    item.refresh_from_db()
    assert item.outcome == Outcome.CERTIFIED


def test_explaining_nothing_is_said_on_the_form(as_alice: Client, sheet: Review) -> None:
    text = send(as_alice, of(sheet, "breakglass"), "right").content.decode()
    assert 'role="alert">Name what is missing' in text
    assert EmergencyUse.objects.exclude(explained_at=None).count() == 0


def test_generic_name_offers_a_person_a_registration_and_revoke(
    as_alice: Client, sheet: Review
) -> None:
    text = row(as_alice, of(sheet, "admin"))
    for button in (">Assign<", ">Register as shared<", ">Revoke<"):
        assert button in text
    assert (">Keep<" in text, ">Keep until<" in text) == (False, False)


def test_generic_name_is_assigned_to_a_person(as_alice: Client, sheet: Review, alice: User) -> None:
    item = of(sheet, "admin")
    mei = make_person("Mei Tanaka", manager=person_of(alice))
    text = send(as_alice, item, "right", holder=mei.mail).content.decode()
    item.refresh_from_db()
    assert (list(item.corrected), item.account.person) == (["S15"], mei)
    assert ">Keep<" in text


def test_generic_name_is_registered_as_shared_until_a_day(as_alice: Client, sheet: Review) -> None:
    item = of(sheet, "admin")
    address = f"/reviews/{sheet.pk}/items/{item.pk}/right/?way=shared"
    form = as_alice.get(address, headers=HTMX).content.decode()
    assert ('name="way" value="shared"' in form, "Whose account is it?" in form) == (True, False)
    given = {"way": "shared", "shared_because": "One till"}
    text = send(as_alice, item, "right", shared_until="2029-01-01", **given).content.decode()
    assert "5 October 2027 at the latest" in text
    send(as_alice, item, "right", shared_until="2027-03-01", **given)
    item.refresh_from_db()
    assert (list(item.corrected), AccountRegistration.objects.get().until) == (
        ["S15"],
        date(2027, 3, 1),
    )


def test_account_of_a_person_asks_nothing(as_alice: Client, sheet: Review) -> None:
    item = ReviewItem.objects.get(holder_name="Lena Fischer")
    text = row(as_alice, item)
    assert (">Keep<" in text, "Owned by" in text) == (True, False)


def test_bulk_shows_what_keeping_confirms_and_confirms_just_that(
    as_alice: Client, sheet: Review
) -> None:
    lane = {"lane": Lane.NEW}
    ReviewItem.objects.filter(account_username__in=["svc-settlement", "lena"]).update(**lane)
    items = [of(sheet, "svc-settlement"), of(sheet, "lena")]
    picks = [f"{item.pk}:{item.version}" for item in items]
    address = f"/reviews/{sheet.pk}/bulk/"
    page = as_alice.post(address, {"choice": "certify", "pick": picks}).content.decode()
    seal = f"{items[0].pk}:{today_of(items)[items[0].pk].seal}"
    assert "By keeping them you confirm what is said here of the service account among" in page
    assert f'name="confirms" value="{seal}"' in page
    as_alice.post(
        address, {"choice": "certify", "pick": picks, "confirms": [seal], "confirmed": "on"}
    )
    outcomes = ReviewItem.objects.filter(pk__in=[i.pk for i in items]).values_list("outcome")
    assert [outcome for (outcome,) in outcomes] == [Outcome.CERTIFIED, Outcome.CERTIFIED]
    assert Confirmation.objects.count() == 1


def test_bulk_without_the_confirmation_leaves_the_service_account_out_and_says_so(
    as_alice: Client, sheet: Review
) -> None:
    ReviewItem.objects.filter(account_username__in=["svc-settlement", "lena"]).update(lane=3)
    items = [of(sheet, "svc-settlement"), of(sheet, "lena")]
    picks = [f"{item.pk}:{item.version}" for item in items]
    answer = as_alice.post(
        f"/reviews/{sheet.pk}/bulk/",
        {"choice": "certify", "pick": picks, "confirmed": "on", "confirms": ["x:y", "7"]},
        follow=True,
    )
    page = answer.content.decode()
    assert "A service account is kept only with an owner and a purpose" in page
    assert [of(sheet, name).outcome for name in ("svc-settlement", "lena")] == [
        Outcome.OPEN,
        Outcome.CERTIFIED,
    ]


def test_sheet_costs_the_same_however_many_accounts_ask_something(
    as_alice: Client, sam: User, alice: User
) -> None:
    team, costs = make_team("Payments", lead=person_of(alice)), []
    for so_many in (1, 20):
        system = make_system()
        make_run(system)
        for n in range(so_many):
            service_account(system, f"svc-{n}", owner_team=team, purpose="Settles")
            glass = service_account(
                system, f"glass-{n}", type=AccountType.EMERGENCY, owner_team=team
            )
            EmergencyUse.objects.create(account=glass, used_at=NOON, noticed_at=NOON)
        page = f"/reviews/{sheet_of(open_campaign(sam, system), alice).pk}/"
        as_alice.get(page)
        with CaptureQueriesContext(connection) as queries:
            as_alice.get(page)
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_owner_who_is_a_person_is_named(as_alice: Client, sheet: Review, owner: User) -> None:
    item = of(sheet, "svc-settlement")
    Account.objects.filter(pk=item.account_id).update(owner_team=None, owner_person=owner.person)
    assert 'Owned by <b>Olga Petrova</b>; for "Settles at night".' in row(as_alice, item)
