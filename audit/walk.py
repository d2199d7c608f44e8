"""The walk through one stream, from its first place to its last, rebuilding its tree.

What it holds against the events: their leaves, the kept nodes, the texts that were kept apart,
and every claim (audit/claims.py) that was made of a size and a root.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db import connection

import clock
from audit.canonical import commitment
from audit.claims import Claim
from audit.merkle import EMPTY_ROOT, Tree, leaf_hash
from audit.models import Disclosure, Event, Node, Stream
from audit.problems import Kind, Problem
from audit.sealing import NODE_STEP
from audit.trail import moment
from audit.verbs import Verb

BATCH = 2_000
# How far an event's time may lie outside the checkpoints around it: a long act, a skewed clock.
MAY_DIFFER = timedelta(hours=1)


class _Row(NamedTuple):
    place: int
    event_id: int
    hash: bytes
    id: int | None
    stream: str
    at: datetime
    verb: str
    actor: str
    target: str
    channel: str
    request: str
    body: str


_WALK = """
SELECT l.place, l.event_id, l.hash, e.id, e.stream, e.at, e.verb, e.actor, e.target, e.channel,
       e.request, e.body
FROM audit_leaf l LEFT JOIN audit_event e ON e.id = l.event_id
WHERE l.stream = %s AND l.place >= %s ORDER BY l.place LIMIT %s
"""


class Walk:
    """The way through one stream, from its first place to its last."""

    def __init__(self, stream: str, claims: list[Claim], *, times: bool) -> None:
        self.stream = stream
        self.events = 0
        self._claims = claims
        self._reached = 0  # how many of the claims lie behind
        self._misfits: list[Claim] = []
        self._fitting = 0
        self._tree = Tree()
        self._broken = False  # a place is missing: from here on no root can be computed
        self._size = 0
        nodes = Node.objects.filter(stream=stream).values_list("height", "place", "hash")
        self._nodes = {(height, place): bytes(found) for height, place, found in nodes}
        self._bounds = _Bounds([c for c in claims if c.at]) if times else None

    def problems(self) -> Iterator[Problem]:
        self._reach()
        while rows := self._next_rows():
            for row in rows:
                yield from self._step(row)
            yield from self._text_problems(rows)
        yield from self._end_problems()

    def _next_rows(self) -> list[_Row]:
        """By place and a batch at a time: one query over all would sort all bodies first."""
        with connection.cursor() as cursor:
            cursor.execute(_WALK, [self.stream, self._size, BATCH])
            return [_Row(*row) for row in cursor.fetchall()]

    def _step(self, row: _Row) -> Iterator[Problem]:
        if row.place != self._size:
            yield self._problem(
                Kind.DELETED, f"The places {self._size} to {row.place - 1} are missing.", self._size
            )
            self._broken = True
        self._size = row.place + 1
        self.events += 1
        yield from self._row_problems(row)
        if not self._broken:
            yield from self._node_problems(self._tree.append(bytes(row.hash)), row.place)
        self._reach()

    def _row_problems(self, row: _Row) -> Iterator[Problem]:
        if row.id is None:
            yield self._problem(Kind.DELETED, "The event was deleted.", row.place, row.event_id)
        elif leaf_hash(row.body.encode()) != bytes(row.hash):
            yield self._problem(Kind.CHANGED, "The event was changed.", row.place, row.id)
        elif not _columns_fit(row, self.stream):
            said = "The columns of the event say something else than what was hashed."
            yield self._problem(Kind.CHANGED, said, row.place, row.id)
        elif self._bounds and not self._bounds.hold(row.place, row.at):
            said = f"The event says {moment(row.at)}, but the checkpoints around it say otherwise."
            yield self._problem(Kind.MISDATED, said, row.place, row.id)

    def _node_problems(self, ended: list[bytes], place: int) -> Iterator[Problem]:
        for height in range(NODE_STEP, len(ended), NODE_STEP):
            kept = self._nodes.pop((height, place >> height), None)
            if kept != ended[height]:
                first = place + 1 - (1 << height)
                said = f"The places {first} to {place} do not fit the root that was kept of them."
                yield self._problem(Kind.REORDERED, said, first)

    def _text_problems(self, rows: list[_Row]) -> Iterator[Problem]:
        committed = {row.id: _committed(row.body) for row in rows if row.id is not None}
        kept = defaultdict[int, dict[str, Disclosure]](dict)
        for text in Disclosure.objects.filter(event_id__in=list(committed)):
            kept[text.event_id][text.name] = text
        erased = _erased([text for texts in kept.values() for text in texts.values()])
        for row in rows:
            if row.id is not None:
                for kind, said in _text_faults(committed[row.id], kept[row.id], erased):
                    yield self._problem(kind, said, row.place, row.id)

    def _reach(self) -> None:
        """Hold the tree as it stands against the claims of its size."""
        root = b"" if self._broken else None
        while self._reached < len(self._claims):
            claim = self._claims[self._reached]
            if claim.size > self._size:
                return
            self._reached += 1
            root = self._tree.root() if root is None else root
            if claim.root == root and claim.size == self._size:
                self._fitting = claim.size
            else:
                self._misfits.append(claim)

    def _end_problems(self) -> Iterator[Problem]:
        yield from self._misfit_problems()
        for claim in self._claims[self._reached :]:
            said = f"Only {self._size} events are left, but {claim} is signed."
            yield self._problem(Kind.CUT, said, self._size)
        for height, place in self._nodes if not self._broken else ():
            said = f"A root is kept of places that are not there (height {height}, {place})."
            yield self._problem(Kind.CUT, said, place << height)
        yield from self._stream_problems()

    def _misfit_problems(self) -> Iterator[Problem]:
        if not self._misfits:
            return
        first = min(claim.size for claim in self._misfits)
        said = (
            f"{len(self._misfits)} checkpoint(s) do not fit the events, from {self._misfits[0]} on:"
            f" events at the places {self._fitting} to {first - 1} were changed, inserted, removed"
            " or reordered."
        )
        yield self._problem(Kind.REORDERED, said, self._fitting)
        for claim in self._misfits:
            if claim.kept:
                yield self._problem(Kind.CHANGED, f"The events do not fit {claim}.", self._fitting)

    def _stream_problems(self) -> Iterator[Problem]:
        row = Stream.objects.filter(name=self.stream).first()
        size, root, peaks = (
            (row.size, bytes(row.root), bytes(row.peaks)) if row else (0, EMPTY_ROOT, b"")
        )
        if size > self._size:
            said = f"The stream had {size} events and has {self._size}: its end was cut off."
            yield self._problem(Kind.CUT, said, self._size)
        elif size < self._size:
            said = f"The stream had {size} events and has {self._size}: some were added by hand."
            yield self._problem(Kind.INSERTED, said, size)
        elif not self._broken and (root, peaks) != (self._tree.root(), self._tree.peaks):
            said = "The events do not fit the root of the stream."
            yield self._problem(Kind.REORDERED, said, self._fitting)

    def _problem(
        self, kind: Kind, said: str, place: int | None = None, event: int | None = None
    ) -> Problem:
        return Problem(kind, said, self.stream, place, event)


class _Bounds:
    """Between which times an event must lie: those of the checkpoints before and after it."""

    def __init__(self, claims: list[Claim]) -> None:
        self._claims = claims
        self._next = 0
        self._after = datetime.min.replace(tzinfo=UTC)

    def hold(self, place: int, at: datetime) -> bool:
        while self._next < len(self._claims) and self._claims[self._next].size <= place:
            self._after = max(self._after, self._claims[self._next].at or self._after)
            self._next += 1
        if at + MAY_DIFFER < self._after:
            return False
        before = self._claims[self._next].at if self._next < len(self._claims) else clock.now()
        return before is None or at - MAY_DIFFER <= before


def _columns_fit(row: _Row, stream: str) -> bool:
    try:
        body = json.loads(row.body)
        hashed = tuple(body[name] for name in ("stream", "at", "verb", "actor", "target"))
        hashed += (body["channel"], body["request"])
    except (ValueError, LookupError, TypeError):
        return False
    said = (row.stream, moment(row.at), row.verb, row.actor, row.target, row.channel, row.request)
    return hashed == said and row.stream == stream


def _committed(body: str) -> dict[str, str]:
    """The texts that an event commits to; a body that is none is reported as changed."""
    try:
        return dict(json.loads(body)["private"])
    except (ValueError, LookupError, TypeError):
        return {}


def _erased(texts: list[Disclosure]) -> set[str]:
    """The events, as targets, whose texts were erased by an act that is itself an event."""
    targets = [f"event:{text.event_id}" for text in texts if text.text is None]
    erasures = Event.objects.filter(verb=Verb.TRAIL_ERASED, target__in=targets)
    return set(erasures.values_list("target", flat=True)) if targets else set()


def _text_faults(
    committed: dict[str, str], kept: dict[str, Disclosure], erased: set[str]
) -> Iterator[tuple[Kind, str]]:
    for name in committed.keys() - kept.keys():
        yield Kind.DELETED, f"The text {name!r} of the event was deleted, not erased."
    for name, text in kept.items():
        if name not in committed:
            yield Kind.INSERTED, f"The event knows of no text {name!r}."
        elif text.text is None or text.salt is None:
            if f"event:{text.event_id}" not in erased:
                yield Kind.DELETED, f"The text {name!r} was erased, and no event says so."
        elif commitment(bytes(text.salt), text.text) != committed[name]:
            yield Kind.CHANGED, f"The text {name!r} of the event was changed."
