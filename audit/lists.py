"""The two lists of the explorer: events and checkpoints, newest first, filtered by the address."""

import re
from dataclasses import dataclass

from django.db.models import Q

from audit.models import Leaf, Stream
from audit.reading import Reading
from audit.verbs import Verb
from listing.columns import Column
from listing.filters import Asked, Choice, Dates, Search
from listing.lists import List

_DIGEST = re.compile(r"[0-9a-f]{64}")
LARGEST_ID = 2**63 - 1


@dataclass(frozen=True)
class Exactly(Search):
    """One word that a column is equal to, so that an index finds it among millions."""

    @property
    def kind(self) -> str:
        return "search"

    def read_text(self, typed: str) -> Asked:
        if "\0" in typed:
            return Asked(wrong=f"{self.label}: this cannot be looked for; it was left out.")
        return Asked({self.name: typed}, self.condition(typed), f"{self.label}: {typed}")

    def condition(self, typed: str) -> Q:
        return Q((self.name, typed))


@dataclass(frozen=True)
class Anything(Exactly):
    """The number of an event, the hash of its leaf, who did it, what it was done to, or how."""

    def condition(self, typed: str) -> Q:
        if typed.isascii() and typed.isdecimal():
            return Q(id=min(int(typed), LARGEST_ID))
        if _DIGEST.fullmatch(typed):
            leaves = Leaf.objects.filter(hash=bytes.fromhex(typed))
            return Q(id__in=leaves.values("event_id"))
        if ":" in typed:
            return Q(target=typed) | Q(actor=typed)
        return Q(verb=typed) if "." in typed else Q(request=typed)


def streams() -> list[tuple[str, str]]:
    """The streams there are, to choose from."""
    return [
        (name, name.replace(":", " "))
        for name in Stream.objects.order_by("name").values_list("name", flat=True)
    ]


def _verbs() -> list[tuple[str, str]]:
    return sorted((verb.value, verb.value) for verb in Verb)


def event_list() -> List:
    return List(
        columns=(
            Column("at", "When"),
            Column("sentence", "What happened"),
            Column("verb", "Act"),
            Column("stream", "Stream"),
            Column("id", "Event", number=True),
        ),
        order=("-id",),
        filters=(
            Anything("q", "Search", help="item:99, user:4, an event's number or hash"),
            Choice("stream", "Stream", choices=streams()),
            Choice("verb", "Act", choices=_verbs()),
            Exactly("actor", "Who", help="user:4"),
            Exactly("target", "About", help="item:99"),
            Dates("at", "When", column="at"),
        ),
    )


def _of(name: str) -> Column:
    return Column(name, name.capitalize(), value=f"event.{name}")


# What an export of events holds: the machine's words beside the people's.
EXPORTED = (
    _of("id"),
    Column("at", "At (UTC)", value="event.at"),
    _of("stream"),
    _of("verb"),
    Column("sentence", "What happened"),
    Column("actor", "Who"),
    Column("actor_ref", "Who (ref)", value="event.actor"),
    Column("target", "About"),
    Column("target_ref", "About (ref)", value="event.target"),
    _of("channel"),
    _of("request"),
    _of("body"),
)


def json_line(reading: Reading) -> dict[str, object]:
    """An event as a line of JSON; the hash of ``body`` is what the tree holds."""
    return {
        "id": reading.event.id,
        "stream": reading.event.stream,
        "sentence": reading.sentence,
        "texts": dict(reading.texts),
        "body": reading.event.body,
    }


def checkpoint_list() -> List:
    return List(
        columns=(
            Column("at", "Signed"),
            Column("stream", "Stream"),
            Column("size", "Events", number=True),
            Column("root", "Root", value=lambda row: bytes(row.root).hex()),
            Column("note", "Note"),
        ),
        order=("-id",),
        filters=(Choice("stream", "Stream", choices=streams()), Dates("at", "Signed", column="at")),
    )
