"""What verification may find wrong, in words for people and in a form for machines."""

from dataclasses import asdict, dataclass
from enum import StrEnum


class Kind(StrEnum):
    CHANGED = "changed"
    DELETED = "deleted"
    INSERTED = "inserted"
    REORDERED = "reordered"
    CUT = "cut"
    MISDATED = "misdated"
    FORGED = "forged"
    UNGUARDED = "unguarded"
    WAITING = "waiting"
    UNPROVED = "unproved"


# These say that something could not be judged; all others that somebody tampered.
OPEN_KINDS = frozenset({Kind.WAITING, Kind.UNPROVED})


class Outcome(StrEnum):
    VALID = "valid"
    TAMPERED = "tampered"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class Problem:
    kind: Kind
    sentence: str
    stream: str = ""
    place: int | None = None
    event: int | None = None

    def as_data(self) -> dict[str, str | int | None]:
        return asdict(self)
