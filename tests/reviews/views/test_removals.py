"""Removals on pages: the queue, one of them, noting it done, several together, handing it on."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

import clock
from accounts.enums import Role
from accounts.models import ExpectedRemoval, Finding, Grant, System, User
from audit.models import Event
from reviews.actions.deciding import Pick, decide
from reviews.actions.following import follow_imports
from reviews.actions.revoking import carry_out, send_due
from reviews.actions.timing import CLOCK
from reviews.enums import Choice, RevocationState, Risk
from reviews.models import Campaign, Revocation
from tests.cast import NOON, acting, make_account, make_person, make_run, make_system, make_user
from tests.reviews.views.conftest import of
from tests.reviews.world import sheet_of

pytestmark = pytest.mark.django_db


def revoke(campaign: Campaign, alice: User, *names: str) -> list[Revocation]:
    """Alice revokes these people's rights, and the orders go out."""
    orders = []
    for name in names:
        item = of(campaign, name)
        decide(
            sheet_of(campaign, alice),
            actor=acting(alice),
            picks=[Pick(item.pk, item.version)],
            choice=Choice.REVOKE,
            reason=f"{name} moved on",
        )
        orders.append(Revocation.objects.get(item=item))
    with clock.set_to(NOON + timedelta(hours=24)):
        send_due(actor=CLOCK)
    for order in orders:
        order.refresh_from_db()
    return orders


@pytest.fixture
def orders(campaign: Campaign, alice: User) -> list[Revocation]:
    """Tom's, Lena's and Mei's rights in the ledger, which Olga carries out."""
    return revoke(campaign, alice, "Tom", "Lena", "Mei")


@pytest.fixture
def order(orders: list[Revocation]) -> Revocation:
    return orders[0]


def show(client: Client, user: User, address: str) -> str:
    client.force_login(user)
    return client.get(address).content.decode()


def shown(client: Client, user: User, asked: str = "") -> list[int]:
    client.force_login(user)
    return [row.pk for row in client.get(f"/removals/{asked}").context["shown"].rows]


def imported(system: System, at: timedelta) -> None:
    """A complete run that was read at noon and ``at`` later, and is followed."""
    with clock.set_to(NOON + at):
        make_run(system, read_at=clock.now(), finished_at=clock.now(), proves_until=clock.now())
        follow_imports(actor=CLOCK)


def events(verb: str) -> int:
    return Event.objects.filter(verb=verb).count()


def test_queue_tells_what_whose_and_how_late(
    client: Client, owner: User, orders: list[Revocation]
) -> None:
    with clock.set_to(NOON + timedelta(days=5)):
        page = show(client, owner, "/removals/")
    assert page.count("Olga Petrova</td>") == 3
    assert page.count("overdue by 2 days") == 1
    assert "Read the books" in page
    assert "by Alice Okafor" in page


def test_counts_are_apart_and_lead_to_their_rows(
    client: Client, owner: User, sam: User, ledger: System, orders: list[Revocation]
) -> None:
    tom, lena, mei = orders
    with clock.set_to(NOON + timedelta(days=1)):
        carry_out(tom, actor=acting(owner), note="By hand")
        carry_out(lena, actor=acting(owner), note="By hand")
    Grant.objects.filter(account=tom.account).update(gone_at=NOON + timedelta(days=1))
    imported(ledger, timedelta(days=2))
    page = show(client, sam, "/removals/")
    found = client.get("/removals/").context["counts"]
    assert (found.decided, found.executed, found.verified, found.failed) == (3, 1, 1, 1)
    for asked in ("?reached=decided", "?reached=executed", "?state=verified", "?state=failed"):
        assert f'class="stat" href="{asked}"' in page
    assert set(shown(client, sam, "?reached=decided")) == {tom.pk, lena.pk, mei.pk}
    assert shown(client, sam, "?reached=executed") == [tom.pk]
    assert shown(client, sam, "?state=failed") == [lena.pk]
    assert shown(client, sam)[-1] == tom.pk


def test_filters_narrow_the_queue(
    client: Client, sam: User, owner: User, ledger: System, orders: list[Revocation]
) -> None:
    tom, lena, mei = (order.pk for order in orders)
    with clock.set_to(NOON + timedelta(days=5)):
        assert shown(client, owner, "?overdue=yes") == [tom]
        assert shown(client, owner, "?overdue=no") == [lena, mei]
    assert shown(client, owner, f"?risk={Risk.HIGH}") == [tom]
    assert len(shown(client, owner, f"?system={ledger.pk}")) == 3
    assert len(shown(client, owner, "?mine=yes")) == 3
    assert shown(client, sam, "?mine=yes") == []
    assert len(shown(client, sam, "?mine=no")) == 3
    assert shown(client, owner, "?q=lena") == [lena]


