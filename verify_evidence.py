#!/usr/bin/env python3
"""Verifies an evidence package of PortX Access: python verify_evidence.py PACKAGE.zip

Needs Python 3.11 and nothing else, and trusts nothing but the key whose fingerprint it prints:
compare that with the one you were given by another way, or hand it in with --key.
Exit status: 0 valid, 1 tampered, 2 cannot tell.

Assembled from the files named below by `make verifier`; edit those, not this.
"""

import argparse
import base64
import binascii
import csv
import hashlib
import io
import json
import re
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

# -------- audit/canonical.py --------
# The bytes of an event: canonical JSON, and commitments to texts that are kept apart.
#
# Standard library only: the stand-alone verifier of an evidence package carries this file.
# The subset of RFC 8785 that the trail allows (ASCII keys, no floats, integers within 2^53) is
# what makes sorted, compact ``json`` output equal to it.



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

# -------- audit/merkle.py --------
# The tree of the trail: RFC 9162 (and 6962) hashes, roots and proofs.
#
# Standard library only: the stand-alone verifier of an evidence package carries this file.
# A full subtree is named by its height and its place: (0, 5) is leaf 5, (8, 1) the root of
# leaves 256 to 511. ``Subtree`` finds the hash of one, wherever the hashes are kept.



EMPTY_ROOT = hashlib.sha256(b"").digest()
HASH_SIZE = 32
Subtree = Callable[[int, int], bytes]


def leaf_hash(body: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A tree that grows: all it keeps are its peaks, the roots of its largest full subtrees."""

    def __init__(self, size: int = 0, peaks: bytes = b"") -> None:
        if len(peaks) != size.bit_count() * HASH_SIZE:
            raise ValueError(f"{len(peaks)} bytes are not the peaks of a tree of {size} leaves.")
        self.size = size
        self._peaks = [peaks[i : i + HASH_SIZE] for i in range(0, len(peaks), HASH_SIZE)]

    @property
    def peaks(self) -> bytes:
        return b"".join(self._peaks)

    def append(self, leaf: bytes) -> list[bytes]:
        """Add the hash of a leaf; the roots of the full subtrees that it ends, by height."""
        ended, rest = [leaf], self.size
        while rest & 1:
            ended.append(node_hash(self._peaks.pop(), ended[-1]))
            rest >>= 1
        self._peaks.append(ended[-1])
        self.size += 1
        return ended

    def root(self) -> bytes:
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root


def subtrees(leaves: Sequence[bytes]) -> Subtree:
    """The full subtrees over hashes of leaves that are in memory."""
    levels = [leaves]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([node_hash(below[i - 1], below[i]) for i in range(1, len(below), 2)])
    return lambda height, place: levels[height][place]


def inclusion_proof(place: int, size: int, subtree: Subtree) -> list[bytes]:
    """The hashes that lead from the leaf at ``place`` to the root of the first ``size``."""
    if not 0 <= place < size:
        raise ValueError(f"There is no place {place} among {size} leaves.")
    proof: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if place < middle:
            proof.append(_root_between(middle, end, subtree))
            end = middle
        else:
            proof.append(_root_between(start, middle, subtree))
            start = middle
    return proof[::-1]


def inclusion_holds(
    leaf: bytes, place: int, size: int, root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether ``leaf`` stands at ``place`` under ``root``: RFC 9162, 2.1.3.2."""
    if not 0 <= place < size:
        return False
    node, last, found = place, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            found = node_hash(step, found)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, step)
        node, last = node >> 1, last >> 1
    return last == 0 and found == root


def consistency_proof(old_size: int, size: int, subtree: Subtree) -> list[bytes]:
    """The hashes that show the first ``old_size`` leaves to be the beginning of ``size``."""
    if not 0 <= old_size <= size:
        raise ValueError(f"A tree of {size} leaves has no beginning of {old_size}.")
    if old_size in {0, size}:
        return []
    proof: list[bytes] = []
    start, end, is_beginning = 0, size, True
    while end != old_size:
        middle = start + _split(end - start)
        if old_size <= middle:
            proof.append(_root_between(middle, end, subtree))
            end = middle
        else:
            proof.append(_root_between(start, middle, subtree))
            start, is_beginning = middle, False
    if not is_beginning:
        proof.append(_root_between(start, end, subtree))
    return proof[::-1]


