"""The embedded PostgreSQL and Redis: sharing them among processes, and letting go of them.

Every process of ours that needs the servers holds a shared lock on one file. A keeper process
(see `keeper`) starts the servers, and stops them when it can take that lock for itself alone.
The kernel frees the lock of a process that dies, by whatever cause: nobody has to tidy up.
"""

import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from portx_access import keeper
from portx_access.places import BASE_DIR

POLL_SECONDS = 0.05


class CannotStart(Exception):
    """The embedded servers did not start; the message says what to do."""


@dataclass
class Share:
    """One process's hold on the servers; they run at least until it is released."""

    folder: Path
    descriptor: int
    database_url: str
    redis_url: str

    @property
    def environment(self) -> dict[str, str]:
        return {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}

    def release(self) -> None:
        """Let go; when nobody else holds on, return only once the servers have stopped."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1
            _wait_for_the_end(self.folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.release()


def share(folder: Path, *, throwaway: bool = False) -> Share:
    """Hold the servers whose data lies in `folder`, and start them if nobody has.

    Throw-away servers do not wait for the disk, and their folder goes when they stop.
    A child process that is given `descriptor` (pass_fds) prolongs the hold until it ends, too.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.geteuid():
        raise CannotStart(
            f"{folder} belongs to another user. Run this as that user, or set VAR_DIR to a folder "
            "of your own."
        )
    with _lock(folder / "start.lock", fcntl.LOCK_EX):
        # Waits here while a keeper that nobody holds any more is stopping its servers.
        descriptor = _locked(keeper.holders(folder), fcntl.LOCK_SH)
        try:
            if not _is_taken(keeper.alive(folder)):
                _start_keeper(folder, throwaway=throwaway)
            addresses = keeper.addresses(folder)
        except BaseException:
            os.close(descriptor)
            raise
    return Share(folder, descriptor, addresses.database_url, addresses.redis_url)


def is_in_use(folder: Path) -> bool:
    """Whether anybody holds these servers; those that nobody holds have stopped by then."""
    _wait_for_the_end(folder)
    return _is_taken(keeper.holders(folder))


def _start_keeper(folder: Path, *, throwaway: bool) -> None:
    command = [sys.executable, "-m", "portx_access.keeper", str(folder)]
    with (folder / "keeper.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own module, by the interpreter that runs us
            [*command, "--throwaway"] if throwaway else command,
            cwd=BASE_DIR,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
        )
    assert process.stdout is not None  # noqa: S101 - asked for a pipe above
    word = process.stdout.readline()
    process.stdout.close()
    answer = json.loads(word or "{}")
    if "ready" in answer:
        process.returncode = 0  # It outlives us, and nobody waits for it.
        return
    process.wait()
    raise CannotStart(
        answer.get("error")
        or f"The embedded servers did not start. What they said is in {folder / 'keeper.log'}."
    )


def _wait_for_the_end(folder: Path) -> None:
    while _is_taken(keeper.alive(folder)):
        held_alone = _is_taken(keeper.holders(folder), fcntl.LOCK_SH)
        if _is_taken(keeper.holders(folder)) and not held_alone:
            return
        time.sleep(POLL_SECONDS)


def _locked(path: Path, how: int) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, how)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


@contextmanager
def _lock(path: Path, how: int) -> Iterator[None]:
    descriptor = _locked(path, how)
    try:
        yield
    finally:
        os.close(descriptor)


def _is_taken(path: Path, how: int = fcntl.LOCK_EX) -> bool:
    try:
        with _lock(path, how | fcntl.LOCK_NB):
            return False
    except FileNotFoundError:
        return False  # A throw-away folder is gone with its servers.
    except BlockingIOError:
        return True