@pytest.mark.parametrize(
    ("name", "count"),
    [("owner", 3), ("alice", 3), ("bob", 0), ("carol", 3), ("sam", 3), ("ada", 3)],
)
def test_everybody_sees_what_is_theirs(
    client: Client,
    request: pytest.FixtureRequest,
    orders: list[Revocation],
    name: str,
    count: int,
) -> None:
    user = request.getfixturevalue(name)
    assert len(shown(client, user)) == count
    status = client.get(f"/removals/{orders[0].pk}/").status_code
    assert status == (200 if count else 404)


def test_owner_of_the_system_still_sees_what_was_handed_on(
    client: Client, owner: User, bob: User, order: Revocation
) -> None:
    Revocation.objects.filter(pk=order.pk).update(owner_person=bob.person)
    assert shown(client, bob) == [order.pk]
    assert order.pk in shown(client, owner)
    assert order.pk not in shown(client, owner, "?mine=yes")


def test_login_without_a_person_sees_nothing(
    client: Client, orders: list[Revocation], owner: User
) -> None:
    bare = make_user(make_person("Nobody"), Role.REVIEWER)
    User.objects.filter(pk=bare.pk).update(person=None)
    Revocation.objects.update(owner_person=None)
    assert shown(client, bare) == []
    assert client.get(f"/removals/{orders[0].pk}/").status_code == 404


def test_empty_queue_says_what_will_come(client: Client, bob: User) -> None:
    assert "Nothing to remove" in show(client, bob, "/removals/")


def test_export_is_marked_with_the_highest_class_and_is_an_event(
    client: Client, carol: User, ledger: System, orders: list[Revocation]
) -> None:
    client.force_login(carol)
    System.objects.filter(pk=ledger.pk).update(data_class="customer_confidential")
    answer = client.get("/removals/?export=csv&q=lena")
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]  # a streamed answer
    assert len(lines) == 2
    assert "Customer Confidential" in lines[1]
    assert "lena" in lines[1]
    assert events("list.exported") == 1


def test_removal_tells_the_order_and_what_proves_it(
    client: Client, owner: User, order: Revocation
) -> None:
    page = show(client, owner, f"/removals/{order.pk}/")
    assert "Tom moved on" in page
    assert "by Alice Okafor" in page
    assert "Privileged or Customer Confidential: 3 days" in page
    assert "Remove it in Ledger, then note here how." in page
    assert "ordered the removal" in page
    assert "Note it as done" in page


def test_note_it_as_done(client: Client, owner: User, order: Revocation) -> None:
    client.force_login(owner)
    address = f"/removals/{order.pk}/"
    answer = client.post(f"{address}done/", {"note": "Taken out of ledger-admins"}, follow=True)
    order.refresh_from_db()
    assert (order.state, order.note) == (RevocationState.DONE, "Taken out of ledger-admins")
    page = answer.content.decode()
    assert "Somebody says that it is done." in page
    assert "Note it as done" not in page


def test_done_without_a_note_is_asked_again(client: Client, owner: User, order: Revocation) -> None:
    client.force_login(owner)
    assert client.post(f"/removals/{order.pk}/done/", {"note": " "}).status_code == 422
    order.refresh_from_db()
    assert order.state == RevocationState.OPEN


def test_stranger_reads_but_does_not_act_and_the_refusal_is_noted(
    client: Client, carol: User, order: Revocation
) -> None:
    page = show(client, carol, f"/removals/{order.pk}/")
    assert "It is for Olga Petrova to carry out." in page
    assert "Note it as done" not in page
    answer = client.post(f"/removals/{order.pk}/done/", {"note": "I did"})
    assert "somebody else&#x27;s to carry out" in answer.content.decode()
    order.refresh_from_db()
    assert (order.state, events("trail.refused")) == (RevocationState.OPEN, 1)


def test_pressed_twice_says_how_it_stands(client: Client, owner: User, order: Revocation) -> None:
    client.force_login(owner)
    client.post(f"/removals/{order.pk}/done/", {"note": "By hand"})
    page = client.post(f"/removals/{order.pk}/done/", {"note": "Again"}).content.decode()
    assert "This removal stands at &quot;Done, not yet proved&quot;" in page
    assert events("revocation.done") == 1


def test_failed_one_says_what_to_do_and_is_done_again(
    client: Client, owner: User, ledger: System, order: Revocation
) -> None:
    with clock.set_to(NOON + timedelta(days=1)):
        carry_out(order, actor=acting(owner), note="By hand")
    imported(ledger, timedelta(days=2))
    page = show(client, owner, f"/removals/{order.pk}/")
    assert "An import found it still there" in page
    assert "1 time, last on" in page
    client.post(f"/removals/{order.pk}/done/", {"note": "Out of the other group, too"})
    order.refresh_from_db()
    assert order.state == RevocationState.DONE


