"""Ordering a removal from a finding: who may, what is said before, and once."""

import pytest
from django.test import Client

from accounts.enums import FindingState, Severity
from accounts.models import Finding, System, User
from reviews.enums import RevocationState, Risk
from reviews.models import Revocation
from tests.cast import NOON, make_account

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def finding(ledger: System, owner: User) -> Finding:
    return Finding.objects.create(
        rule="S17",
        severity=Severity.VIOLATION,
        system=ledger,
        account=make_account(ledger, "ghost"),
        sentence="It is linked to no person and owned by no team.",
        owner_person=owner.person,
        opened_at=NOON,
        due_at=NOON,
    )


def test_page_says_what_by_whom_and_by_when_and_decides_nothing(
    client: Client, owner: User, finding: Finding
) -> None:
    client.force_login(owner)
    page = client.get(f"/findings/{finding.pk}/remove/").content.decode()
    assert "the account <span" in page
    assert "Olga Petrova" in page
    assert "Tuesday 6 October 2026" in page
    assert Revocation.objects.count() == 0


@pytest.mark.parametrize("name", ["owner", "sam", "ada"])
def test_order_goes_out_at_once(
    client: Client, request: pytest.FixtureRequest, finding: Finding, name: str
) -> None:
    client.force_login(request.getfixturevalue(name))
    answer = client.post(f"/findings/{finding.pk}/remove/", {"reason": "Nobody knows it"})
    order = Revocation.objects.get()
    assert answer.headers["Location"] == f"/removals/{order.pk}/"
    assert (order.state, order.risk) == (RevocationState.OPEN, Risk.URGENT)
    assert (order.finding, order.reason) == (finding, "Nobody knows it")


@pytest.mark.parametrize("name", ["alice", "bob", "carol"])
def test_order_is_404_for_others(
    client: Client, request: pytest.FixtureRequest, finding: Finding, name: str
) -> None:
    client.force_login(request.getfixturevalue(name))
    address = f"/findings/{finding.pk}/remove/"
    assert client.get(address).status_code == 404
    assert client.post(address, {"reason": "x"}).status_code == 404
    assert Revocation.objects.count() == 0


def test_order_without_a_reason_is_asked_again(
    client: Client, owner: User, finding: Finding
) -> None:
    client.force_login(owner)
    assert client.post(f"/findings/{finding.pk}/remove/", {"reason": " "}).status_code == 422
    assert Revocation.objects.count() == 0


def test_order_twice_leads_to_the_first(client: Client, owner: User, finding: Finding) -> None:
    client.force_login(owner)
    address = f"/findings/{finding.pk}/remove/"
    client.post(address, {"reason": "Nobody knows it"})
    again = client.post(address, {"reason": "Nobody knows it"})
    assert again.status_code == 422
    page = client.get(address).content.decode()
    assert "Its removal is under way already." in page
    assert f'href="/removals/{Revocation.objects.get().pk}/"' in page


def test_resolved_finding_has_nothing_to_remove(
    client: Client, owner: User, finding: Finding
) -> None:
    Finding.objects.update(state=FindingState.RESOLVED, resolved_at=NOON)
    client.force_login(owner)
    address = f"/findings/{finding.pk}/remove/"
    assert "has been resolved" in client.get(address).content.decode()
    client.post(address, {"reason": "Nobody knows it"})
    assert Revocation.objects.count() == 0
