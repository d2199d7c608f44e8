"""25. Evidence: a cell that begins with = stays text; an auditor without a reviewer's rights can
export; exports are events; a changed, deleted, inserted, reordered or cut-off event is detected;
a closed campaign cannot be deleted."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import ProtectedError
from django.test import Client
from python_calamine import CalamineWorkbook

import clock
from accounts.models import User
from audit.errors import Conflict
from audit.models import Event, Leaf
from jobs.runner import drain
from reviews.actions.planning import discard_plan
from reviews.enums import CampaignState, Choice
from reviews.models import Campaign, EvidencePackage, ReviewItem
from tests.cast import NOON, acting
from tests.commands.running import run, run_well
from tests.scenarios.company import (
    Office,
    Package,
    choose,
    follow,
    item_of,
    keep_the_rest,
    reads,
    verify,
)

pytestmark = pytest.mark.django_db(transaction=True)

FORMULA = '=HYPERLINK("http://evil.example")'
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def campaign(office: Office, alice: User, owner: User, sam: User) -> Campaign:
    """Tom's title and a reason are formulas; the campaign is closed, with all of it proved."""
    office.staff('7,Ned Eke,ned@example.com,"=2+5",Payments,employee,active,,1')
    office.ledger(*map(reads, ("tom", "lena", "ned")), exported_at=NOON)
    campaign = office.open()
    choose(alice, item_of(campaign, "tom"), Choice.REVOKE, FORMULA)
    keep_the_rest(alice, campaign)
    with clock.set_to(LATER):
        office.ledger(*map(reads, ("lena", "ned")), exported_at=LATER)
        follow()
    run_well("close_campaign", campaign.pk)
    return Campaign.objects.get(pk=campaign.pk)


# Cells


def test_formulas_stay_text_in_the_package(office: Office, campaign: Campaign) -> None:
    package = office.evidence(campaign)
    assert package.cover["interim"] is False
    assert ("'" + FORMULA,) in package.cells("decisions.csv", "reason")
    assert ("'" + FORMULA,) in package.cells("revocations.csv", "reason")
    assert package.cells("population.csv", "account_username", "holder_title")[-1] == (
        "ned",
        "'=2+5",
    )


def test_formulas_stay_text_in_exports_of_lists(
    campaign: Campaign, carol: User, client: Client
) -> None:
    ReviewItem.objects.filter(account_username="ned").update(holder_name="=2+5")
    client.force_login(carol)
    address = f"/campaigns/{campaign.pk}/items/?export="
    rows = list(csv.reader(io.StringIO(text_of(client.get(address + "csv")))))
    assert "'=2+5" in [row[0] for row in rows]
    book = CalamineWorkbook.from_filelike(io.BytesIO(bytes_of(client.get(address + "xlsx"))))
    assert "=2+5" in [row[0] for row in book.get_sheet_by_index(0).to_python()]


def bytes_of(answer: Any) -> bytes:
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def text_of(answer: Any) -> str:
    return bytes_of(answer).decode("utf-8-sig")


# The auditor


def test_an_auditor_exports_and_each_export_is_an_event(
    campaign: Campaign, carol: User, client: Client, office: Office
) -> None:
    client.force_login(carol)
    rows = text_of(client.get(f"/campaigns/{campaign.pk}/items/?export=csv")).splitlines()
    assert len(rows) == 1 + 3
    assert client.post(f"/campaigns/{campaign.pk}/evidence/").status_code == 302
    drain()
    package = EvidencePackage.objects.get()
    file = office.folder / "taken.zip"
    file.write_bytes(bytes_of(client.get(f"/evidence/packages/{package.pk}/")))
    assert Package(file).cover["items"] == 3
    events = Event.objects.filter(actor=carol.ref).exclude(verb__startswith="mail")
    assert [event.verb for event in events.order_by("id")] == [
        "list.exported",
        "evidence.built",
        "evidence.taken",
    ]


