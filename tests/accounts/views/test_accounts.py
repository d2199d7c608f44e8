"""The page of an account: what is known with where it is from, and what is put right on it."""

import pytest
from django.test import Client

from accounts.enums import AccountType, LastUse, Precision
from accounts.models import Account, System, User
from audit.models import Event
from tests.cast import make_account, make_entitlement, make_grant, make_person, make_team, person_of

pytestmark = pytest.mark.usefixtures("noon", "db")


@pytest.fixture
def service(ledger: System) -> Account:
    return make_account(ledger, "svc-nightly", type=AccountType.SERVICE)


def test_an_account_shows_facts_with_where_they_are_from(
    client: Client, sam: User, ledger: System
) -> None:
    kim = make_person("Kim Lee")
    account = make_account(
        ledger,
        "kim",
        person=kim,
        type_evidence="It is linked to an employee.",
        last_used_precision=Precision.DAY,
        raw_status="ACTIVE (licensed)",
    )
    make_grant(account, make_entitlement(ledger, "inv_w", plain_words="Write invoices"))
    client.force_login(sam)
    page = " ".join(client.get(f"/accounts/{account.pk}/").content.decode().split())
    for said in (
        'Kim Lee</a> <span class="source">by mail',
        "It is linked to an employee.",
        "the source says “ACTIVE (licensed)”",
        '2 Oct 2026</time> <span class="source">by day',
        "Write invoices",
    ):
        assert said in page


@pytest.mark.parametrize(
    ("last_use", "said"),
    [
        (LastUse.NEVER, "never used"),
        (LastUse.UNKNOWN, "unknown"),
        (LastUse.NOT_AVAILABLE, "not available"),
    ],
)
def test_not_knowing_the_last_use_is_never_said_as_never(
    client: Client, sam: User, ledger: System, last_use: LastUse, said: str
) -> None:
    account = make_account(ledger, "kim", last_use=last_use)
    client.force_login(sam)
    page = client.get(f"/accounts/{account.pk}/").content.decode()
    assert f"<dt>Last used</dt><dd>{said}" in page


@pytest.mark.parametrize(
    ("act", "said", "field", "value"),
    [
        ("type", {"type": "emergency", "reason": "Sealed."}, "type", AccountType.EMERGENCY),
        ("purpose", {"purpose": "Copies rows."}, "purpose", "Copies rows."),
        ("link", {"person": "Kim Lee"}, "person.name", "Kim Lee"),
        ("owner", {"owner": "Payments"}, "owner_team.name", "Payments"),
        ("sponsor", {"sponsor": "kim.lee@example.com"}, "sponsor.name", "Kim Lee"),
        ("end", {"expires": "2026-12-20"}, "expires.isoformat", "2026-12-20"),
    ],
)
def test_each_fact_is_put_right(
    client: Client,
    owner: User,
    service: Account,
    act: str,
    said: dict[str, str],
    field: str,
    value: object,
) -> None:
    make_person("Kim Lee")
    make_team("Payments")
    client.force_login(owner)
    answer = client.post(f"/accounts/{service.pk}/right/{act}/", said)
    assert answer.headers["Location"] == f"/accounts/{service.pk}/"
    found: object = Account.objects.get(pk=service.pk)
    for part in field.split("."):
        found = getattr(found, part)
    assert (found() if callable(found) else found) == value


def test_what_is_wrong_stands_in_the_form_that_was_sent(
    client: Client, owner: User, service: Account
) -> None:
    client.force_login(owner)
    answer = client.post(f"/accounts/{service.pk}/right/end/", {"expires": "2026-10-04"})
    assert answer.status_code == 422
    assert "2026-10-04 has passed" in answer.content.decode()
    assert answer.context["open"] == "end"
    answer = client.post(f"/accounts/{service.pk}/right/link/", {"person": "Nobody"})
    assert "Nobody here is known by" in answer.content.decode()


def test_nobody_puts_their_own_account_right(client: Client, owner: User, ledger: System) -> None:
    own = make_account(ledger, "olga", person=person_of(owner))
    client.force_login(owner)
    page = client.get(f"/accounts/{own.pk}/").content.decode()
    assert "Put it right" not in page
    assert client.post(f"/accounts/{own.pk}/right/unlink/").status_code == 404
    own.refresh_from_db()
    assert (own.person, Event.objects.count()) == (owner.person, 0)


def test_a_manager_names_the_end_of_a_guests_account_and_not_its_type(
    client: Client, alice: User, ledger: System
) -> None:
    guest = make_person("Gil Guest", manager=person_of(alice))
    account = make_account(ledger, "gil", type=AccountType.TEMPORARY, person=guest)
    client.force_login(alice)
    page = client.get(f"/accounts/{account.pk}/").content.decode()
    assert ("Set its end date" in page, "Correct its type" in page) == (True, False)
    assert (
        client.post(f"/accounts/{account.pk}/right/type/", {"type": "personal"}).status_code == 404
    )
    client.post(f"/accounts/{account.pk}/right/end/", {"expires": "2026-12-20"})
    account.refresh_from_db()
    assert str(account.expires) == "2026-12-20"


def test_accounts_are_found_across_systems(
    client: Client, sam: User, ledger: System, service: Account
) -> None:
    make_account(ledger, "kim", person=make_person("Kim Lee"))
    client.force_login(sam)
    for asked, names in {
        "q=LEE": ["kim"],
        "type=service": ["svc-nightly"],
        "nobody=yes": ["svc-nightly"],
        f"system={ledger.pk}": ["kim", "svc-nightly"],
    }.items():
        rows = client.get(f"/accounts/?{asked}").context["shown"].rows
        assert sorted(row.username for row in rows) == names
