"""Running our commands as a person at a terminal does, and reading what they say."""

import json
import subprocess
import sys
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import CommandError, call_command

from tests.jobs.processes import environment

DONE, WRONG_INPUT, NEEDS_A_PERSON = 0, 2, 3


@dataclass(frozen=True)
class Ran:
    """How a command ended: its exit status, its object of JSON, its words on stderr."""

    status: int
    said: dict[str, Any]
    errors: str


def run(name: str, *arguments: object) -> Ran:
    """The command in this process, with ``--json``; ``manage.py`` ends as this says."""
    out, err, status = StringIO(), StringIO(), DONE
    try:
        call_command(name, *map(str, arguments), "--json", stdout=out, stderr=err)
    except CommandError as refusal:
        status = refusal.returncode
        err.write(f"{refusal}\n")
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    return Ran(status, json.loads(out.getvalue() or "{}"), err.getvalue())


def run_well(name: str, *arguments: object) -> dict[str, Any]:
    """What a command says that does what it is told."""
    ran = run(name, *arguments)
    assert ran.status == DONE, ran.errors
    return ran.said


def run_apart(name: str, *arguments: object) -> Ran:
    """``manage.py`` in a process of its own, on the servers and the database of this test."""
    done = subprocess.run(
        [sys.executable, "manage.py", name, *map(str, arguments), "--json"],
        cwd=settings.BASE_DIR,
        env=environment(),
        capture_output=True,
        text=True,
    )
    return Ran(done.returncode, json.loads(done.stdout or "{}"), done.stderr)


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
