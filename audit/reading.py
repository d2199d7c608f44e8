"""Events as people read them: the sentence, the names, and the texts that were not erased."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from audit.models import Disclosure, Event
from audit.names import names_of, shown
from audit.verbs import Verb

ERASED = "(erased)"
UNREADABLE = "This event cannot be read: verify the trail."
SENTENCES = {verb.value: verb.sentence for verb in Verb}
BATCH = 1_000


@dataclass(frozen=True)
class Reading:
    """An event with its sentence; ``texts`` holds None for one that was erased."""

    event: Event
    sentence: str
    actor: str
    target: str
    data: Mapping[str, Any]
    texts: Mapping[str, str | None]


def read(events: Sequence[Event]) -> list[Reading]:
    """These events as people read them; so many queries whatever their number."""
    bodies = {event.id: _body(event) for event in events}
    texts: dict[int, dict[str, str | None]] = {event.id: {} for event in events}
    for kept in Disclosure.objects.filter(event_id__in=list(texts)).order_by("event_id", "name"):
        texts[kept.event_id][kept.name] = kept.text
    names = names_of(_refs(events, bodies.values()))
    return [_read(event, bodies[event.id], texts[event.id], names) for event in events]


def read_all(events: Iterable[Event]) -> Iterator[Reading]:
    """As ``read``, for any number of events in flat memory."""
    iterator = iter(events)
    while batch := list(islice(iterator, BATCH)):
        yield from read(batch)


def _body(event: Event) -> dict[str, Any]:
    """What was hashed; nothing where somebody put something else in its place."""
    try:
        body = json.loads(event.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) and isinstance(body.get("data"), dict) else {}


def _refs(events: Iterable[Event], bodies: Iterable[dict[str, Any]]) -> Iterator[str]:
    for event in events:
        yield from (event.actor, event.target)
    for body in bodies:
        yield from (value for value in body.get("data", {}).values() if isinstance(value, str))


def _read(
    event: Event, body: dict[str, Any], texts: dict[str, str | None], names: dict[str, str]
) -> Reading:
    data = body.get("data", {})
    actor, target = shown(event.actor, names), shown(event.target, names)
    parts = _Parts({name: _words(value, names) for name, value in data.items()})
    parts |= {name: ERASED if text is None else text for name, text in texts.items()}
    parts |= {"actor": actor, "target": target}
    sentence = _sentence(event.verb, parts) if body else UNREADABLE
    return Reading(event, sentence, actor, target, data, texts)


class _Parts(dict[str, str]):
    """The parts of a sentence; one that this event has not is left out."""

    def __missing__(self, name: str) -> str:
        return ""


def _sentence(verb: str, parts: _Parts) -> str:
    said = SENTENCES.get(verb) or "{actor}: {target}, an act that this version does not know."
    return " ".join(said.format_map(parts).split())


def _words(value: object, names: dict[str, str]) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(_words(part, names) for part in value)
        case dict():
            return ", ".join(f"{name} {_words(part, names)}" for name, part in value.items())
        case str():
            return names.get(value, value.replace("_", " "))
        case _:
            return str(value)
