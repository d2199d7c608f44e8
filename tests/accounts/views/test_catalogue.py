"""The catalogue on its page: described in the row, by a file, and confirmed."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import Entitlement, System, User
from tests.cast import make_entitlement, make_team

pytestmark = pytest.mark.usefixtures("noon", "db")

SAID = {
    "version": "0",
    "plain_words": "Read invoices",
    "permits": "",
    "privileged": "no",
    "allowed_teams": "finance",
    "allowed_roles": ["auditor", "contractor"],
}


@pytest.fixture
def right(ledger: System) -> Entitlement:
    make_team("Finance")
    return make_entitlement(ledger, "inv_r")


def test_a_right_is_described_in_its_row(
    client: Client, owner: User, ledger: System, right: Entitlement
) -> None:
    client.force_login(owner)
    at = f"/systems/{ledger.pk}/catalogue/{right.pk}/"
    form = client.get(at, headers={"HX-Request": "true"}).content.decode()
    assert form.strip().startswith(f'<tr id="entry-{right.pk}"')
    row = client.post(at, SAID, headers={"HX-Request": "true"}).content.decode()
    assert ("Read invoices" in row, "version 1" in row, "Finance only" in row) == (True, True, True)
    assert "for a temporary contractor</span><span" in row
    row = client.get(f"{at}?row=1", headers={"HX-Request": "true"}).content.decode()
    assert "Describe" in row


def test_the_list_shows_what_is_limited_once_each(
    client: Client, owner: User, ledger: System, right: Entitlement
) -> None:
    right.allowed_teams.add(make_team("Payments"), make_team("Legal"))
    make_entitlement(ledger, "for guests", allowed_roles=["guest"])
    make_entitlement(ledger, "open")
    client.force_login(owner)
    at = f"/systems/{ledger.pk}/catalogue/"
    shown = {
        word: [row.key for row in client.get(f"{at}?limited={word}").context["shown"].rows]
        for word in ("yes", "no")
    }
    assert shown == {"yes": ["for guests", "inv_r"], "no": ["open"]}
    form = client.get(f"{at}{right.pk}/").context["form"]
    assert form["allowed_roles"].value() == []


def test_a_right_is_described_without_script(
    client: Client, owner: User, ledger: System, right: Entitlement
) -> None:
    client.force_login(owner)
    at = f"/systems/{ledger.pk}/catalogue/{right.pk}/"
    assert "<h1" in client.get(at).content.decode()
    answer = client.post(at, SAID)
    assert answer.headers["Location"] == f"/systems/{ledger.pk}/catalogue/#entry-{right.pk}"


def test_a_right_that_somebody_else_described_meanwhile(
    client: Client, owner: User, sam: User, ledger: System, right: Entitlement
) -> None:
    at = f"/systems/{ledger.pk}/catalogue/{right.pk}/"
    client.force_login(sam)
    client.post(at, SAID)
    client.force_login(owner)
    answer = client.post(at, {**SAID, "plain_words": "Mine"}, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "Sam Ito changed this entry on 5 October 2026" in answer.content.decode()
    right.refresh_from_db()
    assert right.plain_words == "Read invoices"


def test_the_catalogue_is_confirmed_as_it_was_seen(
    client: Client, owner: User, ledger: System, right: Entitlement
) -> None:
    at = f"/systems/{ledger.pk}/catalogue/"
    client.force_login(owner)
    client.post(f"{at}{right.pk}/", SAID)
    mark = client.get(at).context["mark"]
    assert "Confirm 1 as right" in client.get(at).content.decode()
    make_entitlement(ledger, "fresh", plain_words="Not seen")
    page = client.post(
        f"{at}confirm/", {"mark": mark}, headers={"Referer": f"http://testserver{at}"}, follow=True
    )
    assert "has changed since you looked" in page.content.decode()
    assert Entitlement.objects.filter(confirmed_at=None).count() == 2
    page = client.post(f"{at}confirm/", {"mark": page.context["mark"]}, follow=True)
    assert "2 rights are confirmed." in page.content.decode()
    assert "Everything is described and confirmed." in page.content.decode()


def test_the_catalogue_goes_out_as_a_file_and_comes_back(
    client: Client, owner: User, ledger: System, right: Entitlement
) -> None:
    client.force_login(owner)
    at = f"/systems/{ledger.pk}/catalogue/"
    client.post(f"{at}{right.pk}/", SAID)
    answer = client.get(f"{at}save/")
    text = b"".join(answer)
    name = "catalogue-of-ledger-2026-10-05-company-confidential.csv"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    page = client.post(f"{at}read/", {"file": SimpleUploadedFile("c.csv", text)}, follow=True)
    assert "1 rows read: 0 created, 0 updated, 1 unchanged, 0 rejected." in page.content.decode()


def test_an_auditor_reads_the_catalogue_and_changes_nothing(
    client: Client, carol: User, ledger: System, right: Entitlement
) -> None:
    client.force_login(carol)
    page = client.get(f"/systems/{ledger.pk}/catalogue/").content.decode()
    assert ("inv_r" in page, f"/catalogue/{right.pk}/" in page) == (True, False)
