"""The explorer: who may look, what is shown, and that looking is an event."""

import csv
import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

import clock
from accounts.models import User
from audit import keys, notes, sealing
from audit.actors import Actor
from audit.models import Checkpoint, Event, Leaf
from audit.trail import EventRow, record, record_many
from audit.verbs import Verb
from tests.cast import acting

pytestmark = pytest.mark.django_db
PAGES = ["/trail/", "/trail/events/{event}/", "/trail/checkpoints/", "/trail/checkpoints/{mark}/"]
NOON = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)


@pytest.fixture
def event(sam: User) -> Event:
    with clock.set_to(NOON):
        return record(
            Verb.MAIL_SHOWN,
            actor=acting(sam),
            target="item:99",
            private={"to": "=1+1 <b>Émile</b>", "about": "x"},
        )


def signed_in(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def page(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def sentences(client: Client, path: str) -> list[str]:
    response = client.get(path)
    assert response.status_code == 200
    return [row.sentence for row in response.context["shown"].rows]


@pytest.mark.parametrize("path", PAGES)
def test_explorer_is_for_auditors_security_and_administrators(
    path: str, client: Client, event: Event, alice: User, carol: User, sam: User, ada: User
) -> None:
    mark = sealing.publish_checkpoint()
    path = path.format(event=event.id, mark=mark.id)
    assert client.get(path).status_code == 302
    written = Event.objects.count()
    assert signed_in(client, alice).get(path).status_code == 404
    assert Event.objects.count() == written
    for user in (carol, sam, ada):
        assert signed_in(client, user).get(path).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_each_look_is_an_event(path: str, client: Client, event: Event, carol: User) -> None:
    mark = sealing.publish_checkpoint()
    response = signed_in(client, carol).get(path.format(event=event.id, mark=mark.id))
    look = Event.objects.filter(verb=Verb.TRAIL_READ).get()
    assert (look.actor, look.request) == (carol.ref, response["X-Request-ID"])


@pytest.mark.parametrize("path", ["/trail/events/999/", "/trail/checkpoints/999/"])
def test_what_is_not_there_is_not_found(path: str, client: Client, carol: User) -> None:
    assert signed_in(client, carol).get(path).status_code == 404


@pytest.mark.usefixtures("event")
def test_list_shows_acts_with_texts_and_looks_only_when_asked(client: Client, carol: User) -> None:
    signed_in(client, carol)
    said = "Sam Ito read item 99 to =1+1 <b>Émile</b>, about x."
    assert sentences(client, "/trail/") == [said]
    assert "&lt;b&gt;Émile" in page(client, "/trail/")
    looks = ["Carol Mensah looked at the trail (page events)."] * 3
    assert sentences(client, "/trail/?reads=yes") == [*looks, said]


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("q=item:99", True),
        ("q=item:98", False),
        ("q=user:0", False),
        ("q=mail.shown", True),
        ("q=trail.read", False),
        ("q=nothing", False),
        ("q=99999999999999999999999", False),
        ("q=a%00b", True),
        ("target=item:99", True),
        ("target=item:9", False),
        ("actor=user:0", False),
        ("stream=system", True),
        ("stream=campaign:7", True),
        ("verb=mail.shown", True),
        ("verb=campaign.closed", False),
        ("at_from=2026-10-05&at_to=2026-10-05", True),
        ("at_from=2026-10-06", False),
        ("at_to=2026-10-04", False),
    ],
)
@pytest.mark.usefixtures("event")
def test_list_is_filtered_by_the_address(
    question: str, found: bool, client: Client, carol: User
) -> None:
    sealing.seal()
    assert len(sentences(signed_in(client, carol), f"/trail/?{question}")) == found


def test_list_finds_an_event_by_number_hash_and_actor(
    client: Client, event: Event, carol: User
) -> None:
    sealing.seal()
    signed_in(client, carol)
    digest = bytes(Leaf.objects.get(event_id=event.id).hash).hex()
    for question in (f"q={event.id}", f"q={digest}", f"q={event.actor}", f"actor={event.actor}"):
        assert len(sentences(client, f"/trail/?{question}")) == 1
    assert sentences(client, f"/trail/?q={'0' * 64}") == []


