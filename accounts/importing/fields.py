"""The fields that a roster and an export of accounts may have, and what each may hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto


class Kind(Enum):
    """How a cell is understood; TEXT is stored as it is."""

    TEXT = auto()
    WORD = auto()
    DAY = auto()
    MOMENT = auto()


class Part(Enum):
    """What a field describes: a person, an account, a right, or the holding of it."""

    PERSON = auto()
    ACCOUNT = auto()
    ENTITLEMENT = auto()
    GRANT = auto()


@dataclass(frozen=True, slots=True)
class Field:
    """``limit`` is the most characters that fit; 0 is no limit."""

    name: str
    part: Part
    limit: int = 0
    kind: Kind = Kind.TEXT


def _fields(part: Part, *fields: tuple[str, int] | tuple[str, int, Kind]) -> dict[str, Field]:
    return {name: Field(name, part, *rest) for name, *rest in fields}


PERSON_FIELDS: Mapping[str, Field] = _fields(
    Part.PERSON,
    ("employee_id", 200),
    ("name", 300),
    ("mail", 320),
    ("title", 300),
    ("department", 300),
    ("team", 200),
    ("worker_type", 200, Kind.WORD),
    ("status", 200, Kind.WORD),
    ("start", 0, Kind.DAY),
    ("end", 0, Kind.DAY),
    ("manager", 320),
)

ACCOUNT_FIELDS: Mapping[str, Field] = {
    **_fields(
        Part.ACCOUNT,
        ("account_id", 400),
        ("username", 400),
        ("mail", 320),
        ("name", 400),
        ("account_type", 200),
        ("status", 200, Kind.WORD),
        ("created", 0, Kind.MOMENT),
        ("last_used", 0, Kind.MOMENT),
        ("last_interactive", 0, Kind.MOMENT),
        ("mfa", 0, Kind.WORD),
        ("secret_changed", 0, Kind.MOMENT),
        ("employee_id", 200),
        ("owner", 320),
        ("sponsor", 320),
        ("purpose", 0),
        ("expires", 0, Kind.DAY),
    ),
    **_fields(
        Part.ENTITLEMENT,
        ("entitlement", 400),
        ("entitlement_description", 0),
        ("privileged", 0, Kind.WORD),
    ),
    **_fields(
        Part.GRANT,
        ("granted", 0, Kind.MOMENT),
        ("granted_by", 320),
        ("request_reference", 200),
    ),
}


def quoted(name: str) -> str:
    """A field as a column of a staging table; some of the names are words of SQL."""
    return f'"{name}"'
