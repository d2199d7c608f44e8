"""XLSX workbooks, turned into CSV text by a child process with limits of memory and CPU."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from accounts.connectors.base import ConnectorError, TooLarge, Unreadable, WrongConfiguration

CHILD = Path(__file__).with_name("workbook_child.py")


@dataclass(frozen=True)
class Limits:
    """What one workbook may cost. Sizes are bytes, times are seconds."""

    entries: int = 2_000
    unpacked: int = 800_000_000
    ratio: int = 200
    ratio_from: int = 10_000_000
    rows: int = 1_048_576
    columns: int = 1_000
    cells: int = 20_000_000
    text: int = 2_000_000_000
    memory: int = 1_500_000_000
    cpu: int = 60
    wall: int = 120


@dataclass(frozen=True)
class Spool:
    """A sheet as CSV text in a nameless temporary file; whoever holds it closes ``fd``."""

    fd: int
    sheet: str
    sheets: tuple[str, ...]


_KINDS: dict[str, type[ConnectorError]] = {
    "unreadable": Unreadable,
    "too_large": TooLarge,
    "configuration": WrongConfiguration,
}
_SAVE_AS_CSV = "Save the sheet as CSV UTF-8 and import that."


def digest_of(path: Path) -> tuple[str, int]:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), os.fstat(file.fileno()).st_size


def spool_workbook(path: Path, sheet: str | None, limits: Limits = Limits()) -> Spool:
    fd, name = tempfile.mkstemp(prefix="workbook-")
    Path(name).unlink()
    try:
        told = _run_child(path, sheet, limits, fd)
    except BaseException:
        os.close(fd)
        raise
    return Spool(fd, told["sheet"], tuple(told["sheets"]))


def _run_child(path: Path, sheet: str | None, limits: Limits, out: int) -> dict[str, str]:
    job = json.dumps({"path": str(path.absolute()), "sheet": sheet, "limits": asdict(limits)})
    try:
        child = subprocess.run(  # noqa: S603 - our own interpreter, our own file
            [sys.executable, "-I", str(CHILD), job],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.PIPE,
            env={},
            timeout=limits.wall,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TooLarge(
            f"The workbook took longer than {limits.wall} seconds to read. {_SAVE_AS_CSV}"
        ) from None
    if child.returncode == 0:
        told: dict[str, str] = json.loads(child.stderr)
        return told
    raise _failure(child.returncode, child.stderr, limits)


def _failure(code: int, told: bytes, limits: Limits) -> ConnectorError:
    if code == 1 and told.startswith(b'{"error"'):
        error = json.loads(told)
        return _KINDS[error["error"]](error["message"])
    if code == -signal.SIGXCPU or code == -signal.SIGKILL:
        return TooLarge(f"The workbook took more than {limits.cpu} seconds of work. {_SAVE_AS_CSV}")
    if code == -signal.SIGABRT or b"MemoryError" in told or b"memory allocation" in told:
        return TooLarge(
            f"The workbook needs more than {limits.memory // 1_000_000:,} MB of memory to read. "
            f"{_SAVE_AS_CSV}"
        )
    return Unreadable(f"The workbook is damaged and cannot be read. {_SAVE_AS_CSV}")
