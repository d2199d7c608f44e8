"""What can be asked of the trail: its events in order, its checkpoints, and proofs.

A proof reads the kept nodes, so it costs a few queries however long its stream is.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from django.db import connection
from django.db.models import QuerySet

from audit import merkle
from audit.models import Checkpoint, Event, Leaf, Node
from audit.sealing import NODE_STEP

BATCH = 2_000
_SPAN = 1 << NODE_STEP


class SealedEvent(NamedTuple):
    """An event at its place; ``body`` is the text exactly as hashed, ``hash`` that of its leaf."""

    place: int
    event_id: int
    body: str
    hash: bytes


class Text(NamedTuple):
    """A personal text beside the event that commits to it; None where it was erased."""

    event_id: int
    name: str
    salt: bytes | None
    text: str | None


class Proof(NamedTuple):
    """That an event is in its stream, under the root of a signed checkpoint."""

    place: int
    hash: bytes
    checkpoint: Checkpoint
    path: list[bytes]

    @property
    def holds(self) -> bool:
        size, root = self.checkpoint.size, bytes(self.checkpoint.root)
        return merkle.inclusion_holds(self.hash, self.place, size, root, self.path)


_SEALED = """
SELECT l.place, l.event_id, e.body, l.hash
FROM audit_leaf l JOIN audit_event e ON e.id = l.event_id
WHERE l.stream = %s AND l.place >= %s AND l.place < %s ORDER BY l.place
"""
_TEXTS = """
SELECT d.event_id, d.name, d.salt, d.text
FROM audit_leaf l JOIN audit_disclosure d ON d.event_id = l.event_id
WHERE l.stream = %s AND l.place >= %s AND l.place < %s ORDER BY l.place, d.name
"""


def sealed_events(stream: str, size: int) -> Iterator[SealedEvent]:
    """The first ``size`` events of a stream in the order of their places, in flat memory."""
    for start in range(0, size, BATCH):
        with connection.cursor() as cursor:
            cursor.execute(_SEALED, [stream, start, min(start + BATCH, size)])
            rows = cursor.fetchall()
        yield from (SealedEvent(*row) for row in rows)


def texts_of(stream: str, size: int) -> Iterator[Text]:
    """The texts that the first ``size`` events commit to, in the order of the events' places."""
    for start in range(0, size, BATCH):
        with connection.cursor() as cursor:
            cursor.execute(_TEXTS, [stream, start, min(start + BATCH, size)])
            rows = cursor.fetchall()
        yield from (Text(*row) for row in rows)


def checkpoints_of(stream: str) -> QuerySet[Checkpoint]:
    """The checkpoints of a stream, oldest first."""
    return Checkpoint.objects.filter(stream=stream).order_by("id")


def latest_checkpoint(stream: str) -> Checkpoint | None:
    return checkpoints_of(stream).last()


def inclusion_proof(stream: str, place: int, size: int) -> list[bytes]:
    """That the event at ``place`` is among the first ``size``. Raises LookupError."""
    return merkle.inclusion_proof(place, size, subtree_of(stream))


def consistency_proof(stream: str, old_size: int, size: int) -> list[bytes]:
    """That the first ``size`` events begin with the first ``old_size``. Raises LookupError."""
    return merkle.consistency_proof(old_size, size, subtree_of(stream))


def subtree_of(stream: str) -> merkle.Subtree:
    """The full subtrees of a stream, for many proofs in a row: blocks that were read are kept."""

    @lru_cache(maxsize=64)
    def block(height: int, number: int) -> list[bytes]:
        return _block(stream, height, number)

    def subtree(height: int, place: int) -> bytes:
        above = height % NODE_STEP
        first = place << above
        hashes = block(height - above, first >> NODE_STEP)
        start = first % _SPAN
        return _fold(hashes[start : start + (1 << above)], 1 << above)

    return subtree


def proof_of(leaf: Leaf) -> Proof | None:
    """The proof under the latest checkpoint that covers the leaf, if one does already."""
    checkpoint = latest_checkpoint(leaf.stream)
    if checkpoint is None or checkpoint.size <= leaf.place:
        return None
    path = inclusion_proof(leaf.stream, leaf.place, checkpoint.size)
    return Proof(leaf.place, bytes(leaf.hash), checkpoint, path)


def history_of(target: str) -> QuerySet[Event]:
    """What happened to a target, newest first."""
    return Event.objects.filter(target=target).order_by("-id")


def _block(stream: str, height: int, number: int) -> list[bytes]:
    """Up to 256 neighbours of one height, of the leaves or of the kept nodes."""
    found = (
        Node.objects.filter(stream=stream, height=height)
        if height
        else Leaf.objects.filter(stream=stream)
    )
    first = number * _SPAN
    places = found.filter(place__gte=first, place__lt=first + _SPAN).order_by("place")
    return [bytes(row) for row in places.values_list("hash", flat=True)]


def _fold(hashes: list[bytes], count: int) -> bytes:
    if len(hashes) != count:
        raise LookupError("Leaves or nodes of this stream are missing: verify the trail.")
    while len(hashes) > 1:
        hashes = [merkle.node_hash(hashes[i], hashes[i + 1]) for i in range(0, len(hashes), 2)]
    return hashes[0]
