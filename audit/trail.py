"""The only writers of the trail. No record, no act: they raise, and they never catch.

``record`` writes one event, ``record_many`` the events of a bulk act by COPY, both in the
transaction of the act. Places in the tree are given afterwards (audit/sealing.py), so that
writers never wait for one another.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from types import MappingProxyType
from typing import Any, NamedTuple

from django.db import connection

import clock
from audit.actors import Actor
from audit.canonical import JSON, canonical, commitment
from audit.models import Disclosure, Event
from audit.verbs import Verb

SYSTEM = "system"
VERSION = 1
LARGEST_INTEGER = 2**53
RANDOM_SIZE = 16
CHUNK = 10_000

_STREAM = re.compile(r"system|campaign:[1-9][0-9]*")
_ACTOR = re.compile(r"user:[0-9]+|system:[^\x00-\x1f]{1,120}")
_TARGET = re.compile(r"[a-z_]{1,24}:[A-Za-z0-9_.:-]{1,100}")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,63}")
# Ids, enum words, digests, times and versions fit; a name, a mail or a sentence does not.
_WORD = re.compile(r"[A-Za-z0-9_.:+/=,-]{0,200}")
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Unrecordable(Exception):
    """What was handed in cannot be an event: a fault of the calling code, never of a person."""


class EventRow(NamedTuple):
    """What differs between the events of one bulk act."""

    target: str
    data: Mapping[str, JSON] = _NOTHING
    private: Mapping[str, str] = _NOTHING


def campaign_stream(campaign_id: int) -> str:
    return f"campaign:{campaign_id}"


def record(
    verb: Verb,
    *,
    actor: Actor,
    target: str,
    data: Mapping[str, JSON] = _NOTHING,
    private: Mapping[str, str] = _NOTHING,
    stream: str = SYSTEM,
) -> Event:
    """Write one event in the transaction that does the act.

    ``data`` holds ids, counts, words, digests and times; names, mails and free texts go into
    ``private``, which is kept apart and only committed to. Raises Unrecordable outside a
    transaction, for an unregistered verb and for what cannot be hashed.
    """
    act = _act(verb, actor, stream)
    row = EventRow(target, data, private)
    _check_row(row)
    body, texts = _body(act, row, _random())
    event = Event.objects.create(
        stream=stream,
        at=act.at,
        verb=verb.value,
        actor=actor.ref,
        target=target,
        channel=actor.channel.value,
        request=actor.request,
        body=body,
    )
    Disclosure.objects.bulk_create(
        Disclosure(event_id=event.id, name=name, salt=salt, text=text) for name, salt, text in texts
    )
    return event


def record_many(verb: Verb, *, actor: Actor, stream: str = SYSTEM, rows: Iterable[EventRow]) -> int:
    """Write the events of a bulk act, one a row; how many there were comes back.

    As strict as ``record``. Memory stays flat however many rows there are.
    """
    act = _act(verb, actor, stream)
    iterator, count = iter(rows), 0
    while chunk := list(islice(iterator, CHUNK)):
        _write_chunk(act, chunk)
        count += len(chunk)
    return count


class _Act(NamedTuple):
    """What all events of one act share. Keys of a body are sorted, so it is written around them."""

    verb: Verb
    actor: Actor
    stream: str
    at: datetime
    until_data: str
    until_nonce: str
    until_target: str
    after_target: str


class _Text(NamedTuple):
    name: str
    salt: bytes
    text: str


def moment(at: datetime) -> str:
    """A time as events and checkpoints say it: UTC, microseconds, Z."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _act(verb: Verb, actor: Actor, stream: str) -> _Act:
    if not connection.in_atomic_block:
        raise Unrecordable("An event is written in the transaction of its act, and none is open.")
    if not isinstance(verb, Verb):
        raise Unrecordable(f"{verb!r} is no verb of the trail: add it to audit/verbs.py.")
    if not isinstance(actor, Actor) or not _ACTOR.fullmatch(actor.ref):
        raise Unrecordable(f"{actor!r} is nobody who can act: hand in an Actor.")
    if not _STREAM.fullmatch(stream):
        raise Unrecordable(f"{stream!r} is no stream: it is system or campaign:<id>.")
    at = clock.now()
    start = canonical({"actor": actor.ref, "at": moment(at), "channel": actor.channel.value})
    named_by = canonical({"named_by": actor.named_by})
    middle = canonical({"request": actor.request, "stream": stream})
    end = canonical({"v": VERSION, "verb": verb.value})
    return _Act(
        verb,
        actor,
        stream,
        at,
        until_data=f'{start[:-1]},"data":',
        until_nonce=f',{named_by[1:-1]},"nonce":"',
        until_target=f',{middle[1:-1]},"target":"',
        after_target=f'",{end[1:]}',
    )


