"""The checks of the stand-alone verifier: everything a package says follows from its trail.

Standard library only; ``verify_evidence.py`` at the top of the project is assembled from this
file and the four files of ``audit`` that it imports (see evidence/verifier.py).
"""

import argparse
import csv
import hashlib
import io
import json
import sys
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from audit.canonical import canonical, commitment
from audit.ed25519 import verify
from audit.merkle import Tree, inclusion_holds, leaf_hash
from audit.notes import BadNote, Statement, fingerprint, opened

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
