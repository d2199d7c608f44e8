"""Importing texts in tests, by the same actions and jobs as a file of somebody's."""

import io
from typing import Any

from accounts.actions import imports
from accounts.actions.sources import ensure_roster, ensure_system_source
from accounts.enums import RunState
from accounts.models import ImportRun, Source
from audit.actors import Actor, Channel
from jobs.runner import run_to_end

COMMAND = Actor.system("command line (tester)", Channel.COMMAND)


def work_off(run: ImportRun) -> ImportRun:
    while (job := imports.latest_job(run)).finished_at is None:
        run_to_end(job)
    return ImportRun.objects.select_related("source").get(pk=run.pk)


def read_text(source: Source, *texts: str | bytes, **stated: Any) -> ImportRun:
    """Upload texts as files and read them; Import is not pressed."""
    contents = [text if isinstance(text, bytes) else text.encode() for text in texts]
    files = [(f"file{n}.csv", io.BytesIO(content)) for n, content in enumerate(contents, 1)]
    stated.setdefault("actor", COMMAND)
    return work_off(imports.upload_files(source, files=files, **stated))


def import_text(source: Source, *texts: str | bytes, **stated: Any) -> ImportRun:
    run = read_text(source, *texts, **stated)
    if run.state == RunState.STAGED:
        imports.start_import(run, actor=COMMAND)
        run = work_off(run)
    return run


def import_people(*texts: str | bytes, roster: str = "", **stated: Any) -> ImportRun:
    return import_text(ensure_roster(roster, actor=COMMAND), *texts, **stated)


def import_accounts(*texts: str | bytes, system: str = "Vault", **stated: Any) -> ImportRun:
    return import_text(ensure_system_source(system, actor=COMMAND), *texts, **stated)


def counts(run: ImportRun) -> dict[str, int]:
    names = ["rows_read", "imported", "rejected", "created", "updated", "unchanged", "vanished"]
    return {name: getattr(run, name) for name in names}