def test_an_auditor_has_no_sheet_and_decides_nothing(campaign: Campaign, carol: User) -> None:
    assert not campaign.reviews.filter(reviewer=carol.person).exists()
    assert carol.person not in [each.person for each in campaign.fallback.all()]


# The trail


def tamper(statement: str, *given: str | int) -> None:
    """What a superuser can do: the triggers rest meanwhile."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, given)


def event_at(campaign: Campaign, place: int) -> int:
    return Leaf.objects.get(stream=campaign.stream, place=place).event_id


def change(campaign: Campaign) -> None:
    decided = Event.objects.filter(stream=campaign.stream, body__contains='"revoke"').first()
    assert decided is not None
    body = decided.body.replace('"revoke"', '"certify"')
    tamper("UPDATE audit_event SET body = %s WHERE id = %s", body, decided.pk)


def delete(campaign: Campaign) -> None:
    tamper("DELETE FROM audit_event WHERE id = %s", event_at(campaign, 3))


def insert(campaign: Campaign) -> None:
    tamper(
        "INSERT INTO audit_event (stream, at, verb, actor, target, channel, request, body)"
        " SELECT stream, at, verb, actor, target, channel, request, body FROM audit_event"
        " WHERE id = %s",
        event_at(campaign, 3),
    )


def reorder(campaign: Campaign) -> None:
    one, other = event_at(campaign, 3), event_at(campaign, 4)
    tamper(
        "UPDATE audit_event e SET body = o.body, verb = o.verb, target = o.target, at = o.at,"
        " actor = o.actor, channel = o.channel FROM audit_event o"
        " WHERE (e.id, o.id) IN ((%s, %s), (%s, %s))",
        *(one, other, other, one),
    )


def cut(campaign: Campaign) -> None:
    last = Leaf.objects.filter(stream=campaign.stream).order_by("-place")[0]
    for table in ("event WHERE id", "leaf WHERE event_id", "disclosure WHERE event_id"):
        tamper(f"DELETE FROM audit_{table} = %s", last.event_id)


@pytest.mark.parametrize("by", [change, delete, insert, reorder, cut])
def test_what_was_done_to_an_event_is_detected(campaign: Campaign, by: Any) -> None:
    assert run("verify_audit_trail").status == 0
    by(campaign)
    found = run("verify_audit_trail")
    assert (found.status, found.said["result"]) == (1, "tampered")
    assert {problem["stream"] for problem in found.said["problems"]} <= {campaign.stream, "", None}


def test_a_changed_byte_of_a_package_is_detected(office: Office, campaign: Campaign) -> None:
    package = office.evidence(campaign)
    raw = bytearray(package.file.read_bytes())
    raw[len(raw) // 2] ^= 1
    package.file.write_bytes(raw)
    assert verify(package.file)[0] == 1


# The campaign


def test_a_closed_campaign_cannot_be_deleted(campaign: Campaign, sam: User, client: Client) -> None:
    assert campaign.state == CampaignState.CLOSED
    with pytest.raises(Conflict, match="has been launched"):
        discard_plan(campaign, actor=acting(sam))
    client.force_login(sam)
    client.post(f"/campaigns/{campaign.pk}/discard/")
    with pytest.raises(ProtectedError):
        campaign.delete()
    assert Campaign.objects.filter(pk=campaign.pk).exists()


def test_nor_one_without_items_and_past_django(office: Office, sam: User, ada: User) -> None:
    office.accounts("Wiki", "old,disabled", header="username,status")
    campaign = office.open()
    assert (campaign.in_scope, campaign.items_count) == (1, 0)
    run_well("close_campaign", campaign.pk)
    campaign.exclusions.all().delete()
    with pytest.raises(DatabaseError, match="A campaign that was launched stays"):
        campaign.delete()
    assert Campaign.objects.get().state == CampaignState.CLOSED
