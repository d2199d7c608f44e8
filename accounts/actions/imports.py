"""Importing: a file is kept and read, looked at, and only then made the picture that stands."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, BinaryIO

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

import clock
from accounts.actors import user_of
from accounts.connectors.base import ConnectorError
from accounts.enums import RunState
from accounts.importing import hold, merging, reading, staging, uploads
from accounts.importing.columns import map_tables
from accounts.importing.fields import ACCOUNT_FIELDS, PERSON_FIELDS, Kind
from accounts.models import ImportFile, ImportRun, Source, User
from accounts.rules import may_act_for_system, may_run, valid_acknowledger
from audit import trail
from audit.actors import Actor, Channel
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.verbs import Verb
from jobs.models import Job, JobState
from jobs.queue import enqueue

DATE_FIELDS = tuple(
    field.name
    for field in (*ACCOUNT_FIELDS.values(), *PERSON_FIELDS.values())
    if field.kind in {Kind.DAY, Kind.MOMENT}
)
READ, MERGE, FOLLOW = "accounts.read_import", "accounts.merge_import", "accounts.follow_import"


def upload_files(
    source: Source,
    *,
    actor: Actor,
    files: Sequence[tuple[str, BinaryIO]],
    mapping: Mapping[str, str] | None = None,
    options: Mapping[str, Any] | None = None,
    exported_at: datetime | None = None,
    exported_by: str = "",
    report: str = "",
    source_count: int | None = None,
) -> ImportRun:
    """Keep the files (name and content each) as one run of the source, and owe its reading.

    ``mapping`` is field to header, for what the headers do not say by themselves; ``options``
    are those of ImportRun. Refuses, with nothing stored in the database, what cannot be read.
    """
    _check_may_import(actor, source)
    now = clock.now()
    if exported_at is not None and exported_at > now:
        raise WrongInput("The time of the export lies in the future: check it and its time zone.")
    if not files:
        raise WrongInput("Choose a file to import.")
    run = ImportRun(
        source=source,
        mapping=dict(mapping or {}),
        options={**source.config, **(options or {})},
        exported_at=exported_at,
        exported_by=exported_by.strip(),
        report=report.strip(),
        source_count=source_count,
        uploaded_by_id=actor.user_id,
        uploaded_by_ref=actor.ref,
        uploaded_at=now,
        read_at=exported_at or now,
    )
    kept = [uploads.keep_file(name, content) for name, content in files]
    _check_columns(run, kept)
    with transaction.atomic():
        run.save()
        for place, file in enumerate(kept, 1):
            ImportFile.objects.create(run=run, place=place, **asdict(file))
        trail.record(
            Verb.IMPORT_UPLOADED,
            actor=actor,
            target=f"run:{run.pk}",
            data={"source": source.pk, "sha256": [file.sha256 for file in kept]},
            private={"exported_by": run.exported_by, "report": run.report},
        )
        _owe(READ, run, actor)
    return run


def _check_may_import(actor: Actor, source: Source) -> None:
    user = user_of(actor)
    if user is None or may_run(user):
        return
    if source.system is None or not may_act_for_system(user, source.system):
        raise NotAllowed(
            "Importing is for the security team, administrators and the owner of the system."
        )


def _check_columns(run: ImportRun, kept: Sequence[uploads.StoredFile]) -> None:
    try:
        tables = [reading.open_upload(file.path, run.options) for file in kept]
        map_tables(tables, reading.shape_of(run), asked=run.mapping, remembered=run.source.mapping)
    except ConnectorError as error:
        raise WrongInput(str(error)) from error


def _owe(kind: str, run: ImportRun, actor: Actor) -> Job:
    """One job of a kind for each time that the run enters the state it starts from."""
    before = _jobs_of(run).count()
    key = f"import:{run.pk}:{before + 1}"
    return enqueue(kind, key=key, payload={"run": run.pk, "actor": asdict(actor)})


def _jobs_of(run: ImportRun) -> QuerySet[Job]:
    return Job.objects.filter(key__startswith=f"import:{run.pk}:")


def latest_job(run: ImportRun) -> Job:
    """The work that brings the run on from where it stands; its progress is to be shown."""
    return _jobs_of(run).latest("pk")


def actor_of(job: Job) -> Actor:
    """Who asked for the work that a job of ours does."""
    said = job.payload["actor"]
    return Actor(**{**said, "channel": Channel(said["channel"])})


def map_columns(
    run: ImportRun,
    *,
    actor: Actor,
    mapping: Mapping[str, str],
    options: Mapping[str, Any] | None = None,
) -> Job:
    """Read the run again, with other columns or other options."""
    _check_may_import(actor, run.source)
    with transaction.atomic():
        held = _locked(run)
        _expect(held, RunState.UPLOADED, RunState.STAGED, RunState.FAILED)
        held.mapping = dict(mapping)
        held.options = {**held.options, **(options or {})}
        kept = [
            uploads.StoredFile(file.name, file.path, file.sha256, file.size)
            for file in held.files.order_by("place")
        ]
        _check_columns(held, kept)
        held.state, held.error = RunState.UPLOADED, ""
        held.save()
        return _owe(READ, held, actor)


def read_run(run_id: int, *, actor: Actor, report: staging.Report) -> ImportRun:
    """Stage and compare an uploaded run. What cannot be read fails it, with the reason."""
    with transaction.atomic():
        run = ImportRun.objects.select_for_update().get(pk=run_id)
        if run.state != RunState.UPLOADED:
            return run
        try:
            with transaction.atomic():
                reading.read(run, report)
        except reading.CannotBeRead as error:
            _fail(run, str(error), actor=actor)
        else:
            run.state = RunState.STAGED
            run.save()
        return run


def _fail(run: ImportRun, why: str, *, actor: Actor) -> None:
    run.state, run.error, run.finished_at = RunState.FAILED, why, clock.now()
    run.save(update_fields=["state", "error", "finished_at", "rows_read"])
    staging.drop(run.pk)
    trail.record(
        Verb.IMPORT_FAILED,
        actor=actor,
        target=f"run:{run.pk}",
        data={"rows_read": run.rows_read},
        private={"reason": why},
    )


def fail_stuck_runs(*, actor: Actor) -> int:
    """Fail the runs whose work was given up, so that they neither wait forever nor stand in the
    way of the next import; how many those were. A run at work is not waited for."""
    stuck = 0
    for run in ImportRun.objects.filter(state__in=[RunState.UPLOADED, RunState.IMPORTING]):
        if latest_job(run).state != JobState.FAILED:
            continue
        with transaction.atomic():
            held = _locked(run)
            job = latest_job(held)
            if held.state == run.state and job.state == JobState.FAILED:
                said = " ".join(job.error.split())
                why = f"The import could not be finished ({said}). The picture is as it was."
                _fail(held, why, actor=actor)
                stuck += 1
    return stuck


def start_import(run: ImportRun, *, actor: Actor) -> Job:
    """Press Import: from here on the run is on its way to be the picture, or to be held."""
    _check_may_import(actor, run.source)
    with transaction.atomic():
        held = _locked(run)
        _expect(held, RunState.STAGED)
        return _start(held, actor)


def _start(run: ImportRun, actor: Actor) -> Job:
    run.state, run.started_at = RunState.IMPORTING, clock.now()
    try:
        with transaction.atomic():
            run.save()
    except IntegrityError as error:
        raise Conflict(
            f"Another import of {run.source} is running. Wait until it has ended, then try again."
        ) from error
    return _owe(MERGE, run, actor)


def merge_run(run_id: int, *, actor: Actor, report: staging.Report) -> ImportRun:
    """Make a started run the picture that stands, or hold it; in one transaction, once.

    The source is locked, so that two imports of it follow one another; what was compared with
    a picture that no longer stands is compared again. Its key is left free: an upload beside it
    names the source in a new row, and would wait for all of this otherwise, holding the system
    that this names in turn.
    """
    with transaction.atomic():
        source_id = ImportRun.objects.values_list("source_id", flat=True).get(pk=run_id)
        source = Source.objects.select_for_update(no_key=True).get(pk=source_id)
        run = ImportRun.objects.select_for_update().get(pk=run_id)
        run.source = source
        if run.state != RunState.IMPORTING:
            return run
        try:
            with transaction.atomic():
                if _is_stale(run):
                    reading.read(run, report)
        except reading.CannotBeRead as error:
            _fail(run, str(error), actor=actor)
            return run
        if run.held_for and run.taken_at is None:
            _hold(run, actor=actor)
        else:
            _complete(run, actor=actor)
        return run


def _is_stale(run: ImportRun) -> bool:
    """Whether the picture, or the people whom accounts are linked to, changed since the reading."""
    if run.compared_with_id != run.source.current_run_id or not staging.is_staged(run.pk):
        return True
    finished = ImportRun.objects.filter(state=RunState.COMPLETE, finished_at__gte=run.staged_at)
    return finished.filter(source__kind="roster").exclude(pk=run.pk).exists()


def _hold(run: ImportRun, *, actor: Actor) -> None:
    run.state = RunState.HELD
    run.save()
    trail.record(
        Verb.IMPORT_HELD,
        actor=actor,
        target=f"run:{run.pk}",
        data={"source": run.source_id},
        private={"reasons": " ".join(run.held_for)},
    )


def _complete(run: ImportRun, *, actor: Actor) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")
    run.proves_until, doubts = hold.proved_until(run)
    run.warnings = list(dict.fromkeys([*run.warnings, *doubts]))
    merging.merge(run, clock.now())
    for name in ("imported", "rejected", "created", "updated", "unchanged", "vanished"):
        setattr(run, name, run.preview[name])
    run.matched = run.preview.get("matched", 0)
    run.config_hash = _config_hash(run)
    run.state, run.finished_at = RunState.COMPLETE, clock.now()
    run.save()
    source = run.source
    source.current_run, source.mapping = run, run.mapping
    kept = ("encoding", "sheet", "separator", "date_order")
    source.config = {name: run.options[name] for name in kept if run.options.get(name)}
    source.save(update_fields=["current_run", "mapping", "config"])
    staging.drop(run.pk)
    trail.record(Verb.IMPORT_COMPLETED, actor=actor, target=f"run:{run.pk}", data=_proof(run))
    _owe(FOLLOW, run, actor)
    for kind in settings.JOBS_AFTER_IMPORT:
        enqueue(kind, key=f"{kind}:{run.pk}", payload={})


def _config_hash(run: ImportRun) -> str:
    said = json.dumps([run.mapping, run.options, run.connector_version], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def _proof(run: ImportRun) -> dict[str, Any]:
    counts = ("rows_read", "imported", "rejected", "created", "updated", "unchanged", "vanished")
    return {
        "source": run.source_id,
        "sha256": list(run.files.order_by("place").values_list("sha256", flat=True)),
        "config": run.config_hash,
        "read_at": trail.moment(run.read_at),
        "proves_until": trail.moment(run.proves_until) if run.proves_until else "",
        "source_count": run.source_count,
        **{name: getattr(run, name) for name in counts},
    }


def take_run(run: ImportRun, *, actor: Actor, reason: str, acknowledged_by: User | None) -> Job:
    """Take a held run all the same: one person asks with a reason, another one agrees."""
    _check_may_import(actor, run.source)
    if not reason.strip():
        raise WrongInput("Say why this run may be taken.")
    if acknowledged_by is None:
        raise WrongInput("Somebody else must agree to take a held run: name them.")
    if not valid_acknowledger(acknowledged_by, actor):
        raise NotAllowed(
            "Whoever agrees to take a held run is active, of the security team or an "
            "administrator, and not the one who asks for it."
        )
    with transaction.atomic():
        held = _locked(run)
        _expect(held, RunState.HELD)
        held.taken_at, held.taken_by_ref = clock.now(), actor.ref
        held.taken_reason, held.acknowledged_by_ref = reason.strip(), acknowledged_by.ref
        trail.record(
            Verb.IMPORT_TAKEN,
            actor=actor,
            target=f"run:{run.pk}",
            data={"approver": acknowledged_by.ref},
            private={"reason": held.taken_reason},
        )
        return _start(held, actor)


def discard_run(run: ImportRun, *, actor: Actor, reason: str = "") -> ImportRun:
    """Put a run away unimported; the picture stays as it was."""
    _check_may_import(actor, run.source)
    with transaction.atomic():
        held = _locked(run)
        _expect(held, RunState.UPLOADED, RunState.STAGED, RunState.HELD)
        held.state, held.finished_at = RunState.DISCARDED, clock.now()
        held.save()
        staging.drop(run.pk)
        trail.record(
            Verb.IMPORT_DISCARDED,
            actor=actor,
            target=f"run:{run.pk}",
            private={"reason": reason.strip()},
        )
    return held


def _locked(run: ImportRun) -> ImportRun:
    return ImportRun.objects.select_for_update(of=("self",)).select_related("source").get(pk=run.pk)


def _expect(run: ImportRun, *states: RunState) -> None:
    if run.state not in states:
        raise Conflict(
            f"Run {run.pk} is {run.get_state_display().lower()} by now. Look at it again."
        )
