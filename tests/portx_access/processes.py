"""Looking at the processes that a test started, by the folder they work on."""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

SECONDS = 20.0


def quick_place() -> Path | None:
    """A disk of memory where there is a large one: durable servers wait for their disk a lot."""
    memory = Path("/dev/shm")  # noqa: S108 - every folder in it is made by mkdtemp
    if memory.is_dir() and shutil.disk_usage(memory).free > 1_000_000_000:
        return memory
    return None


@contextmanager
def folder() -> Iterator[Path]:
    """A short path for servers to live in; whoever still works on it at the end is ended."""
    path = Path(tempfile.mkdtemp(prefix="portx-", dir=quick_place()))
    try:
        yield path
    finally:
        for pid in of(path):
            os.kill(pid, signal.SIGKILL)
        assert all_gone(path)
        shutil.rmtree(path)


def of(folder: Path) -> list[int]:
    """Every living process whose command line or environment names the folder."""
    word = os.fsencode(folder)
    return [
        pid for pid in _all() if any(word in _read(pid, name) for name in ("cmdline", "environ"))
    ]


def _all() -> list[int]:
    own = os.getpid()
    return [int(each.name) for each in Path("/proc").glob("[0-9]*") if int(each.name) != own]


def _read(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""


def comes_true(condition: Callable[[], bool]) -> bool:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.05)
    return False


def all_gone(folder: Path) -> bool:
    return comes_true(lambda: not of(folder))


def clean_environment(**more: str) -> dict[str, str]:
    """Ours, less what says that this is a test with servers of its own."""
    of_tests = {"DATABASE_URL", "REDIS_URL", "PORTX_TESTING", "SECRET_KEY", "VAR_DIR", "LOG_LEVEL"}
    of_tests |= {"DJANGO_SETTINGS_MODULE", "SAMPLE", "PUBLIC_URL", "PORT"}
    kept = {name: value for name, value in os.environ.items() if name not in of_tests}
    return {**kept, **more}
