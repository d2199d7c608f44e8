"""The sealer: places without gaps, whoever writes and seals at once; and what it signs."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

import clock
from audit import keys, merkle, notes, sealing
from audit.actors import Actor
from audit.models import Checkpoint, Event, Leaf, Node, Pending, Stream
from audit.trail import EventRow, record, record_many
from audit.verbs import Verb

MORNING = datetime(2026, 10, 5, 8, 0, tzinfo=UTC)


def write(actor: Actor, count: int, stream: str = "system") -> None:
    with transaction.atomic():
        rows = (EventRow(f"item:{i}") for i in range(count))
        record_many(Verb.TRAIL_READ, actor=actor, stream=stream, rows=rows)


@pytest.mark.django_db
def test_seal_gives_each_stream_its_places_and_its_root(actor: Actor) -> None:
    write(actor, 2)
    write(actor, 3, "campaign:1")
    write(actor, 1)
    assert (sealing.seal(), sealing.seal()) == (6, 0)
    assert not Pending.objects.exists()
    for stream, size in (("system", 3), ("campaign:1", 3)):
        leaves = Leaf.objects.filter(stream=stream).order_by("place")
        assert [leaf.place for leaf in leaves] == list(range(size))
        tree = merkle.Tree()
        for event in Event.objects.filter(stream=stream).order_by("id"):
            tree.append(merkle.leaf_hash(event.body.encode()))
        row = Stream.objects.get(name=stream)
        assert (row.size, bytes(row.root), bytes(row.peaks)) == (size, tree.root(), tree.peaks)


@pytest.mark.django_db
def test_seal_goes_on_where_it_stopped_and_keeps_full_subtrees(actor: Actor) -> None:
    for count in (200, 100, 300):
        write(actor, count)
        sealing.seal()
    leaves = [bytes(leaf.hash) for leaf in Leaf.objects.order_by("place")]
    subtree = merkle.subtrees(leaves)
    nodes = [(n.height, n.place, bytes(n.hash)) for n in Node.objects.order_by("place")]
    assert nodes == [(8, 0, subtree(8, 0)), (8, 1, subtree(8, 1))]
    tree = merkle.Tree()
    for leaf in leaves:
        tree.append(leaf)
    assert bytes(Stream.objects.get().root) == tree.root()


@pytest.mark.django_db(transaction=True)
def test_seal_inside_a_transaction_is_refused(actor: Actor) -> None:
    with transaction.atomic():
        record(Verb.TRAIL_READ, actor=actor, target="item:1")
        with pytest.raises(RuntimeError, match="durable"):
            sealing.seal()
        with pytest.raises(RuntimeError, match="durable"):
            sealing.publish_checkpoint()
    assert Pending.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_seal_passes_over_what_is_not_committed_and_takes_it_later(actor: Actor) -> None:
    written, go_on = threading.Event(), threading.Event()

    def slow_writer() -> None:
        with transaction.atomic():
            record(Verb.TRAIL_READ, actor=actor, target="item:1")
            written.set()
            go_on.wait(10)
        connection.close()

    writer = threading.Thread(target=slow_writer)
    writer.start()
    written.wait(10)
    write(actor, 1)
    assert sealing.seal() == 1
    go_on.set()
    writer.join()
    assert sealing.seal() == 1
    first, second = Leaf.objects.order_by("place")
    assert first.event_id > second.event_id


@pytest.mark.django_db(transaction=True)
def test_writers_and_two_sealers_at_once_leave_no_gap(actor: Actor) -> None:
    done = threading.Event()

    def writer(number: int) -> None:
        for turn in range(10):
            write(actor, 1 + turn % 3, f"campaign:{1 + number % 2}")
        connection.close()

    def sealer() -> None:
        while not done.is_set():
            sealing.seal()
        connection.close()

    with ThreadPoolExecutor(8) as pool:
        sealers = [pool.submit(sealer) for _ in range(2)]
        for turn in [pool.submit(writer, number) for number in range(6)]:
            turn.result()
        done.set()
        for turn in sealers:
            turn.result()
    sealing.seal()
    written = Event.objects.count()
    assert written == 6 * (4 * 1 + 3 * 2 + 3 * 3)
    assert Leaf.objects.count() == written
    for stream in Stream.objects.all():
        places = Leaf.objects.filter(stream=stream.name).order_by("place")
        assert [leaf.place for leaf in places] == list(range(stream.size))


@pytest.mark.django_db
def test_checkpoint_states_size_and_root_under_our_key(actor: Actor) -> None:
    write(actor, 3)
    with clock.set_to(MORNING):
        checkpoint = sealing.publish_checkpoint()
    stated = notes.opened(checkpoint.note, keys.public_keys(), keys.verify)
    stream = Stream.objects.get(name="system")
    assert (stated.size, stated.root) == (3, bytes(stream.root))
    assert stated.at == "2026-10-05T08:00:00.000000Z"
    assert stated.origin == keys.origin("system", keys.public_keys()[0])
    assert (checkpoint.size, bytes(checkpoint.root), checkpoint.at) == (3, stated.root, MORNING)


@pytest.mark.django_db
def test_checkpoint_of_a_campaign_is_an_event_of_the_system_stream(actor: Actor) -> None:
    write(actor, 2, "campaign:5")
    checkpoint = sealing.publish_checkpoint("campaign:5")
    event = Event.objects.get(verb=Verb.TRAIL_CHECKPOINTED)
    assert (event.stream, event.target, event.actor) == ("system", "campaign:5", "system:sealer")
    root = bytes(checkpoint.root).hex()
    assert json.loads(event.body)["data"] == {"root": root, "size": 2}


@pytest.mark.django_db
def test_first_signature_of_each_key_is_an_event() -> None:
    for _ in range(2):
        sealing.publish_checkpoint()
    keys.rotate()
    sealing.publish_checkpoint()
    introduced = Event.objects.filter(verb=Verb.TRAIL_KEY_INTRODUCED).order_by("id")
    assert [event.target for event in introduced] == [
        f"key:{notes.fingerprint(public)}" for public in keys.public_keys()
    ]


@pytest.mark.django_db
def test_tick_signs_the_system_every_hour_and_campaigns_that_grew(actor: Actor) -> None:
    write(actor, 1, "campaign:1")
    write(actor, 1, "campaign:2")
    with clock.set_to(MORNING):
        sealing.tick()
        sealing.tick()
        write(actor, 1, "campaign:2")
        sealing.tick()
    assert signed() == [("campaign:1", 1), ("campaign:2", 1), ("system", 3)]
    with clock.set_to(MORNING + timedelta(hours=1)):
        sealing.tick()
    assert signed()[3:] == [("campaign:2", 2), ("system", 4)]
    with clock.set_to(MORNING + timedelta(hours=2)):
        sealing.tick()
    assert signed()[5:] == [("system", 4)]


def signed() -> list[tuple[str, int]]:
    return list(Checkpoint.objects.order_by("id").values_list("stream", "size"))
