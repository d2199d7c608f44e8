"""The supervisor behind `make run`: it starts everything that serves, and stops what it started.

The web server, the worker and the relay are children of this process. They end when it ends, even
by kill -9, and each holds on to the embedded servers until it is done itself.
"""

import ctypes
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from portx_access import embedded, entry, keeper
from portx_access.environment import read_count
from portx_access.places import BASE_DIR, SERVED_AT, VAR_DIR

READY_SECONDS = 60
# A chunk of work takes under 30 seconds, and is waited for.
STOP_SECONDS = 45
PAUSE_SECONDS = 0.2
BIGGEST_LOG = 20_000_000
PR_SET_PDEATHSIG = 1

libc = ctypes.CDLL(None, use_errno=True)


class Ended(Exception):
    """Somebody asked us to stop."""


@dataclass
class Child:
    """One long-running program, started again when it ends by itself."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    keep_open: tuple[int, ...]
    process: subprocess.Popen[bytes] = field(init=False)
    started: float = field(init=False, default=0.0)

    @property
    def log(self) -> Path:
        return VAR_DIR / "log" / f"{self.name}.log"

    def start(self) -> None:
        if self.log.exists() and self.log.stat().st_size > BIGGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        self.started = time.monotonic()
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(  # noqa: S603 - our own programs
                self.command,
                cwd=BASE_DIR,
                env=dict(self.environment),
                pass_fds=self.keep_open,
                # Ctrl-C reaches us alone, and we stop the children in order.
                start_new_session=True,
                preexec_fn=_end_with_the_parent,  # noqa: PLW1509 - this process has one thread
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def revive(self) -> None:
        """Start again what has ended, at most every few seconds."""
        if self.process.poll() is not None and time.monotonic() - self.started > 3:
            say(f"The {self.name} ended by itself and is started again; see {self.log}.")
            self.start()

    def signal(self, number: signal.Signals) -> None:
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            return


def _end_with_the_parent() -> None:
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def say(sentence: str) -> None:
    # Whoever read our words may be gone already (make run | tee); stopping goes on all the same.
    with suppress(OSError):
        os.write(sys.stdout.fileno(), f"{sentence}\n".encode())


def main() -> None:
    port = read_count("PORT", 8000)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _leave)
    try:
        _refuse_a_taken_port(port)
        if entry.drop_half_a_sample():
            say("The sample company was not loaded to its end last time; it is loaded anew.")
        (VAR_DIR / "log").mkdir(mode=0o700, parents=True, exist_ok=True)
        os.environ.setdefault("PUBLIC_URL", f"http://127.0.0.1:{port}")
        SERVED_AT.write_text(os.environ["PUBLIC_URL"] + "\n", encoding="ascii")
        say("Starting PostgreSQL and Redis.")
        with entry.prepare(["manage.py", "prepare"]) or nullcontext() as servers:
            _serve(port, (servers.descriptor,) if servers else ())
    except (embedded.CannotStart, keeper.Refused, CannotServe) as refusal:
        sys.exit(str(refusal))
    except Ended:
        say("Stopped.")


class CannotServe(Exception):
    """A full sentence on why nothing serves."""


_asked_at = 0.0


def _leave(_number: int, _frame: FrameType | None) -> None:
    """Make and the terminal may both pass one Ctrl-C on to us; it counts once."""
    global _asked_at
    before, _asked_at = _asked_at, time.monotonic()
    if _asked_at - before > 1:
        raise Ended


def _refuse_a_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CannotServe(
                f"Port {port} cannot be used ({error.strerror}). Stop what uses it, or take "
                "another one: make run PORT=8123"
            ) from None


def _serve(port: int, keep_open: tuple[int, ...]) -> None:
    say("Preparing the database.")
    sign_ins = _prepare()
    children = [
        Child(name, command, _environment(), keep_open) for name, command in _programs(port)
    ]
    try:
        for child in children:
            child.start()
        _wait_until_ready(port, children)
        say(f"\nReady: {os.environ['PUBLIC_URL']}\n{sign_ins}Logs: {VAR_DIR / 'log'}")
        while True:
            time.sleep(1)
            for child in children:
                child.revive()
    finally:
        _stop([child for child in children if child.started])


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONUNBUFFERED": "1", "VAR_DIR": str(VAR_DIR)}


def _prepare() -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", "prepare"],
        cwd=BASE_DIR,
        env=_environment(),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CannotServe("The database could not be prepared; what is wrong stands above.")
    return done.stdout


def _programs(port: int) -> list[tuple[str, list[str]]]:
    python = sys.executable
    web = [python, "-m", "gunicorn", "--config=python:portx_access.web", "--log-level=warning"]
    # Browsers knock themselves: they keep connections, and some are slow to close them.
    web += ["--threads=4", "--worker-connections=1000", "--keep-alive=2"]
    web += [f"--bind=127.0.0.1:{port}", "portx_access.wsgi"]
    worker = [python, "-m", "celery", "--app=portx_access.celery", "--quiet", "worker"]
    worker += ["--concurrency=2", "--without-gossip", "--without-mingle", "--loglevel=WARNING"]
    return [("web", web), ("worker", worker), ("relay", [python, "manage.py", "relay"])]


def _wait_until_ready(port: int, children: list[Child]) -> None:
    until = time.monotonic() + READY_SECONDS
    while not _answers(port):
        ended = [child for child in children if child.process.poll() is not None]
        if ended or time.monotonic() > until:
            name = (ended or children)[0].name
            raise CannotServe(f"The {name} did not start; see {VAR_DIR / 'log' / name}.log.")
        time.sleep(PAUSE_SECONDS)


def _answers(port: int) -> bool:
    """Whether the sign-in page opens, asked for as the proxy in front would."""
    public = urlsplit(os.environ["PUBLIC_URL"])
    headers = {"Host": public.netloc, "X-Forwarded-Proto": public.scheme}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/sign-in/", headers=headers)
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


def _stop(children: list[Child]) -> None:
    """Let everybody finish; a second Ctrl-C, or patience at its end, finishes them."""
    say("\nStopping.")
    try:
        for child in children:
            # The group gets the last word only: a worker's own children are its own to end.
            child.process.send_signal(signal.SIGTERM)
        until = time.monotonic() + STOP_SECONDS
        while any(child.process.poll() is None for child in children):
            if time.monotonic() > until:
                break
            time.sleep(PAUSE_SECONDS / 4)
    except Ended:
        say("Not waiting any longer.")
    finally:
        for child in children:
            child.signal(signal.SIGKILL)
            child.process.wait()


if __name__ == "__main__":
    main()
