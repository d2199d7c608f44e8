"""What the two import commands share: stating where a file comes from, and seeing it through."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import CommandError
from django.db import transaction

from accounts.actions import imports
from accounts.enums import RunState
from accounts.management.base import WRONG_INPUT, ActorCommand, get_acknowledger
from accounts.models import ImportRun, Source
from audit.actors import Actor
from audit.errors import WrongInput
from jobs.runner import run_to_end

_COUNTS = ("rows_read", "imported", "rejected", "created", "updated", "unchanged", "vanished")
_SHOWN_REJECTS = 5


class ImportCommand(ActorCommand):
    """An import from the first byte to the picture that stands, in this process."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="FIELD=COLUMN",
            help="which column holds a field, where its header does not say so; may be repeated",
        )
        parser.add_argument("--exported-at", metavar="TIME", help="when the file was exported")
        parser.add_argument("--exported-by", default="", metavar="WHO")
        parser.add_argument("--report", default="", help="the query or report it comes from")
        parser.add_argument(
            "--source-count", type=int, metavar="N", help="how many rows the source itself counts"
        )
        parser.add_argument("--encoding", help="of a file that is not UTF-8")
        parser.add_argument("--sheet", help="of a workbook; the first one by default")
        parser.add_argument("--date-order", choices=["dmy", "mdy"], help="what 03/04/2026 means")
        parser.add_argument("--take", type=int, metavar="RUN", help="take a held run all the same")
        parser.add_argument("--reason", default="", help="why a held run may be taken")
        parser.add_argument(
            "--acknowledged-by", metavar="MAIL", help="who agrees to take it: not who asks for it"
        )

    def import_files(
        self,
        ensure_source: Callable[[], Source],
        paths: list[Path],
        actor: Actor,
        options: Mapping[str, Any],
    ) -> Mapping[str, Any]:
        """What cannot be read leaves nothing behind, not even the source that it was to be of."""
        with transaction.atomic(), ExitStack() as stack:
            run = imports.upload_files(
                ensure_source(),
                actor=actor,
                files=[(path.name, stack.enter_context(path.open("rb"))) for path in paths],
                mapping=_mapping(options["map"]),
                options=_reading_options(options),
                exported_at=_moment(options["exported_at"]),
                exported_by=options["exported_by"],
                report=options["report"],
                source_count=options["source_count"],
            )
        run = self._work_off(run, actor)
        if run.state == RunState.STAGED:
            imports.start_import(run, actor=actor)
            run = self._work_off(run, actor)
        return self._come_out(run, as_json=options["json"])

    def take(self, source: Source | None, actor: Actor, options: Mapping[str, Any]) -> Any:
        run = ImportRun.objects.filter(pk=options["take"]).select_related("source").first()
        if run is None or (source is not None and run.source_id != source.pk):
            raise WrongInput(f"There is no such run {options['take']} to take.")
        imports.take_run(
            run,
            actor=actor,
            reason=options["reason"],
            acknowledged_by=get_acknowledger(options["acknowledged_by"]),
        )
        return self._come_out(self._work_off(run, actor), as_json=options["json"])

    def _work_off(self, run: ImportRun, actor: Actor) -> ImportRun:
        while (job := imports.latest_job(run)).finished_at is None:
            run_to_end(job)
        imports.fail_stuck_runs(actor=actor)
        return ImportRun.objects.select_related("source").get(pk=run.pk)

    def _come_out(self, run: ImportRun, *, as_json: bool) -> Mapping[str, Any]:
        answer = outcome(run)
        if run.state == RunState.HELD:
            why = " ".join(run.held_for)
            command = "import_people" if run.source.system_id is None else "import_accounts"
            self.needs_a_person(
                answer,
                f"Run {run.pk} is held, and nothing was changed: {why} To take it all the same: "
                f"{command} --take {run.pk} --reason TEXT --acknowledged-by MAIL",
                as_json=as_json,
            )
        if run.state != RunState.COMPLETE:
            self.answer(answer, as_json=as_json)
            raise CommandError(run.error, returncode=WRONG_INPUT)
        for row in run.rejected_rows.order_by("row_number")[:_SHOWN_REJECTS]:
            self.stderr.write(f"row {row.row_number} was rejected: {row.reason}")
        return answer


def outcome(run: ImportRun) -> dict[str, Any]:
    """One object of what came of a run; of a held one, what taking it would do."""
    held = run.state == RunState.HELD
    counts = {name: run.preview[name] if held else getattr(run, name) for name in _COUNTS}
    return {
        "run": run.pk,
        **counts,
        "status": run.state,
        "held_for": run.held_for if run.state == RunState.HELD else [],
        "warnings": run.warnings,
        "error": run.error,
    }


def existing(path: str) -> Path:
    if not Path(path).is_file():
        raise WrongInput(f"There is no file {path}.")
    return Path(path)


def _mapping(pairs: list[str]) -> dict[str, str]:
    mapping = {}
    for pair in pairs:
        field, equals, header = pair.partition("=")
        if not equals or not field.strip() or not header.strip():
            raise WrongInput(f"--map takes FIELD=COLUMN, and {pair!r} is not that.")
        mapping[field.strip()] = header.strip()
    return mapping


def _reading_options(options: Mapping[str, Any]) -> dict[str, Any]:
    said = {name: options[name] for name in ("encoding", "sheet") if options[name]}
    if options["date_order"]:
        said["date_order"] = dict.fromkeys(imports.DATE_FIELDS, options["date_order"])
    return said


def _moment(text: str | None) -> datetime | None:
    """A time of ISO 8601; without a zone it is one of TIME_ZONE."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise WrongInput(
            f"--exported-at is {text!r}: write it like 2026-10-01T09:30:00+00:00."
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(settings.TIME_ZONE))
