"""Writing events: no record, no act; what is hashed is canonical and names nobody."""

import hashlib
import json
from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

import clock
from audit import trail
from audit.actors import Actor, Channel
from audit.canonical import JSON, canonical
from audit.models import Disclosure, Event, Pending
from audit.trail import EventRow, Unrecordable, record, record_many
from audit.verbs import Verb

MORNING = datetime(2026, 10, 5, 8, 0, tzinfo=UTC)


@pytest.mark.django_db
def test_record_writes_the_canonical_body_and_its_columns(actor: Actor) -> None:
    with clock.set_to(MORNING):
        event = record(
            Verb.TRAIL_READ,
            actor=actor,
            target="item:99",
            data={"count": 3, "outcome": "certify", "late": False, "parts": [1, None]},
            stream="campaign:4",
        )
    event.refresh_from_db()
    body = json.loads(event.body)
    nonce = body.pop("nonce")
    assert len(bytes.fromhex(nonce)) == 16
    assert body == {
        "actor": "user:17",
        "at": "2026-10-05T08:00:00.000000Z",
        "channel": "page",
        "data": {"count": 3, "late": False, "outcome": "certify", "parts": [1, None]},
        "named_by": "",
        "private": {},
        "request": "r-1",
        "stream": "campaign:4",
        "target": "item:99",
        "v": 1,
        "verb": "trail.read",
    }
    assert event.body == canonical({**body, "nonce": nonce})
    columns = (event.stream, event.at, event.verb, event.actor, event.target)
    assert columns == ("campaign:4", MORNING, "trail.read", "user:17", "item:99")
    assert (event.channel, event.request) == ("page", "r-1")
    assert list(Pending.objects.values_list("event_id", flat=True)) == [event.id]


@pytest.mark.django_db
def test_record_keeps_private_texts_apart_and_commits_to_them(actor: Actor) -> None:
    text = 'Émile left\ton Monday \\ "his" wish\n'
    event = record(Verb.TRAIL_READ, actor=actor, target="item:1", private={"reason": text})
    kept = Disclosure.objects.get(event_id=event.id)
    assert (kept.name, kept.text) == ("reason", text)
    assert kept.salt is not None
    digest = hashlib.sha256(bytes(kept.salt) + text.encode()).hexdigest()
    assert json.loads(event.body)["private"] == {"reason": digest}
    assert "mile" not in event.body


@pytest.mark.django_db
def test_record_many_writes_what_record_writes(actor: Actor) -> None:
    texts = ['tab\t line\n back\\slash "quote" é \\N', ""]
    rows = [
        EventRow(f"item:{i}", {"path": "a/b", "n": i}, {"reason": text, "other": "x"})
        for i, text in enumerate(texts)
    ]
    with clock.set_to(MORNING):
        assert record_many(Verb.TRAIL_READ, actor=actor, stream="campaign:4", rows=rows) == 2
        for row in rows:
            record(
                Verb.TRAIL_READ,
                actor=actor,
                target=row.target,
                data=row.data,
                private=row.private,
                stream="campaign:4",
            )
    many, single = written()[:2], written()[2:]
    assert many == single
    assert Pending.objects.count() == 4


def written() -> list[object]:
    found: list[object] = []
    for event in Event.objects.order_by("id"):
        body = json.loads(event.body)
        texts = {}
        for kept in Disclosure.objects.filter(event_id=event.id):
            assert kept.salt is not None
            digest = hashlib.sha256(bytes(kept.salt) + (kept.text or "").encode()).hexdigest()
            assert body["private"].pop(kept.name) == digest
            texts[kept.name] = kept.text
        assert event.body == canonical(json.loads(event.body))
        assert body.pop("private") == {}
        body.pop("nonce")
        found.append((body, texts, event.at, event.actor, event.target, event.request))
    return found


@pytest.mark.django_db
def test_record_many_draws_a_nonce_for_each_event(actor: Actor) -> None:
    rows = (EventRow("item:1") for _ in range(trail.CHUNK + 5))
    assert record_many(Verb.TRAIL_READ, actor=actor, rows=rows) == trail.CHUNK + 5
    assert Event.objects.values("body").distinct().count() == trail.CHUNK + 5


@pytest.mark.django_db
def test_record_many_of_nothing_writes_nothing(actor: Actor) -> None:
    assert record_many(Verb.TRAIL_READ, actor=actor, rows=[]) == 0
    assert not Event.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_record_outside_a_transaction_is_refused(actor: Actor) -> None:
    with pytest.raises(Unrecordable, match="none is open"):
        record(Verb.TRAIL_READ, actor=actor, target="item:1")
    with pytest.raises(Unrecordable, match="none is open"):
        record_many(Verb.TRAIL_READ, actor=actor, rows=[EventRow("item:1")])
    assert not Event.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_rollback_takes_the_event_and_its_note(actor: Actor) -> None:
    with transaction.atomic():
        record(Verb.TRAIL_READ, actor=actor, target="item:1", private={"reason": "x"})
        transaction.set_rollback(True)
    assert not Event.objects.exists()
    assert not Pending.objects.exists()
    assert not Disclosure.objects.exists()


