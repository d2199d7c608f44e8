"""What was ever stated of a stream's size and root: here, in the system stream, and elsewhere.

A claim is a statement that a tree must still fit. Checkpoints whose signature does not hold
are no claims but problems.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from audit import keys, notes
from audit.models import Checkpoint, Event
from audit.problems import Kind, Problem
from audit.trail import SYSTEM, moment
from audit.verbs import Verb


class Claim(NamedTuple):
    """``at`` is when it was signed; ``kept`` names the file of a checkpoint kept elsewhere."""

    size: int
    root: bytes
    at: datetime | None
    kept: str = ""

    def __str__(self) -> str:
        where = f"checkpoint kept in {self.kept}" if self.kept else "checkpoint"
        return f"the {where} of {self.size} events"


@dataclass
class Claims:
    """The claims on each stream, and what was wrong with those that are none."""

    by_stream: dict[str, list[Claim]]
    problems: list[Problem]


def collect(kept: Mapping[str, str]) -> Claims:
    """Every claim there is; ``kept`` maps names of files to the notes in them."""
    publics = keys.public_keys()
    claims = Claims(defaultdict(list), [])
    told = _told()
    _add_checkpoints(claims, publics, told)
    for stream, size, root in told:
        claims.by_stream[stream].append(Claim(size, root, None))
    for name, note in kept.items():
        _add_kept(claims, publics, name, note)
    for on_stream in claims.by_stream.values():
        on_stream.sort(key=lambda claim: claim.size)
    return claims


def _add_checkpoints(
    claims: Claims, publics: list[bytes], told: Counter[tuple[str, int, bytes]]
) -> None:
    if not publics and Checkpoint.objects.exists():
        said = "The keys that sign checkpoints are missing: put the folder of keys back."
        claims.problems.append(Problem(Kind.UNPROVED, said))
        return
    untold = Counter[tuple[str, int, bytes]]()
    for checkpoint in Checkpoint.objects.order_by("id").iterator():
        stream, size, root = checkpoint.stream, checkpoint.size, bytes(checkpoint.root)
        untold[stream, size, root] += stream != SYSTEM
        said = _fault(checkpoint, publics)
        if said:
            claims.problems.append(Problem(Kind.FORGED, f"{said} ({size} events).", stream))
        else:
            claims.by_stream[stream].append(Claim(size, root, checkpoint.at))
    claims.problems.extend(_differences(untold, told))


def _fault(checkpoint: Checkpoint, publics: list[bytes]) -> str:
    """What is wrong with a checkpoint by itself, as the beginning of a sentence."""
    try:
        stated = notes.opened(checkpoint.note, publics, keys.verify)
    except notes.BadNote:
        return "A checkpoint is not signed by one of our keys"
    here = notes.Statement(
        keys.origin(checkpoint.stream, publics[0]),
        checkpoint.size,
        bytes(checkpoint.root),
        moment(checkpoint.at),
    )
    return "" if here == stated else "A checkpoint says something else than its signed note"


def _told() -> Counter[tuple[str, int, bytes]]:
    """The checkpoints of campaigns, as the system stream tells of them."""
    told = Counter[tuple[str, int, bytes]]()
    events = Event.objects.filter(stream=SYSTEM, verb=Verb.TRAIL_CHECKPOINTED).order_by("id")
    for body in events.values_list("body", flat=True).iterator():
        try:
            event = json.loads(body)
            size, root = event["data"]["size"], bytes.fromhex(event["data"]["root"])
            told[event["target"], int(size), root] += 1
        except (ValueError, LookupError, TypeError):
            continue  # Such an event does not fit its leaf: the walk through the stream says so.
    return told


def _differences(
    untold: Counter[tuple[str, int, bytes]], told: Counter[tuple[str, int, bytes]]
) -> Iterator[Problem]:
    for (stream, size, _root), count in (told - untold).items():
        said = f"{count} checkpoint(s) of {size} events that the system stream tells of are gone."
        yield Problem(Kind.DELETED, said, stream)
    for (stream, size, _root), count in (untold - told).items():
        said = f"{count} checkpoint(s) of {size} events are unknown to the system stream."
        yield Problem(Kind.INSERTED, said, stream)


def _add_kept(claims: Claims, publics: list[bytes], name: str, note: str) -> None:
    try:
        stated = notes.opened(note, publics, keys.verify)
        stream = _stream_of(stated.origin, publics[0])
    except notes.BadNote as error:
        said = f"The checkpoint kept in {name} proves nothing here: {error}"
        claims.problems.append(Problem(Kind.UNPROVED, said))
        return
    at = datetime.fromisoformat(stated.at)
    claims.by_stream[stream].append(Claim(stated.size, stated.root, at, name))


def _stream_of(origin: str, oldest: bytes) -> str:
    stream = origin.split("/", 2)[-1]
    if origin != keys.origin(stream, oldest):
        raise notes.BadNote(f"It is of another installation ({origin}).")
    return stream
