"""Checkpoints as they leave us: C2SP tlog-checkpoint in a signed note (Ed25519).

Standard library only: the stand-alone verifier of an evidence package carries this file.
The text is origin, size and base64 root, a line each, then one extension line with the time.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

ED25519 = b"\x01"
DASH = "\u2014"
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_TIME = re.compile(r"at ([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z)")

Sign = Callable[[bytes], bytes]
Verify = Callable[[bytes, bytes, bytes], bool]


class BadNote(Exception):
    """A note that says nothing: it is malformed, or not signed by a key that we know."""


class Statement(NamedTuple):
    """What a checkpoint states. ``at`` is UTC, with microseconds and Z."""

    origin: str
    size: int
    root: bytes
    at: str


def fingerprint(public: bytes) -> str:
    return hashlib.sha256(public).hexdigest()


def signed_note(statement: Statement, public: bytes, sign: Sign) -> str:
    root = base64.b64encode(statement.root).decode()
    text = f"{statement.origin}\n{statement.size}\n{root}\nat {statement.at}\n"
    signature = base64.b64encode(_key_id(statement.origin, public) + sign(text.encode()))
    return f"{text}\n{DASH} {statement.origin} {signature.decode()}\n"


def opened(note: str, publics: Iterable[bytes], verify: Verify) -> Statement:
    """What ``note`` states, if one of the keys ``publics`` signed it. Raises BadNote."""
    text, gap, lines = note.rpartition("\n\n")
    if not gap or not lines.endswith("\n"):
        raise BadNote("This is not a signed note: text, an empty line, signatures.")
    statement = _statement(f"{text}\n")
    keys = {_key_id(statement.origin, public): public for public in publics}
    signatures = [_signature(line, statement.origin) for line in lines[:-1].split("\n")]
    known = [(keys[key], signature) for key, signature in signatures if key in keys]
    if not known:
        raise BadNote("None of the known keys signed this note.")
    if not all(verify(key, f"{text}\n".encode(), signature) for key, signature in known):
        raise BadNote("The signature does not fit the text.")
    return statement


def _key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


def _statement(text: str) -> Statement:
    lines = text.split("\n")
    if len(lines) != 5:
        raise BadNote("A checkpoint has four lines: origin, size, root and time.")
    origin, size, root, time, _end = lines
    stated = _TIME.fullmatch(time)
    if not origin or " " in origin or "+" in origin or not _SIZE.fullmatch(size) or not stated:
        raise BadNote("The origin, the size or the time of this checkpoint is malformed.")
    return Statement(origin, int(size), _decoded(root, 32), stated[1])


def _signature(line: str, origin: str) -> tuple[bytes, bytes]:
    """The id of the key and the signature; those of another name have an id of no key."""
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    if dash != DASH or not name or not encoded:
        raise BadNote("A line under this note is not a signature.")
    decoded = _decoded(encoded)
    return (decoded[:4], decoded[4:]) if name == origin else (b"", b"")


def _decoded(text: str, length: int | None = None) -> bytes:
    try:
        decoded = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadNote("A part of this note is not base64.") from None
    if base64.b64encode(decoded).decode() != text or length not in {None, len(decoded)}:
        raise BadNote("A part of this note has the wrong length or form.")
    return decoded