def consistency_holds(
    old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the tree under ``root`` begins with the one under ``old_root``: 2.1.4.2."""
    if old_size == 0:
        return size >= 0 and old_root == EMPTY_ROOT and not proof
    if old_size == size:
        return old_root == root and not proof
    if not 0 < old_size < size or not proof:
        return False
    steps = list(proof)
    if old_size & (old_size - 1) == 0:
        steps.insert(0, old_root)
    return _both_roots(old_size, size, steps) == (old_root, root)


def _both_roots(old_size: int, size: int, steps: list[bytes]) -> tuple[bytes, bytes] | None:
    node, last = old_size - 1, size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return None
        if node & 1 or node == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, step)
        node, last = node >> 1, last >> 1
    return (old, new) if last == 0 else None


def _split(count: int) -> int:
    """The largest power of two that is smaller than ``count``."""
    return 1 << (count - 1).bit_length() - 1


def _root_between(start: int, end: int, subtree: Subtree) -> bytes:
    count = end - start
    if count & (count - 1) == 0:
        height = count.bit_length() - 1
        return subtree(height, start >> height)
    middle = start + _split(count)
    return node_hash(_root_between(start, middle, subtree), _root_between(middle, end, subtree))

# -------- audit/ed25519.py --------
# Verification of Ed25519 signatures in plain Python: RFC 8032, section 5.1.7.
#
# Standard library only: the stand-alone verifier of an evidence package carries this file, so
# that an auditor needs to install nothing. It handles public values only, so it need not run in
# constant time; signing is left to ``cryptography``.



P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)

# A point in extended coordinates (X, Y, Z, T): x = X/Z, y = Y/Z, x * y = T/Z.
Point = tuple[int, int, int, int]
NEUTRAL: Point = (0, 1, 1, 0)


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether ``signature`` (64 bytes) is that of ``message`` under ``public`` (32 bytes)."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key = _decompress(public)
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or scalar >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    challenge = int.from_bytes(digest, "little") % ORDER
    minus_key = (P - key[0], key[1], key[2], P - key[3])
    point = _add(_multiply(scalar, BASE), _multiply(challenge, minus_key))
    return _compress(point) == signature[:32]


def _add(p: Point, q: Point) -> Point:
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _multiply(scalar: int, point: Point) -> Point:
    product = NEUTRAL
    while scalar:
        if scalar & 1:
            product = _add(product, point)
        point = _add(point, point)
        scalar >>= 1
    return product


def _compress(point: Point) -> bytes:
    inverse = pow(point[2], -1, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _decompress(data: bytes) -> Point | None:
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & ((1 << 255) - 1)
    x = None if y >= P else _x_of(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


def _x_of(y: int, sign: int) -> int | None:
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    if square == 0:
        return None if sign else 0
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P:
        return None
    return x if x & 1 == sign else P - x


def _base() -> Point:
    y = 4 * pow(5, -1, P) % P
    x = _x_of(y, 0)
    assert x is not None  # noqa: S101 - the base point is on the curve
    return x, y, 1, x * y % P


BASE = _base()

# -------- audit/notes.py --------
# Checkpoints as they leave us: C2SP tlog-checkpoint in a signed note (Ed25519).
#
# Standard library only: the stand-alone verifier of an evidence package carries this file.
# The text is origin, size and base64 root, a line each, then one extension line with the time.



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

# -------- reviews/evidence/checks.py --------
# The checks of the stand-alone verifier: everything a package says follows from its trail.
#
# Standard library only; ``verify_evidence.py`` at the top of the project is assembled from this
# file and the four files of ``audit`` that it imports (see evidence/verifier.py).




FORMAT = "portx-access-evidence-1"
SIGNED_AS = b"PortX Access evidence manifest\n"
FILE_SIGNED_AS = b"PortX Access evidence file\n"
# The archive's comment, at its very end: a signature over the digest of every byte before it.
SEAL_LENGTH = 128
VALID, TAMPERED, CANNOT_TELL = 0, 1, 2
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


class Tampered(Exception):
    """The package contradicts itself, its signature or its trail."""


class CannotTell(Exception):
    """This is no package that the verifier can read."""


def csv_cell(value: Any) -> str:
    """A value as the CSV files of a package write it: no cell is taken for a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = value if isinstance(value, str) else canonical(value)
    return f"'{text}" if text.startswith(DANGEROUS) else text


def digest_before_seal(path: str) -> bytes:
    """The SHA-256 of a package without its seal."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:  # noqa: PTH123  the verifier is one plain file
        left = file.seek(0, 2) - SEAL_LENGTH
        file.seek(0)
        while left > 0 and (chunk := file.read(min(left, 1 << 20))):
            digest.update(chunk)
            left -= len(chunk)
    return digest.digest()


class Package:
    """An opened package whose signatures and file digests have been found right."""

    def __init__(self, archive: zipfile.ZipFile, path: str, key: str | None) -> None:
        self.archive = archive
        self.manifest = self._signed_manifest(key)
        self._check_seal(path)
        self.files = {entry["name"]: entry for entry in self.manifest["files"]}
        self._check_files()

    def lines(self, name: str) -> Iterator[str]:
        with self.archive.open(name) as file:
            for line in io.TextIOWrapper(file, encoding="utf-8", newline="\n"):
                yield line.rstrip("\n")

    def rows(self, name: str) -> Iterator[dict[str, str]]:
        with self.archive.open(name) as file:
            yield from csv.DictReader(io.TextIOWrapper(file, encoding="utf-8-sig", newline=""))

    def _signed_manifest(self, key: str | None) -> Any:
        try:
            raw = self.archive.read(MANIFEST)
            signature = json.loads(self.archive.read(SIGNATURE))
            manifest = json.loads(raw)
            public = bytes.fromhex(signature["public_key"])
            signed = bytes.fromhex(signature["signature"])
            known = manifest["format"] == FORMAT
        except (KeyError, ValueError, TypeError) as error:
            raise CannotTell(f"This is no evidence package: {error}.") from error
        if not known:
            raise CannotTell(f"The package has the format {manifest['format']}, not {FORMAT}.")
        self.public = public
        if key is not None and fingerprint(public) != key.lower().replace(":", ""):
            raise Tampered(f"The package is signed by {fingerprint(public)}, not by {key}.")
        if not verify(public, SIGNED_AS + raw, signed):
            raise Tampered("The signature does not fit the manifest.")
        return manifest

    def _check_seal(self, path: str) -> None:
        try:
            seal = bytes.fromhex(self.archive.comment.decode())
        except ValueError as error:
            raise Tampered("The seal at the end of the file is damaged.") from error
        if not verify(self.public, FILE_SIGNED_AS + digest_before_seal(path), seal):
            raise Tampered("A byte of the file is not as it was signed.")

    def _check_files(self) -> None:
        names = self.archive.namelist()
        expected = {*self.files, MANIFEST, SIGNATURE}
        if len(names) != len(set(names)) or set(names) != expected:
            odd = sorted(set(names) ^ expected)
            raise Tampered(f"The package does not hold the files of its manifest: {odd}.")
        for name, entry in self.files.items():
            digest = hashlib.sha256()
            with self.archive.open(name) as file:
                while chunk := file.read(1 << 20):
                    digest.update(chunk)
            if digest.hexdigest() != entry["sha256"]:
                raise Tampered(f"{name} is not the file that was signed.")


class Item:
    """What the events have made of one item so far."""

    __slots__ = ("contested", "ended", "needs_second", "standing")

    def __init__(self, needs_second: bool) -> None:
        self.needs_second = needs_second
        self.standing: dict[int, str] = {}
        self.contested: dict[int, str] = {}
        self.ended = ""

    @property
    def outcome(self) -> str:
        choices = list(self.standing.values())
        keeping = [c for c in choices if c in {"certify", "certify_until"}]
        if self.ended:
            return self.ended
        if "revoke" in choices or "revoke" in self.contested.values():
            return "revoked"
        if len(keeping) < 1 + self.needs_second:
            return "open"
        return "certified_until" if "certify_until" in keeping else "certified"


class Replay:
    """The campaign as its events tell it, from planning to the last one."""

    def __init__(self) -> None:
        self.items: dict[int, Item] = {}
        self.launched: dict[str, Any] = {}
        self.closed: dict[str, Any] = {}
        self.decisions: list[tuple[str, str, str, str]] = []
        self.signed: set[str] = set()
        self.asked: dict[int, str] = {}
        self.corrections: list[tuple[str, str, str]] = []
        self.looks: dict[str, tuple[str, int, int]] = {}
        self.looked: dict[str, str] = {}
        self.revocations: dict[str, str] = {}
        self.exceptions: dict[str, str] = {}

    def take(self, event: dict[str, Any]) -> None:
        verb, data, (kind, _, number) = event["verb"], event["data"], event["target"].partition(":")
        if verb == "campaign.launched":
            if self.launched:
                raise Tampered("The campaign was launched twice.")
            self.launched = data
        elif verb == "campaign.closed":
            self.closed = data
        elif verb == "review.signed":
            self.signed.add(number)
        elif verb == "review.looks_asked":
            self.looks[number] = (data["seed"], data["looks"], data["sample"])
        elif verb in LOOKED:
            self.looked[str(data["look"])] = LOOKED[verb]
        elif kind == "revocation" and verb in STATE_AFTER:
            self.revocations[number] = STATE_AFTER[verb]
        elif kind == "exception":
            self.exceptions[number] = verb.partition(".")[2]
        elif kind == "item" and verb.partition(".")[0] in {"item", "decision"}:
            self._take_correction(int(number), verb, data, event["actor"])
            self._take_of_item(int(number), verb, data)

    def _take_correction(self, number: int, verb: str, data: dict[str, Any], actor: str) -> None:
        if verb == "decision.correction_asked":
            self.asked[data["correction"]] = actor
        elif verb == "decision.correction_approved":
            self.corrections.append((str(data["correction"]), data["was"], data["choice"]))
            standing = self.items[number].standing.get(data["stage"])
            same(f"corrected decision on item {number}", data["was"], standing)
            if self.asked.get(data["correction"], actor) == actor:
                raise Tampered(f"Correction {data['correction']} was not made by two people.")

    def _take_of_item(self, number: int, verb: str, data: dict[str, Any]) -> None:
        item = self.items.get(number)
        if item is None:
            raise Tampered(f"The trail speaks of item {number}, which is not in the population.")
        if verb in MAKES or verb == "decision.contested":
            state = "made" if verb in MAKES else "contested"
            self.decisions.append((str(number), str(data["stage"]), data["choice"], state))
        if verb in MAKES:
            item.standing[data["stage"]] = data["choice"]
            item.contested.pop(data["stage"], None)
        elif verb == "decision.contested":
            if item.contested.get(data["stage"]) != "revoke":
                item.contested[data["stage"]] = data["choice"]
        elif verb in {"decision.undone", "item.reassigned"}:
            item.standing.pop(data["stage"], None)
            item.contested.pop(data["stage"], None)
        elif verb == "item.gone":
            item.ended = "gone"
        elif verb == "item.returned":
            item.ended = ""
        elif verb == "item.not_reviewed":
            item.ended = "not_reviewed"


# What lets a choice stand; the second is a correction, which two people made.
MAKES = ("decision.made", "decision.correction_approved")
LOOKED = {"look.agreed": "agreed", "look.overturned": "overturned"}
STATE_AFTER = {
    "revocation.ordered": "waiting",
    "revocation.sent": "open",
    "revocation.done": "done",
    "revocation.failed": "failed",
    "revocation.verified": "verified",
    "revocation.withdrawn": "cancelled",
}


def check_package(package: Package) -> dict[str, Any]:
    """Check everything; what was found right comes back in numbers. Raises Tampered."""
    replay = Replay()
    population = check_population(package, replay)
    events = check_trail(package, replay)
    launched = replay.launched
    if not launched:
        raise Tampered("The trail tells of no launch.")
    same("items of the launch", launched["items"], len(replay.items))
    same("root of the population", launched["scope_root"], population)
    same("exclusions of the launch", launched["exclusions"], check_exclusions(package, launched))
    same("scope", launched["in_scope"], launched["items"] + launched["exclusions"])
    check_scope(package, launched)
    check_imports(package, launched)
    check_outcomes(package, replay)
    check_decisions(package, replay)
    check_sign_offs(package, replay)
    check_corrections(package, replay)
    check_looks(package, replay)
    check_revocations(package, replay)
    check_exceptions(package, replay)
    check_interim(package, replay)
    return {"events": events, "items": len(replay.items), "decisions": len(replay.decisions)}


def same(what: str, stated: Any, found: Any) -> None:
    if stated != found:
        raise Tampered(f"The {what} is stated as {stated} and found to be {found}.")


def check_population(package: Package, replay: Replay) -> str:
    """Each item's facts fit its commitment, the table says the same; the root comes back."""
    columns = package.manifest["frozen_columns"]
    tree = Tree()
    table = package.rows("population.csv")
    for line in package.lines("population.jsonl"):
        entry, row = json.loads(line), next(table, None)
        digest = hashlib.sha256((entry["salt"] + entry["facts"]).encode()).hexdigest()
        same(f"commitment of item {entry['item']}", entry["commitment"], digest)
        facts = dict(zip(columns, json.loads(entry["facts"]), strict=True))
        stated = {name: csv_cell(value) for name, value in facts.items()}
        if row is None or row["item"] != str(entry["item"]):
            raise Tampered(f"population.csv lacks item {entry['item']} at its place.")
        for name, value in stated.items():
            same(f"{name} of item {entry['item']}", value, row[name])
        replay.items[entry["item"]] = Item(facts["privileged"])
        leaf = canonical({"item": entry["item"], "commitment": entry["commitment"]})
        tree.append(leaf_hash(leaf.encode()))
    if next(table, None) is not None:
        raise Tampered("population.csv has rows that were not in the population.")
    return tree.root().hex()


def check_trail(package: Package, replay: Replay) -> int:
    """The events make the trees that the checkpoints sign, in order and to the last one."""
    notes = [json.loads(line) for line in package.lines("trail/checkpoints.jsonl")]
    statements = [_checkpoint(package, entry["note"]) for entry in notes]
    if not statements:
        raise Tampered("No checkpoint is in the package.")
    due: dict[int, list[Statement]] = {}
    for statement in statements:
        due.setdefault(statement.size, []).append(statement)
    stream = f"campaign:{package.manifest['campaign']}"
    tree = Tree()
    for line in package.lines("trail/events.jsonl"):
        event = json.loads(line)
        if canonical(event) != line or event["stream"] != stream:
            raise Tampered(f"Event {tree.size} is not of this campaign, or not canonical.")
        tree.append(leaf_hash(line.encode()))
        replay.take(event)
        _check_due(due.pop(tree.size, []), tree)
        if any(size < tree.size for size in due):
            raise Tampered("A checkpoint signs a size that the events do not have.")
    if due:
        raise Tampered("The trail has been cut: a checkpoint signs more events than there are.")
    same("last checkpoint's size", max(s.size for s in statements), tree.size)
    _check_texts(package)
    _check_in_system(package, statements)
    return tree.size


def _check_due(statements: list[Statement], tree: Tree) -> None:
    for statement in statements:
        if statement.root != tree.root():
            raise Tampered(f"The first {tree.size} events are not those that were signed.")


def _checkpoint(package: Package, note: str) -> Statement:
    keys = [bytes.fromhex(key) for key in package.manifest["public_keys"]]
    try:
        return opened(note, keys, verify)
    except BadNote as error:
        raise Tampered(f"A checkpoint is not right: {error}") from error


def _check_texts(package: Package) -> None:
    """Each text that is disclosed is the one that its event committed to."""
    commitments: dict[int, dict[str, str]] = {}
    for place, line in enumerate(package.lines("trail/events.jsonl")):
        private = json.loads(line)["private"]
        if private:
            commitments[place] = private
    for line in package.lines("trail/texts.jsonl"):
        text = json.loads(line)
        stated = commitments.get(text["place"], {}).get(text["name"])
        found = commitment(bytes.fromhex(text["salt"]), text["text"])
        same(f"{text['name']} of event {text['place']}", stated, found)


def _check_in_system(package: Package, statements: list[Statement]) -> None:
    """The campaign's checkpoints are themselves events under a checkpoint of the system."""
    system = json.loads("\n".join(package.lines("trail/system.json")))
    checkpoint = _checkpoint(package, system["checkpoint"])
    signed = {(s.size, s.root.hex()) for s in statements}
    for entry in system["events"]:
        leaf = leaf_hash(entry["body"].encode())
        path = [bytes.fromhex(step) for step in entry["path"]]
        if not inclusion_holds(leaf, entry["place"], checkpoint.size, checkpoint.root, path):
            raise Tampered("An event of the system stream is not under its checkpoint.")
        data = json.loads(entry["body"])["data"]
        if (data["size"], data["root"]) not in signed:
            raise Tampered("The system stream knows a checkpoint that the package lacks.")


def check_exclusions(package: Package, launched: dict[str, Any]) -> int:
    tree = Tree()
    for row in package.rows("exclusions.csv"):
        names = ("system", "account", "entitlement", "via", "rule")
        leaf = canonical([_plain(row[name]) for name in names])
        tree.append(leaf_hash(leaf.encode()))
    same("root of the exclusions", launched["exclusions_root"], tree.root().hex())
    return tree.size


def _plain(cell: str) -> str:
    """A cell without the apostrophe that keeps a spreadsheet from taking it for a formula."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(DANGEROUS) else cell


def check_scope(package: Package, launched: dict[str, Any]) -> None:
    rows = [row for row in package.rows("scope.csv") if row["included"] == "yes"]
    for name in ("in_scope", "items", "exclusions"):
        same(f"sum of {name} over the systems", launched[name], sum(int(r[name]) for r in rows))


def check_imports(package: Package, launched: dict[str, Any]) -> None:
    stated = {str(run["run"]): run["files"] for run in launched["imports"]}
    found: dict[str, list[str]] = {run: [] for run in stated}
    for row in package.rows("import_files.csv"):
        if row["run"] in found:
            found[row["run"]].append(row["sha256"])
    same("digests of the imported files", stated, found)
    for row in package.rows("imports.csv"):
        read, taken = int(row["rows_read"]), int(row["imported"]) + int(row["rejected"])
        same(f"row arithmetic of import {row['run']}", read, taken)


def check_outcomes(package: Package, replay: Replay) -> None:
    totals: dict[str, int] = {}
    for row in package.rows("population.csv"):
        outcome = replay.items[int(row["item"])].outcome
        same(f"outcome of item {row['item']}", row["outcome"], outcome)
        totals[outcome] = totals.get(outcome, 0) + 1
    if replay.closed:
        stated = {k: v for k, v in replay.closed["totals"].items() if v and k != "items"}
        same("totals at the close", stated, totals)


def check_decisions(package: Package, replay: Replay) -> None:
    found = [
        (
            row["item"],
            row["stage"],
            row["choice"],
            "contested" if row["made_as"] == "contested" else "made",
        )
        for row in package.rows("decisions.csv")
    ]
    same("list of decisions", sorted(replay.decisions), sorted(found))


def check_sign_offs(package: Package, replay: Replay) -> None:
    found = {row["review"] for row in package.rows("sign_offs.csv") if row["signed_at"]}
    same("set of signed sheets", replay.signed, found)


def check_corrections(package: Package, replay: Replay) -> None:
    """Packages made before there were corrections have neither the file nor such events."""
    rows = package.rows("corrections.csv") if "corrections.csv" in package.files else ()
    approved = [row for row in rows if row["state"] == "approved"]
    found = [(row["correction"], row["signed"], row["instead"]) for row in approved]
    same("list of corrections", sorted(replay.corrections), sorted(found))


def check_looks(package: Package, replay: Replay) -> None:
    """Each second look was drawn by the seed of its sheet, and has the result of its event."""
    rows = list(package.rows("second_looks.csv")) if "second_looks.csv" in package.files else []
    counts: dict[str, list[int]] = {}
    for row in rows:
        seed = replay.looks.get(row["review"], ("", 0, 0))[0]
        text = f"{seed}:{row['item']}:{row['stage']}"
        same(f"draw of look {row['look']}", row["drawn"], hashlib.sha256(text.encode()).hexdigest())
        count = counts.setdefault(row["review"], [0, 0])
        count[0] += 1
        count[1] += row["chosen_as"] == "sample"
    stated = {review: [looks, sample] for review, (_, looks, sample) in replay.looks.items()}
    same("number of second looks", {k: v for k, v in stated.items() if v[0]}, counts)
    answered = {row["look"]: row["result"] for row in rows if row["result"] != "open"}
    same("results of the second looks", replay.looked, answered)


def check_revocations(package: Package, replay: Replay) -> None:
    found = {row["revocation"]: row["state"] for row in package.rows("revocations.csv")}
    same("state of the revocations", replay.revocations, found)


def check_exceptions(package: Package, replay: Replay) -> None:
    """Each was asked for, granted, refused or ended as its events say; older packages list none."""
    name = "exceptions.csv"
    rows = package.rows(name) if name in package.files else iter(())
    found = {row["exception"]: row["state"] for row in rows}
    same("state of the exceptions", replay.exceptions, found)


def check_interim(package: Package, replay: Replay) -> None:
    unproved = set(replay.revocations.values()) - {"verified", "cancelled"}
    final = bool(replay.closed) and not unproved
    same("mark as interim", package.manifest["interim"], not final)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Verify an evidence package of PortX Access.")
    parser.add_argument("package", help="the ZIP file")
    parser.add_argument("--key", metavar="FINGERPRINT", help="refuse any other signing key")
    given = parser.parse_args(arguments)
    try:
        with zipfile.ZipFile(given.package) as archive:
            return _report(Package(archive, given.package, given.key))
    except Tampered as error:
        return _say(TAMPERED, f"TAMPERED: {error}")
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        return _say_broken(given.package, error)
    except Exception as error:  # noqa: BLE001  whatever it is, it proves nothing
        return _say(CANNOT_TELL, f"CANNOT TELL: {error}")


def _report(package: Package) -> int:
    try:
        found = check_package(package)
    except (KeyError, ValueError, StopIteration) as error:
        raise Tampered(f"A signed file does not have the shape it must have: {error!r}.") from error
    return _say(
        VALID,
        f"Signed by {fingerprint(package.public)}\n"
        f"VALID{' (interim)' if package.manifest['interim'] else ''}: "
        f"{package.manifest['title']}, {found['items']} items, {found['decisions']} decisions, "
        f"{found['events']} events.",
    )


def _say_broken(name: str, error: Exception) -> int:
    """A damaged archive that was a package is tampered with; anything else tells nothing."""
    try:
        with open(name, "rb") as file:  # noqa: PTH123  the verifier is one plain file
            was_archive = zipfile.is_zipfile(name) or file.read(2) == b"PK"
    except OSError:
        was_archive = False
    if was_archive:
        return _say(TAMPERED, f"TAMPERED: {error}")
    return _say(CANNOT_TELL, f"CANNOT TELL: {error}")


def _say(status: int, words: str) -> int:
    sys.stdout.write(words + "\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
