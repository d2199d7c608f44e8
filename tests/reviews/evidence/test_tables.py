"""The tables of a package that are more than a list of rows: what they say of whom."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction

from accounts.enums import AccountType, RegistrationKind
from accounts.models import System, User
from reviews.actions.correcting import Naming, correct_item
from reviews.evidence.tables import TABLES, stream
from reviews.models import Campaign, ReviewItem
from tests.cast import NOON, acting, make_grant, make_team, person_of
from tests.reviews.world import (
    holding,
    open_campaign,
    report_of,
    right,
    service_account,
    sheet_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def campaign(sam: User, alice: User, ledger: System) -> Campaign:
    """A service account with two rights, a used emergency account, a shared one, a personal one."""
    team = make_team("Payments", lead=person_of(alice))
    service = service_account(ledger, "svc-settlement", owner_team=team, purpose="Settles")
    for key in ("read", "write"):
        make_grant(service, right(ledger, key))
    glass = service_account(
        ledger, "breakglass", type=AccountType.EMERGENCY, owner_team=team, purpose="Fires"
    )
    for days in (9, 2):
        glass.emergency_uses.create(used_at=NOON - timedelta(days=days), noticed_at=NOON)
    desk = holding(ledger, report_of(alice, "Tom Eriksen"), username="frontdesk")
    desk.registrations.create(
        kind=RegistrationKind.SHARED, until=date(2027, 3, 1), reason="One till", made_at=NOON
    )
    holding(ledger, report_of(alice, "Lena Fischer"))
    return open_campaign(sam)


def rows_of(name: str, campaign: Campaign) -> list[dict[str, Any]]:
    (sql,) = [table.sql for table in TABLES if table.name == name]
    with transaction.atomic():
        header, rows = stream(sql, campaign.pk)
        return [dict(zip(header, row, strict=True)) for row in rows]


def test_service_accounts_are_listed_once_with_who_confirmed_what(
    campaign: Campaign, alice: User
) -> None:
    item = ReviewItem.objects.filter(account_username="svc-settlement")[0]
    sheet = sheet_of(campaign, alice)
    correct_item(sheet, item, actor=acting(alice), naming=Naming(purpose="Settles at night"))
    glass, desk, service = sorted(
        rows_of("service_accounts.csv", campaign), key=lambda row: str(row["type"])
    )
    assert [(r["username"], r["type"]) for r in (glass, desk, service)] == [
        ("breakglass", "emergency"),
        ("frontdesk", "personal"),
        ("svc-settlement", "service"),
    ]
    told = ("owner_at_launch", "purpose_at_launch", "confirmed_team", "confirmed_purpose")
    assert [service[name] for name in told] == [
        "Payments",
        "Settles",
        "Payments",
        "Settles at night",
    ]
    assert (service["confirmed_by"], service["confirmed_at"]) == (
        "Alice Okafor",
        "2026-10-05T12:00:00Z",
    )
    assert (glass["confirmed_by"], glass["uses"], glass["explained"]) == (None, 2, 0)
    assert (desk["shared_until"], desk["shared_because"]) == (date(2027, 3, 1), "One till")


def test_emergency_uses_are_listed_with_their_explanation(campaign: Campaign, alice: User) -> None:
    item = ReviewItem.objects.get(account_username="breakglass")
    first = item.account.emergency_uses.earliest("used_at")
    naming = Naming(explained={first.pk: "A drill"})
    correct_item(sheet_of(campaign, alice), item, actor=acting(alice), naming=naming)
    told = ("username", "used_at", "explanation", "explained_by")
    assert [
        tuple(row[name] for name in told) for row in rows_of("emergency_uses.csv", campaign)
    ] == [
        ("breakglass", "2026-09-26T12:00:00Z", "A drill", "Alice Okafor"),
        ("breakglass", "2026-10-03T12:00:00Z", "", None),
    ]