def test_already_gone_is_success_by_read_back(
    client: Client, owner: User, ledger: System, order: Revocation
) -> None:
    Grant.objects.filter(account=order.account).update(gone_at=NOON)
    imported(ledger, timedelta(days=2))
    page = show(client, owner, f"/removals/{order.pk}/")
    assert "Verified gone" in page
    assert "nobody said so: it was gone already" in page
    assert f"import {Revocation.objects.get(pk=order.pk).verified_by_run_id}" in page


def test_back_again_leads_to_the_violation(
    client: Client, owner: User, ledger: System, order: Revocation
) -> None:
    Grant.objects.filter(account=order.account).update(gone_at=NOON)
    imported(ledger, timedelta(days=2))
    Grant.objects.filter(account=order.account).update(gone_at=None)
    imported(ledger, timedelta(days=3))
    page = show(client, owner, f"/removals/{order.pk}/")
    assert "It was proved gone and is there again" in page
    assert Finding.objects.get(link=f"revocation:{order.pk}").rule == "S10"
    assert shown(client, owner, "?reached=back") == [order.pk]


def test_hand_on_to_another_person(
    client: Client, owner: User, bob: User, order: Revocation
) -> None:
    client.force_login(owner)
    client.post(f"/removals/{order.pk}/hand-on/", {"to": "Bob Larsen"})
    order.refresh_from_db()
    assert order.owner_person == bob.person
    client.force_login(bob)
    assert "Note it as done" in client.get(f"/removals/{order.pk}/").content.decode()


def test_hand_on_to_nobody_known_is_asked_again(
    client: Client, owner: User, order: Revocation
) -> None:
    client.force_login(owner)
    answer = client.post(f"/removals/{order.pk}/hand-on/", {"to": "Zed"})
    assert "Nobody here is known by" in answer.content.decode()


def test_several_are_done_together_with_one_note(
    client: Client, owner: User, orders: list[Revocation]
) -> None:
    client.force_login(owner)
    picks = [order.pk for order in orders]
    page = client.post("/removals/done/", {"pick": picks}).content.decode()
    assert "3 removals done?" in page
    assert events("revocation.done") == 0
    client.post("/removals/done/", {"pick": picks, "confirmed": "on", "note": "INC-4711"})
    assert set(Revocation.objects.values_list("state", "note")) == {("done", "INC-4711")}
    assert events("revocation.done") == 3


def test_together_tells_which_were_not_noted(
    client: Client, owner: User, orders: list[Revocation]
) -> None:
    carry_out(orders[0], actor=acting(owner), note="Before")
    client.force_login(owner)
    given = {"pick": [o.pk for o in orders], "confirmed": "on", "note": "INC-4711"}
    page = client.post("/removals/done/", given, follow=True).content.decode()
    assert "Noted as done: 2 removals." in page
    assert "was not noted. This removal stands at" in page
    assert Revocation.objects.get(pk=orders[0].pk).note == "Before"


@pytest.mark.parametrize("picks", [[], ["x"], ["1e3"]])
def test_together_needs_rows(client: Client, owner: User, picks: list[str]) -> None:
    client.force_login(owner)
    page = client.post("/removals/done/", {"pick": picks}, follow=True).content.decode()
    assert "ick" in page
    assert "again." in page or "first." in page


def test_together_is_404_for_what_one_does_not_see(
    client: Client, bob: User, order: Revocation
) -> None:
    client.force_login(bob)
    given = {"pick": [order.pk], "confirmed": "on", "note": "Mine"}
    assert client.post("/removals/done/", given).status_code == 404
    assert client.post(f"/removals/{order.pk}/done/", given).status_code == 404
    assert client.post(f"/removals/{order.pk}/hand-on/", {"to": "x"}).status_code == 404
    order.refresh_from_db()
    assert order.state == RevocationState.OPEN


def test_queue_costs_the_same_at_3_and_at_300(
    client: Client, owner: User, orders: list[Revocation]
) -> None:
    client.force_login(owner)
    client.get("/removals/")
    with CaptureQueriesContext(connection) as few:
        client.get("/removals/")
    system = make_system("Wiki", owner=owner.person)
    Revocation.objects.bulk_create(
        Revocation(
            system=system,
            account=make_account(system),
            system_name=system.name,
            account_username=f"wiki{number}",
            state=RevocationState.OPEN,
            risk=Risk.NORMAL,
            owner_person=owner.person,
            decided_at=NOON,
            goes_out_at=NOON,
            due_at=NOON,
        )
        for number in range(300)
    )
    with CaptureQueriesContext(connection) as many:
        assert len(client.get("/removals/").context["shown"].rows) == 50
    assert len(many) == len(few)
    assert ExpectedRemoval.objects.count() == 3
