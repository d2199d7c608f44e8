"""Registrations and emergency uses on the pages: shown, listed, explained, ended."""

from datetime import date, timedelta

import pytest
from django.test import Client

from accounts.enums import AccountType
from accounts.models import Account, AccountRegistration, EmergencyUse, System, User
from audit.models import Event
from tests.cast import NOON, make_account, make_person, make_team, person_of

pytestmark = [pytest.mark.usefixtures("noon"), pytest.mark.django_db]


@pytest.fixture
def breakglass(ledger: System, alice: User) -> Account:
    team = make_team("Payments", lead=person_of(alice))
    return make_account(ledger, "breakglass", type=AccountType.EMERGENCY, owner_team=team)


@pytest.fixture
def use(breakglass: Account) -> EmergencyUse:
    return EmergencyUse.objects.create(account=breakglass, used_at=NOON, noticed_at=NOON)


def test_account_is_registered_on_its_page_and_the_registration_is_ended_there(
    client: Client, sam: User, ledger: System
) -> None:
    account = make_account(ledger, "frontdesk", person=make_person("Tom Eriksen"))
    client.force_login(sam)
    page = f"/accounts/{account.pk}/"
    said = {"kind": "shared", "until": "2027-03-01", "reason": "Three clerks at one till"}
    client.post(f"{page}right/register/", said)
    registration = AccountRegistration.objects.get()
    assert (registration.account, registration.until) == (account, date(2027, 3, 1))
    text = client.get(page).content.decode()
    assert "Three clerks at one till" in text
    client.post(f"/accounts/registrations/{registration.pk}/end/")
    registration.refresh_from_db()
    assert registration.ended_at == NOON
    assert "ended <time" in client.get(page).content.decode()


def test_registering_for_too_long_says_so_on_the_form(
    client: Client, sam: User, ledger: System
) -> None:
    account = make_account(ledger, "frontdesk", person=make_person("Tom Eriksen"))
    client.force_login(sam)
    said = {"kind": "shared", "until": "2029-03-01", "reason": "Three clerks at one till"}
    page = client.post(f"/accounts/{account.pk}/right/register/", said)
    assert (page.status_code, AccountRegistration.objects.count()) == (422, 0)
    assert "5 October 2027 at the latest" in page.content.decode()


def test_service_account_is_not_registered_as_shared(
    client: Client, sam: User, breakglass: Account
) -> None:
    client.force_login(sam)
    page = client.get(f"/accounts/{breakglass.pk}/").content.decode()
    assert ("Register it" in page, "No import has told of a use." in page) == (False, True)


def test_emergency_use_is_explained_from_its_page(
    client: Client, alice: User, use: EmergencyUse
) -> None:
    client.force_login(alice)
    address = f"/accounts/emergency-uses/{use.pk}/"
    assert address in client.get(f"/accounts/{use.account_id}/").content.decode()
    blank = client.post(address, {"explanation": " "})
    assert (blank.status_code, Event.objects.count()) == (422, 0)
    client.post(address, {"explanation": "The ledger was locked"})
    use.refresh_from_db()
    assert (use.explanation, use.explained_by) == ("The ledger was locked", alice.person)
    text = client.get(address).content.decode()
    assert ("The ledger was locked" in text, "Explain it" in text) == (True, False)


def test_auditor_reads_a_use_and_explains_nothing(
    client: Client, carol: User, use: EmergencyUse
) -> None:
    client.force_login(carol)
    address = f"/accounts/emergency-uses/{use.pk}/"
    assert "Explain it" not in client.get(address).content.decode()
    assert client.post(address, {"explanation": "So"}).status_code == 404
    use.refresh_from_db()
    assert use.explained_at is None


def test_uses_are_listed_with_the_unexplained_first_and_searched(
    client: Client, sam: User, use: EmergencyUse
) -> None:
    earlier = EmergencyUse.objects.create(
        account=use.account,
        used_at=NOON - timedelta(days=9),
        noticed_at=NOON,
        explanation="A drill",
        explained_at=NOON,
        explained_by=sam.person,
    )
    client.force_login(sam)
    for asked, found in {
        "": [use, earlier],
        "open=yes": [use],
        "q=drill": [earlier],
        f"system={use.account.system_id}": [use, earlier],
    }.items():
        rows = client.get(f"/accounts/emergency-uses/?{asked}").context["shown"].rows
        assert rows == found


def test_uses_are_seen_only_by_whom_the_account_concerns(
    client: Client, alice: User, bob: User, owner: User, use: EmergencyUse
) -> None:
    for user, found in ((alice, [use]), (owner, [use]), (bob, [])):
        client.force_login(user)
        assert client.get("/accounts/emergency-uses/").context["shown"].rows == found


def test_list_of_uses_is_exported_with_an_event(
    client: Client, sam: User, use: EmergencyUse
) -> None:
    client.force_login(sam)
    answer = client.get("/accounts/emergency-uses/?export=csv")
    text = b"".join(answer).decode("utf-8-sig")
    assert text.splitlines()[0] == (
        "Account,System,Used,Noticed,By import,Explanation,Explained by,Explained on,"
        "Data class of this export"
    )
    assert Event.objects.filter(verb="list.exported").count() == 1
