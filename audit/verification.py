"""Checking the whole trail: every edit, deletion, insertion, reordering and cut is reported.

It reads one snapshot of the database as a stream: each tree event by event (audit/walk.py), and
what lies outside the trees.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

import clock
from audit.actors import Actor
from audit.canonical import JSON
from audit.claims import collect
from audit.models import Checkpoint, Event, Leaf, Stream
from audit.problems import OPEN_KINDS, Kind, Outcome, Problem
from audit.trail import SYSTEM, moment, record
from audit.verbs import Verb
from audit.walk import Walk

BATCH = 2_000
# An event waits a second for its place; after so long somebody must look.
MAY_WAIT = timedelta(minutes=10)
GUARDS = {
    ("audit_event", "append_only"),
    ("audit_event", "note_pending"),
    ("audit_leaf", "append_only"),
    ("audit_node", "append_only"),
    ("audit_checkpoint", "append_only"),
    ("audit_disclosure", "append_only"),
    ("audit_disclosure", "erasure_only"),
}


class Verification:
    """One check of everything. Exhaust ``problems``; then ``outcome`` and the counts stand.

    ``kept`` maps names to the notes of checkpoints that were kept elsewhere.
    """

    def __init__(self, kept: Mapping[str, str], *, times: bool | None = None) -> None:
        self.kept = kept
        # Where the clock may be set, times prove nothing.
        self.times = not settings.CLOCK_MAY_BE_SET if times is None else times
        self.events = self.streams = self.found = 0
        self._tampered = False

    @property
    def outcome(self) -> Outcome:
        if self._tampered:
            return Outcome.TAMPERED
        return Outcome.CANNOT_TELL if self.found else Outcome.VALID

    def problems(self) -> Iterator[Problem]:
        """Everything that is wrong, as it is found. Raises RuntimeError inside a transaction."""
        for problem in self._problems():
            self.found += 1
            self._tampered |= problem.kind not in OPEN_KINDS
            yield problem

    def keep_result(self, actor: Actor) -> None:
        """Make the check an event: who checked, and what came out."""
        data: dict[str, JSON] = {
            "events": self.events,
            "kept": len(self.kept),
            "problems": self.found,
            "result": self.outcome.replace(" ", "_"),
        }
        with transaction.atomic():
            record(Verb.TRAIL_VERIFIED, actor=actor, target=f"stream:{SYSTEM}", data=data)

    def _problems(self) -> Iterator[Problem]:
        with _snapshot():
            yield from _missing_guards()
            claims = collect(self.kept)
            yield from claims.problems
            names = sorted(_stream_names() | claims.by_stream.keys())
            _plan_by_index(wanted=True)
            for name in names:
                walk = Walk(name, claims.by_stream.get(name, []), times=self.times)
                yield from walk.problems()
                self.events += walk.events
                self.streams += 1
            _plan_by_index(wanted=False)
            yield from _unplaced_events()
            yield from _waiting_events()
            yield from _strange_texts()


@contextmanager
def _snapshot() -> Iterator[None]:
    """One view of all tables, however long the check takes and whoever writes meanwhile."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _plan_by_index(*, wanted: bool) -> None:
    """Whether to go by index whatever the statistics say. The walks read a batch at a time, and
    a plan made for an empty table, before anybody counted its rows, sorts all for each batch."""
    others = "off" if wanted else "on"
    with connection.cursor() as cursor:
        for plan in ("seqscan", "bitmapscan", "sort"):
            cursor.execute(f"SET LOCAL enable_{plan} = {others}")


def _rows(query: str) -> Iterator[list[Any]]:
    """The rows of a query in batches, from a cursor that stays on the server."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(query)
        while rows := cursor.fetchmany(BATCH):
            yield rows


def _stream_names() -> set[str]:
    rooms = (
        Stream.objects.values_list("name"),
        *(
            model.objects.order_by().values_list("stream").distinct()
            for model in (Event, Leaf, Checkpoint)
        ),
    )
    return {name for room in rooms for (name,) in room}


def _missing_guards() -> Iterator[Problem]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgenabled IN ('O', 'A')"
        )
        standing = set(cursor.fetchall())
    for table, guard in sorted(GUARDS - standing):
        said = f"The guard {guard} of the table {table} is missing or switched off."
        yield Problem(Kind.UNGUARDED, said)


_UNPLACED = """
SELECT e.id, e.stream FROM audit_event e
WHERE NOT EXISTS (SELECT FROM audit_leaf l WHERE l.event_id = e.id)
  AND NOT EXISTS (SELECT FROM audit_pending p WHERE p.event_id = e.id)
ORDER BY e.id
"""
_WAITING = """
SELECT p.event_id, e.stream, e.at, l.event_id IS NOT NULL
FROM audit_pending p LEFT JOIN audit_event e ON e.id = p.event_id
    LEFT JOIN audit_leaf l ON l.event_id = p.event_id
ORDER BY p.event_id
"""
_STRANGE_TEXTS = """
SELECT d.event_id, d.name FROM audit_disclosure d
WHERE NOT EXISTS (SELECT FROM audit_event e WHERE e.id = d.event_id)
  AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.event_id = d.event_id)
ORDER BY d.event_id
"""


def _unplaced_events() -> Iterator[Problem]:
    for rows in _rows(_UNPLACED):
        for event_id, stream in rows:
            said = "The event has no place and waits for none: it was put in, or its place taken."
            yield Problem(Kind.INSERTED, said, stream, event=event_id)


def _waiting_events() -> Iterator[Problem]:
    overdue = clock.now() - MAY_WAIT
    for rows in _rows(_WAITING):
        for event_id, stream, at, placed in rows:
            if stream is None:
                said = "The event was deleted before it got its place."
                yield Problem(Kind.DELETED, said, event=event_id)
            elif placed:
                said = "The event has its place, and waits for it again."
                yield Problem(Kind.INSERTED, said, stream, event=event_id)
            elif at < overdue:
                said = f"The event has waited for its place since {moment(at)}: start the relay."
                yield Problem(Kind.WAITING, said, stream, event=event_id)


def _strange_texts() -> Iterator[Problem]:
    for rows in _rows(_STRANGE_TEXTS):
        for event_id, name in rows:
            said = f"The text {name!r} belongs to no event."
            yield Problem(Kind.INSERTED, said, event=event_id)
