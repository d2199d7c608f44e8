"""Conflicts of duties on their pages: declared, with who holds both, and ended."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import DutyConflict, Entitlement, Person, System, User
from tests.cast import NOON, make_account, make_entitlement, make_grant, make_person, make_system

pytestmark = pytest.mark.usefixtures("noon", "db")


@pytest.fixture
def enter(ledger: System) -> Entitlement:
    return make_entitlement(ledger, "enter", plain_words="Enter payments")


@pytest.fixture
def release() -> Entitlement:
    return make_entitlement(make_system("Bank"), "release", plain_words="Release payments")


@pytest.fixture
def duties(sam: User, enter: Entitlement, release: Entitlement) -> DutyConflict:
    return DutyConflict.objects.create(
        name="Payments", first=enter, second=release, reason="Both", made_by=sam, made_at=NOON
    )


def holds(person: Person | None, *rights: Entitlement, **fields: Any) -> None:
    """An account in the system of each right that holds it."""
    for right in rights:
        make_grant(make_account(right.system, person=person, **fields), right)


def test_a_conflict_is_declared_by_the_words_that_are_suggested(
    client: Client, sam: User, enter: Entitlement, release: Entitlement
) -> None:
    client.force_login(sam)
    found = client.get("/suggest/rights/?first=payments").content.decode()
    assert found.split() == ['<option', 'value="Bank:', 'release"></option><option',
                             'value="Ledger:', 'enter"></option>']  # fmt: skip
    assert client.get("/suggest/rights/?first=p").content.decode().strip() == ""
    said = {"name": "Payments", "first": "Ledger: enter", "second": "Bank: no", "reason": "Both"}
    answer = client.post("/policy/conflicts/new/", said)
    assert "There is no right &#x27;Bank: no&#x27;" in answer.content.decode()
    said["second"] = "Bank: release"
    page = client.post("/policy/conflicts/new/", said, follow=True).content.decode()
    assert "Payments is a conflict of duties now." in page
    made = DutyConflict.objects.get()
    assert (made.first, made.second, made.made_by) == (enter, release, sam)


def test_those_who_hold_both_now_are_counted_and_named(
    client: Client, carol: User, duties: DutyConflict, enter: Entitlement, release: Entitlement
) -> None:
    both, one, off, gone = (make_person(name) for name in ("Bo", "One", "Off", "Gone"))
    # Twice each, by several accounts, is one person all the same.
    holds(both, enter, release, enter)
    holds(one, enter)
    holds(None, enter, release)
    holds(off, enter)
    holds(off, release, status="disabled")
    holds(gone, enter)
    make_grant(make_account(release.system, person=gone), release, gone_at=NOON)
    client.force_login(carol)
    page = client.get("/policy/conflicts/")
    assert page.context["holders"] == {duties.pk: 1}
    assert "New conflict" not in page.content.decode()
    page = client.get(f"/policy/conflicts/{duties.pk}/")
    (row,) = page.context["shown"].rows
    assert (row, len(row.giving)) == (both, 3)
    assert "End it" not in page.content.decode()
    csv = b"".join(client.get("/policy/conflicts/?export=csv")).decode()
    assert "Payments,Enter payments in Ledger,Release payments in Bank,Both,1,Sam Ito" in csv


def test_a_conflict_is_ended_with_a_reason(
    client: Client, sam: User, duties: DutyConflict, enter: Entitlement, release: Entitlement
) -> None:
    holds(make_person(), enter, release)
    client.force_login(sam)
    assert client.get("/policy/conflicts/").context["holders"] == {duties.pk: 1}
    at = f"/policy/conflicts/{duties.pk}/"
    assert "End it" in client.get(at).content.decode()
    assert client.post(at + "end/", {"reason": ""}).status_code == 422
    page = client.post(at + "end/", {"reason": "Split"}, follow=True).content.decode()
    assert "Payments is no conflict of duties any more." in page
    assert client.get("/policy/conflicts/?standing=yes").context["shown"].rows == []
    answer = client.post(at + "end/", {"reason": "Split"})
    assert (answer.status_code, "already" in answer.content.decode()) == (422, True)


def test_the_lists_cost_the_same_at_3_rows_and_at_60(
    client: Client, carol: User, duties: DutyConflict, enter: Entitlement, release: Entitlement
) -> None:
    client.force_login(carol)
    costs: dict[str, list[int]] = {"/policy/conflicts/": [], f"/policy/conflicts/{duties.pk}/": []}
    for first, last in ((0, 3), (3, 60)):
        for number in range(first, last):
            right = make_entitlement(enter.system, f"right {number}")
            DutyConflict.objects.create(
                name=f"C{number}", first=enter, second=right, reason="x", made_at=NOON
            )
            holds(make_person(), enter, release, right)
        for address, found in costs.items():
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                shown = client.get(address).context["shown"]
            found.append(len(queries))
            assert len(shown.rows) >= min(last, 50)
    assert [found for found in costs.values() if found[0] != found[1]] == []
