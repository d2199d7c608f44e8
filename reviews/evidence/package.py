"""Writes a package: each file streamed into the ZIP, then the manifest and its signature."""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string

import clock
from audit import keys, queries
from audit.canonical import canonical
from audit.models import Checkpoint, Disclosure, Event, Leaf
from audit.notes import fingerprint
from audit.trail import SYSTEM, moment
from audit.verbs import Verb
from reviews.evidence import checks, verifier
from reviews.evidence.cover import describe
from reviews.evidence.tables import (
    POPULATION_LINES,
    POPULATION_STATE,
    TABLES,
    state_header,
    stream,
)
from reviews.models import Campaign
from reviews.queries import FROZEN_COLUMNS

TEXTS_A_BATCH = 2_000


class PackageWriter:
    """A ZIP that notes the rows and the digest of each file as it is written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.archive = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=5)
        self.files: list[dict[str, Any]] = []

    def write(self, name: str, tells: str, chunks: Iterable[str]) -> int:
        """Write one file from lines or chunks of text; how many there were comes back."""
        digest, rows = hashlib.sha256(), 0
        with self.archive.open(name, "w", force_zip64=True) as file:
            for text in chunks:
                raw = text.encode()
                digest.update(raw)
                file.write(raw)
                rows += 1
        self.files.append(
            {"name": name, "rows": rows, "sha256": digest.hexdigest(), "tells": tells}
        )
        return rows

    def sign(self, manifest: Mapping[str, Any]) -> str:
        """Close the package with its manifest; the fingerprint of the key comes back."""
        key = keys.signing_key()
        public = keys.public_of(key)
        raw = canonical({**manifest, "files": self.files}).encode()
        signature = {
            "public_key": public.hex(),
            "signature": key.sign(checks.SIGNED_AS + raw).hex(),
        }
        self.archive.writestr(checks.MANIFEST, raw)
        self.archive.writestr(checks.SIGNATURE, canonical(signature))
        seal(self.archive, self.path)
        return fingerprint(public)


def seal(archive: zipfile.ZipFile, path: Path) -> None:
    """Close the archive with a signature over its every byte, since a ZIP has bytes (times,
    flags) that belong to no file in it."""
    archive.comment = b"0" * checks.SEAL_LENGTH
    archive.close()
    digest = checks.digest_before_seal(str(path))
    signature = keys.signing_key().sign(checks.FILE_SIGNED_AS + digest)
    with path.open("r+b") as file:
        file.seek(-checks.SEAL_LENGTH, 2)
        file.write(signature.hex().encode())


def write_package(campaign: Campaign, path: Path, *, checkpoint: Checkpoint) -> dict[str, Any]:
    """Write the package of ``campaign`` as it stands in the caller's snapshot.

    ``checkpoint`` is the latest of the campaign's stream and covers all its events. Returns
    interim, fingerprint and the files. Memory is flat in the number of items.
    """
    cover = describe(campaign)
    writer = PackageWriter(path)
    writer.write("cover.json", "The figures of the cover, for machines.", [canonical(cover)])
    page = render_to_string("reviews/evidence/cover.html", {"cover": cover})
    writer.write("cover.html", "The cover, for people.", [page])
    writer.write(
        "population.jsonl",
        "Each item as it stood at launch, in the text over which its commitment was made.",
        _population_lines(campaign.pk),
    )
    writer.write(
        "population.csv",
        "The same as a table, with reviewer and outcome.",
        _population(campaign.pk),
    )
    for table in TABLES:
        writer.write(table.name, table.tells, _table(table.sql, campaign.pk))
    _write_trail(writer, campaign, checkpoint)
    readme = render_to_string("reviews/evidence/readme.txt", {"cover": cover})
    writer.write("README.txt", "What this is and how to verify it.", [readme])
    writer.write("verify_evidence.py", "The verifier; better take your own.", [verifier.source()])
    manifest = {
        "format": checks.FORMAT,
        "campaign": campaign.pk,
        "title": campaign.title,
        "interim": cover["interim"],
        "made_at": moment(clock.now()),
        "data_class": cover["data_class"],
        "frozen_columns": list(FROZEN_COLUMNS),
        "public_keys": [key.hex() for key in keys.public_keys()],
    }
    signed_by = writer.sign(manifest)
    return {"interim": cover["interim"], "fingerprint": signed_by, "files": writer.files}


def _population_lines(campaign: int) -> Iterator[str]:
    _, rows = stream(POPULATION_LINES, campaign)
    for item, place, salt, commitment, facts in rows:
        entry = {
            "item": item,
            "place": place,
            "salt": salt,
            "commitment": commitment,
            "facts": facts,
        }
        yield canonical(entry) + "\n"


def _population(campaign: int) -> Iterator[str]:
    header, rows = stream(POPULATION_STATE, campaign)
    yield _csv_line(state_header())
    moving = len(header) - 1
    for row in rows:
        yield _csv_line([*row[:moving], *json.loads(row[moving])])


def _table(sql: str, campaign: int) -> Iterator[str]:
    header, rows = stream(sql, campaign)
    yield _csv_line(header)
    for row in rows:
        yield _csv_line(row)


def _csv_line(cells: Iterable[Any]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(
        checks.csv_cell(cell.isoformat() if isinstance(cell, date) else cell) for cell in cells
    )
    return line.getvalue()


def _write_trail(writer: PackageWriter, campaign: Campaign, checkpoint: Checkpoint) -> None:
    name, size = campaign.stream, checkpoint.size
    writer.write(
        "trail/events.jsonl",
        "The whole stream of this campaign in the order of its places, exactly as hashed.",
        (event.body + "\n" for event in queries.sealed_events(name, size)),
    )
    writer.write(
        "trail/texts.jsonl",
        "The names and free texts to which events commit, as far as they are not erased.",
        _texts(name, size),
    )
    signed = queries.checkpoints_of(name).filter(id__lte=checkpoint.pk)
    writer.write(
        "trail/checkpoints.jsonl",
        "The signed checkpoints of this campaign's stream.",
        (canonical({"note": row.note}) + "\n" for row in signed.iterator()),
    )
    writer.write(
        "trail/system.json",
        "That those checkpoints are events of the system's stream, with inclusion proofs.",
        [canonical(_in_system(name, checkpoint))],
    )


def _texts(stream_name: str, size: int) -> Iterator[str]:
    places = Leaf.objects.filter(stream=stream_name, place__lt=size).order_by("place")
    batch: list[tuple[int, int]] = []
    for row in places.values_list("place", "event_id").iterator(chunk_size=TEXTS_A_BATCH):
        batch.append(row)
        if len(batch) == TEXTS_A_BATCH:
            yield from _texts_of(batch)
            batch = []
    yield from _texts_of(batch)


def _texts_of(batch: list[tuple[int, int]]) -> Iterator[str]:
    place_of = {event: place for place, event in batch}
    found = Disclosure.objects.filter(event_id__in=place_of, text__isnull=False)
    for row in found.order_by("event_id", "name"):
        yield (
            canonical(
                {
                    "place": place_of[row.event_id],
                    "name": row.name,
                    "salt": bytes(row.salt or b"").hex(),
                    "text": row.text,
                }
            )
            + "\n"
        )


def _in_system(stream_name: str, checkpoint: Checkpoint) -> dict[str, Any]:
    """The events by which the system stream knows this stream's checkpoints, each proved."""
    latest = queries.latest_checkpoint(SYSTEM)
    if latest is None:
        raise LookupError("The system stream has no checkpoint yet.")
    known = Event.objects.filter(
        stream=SYSTEM, verb=Verb.TRAIL_CHECKPOINTED, target=f"stream:{stream_name}"
    )
    leaves = {
        leaf.event_id: leaf.place
        for leaf in Leaf.objects.filter(stream=SYSTEM, event_id__in=known.values("id"))
    }
    events = [
        {
            "body": event.body,
            "place": leaves[event.pk],
            "path": [
                step.hex()
                for step in queries.inclusion_proof(SYSTEM, leaves[event.pk], latest.size)
            ],
        }
        for event in known.order_by("id")
        if event.pk in leaves
        and leaves[event.pk] < latest.size
        and json.loads(event.body)["data"]["size"] <= checkpoint.size
    ]
    return {"checkpoint": latest.note, "events": events}
