"""The frame: servers for the run, a process for each step, and the table that comes of it."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from portx_access import embedded
from portx_access.keys import make_secret_key
from portx_access.places import BASE_DIR

RESULT = BASE_DIR / "var" / "bench.json"
_FORMAT = "{:<16}{:>11}{:>11}{:>11}{:>8}{:>10}{:>7}{:>10}"
_HEAD = ("name", "size", "seconds", "limit", "ratio", "at most", "aim", "peak MB")


class Goal(NamedTuple):
    """What is asked of a ratio: at most so much, better so much."""

    at_most: float
    aim: float


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: an act, its bare limit, and the memory of the act's process."""

    name: str
    size: int
    seconds: float
    limit_seconds: float
    ratio: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure that has no bare limit beside it, and what it may be at most."""

    name: str
    size: int
    value: float
    unit: str
    at_most: float


@contextmanager
def servers() -> Iterator[None]:
    """Embedded servers of our own, as durable as in production, that go when we are done."""
    home = BASE_DIR / "var"
    home.mkdir(mode=0o700, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=home))
    try:
        make_secret_key(folder / "keys")
        with embedded.share(folder / "servers") as share:
            os.environ.update(share.environment, VAR_DIR=str(folder), LOG_LEVEL="WARNING")
            os.environ["DJANGO_SETTINGS_MODULE"] = "portx_access.settings"
            yield
    finally:
        shutil.rmtree(folder)


def run(step: str, **given: Any) -> tuple[float, float]:
    """Run ``module.function`` of this package in a new process: its seconds, its peak in MB."""
    done = subprocess.run(  # noqa: S603 - our own module, by the interpreter that runs us
        [sys.executable, "-m", "bench.child", f"bench.{step}", json.dumps(given)],
        cwd=BASE_DIR,
        stdout=subprocess.PIPE,
        check=True,
    )
    seconds, peak = json.loads(done.stdout)
    return seconds, peak


class Table:
    """Prints each row as it comes and keeps them all in var/bench.json."""

    def __init__(self) -> None:
        self.rows: list[Row | Figure] = []
        print(_FORMAT.format(*_HEAD))

    def measure(
        self,
        name: str,
        size: int,
        *,
        act: str,
        limit: str,
        before: str = "",
        goal: Goal | None = None,
        times: int = 1,
        **given: Any,
    ) -> None:
        """Take turns between an act and its limit and keep the best of each.

        ``before`` is a step that makes ready for each turn. What a busy machine does to one
        turn of the two it does to the other, too.
        """
        acts, limits, peak = [], [], 0.0
        for turn in range(times):
            if before:
                run(before, turn=turn, **given)
            seconds, memory = run(act, turn=turn, **given)
            acts.append(seconds)
            peak = max(peak, memory)
            limits.append(run(limit, turn=turn, **given)[0])
        self._add(Row(name, size, *_rounded(min(acts), min(limits)), round(peak, 1)), goal)

    def compare(
        self, name: str, size: int, *, seconds: float, limit: float, peak: float, goal: Goal | None
    ) -> None:
        """Add a row whose limit was measured elsewhere in this run."""
        self._add(Row(name, size, *_rounded(seconds, limit), round(peak, 1)), goal)

    def tell(
        self, name: str, size: int, *, step: str, unit: str, at_most: float, **given: Any
    ) -> None:
        """Measure what is a figure of its own, with its limit by agreement."""
        value, _ = run(step, **given)
        self.rows.append(Figure(name, size, round(value, 3), unit, at_most))
        print(f"{name:<16}{size:>11,}{value:>11,.3f} {unit}, at most {at_most:,g}", flush=True)
        self._write()

    def _write(self) -> None:
        RESULT.write_text(json.dumps([asdict(each) for each in self.rows], indent=1) + "\n")

    def _add(self, row: Row, goal: Goal | None) -> None:
        self.rows.append(row)
        wanted = (f"{goal.at_most:g}", f"{goal.aim:g}") if goal else ("", "")
        print(
            _FORMAT.format(
                row.name,
                f"{row.size:,}",
                f"{row.seconds:.3g}",
                f"{row.limit_seconds:.3g}",
                f"{row.ratio:.2f}",
                *wanted,
                f"{row.peak_mb:.0f}",
            ),
            flush=True,
        )
        self._write()


def _rounded(seconds: float, limit: float) -> tuple[float, float, float]:
    return round(seconds, 3), round(limit, 3), round(seconds / limit, 2)
