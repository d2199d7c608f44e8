"""Linking what matched nobody: one click, one key, and taken back."""

import pytest
from django.test import Client

from accounts.actions.findings import refresh_findings
from accounts.enums import LinkMethod
from accounts.models import Account, Finding, System, User
from tests.accounts.imports import COMMAND
from tests.cast import make_account, make_person, make_team

pytestmark = pytest.mark.usefixtures("noon", "db")

HTMX = {"HX-Request": "true"}


@pytest.fixture
def stray(ledger: System) -> Account:
    return make_account(ledger, "klee", name="Kimberly Lee")


def test_a_suggestion_is_pressed_and_the_finding_closes(
    client: Client, sam: User, stray: Account
) -> None:
    kim = make_person("Kim Lee")
    refresh_findings(actor=COMMAND)
    client.force_login(sam)
    page = client.get("/accounts/unmatched/").content.decode()
    assert f'name="person_id" value="{kim.pk}"' in page
    assert "initial and last name" in page
    at = f"/accounts/{stray.pk}/belongs/"
    row = client.post(at, {"person_id": kim.pk}, headers=HTMX).content.decode()
    assert "belongs to Kim Lee" in row
    stray.refresh_from_db()
    assert (stray.person, stray.link_method) == (kim, LinkMethod.MANUAL)
    assert Finding.objects.get().state == "resolved"
    assert (
        "Every live account belongs to somebody"
        in client.get("/accounts/unmatched/").content.decode()
    )
    row = client.post(at, {"undo": "1"}, headers=HTMX).content.decode()
    assert "initial and last name" in row
    stray.refresh_from_db()
    assert stray.person is None


def test_somebody_else_is_typed_as_holder_or_as_owner(
    client: Client, sam: User, ledger: System, stray: Account
) -> None:
    lea = make_person("Lea Fox")
    client.force_login(sam)
    client.post(f"/accounts/{stray.pk}/belongs/", {"who": "Lea Fox", "holds": "1"})
    service = make_account(ledger, "svc-x")
    client.post(f"/accounts/{service.pk}/belongs/", {"who": lea.mail})
    stray.refresh_from_db()
    service.refresh_from_db()
    assert (stray.person, service.person, service.owner_person) == (lea, None, lea)


def test_a_team_is_always_the_owner(client: Client, sam: User, stray: Account) -> None:
    team = make_team("Payments")
    client.force_login(sam)
    row = client.post(
        f"/accounts/{stray.pk}/belongs/", {"who": "payments", "holds": "1"}, headers=HTMX
    ).content.decode()
    assert ("belongs to Payments" in row, "Undo" in row) == (True, False)
    stray.refresh_from_db()
    assert (stray.owner_team, stray.person) == (team, None)


def test_what_cannot_be_is_said_in_the_row(client: Client, sam: User, stray: Account) -> None:
    client.force_login(sam)
    at = f"/accounts/{stray.pk}/belongs/"
    answer = client.post(at, {"who": "Nobody", "holds": "1"}, headers=HTMX)
    assert answer.status_code == 422
    assert "Nobody here is known by &#x27;Nobody&#x27;" in answer.content.decode()
    page = client.post(at, {}, follow=True).content.decode()
    assert "Name a person or a team." in page


def test_an_auditor_sees_who_is_likely_and_may_not_say_so(
    client: Client, carol: User, stray: Account
) -> None:
    kim = make_person("Kim Lee")
    client.force_login(carol)
    page = client.get("/accounts/unmatched/").content.decode()
    assert (
        "Kim Lee, initial and last name" in page,
        "<button" in page.partition("<tbody>")[2],
    ) == (
        True,
        False,
    )
    answer = client.post(f"/accounts/{stray.pk}/belongs/", {"person_id": kim.pk}, headers=HTMX)
    assert answer.status_code == 422
    assert "You may not put this account right" in answer.content.decode()
    stray.refresh_from_db()
    assert stray.person is None