def test_list_takes_the_same_queries_for_one_row_and_for_many(
    client: Client, carol: User, sam: User
) -> None:
    signed_in(client, carol)
    client.get("/trail/")
    counts = []
    for count in (1, 59):
        with transaction.atomic():
            rows = (EventRow("item:1", {}, {"reason": "x"}) for _ in range(count))
            record_many(Verb.DECISION_MADE, actor=acting(sam), rows=rows)
        with CaptureQueriesContext(connection) as queries:
            page(client, "/trail/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_detail_shows_the_proof_as_it_comes_to_be(
    client: Client, event: Event, carol: User
) -> None:
    signed_in(client, carol)
    path = f"/trail/events/{event.id}/"
    assert "waits for its place" in page(client, path)
    sealing.seal()
    assert "The next checkpoint, within the hour, signs it." in page(client, path)
    sealing.publish_checkpoint()
    text = page(client, path)
    assert "The proof holds" in text
    assert bytes(Leaf.objects.get(event_id=event.id).hash).hex() in text
    assert bytes(Checkpoint.objects.get().root).hex() in text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE audit_leaf SET hash = sha256('x') WHERE place = 0", "The proof does not hold"),
        ("DELETE FROM audit_leaf WHERE place = 1", "are missing: verify the trail"),
        ("UPDATE audit_event SET body = 'x' WHERE id = %s", "This event cannot be read"),
    ],
)
def test_detail_of_a_tampered_event_says_so(
    change: str, said: str, client: Client, event: Event, carol: User
) -> None:
    record(Verb.TRAIL_READ, actor=acting(carol), target="item:1")
    sealing.publish_checkpoint()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(change, [event.id] if "%s" in change else None)
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert said in page(signed_in(client, carol), f"/trail/events/{event.id}/")


def test_detail_tells_what_happened_to_the_target(
    client: Client, event: Event, carol: User, sam: User
) -> None:
    with transaction.atomic():
        rows = (EventRow("item:99", {"choice": "certify"}) for _ in range(19))
        record_many(Verb.DECISION_MADE, actor=acting(sam), rows=rows)
    text = page(signed_in(client, carol), f"/trail/events/{event.id}/")
    assert text.count("Sam Ito chose certify on item 99.") == 19
    assert "All that happened to it" not in text
    record(Verb.DECISION_MADE, actor=acting(sam), target="item:99", data={"choice": "revoke"})
    assert "All that happened to it" in page(client, f"/trail/events/{event.id}/")


def export(client: Client, question: str) -> str:
    response: Any = client.get(f"/trail/?{question}")
    assert response.status_code == 200
    assert "attachment" in response["Content-Disposition"]
    return b"".join(response.streaming_content).decode()


def test_export_is_what_is_shown_and_an_event(client: Client, event: Event, carol: User) -> None:
    record(Verb.TRAIL_READ, actor=acting(carol), target="item:1")
    signed_in(client, carol)
    (row,) = csv.DictReader(io.StringIO(export(client, "export=csv&q=item:99").lstrip("\ufeff")))
    assert row["What happened"] == "Sam Ito read item 99 to =1+1 <b>Émile</b>, about x."
    assert (row["Who"], row["Who (ref)"]) == ("Sam Ito", event.actor)
    assert (row["At (UTC)"], row["Body"]) == ("2026-10-05T12:00:00Z", event.body)
    assert row["Data class of this export"] == "Customer Confidential"
    lines = export(client, "export=jsonl&q=item:99").splitlines()
    assert [json.loads(line) for line in lines] == [
        {
            "id": event.id,
            "stream": "system",
            "sentence": row["What happened"],
            "texts": {"about": "x", "to": "=1+1 <b>Émile</b>"},
            "body": event.body,
        }
    ]
    assert export_events() == [{"format": "csv", "rows": 1}, {"format": "jsonl", "rows": 1}]


def test_export_as_a_spreadsheet_is_an_event(client: Client, event: Event, carol: User) -> None:
    response: Any = signed_in(client, carol).get("/trail/?export=xlsx")
    assert b"".join(response.streaming_content).startswith(b"PK")
    assert export_events() == [{"format": "xlsx", "rows": 1}]
    assert event.id


def export_events() -> list[dict[str, object]]:
    exports = Event.objects.filter(verb=Verb.TRAIL_EXPORTED).order_by("id")
    return [json.loads(event.body)["data"] for event in exports]


def test_checkpoint_is_a_file_to_keep(client: Client, carol: User, actor: Actor) -> None:
    record(Verb.TRAIL_READ, actor=actor, target="item:1", stream="campaign:3")
    mark = sealing.publish_checkpoint("campaign:3")
    signed_in(client, carol)
    assert bytes(mark.root).hex() in page(client, "/trail/checkpoints/?stream=campaign:3")
    response = client.get(f"/trail/checkpoints/{mark.id}/")
    disposition = 'attachment; filename="checkpoint-campaign-3-1.txt"'
    assert response["Content-Disposition"] == disposition
    stated = notes.opened(response.content.decode(), keys.public_keys(), keys.verify)
    assert (stated.size, stated.root) == (1, bytes(mark.root))
