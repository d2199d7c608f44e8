"""The sealer: gives each event its place, grows the trees, signs checkpoints.

It works under one advisory lock and in transactions of its own, never inside an act: an act
that rolled back after it would fork what has been signed. Any process may call it; two at once
take turns.
"""

from collections import defaultdict
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, OuterRef, Q, Subquery

import clock
from audit import keys
from audit.actors import Actor, Channel
from audit.merkle import Tree
from audit.models import Checkpoint, Event, Stream
from audit.notes import Statement, fingerprint, signed_note
from audit.trail import SYSTEM, moment, record
from audit.verbs import Verb

SEALER = Actor.system("sealer", Channel.JOB)
CHECKPOINT_EVERY = timedelta(hours=1)
CHUNK = 10_000
NODE_STEP = 8
# Any number will do, so long as nobody else locks it.
_LOCK = 0x7365616C


def seal() -> int:
    """Give every event that is committed by now its place; how many there were comes back.

    Raises RuntimeError inside a transaction. Call it before and after sign-off, close and
    export, so that what they rest on, and what they did, is sealed.
    """
    rows = _seal_chunk(after=-1)
    sealed = len(rows)
    while len(rows) == CHUNK:
        rows = _seal_chunk(after=rows[-1][0])
        sealed += len(rows)
    return sealed


def publish_checkpoint(stream: str = SYSTEM) -> Checkpoint:
    """Seal, then sign the size and the root of ``stream``.

    The checkpoint of a campaign is itself an event of the system stream. Raises RuntimeError
    inside a transaction.
    """
    seal()
    with transaction.atomic(durable=True):
        _lock()
        tree = _tree(stream)
        key = keys.signing_key()
        public, at = keys.public_of(key), clock.now()
        origin = keys.origin(stream, keys.public_keys()[0])
        note = signed_note(Statement(origin, tree.size, tree.root(), moment(at)), public, key.sign)
        checkpoint = Checkpoint.objects.create(
            stream=stream, size=tree.size, root=tree.root(), note=note, at=at
        )
        _introduce(public)
        if stream != SYSTEM:
            _note_in_system(checkpoint)
    return checkpoint


def tick() -> None:
    """What the relay calls every second: seal all streams, and sign those that are due."""
    seal()
    for stream in _due():
        publish_checkpoint(stream)


def _due() -> list[str]:
    """Campaigns that grew and were not signed for an hour; then the system, grown or not."""
    latest = Checkpoint.objects.filter(stream=OuterRef("name")).order_by("-id")
    before = clock.now() - CHECKPOINT_EVERY
    campaigns = (
        Stream.objects.exclude(name=SYSTEM)
        .annotate(signed=Subquery(latest.values("size")[:1]), at=Subquery(latest.values("at")[:1]))
        .filter(Q(signed=None) | Q(size__gt=F("signed"), at__lte=before))
    )
    due = [stream.name for stream in campaigns]
    last = Checkpoint.objects.filter(stream=SYSTEM).order_by("-id").first()
    return due if last and last.at > before else [*due, SYSTEM]


def _note_in_system(checkpoint: Checkpoint) -> None:
    record(
        Verb.TRAIL_CHECKPOINTED,
        actor=SEALER,
        target=checkpoint.stream,
        data={"size": checkpoint.size, "root": bytes(checkpoint.root).hex()},
    )


def _introduce(public: bytes) -> None:
    """The first signature of a key is an event, so that nobody slips one in unseen."""
    target = f"key:{fingerprint(public)}"
    if not Event.objects.filter(target=target, verb=Verb.TRAIL_KEY_INTRODUCED).exists():
        record(
            Verb.TRAIL_KEY_INTRODUCED, actor=SEALER, target=target, data={"public": public.hex()}
        )


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _tree(stream: str) -> Tree:
    row = Stream.objects.filter(name=stream).first()
    return Tree(row.size, bytes(row.peaks)) if row else Tree()


# By index whatever the statistics say: they were taken when the table of those who wait was
# empty, or were never taken, and a plan for no rows reads all of them for each chunk.
_BY_INDEX = (
    "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off;"
    " SET LOCAL enable_mergejoin = off; SET LOCAL enable_sort = off"
)
_TAKE = """
SELECT e.id, e.stream, sha256('\\x00'::bytea || convert_to(e.body, 'UTF8'))
FROM audit_pending p JOIN audit_event e ON e.id = p.event_id
WHERE p.event_id > %s AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.event_id = p.event_id)
ORDER BY p.event_id LIMIT %s
"""
_Taken = tuple[int, str, bytes]


def _seal_chunk(after: int) -> list[_Taken]:
    """Give places to the next events that wait, in the order of their ids."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        _lock()
        cursor.execute(_BY_INDEX)
        cursor.execute(_TAKE, [after, CHUNK])
        rows: list[_Taken] = cursor.fetchall()
        by_stream: dict[str, list[tuple[int, bytes]]] = defaultdict(list)
        for event_id, stream, leaf in rows:
            by_stream[stream].append((event_id, leaf))
        for stream, events in by_stream.items():
            _grow(cursor, stream, events)
        ids = [event_id for event_id, _stream, _leaf in rows]
        cursor.execute("DELETE FROM audit_pending WHERE event_id = ANY(%s)", [ids])
    return rows


def _grow(cursor: Any, stream: str, events: list[tuple[int, bytes]]) -> None:
    tree = _tree(stream)
    nodes: list[tuple[str, int, int, bytes]] = []
    with cursor.copy("COPY audit_leaf (stream, place, event_id, hash) FROM STDIN") as copy:
        for event_id, leaf in events:
            place = tree.size
            copy.write_row((stream, place, event_id, leaf))
            ended = tree.append(leaf)
            for height in range(NODE_STEP, len(ended), NODE_STEP):
                nodes.append((stream, height, place >> height, ended[height]))
    with cursor.copy("COPY audit_node (stream, height, place, hash) FROM STDIN") as copy:
        for node in nodes:
            copy.write_row(node)
    Stream.objects.update_or_create(
        name=stream, defaults={"size": tree.size, "root": tree.root(), "peaks": tree.peaks}
    )