@pytest.mark.django_db
def test_record_refuses_an_unregistered_verb(actor: Actor) -> None:
    with pytest.raises(Unrecordable, match=r"add it to audit/verbs\.py"):
        record("trail.forgotten", actor=actor, target="item:1")  # type: ignore[arg-type]  # the fault


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"rate": 0.5}, "a float"),
        ({"large": 2**53 + 1}, "beyond 2\\^53"),
        ({"small": -(2**53) - 1}, "beyond 2\\^53"),
        ({"name": "Alice Example"}, "free texts are private"),
        ({"mail": "alice@example.com"}, "free texts are private"),
        ({"name": "Émile"}, "free texts are private"),
        ({"deep": [{"x": "a b"}]}, "free texts are private"),
        ({"at": MORNING}, "a datetime"),
        ({"deep": {"né": 1}}, "plain ASCII"),
        ({"deep": {1: 1}}, "plain ASCII"),
        ({"Bad key": 1}, "is no name for data"),
    ],
)
def test_record_refuses_data_that_cannot_be_hashed_or_names_people(
    actor: Actor, data: dict[str, JSON], said: str
) -> None:
    with pytest.raises(Unrecordable, match=said):
        record(Verb.TRAIL_READ, actor=actor, target="item:1", data=data)
    with pytest.raises(Unrecordable, match=said):
        record_many(Verb.TRAIL_READ, actor=actor, rows=[EventRow("item:1", data)])
    assert not Event.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["nul\x00", "half \ud800", 7, None])
def test_record_refuses_a_text_that_cannot_be_kept(actor: Actor, text: str) -> None:
    with pytest.raises(Unrecordable, match="reason"):
        record(Verb.TRAIL_READ, actor=actor, target="item:1", private={"reason": text})


@pytest.mark.django_db
@pytest.mark.parametrize("ref", ["", "17", "user:", "user:alice", "alice@example.com", "system:"])
def test_record_refuses_an_actor_who_is_nobody(ref: str) -> None:
    with pytest.raises(Unrecordable, match="nobody who can act"):
        record(Verb.TRAIL_READ, actor=Actor(ref, Channel.PAGE), target="item:1")


@pytest.mark.django_db
@pytest.mark.parametrize("target", ["", "item", "item:", "item:a b", "user:alice@example.com"])
def test_record_refuses_a_target_that_is_not_pseudonymous(actor: Actor, target: str) -> None:
    with pytest.raises(Unrecordable, match="no pseudonymous target"):
        record(Verb.TRAIL_READ, actor=actor, target=target)


@pytest.mark.django_db
@pytest.mark.parametrize("stream", ["", "campaign", "campaign:", "campaign:07", "other"])
def test_record_refuses_a_stream_that_is_none(actor: Actor, stream: str) -> None:
    with pytest.raises(Unrecordable, match="is no stream"):
        record(Verb.TRAIL_READ, actor=actor, target="item:1", stream=stream)


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["event", "leaf", "node", "checkpoint"])
@pytest.mark.parametrize("change", ["UPDATE {} SET stream = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
def test_database_refuses_to_change_the_trail(table: str, change: str) -> None:
    with (
        pytest.raises(DatabaseError, match="The trail is append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change.format(f"audit_{table}"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_disclosure SET text = 'other'",
        "UPDATE audit_disclosure SET salt = NULL, text = NULL, name = 'other'",
        "UPDATE audit_disclosure SET text = NULL",
        "DELETE FROM audit_disclosure",
        "TRUNCATE audit_disclosure",
    ],
)
def test_database_refuses_to_change_a_disclosure(actor: Actor, change: str) -> None:
    record(Verb.TRAIL_READ, actor=actor, target="item:1", private={"reason": "x"})
    with (
        pytest.raises(DatabaseError, match="The trail is append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)


words = st.text(alphabet="abcXYZ019_.:+/=,-", max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | words,
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(words, parts, max_size=3),
    max_leaves=8,
)


@pytest.mark.django_db
@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["a", "b_2", "z"]), values), st.text(max_size=5))
def test_body_written_around_shared_parts_is_canonical(
    data: dict[str, JSON], named_by: str
) -> None:
    actor = Actor.user(17, Channel.COMMAND, named_by=named_by)
    act = trail._act(Verb.TRAIL_READ, actor, "system")
    body, _ = trail._body(act, EventRow("item:1", data, {"why": "x"}), trail._random(2))
    assert body == canonical(json.loads(body))
    assert json.loads(body)["data"] == json.loads(json.dumps(data))
