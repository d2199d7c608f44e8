"""Building evidence: follow the imports, seal, and write the package from one snapshot."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

import clock
from accounts import rules
from accounts.actors import user_of
from audit import sealing, trail
from audit.actors import Actor
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.models import Checkpoint, Event
from audit.verbs import Verb
from jobs.models import Job
from jobs.queue import enqueue
from reviews.actions.following import follow_imports
from reviews.enums import CampaignState
from reviews.evidence.package import write_package
from reviews.models import Campaign, EvidencePackage

TRIES = 10


@dataclass(frozen=True, slots=True)
class Built:
    """A package that was written: its file, its digest, and whether it is interim."""

    path: Path
    sha256: str
    size: int
    interim: bool
    fingerprint: str
    files: int


def start_evidence(campaign: Campaign, *, actor: Actor) -> Job:
    """Have a package made in the background, to be found on the page of the campaign."""
    with transaction.atomic():
        _require_reader(actor)
        return enqueue(
            "reviews.evidence",
            key=f"evidence:{campaign.pk}:{clock.now():%Y%m%d%H%M%S}",
            payload={
                "campaign": campaign.pk,
                "user": actor.user_id,
                "request": actor.request,
            },
        )


def keep_package(campaign: Campaign, *, actor: Actor) -> EvidencePackage:
    """Build a package and keep it below the data folder."""
    folder = Path(settings.VAR_DIR) / "evidence"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"campaign-{campaign.pk}-{clock.now():%Y%m%dT%H%M%S%fZ}.zip"
    built = build_package(campaign, folder / name, actor=actor)
    return EvidencePackage.objects.create(
        campaign=campaign,
        path=name,
        sha256=built.sha256,
        size=built.size,
        interim=built.interim,
        fingerprint=built.fingerprint,
        made_at=clock.now(),
        made_by_ref=actor.ref,
    )


def build_package(campaign: Campaign, path: Path, *, actor: Actor) -> Built:
    """Write the evidence of ``campaign`` to ``path``, whole or not at all.

    Raises WrongInput for a campaign that was never launched, Conflict where decisions come in
    so fast that no moment is quiet. Must not run inside a transaction.
    """
    _require_reader(actor)
    if campaign.state == CampaignState.PLANNED:
        raise WrongInput(f"{campaign.title} has not been launched: there is nothing to prove yet.")
    follow_imports(actor=actor)
    with transaction.atomic():
        trail.record(
            Verb.EVIDENCE_BUILT,
            actor=actor,
            target=f"campaign:{campaign.pk}",
            data={"state": campaign.state},
            stream=campaign.stream,
        )
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".evidence-", suffix=".zip")
    os.close(descriptor)
    try:
        with _quiet_snapshot(campaign) as (frozen, checkpoint):
            written = write_package(frozen, Path(temporary), checkpoint=checkpoint)
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)
    return Built(
        path,
        _digest(path),
        path.stat().st_size,
        written["interim"],
        written["fingerprint"],
        len(written["files"]),
    )


def note_download(package: EvidencePackage, *, actor: Actor) -> None:
    """Taking a package away is an event."""
    with transaction.atomic():
        _require_reader(actor)
        trail.record(
            Verb.EVIDENCE_TAKEN,
            actor=actor,
            target=f"campaign:{package.campaign_id}",
            data={"sha256": package.sha256, "interim": package.interim},
        )


def _require_reader(actor: Actor) -> None:
    user = user_of(actor)
    if user is not None and not rules.may_read_all(user):
        raise NotAllowed("Evidence is for auditors, the security team and administrators.")


@contextmanager
def _quiet_snapshot(campaign: Campaign) -> Iterator[tuple[Campaign, Checkpoint]]:
    """One view of the database in which the campaign's last checkpoint covers all its events."""
    for _ in range(TRIES):
        checkpoint = sealing.publish_checkpoint(campaign.stream)
        sealing.publish_checkpoint()
        with transaction.atomic(durable=True):
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            if Event.objects.filter(stream=campaign.stream).count() == checkpoint.size:
                yield Campaign.objects.get(pk=campaign.pk), checkpoint
                return
    raise Conflict("Decisions come in faster than they can be sealed: try again in a minute.")


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def describe(built: Built) -> dict[str, Any]:
    return {
        "file": str(built.path),
        "sha256": built.sha256,
        "size": built.size,
        "interim": built.interim,
        "fingerprint": built.fingerprint,
        "files": built.files,
    }