def _body(act: _Act, row: EventRow, random: Iterator[bytes]) -> tuple[str, list[_Text]]:
    """The body of an event, and the texts that it commits to; ``row`` has been checked."""
    target, data, private = row
    texts = [_Text(name, next(random), text) for name, text in private.items()]
    commitments = {name: commitment(salt, text) for name, salt, text in texts}
    return (
        f"{act.until_data}{canonical(dict(data))}{act.until_nonce}{next(random).hex()}"
        f'","private":{canonical(commitments)}{act.until_target}{target}{act.after_target}'
    ), texts


def _check_row(row: EventRow) -> None:
    target, data, private = row
    if not _TARGET.fullmatch(target):
        raise Unrecordable(f"{target!r} is no pseudonymous target such as item:99.")
    for name, value in data.items():
        _check(value, _checked_key(name))
    for name, text in private.items():
        _check_text(text, _checked_key(name))


@lru_cache(1024)
def _checked_key(name: str) -> str:
    if not _KEY.fullmatch(name):
        raise Unrecordable(f"{name!r} is no name for data: small letters, digits and _.")
    return name


def _check(value: object, name: str) -> None:
    """Refuse what has no canonical form, and what looks like a text about a person."""
    if isinstance(value, str):
        if not _WORD.fullmatch(value):
            raise Unrecordable(f"{name} is {value!r}: names, mails and free texts are private.")
    elif isinstance(value, int):
        if not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
            raise Unrecordable(f"{name} is {value}, beyond 2^53: hand it in as a string.")
    elif isinstance(value, (list, tuple)):
        for part in value:
            _check(part, name)
    elif isinstance(value, dict):
        for key, part in value.items():
            _check_nested(key, part, name)
    elif value is not None:
        raise Unrecordable(f"{name} is {value!r}, a {type(value).__name__}: it cannot be hashed.")


def _check_nested(key: object, value: object, name: str) -> None:
    if not isinstance(key, str) or not _WORD.fullmatch(key):
        raise Unrecordable(f"{name} has the key {key!r}: keys are plain ASCII words.")
    _check(value, f"{name}.{key}")


def _check_text(text: object, name: str) -> None:
    if not isinstance(text, str):
        raise Unrecordable(f"{name} is {text!r}: a private text is a string.")
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise Unrecordable(f"{name} holds a character that cannot be stored.")


def _random(count: int = CHUNK) -> Iterator[bytes]:
    """Random values of 16 bytes, drawn ``count`` at a time: one call of the system for many."""
    while True:
        drawn = os.urandom(RANDOM_SIZE * count)
        for start in range(0, len(drawn), RANDOM_SIZE):
            yield drawn[start : start + RANDOM_SIZE]


_NEXT_IDS = """
SELECT nextval(pg_get_serial_sequence('audit_event', 'id')) FROM generate_series(1, %s)
"""
_SHARED = "stream, at, verb, channel, actor, request"
_COPY_EVENTS = f"COPY audit_event ({_SHARED}, target, body) FROM STDIN"
_COPY_NUMBERED = f"COPY audit_event ({_SHARED}, id, target, body) FROM STDIN"
_COPY_TEXTS = "COPY audit_disclosure (event_id, name, salt, text) FROM STDIN"
# Lines go out a few at a time: the database writes the first while we make the next.
_LINES = 200


def _write_chunk(act: _Act, rows: list[EventRow]) -> None:
    for row in rows:
        _check_row(row)
    with connection.cursor() as cursor:
        if not any(row.private for row in rows):
            _copy(cursor, _COPY_EVENTS, _event_lines(act, rows, [], []))
            return
        # A text names its event, whose number must be known beforehand.
        cursor.execute(_NEXT_IDS, [len(rows)])
        ids, texts = [event_id for (event_id,) in cursor.fetchall()], list[str]()
        _copy(cursor, _COPY_NUMBERED, _event_lines(act, rows, ids, texts))
        _copy(cursor, _COPY_TEXTS, iter(texts))


def _event_lines(
    act: _Act, rows: list[EventRow], ids: list[int], texts: list[str]
) -> Iterator[str]:
    """The lines of COPY for events, numbered where there are ids; ``texts`` gets their texts."""
    random = _random(len(rows))
    shared = (act.stream, moment(act.at), act.verb.value, act.actor.channel.value)
    head = "\t".join(_field(value) for value in (*shared, act.actor.ref, act.actor.request))
    for place, row in enumerate(rows):
        body, private = _body(act, row, random)
        # JSON holds no bare tab or line end: only its backslashes need doubling.
        body = body.replace("\\", "\\\\")
        number = f"{ids[place]}\t" if ids else ""
        yield f"{head}\t{number}{row.target}\t{body}\n"
        for name, salt, text in private:
            texts.append(f"{ids[place]}\t{name}\t\\\\x{salt.hex()}\t{_field(text)}\n")


def _copy(cursor: Any, statement: str, lines: Iterator[str]) -> None:
    with cursor.copy(statement) as copy:
        while part := "".join(islice(lines, _LINES)):
            copy.write(part)


_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", "\r": r"\r", "\t": r"\t"})


def _field(value: str) -> str:
    """A value as COPY reads it."""
    return value.translate(_ESCAPES)
