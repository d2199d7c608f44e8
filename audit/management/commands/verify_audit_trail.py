"""``manage.py verify_audit_trail``: exit 0 valid, 1 tampered, 2 cannot tell, crashes included."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.actors import Actor
from audit.problems import Outcome, Problem
from audit.verification import Verification

EXITS = {Outcome.VALID: 0, Outcome.TAMPERED: 1, Outcome.CANNOT_TELL: 2}


class Command(BaseCommand):
    help = "Check every event, place, text and checkpoint of the trail, and report all faults."
    # A fault in the settings must not read as "tampered".
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument(
            "--checkpoint",
            action="append",
            default=[],
            metavar="FILE",
            help="a checkpoint that was kept elsewhere, to hold against the trail",
        )

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except (SystemExit, CommandError):
            raise
        except BaseException as error:
            said = f"Cannot tell: {type(error).__name__}: {error}".strip()
            raise CommandError(said, returncode=EXITS[Outcome.CANNOT_TELL]) from error

    def handle(self, *_: Any, **options: Any) -> None:
        verification = Verification(_notes(options["checkpoint"]))
        show = self._show_json if options["json"] else self._show
        show(verification)
        if code := EXITS[verification.outcome]:
            raise SystemExit(code)

    def _show(self, verification: Verification) -> None:
        for problem in verification.problems():
            self.stdout.write(_line(problem))
        verification.keep_result(Actor.command_line())
        self.stdout.write(
            f"{verification.outcome.capitalize()}: {verification.events} events in"
            f" {verification.streams} streams, {verification.found} problems."
        )

    def _show_json(self, verification: Verification) -> None:
        """One object, written as it is found: memory stays flat under any number of problems."""
        self.stdout.write('{"problems": [', ending="")
        for separator, problem in zip(_separators(), verification.problems(), strict=False):
            self.stdout.write(separator + json.dumps(problem.as_data()), ending="")
        verification.keep_result(Actor.command_line())
        rest = {
            "result": verification.outcome,
            "events": verification.events,
            "streams": verification.streams,
            "found": verification.found,
        }
        self.stdout.write(f"], {json.dumps(rest)[1:]}")


def _separators() -> Iterator[str]:
    yield ""
    while True:
        yield ", "


def _line(problem: Problem) -> str:
    where = [problem.stream] if problem.stream else []
    where += [f"place {problem.place}"] if problem.place is not None else []
    where += [f"event {problem.event}"] if problem.event is not None else []
    return f"{problem.kind}: {', '.join(where) or 'the trail'}: {problem.sentence}"


def _notes(paths: list[str]) -> dict[str, str]:
    found = {}
    for path in paths:
        try:
            found[path] = Path(path).read_bytes().decode()
        except (OSError, UnicodeDecodeError) as error:
            said = f"The checkpoint {path} cannot be read: {error}. Name a file with a signed note."
            raise CommandError(said, returncode=2) from error
    return found
