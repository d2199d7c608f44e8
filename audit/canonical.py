"""The bytes of an event: canonical JSON, and commitments to texts that are kept apart.

Standard library only: the stand-alone verifier of an evidence package carries this file.
The subset of RFC 8785 that the trail allows (ASCII keys, no floats, integers within 2^53) is
what makes sorted, compact ``json`` output equal to it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

JSON: TypeAlias = "bool | int | str | Sequence[JSON] | Mapping[str, JSON] | None"

_encode = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
).encode


def canonical(value: JSON) -> str:
    """``value`` as canonical JSON text; its UTF-8 bytes are what is hashed."""
    return _encode(value)


def commitment(salt: bytes, text: str) -> str:
    """What an event says of a text that it does not hold: hex SHA-256 of salt and text."""
    return hashlib.sha256(salt + text.encode()).hexdigest()
