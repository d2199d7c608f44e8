"""`make run` as a user has it: ready, stopped, killed, and started again."""

import http.client
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portx_access.places import BASE_DIR
from tests.portx_access import processes


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def supervisor(folder: Path, port: int) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [sys.executable, "-m", "portx_access.serving"],
        cwd=BASE_DIR,
        env=processes.clean_environment(VAR_DIR=str(folder), PORT=str(port)),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process


def read_until_ready(process: "subprocess.Popen[str]") -> list[str]:
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line.rstrip())
        if line.startswith("Logs:"):
            break
    return lines


def status_of_sign_in(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/sign-in/")
    status = connection.getresponse().status
    connection.close()
    return status


def listening_elsewhere(folder: Path) -> list[str]:
    """Addresses other than loopback on which a process of this installation listens."""
    opened = {
        str(each.readlink())
        for pid in processes.of(folder)
        for each in Path(f"/proc/{pid}/fd").iterdir()
    }
    rows = [
        line.split()
        for name in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]
    ]
    listening = [row[1] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in opened]
    assert listening
    return [address for address in listening if not address.startswith("0100007F")]


def test_serving_survives_a_kill_starts_again_and_stops_what_it_started() -> None:
    port = free_port()
    with processes.folder() as folder:
        with supervisor(folder, port) as process:
            said = read_until_ready(process)
            assert f"Ready: http://127.0.0.1:{port}" in said
            assert "  .venv/bin/python manage.py create_user MAIL --role administrator" in said
            assert status_of_sign_in(port) == 200
            assert listening_elsewhere(folder) == []
            process.kill()
        assert processes.all_gone(folder)

        with supervisor(folder, port) as process:
            read_until_ready(process)
            assert status_of_sign_in(port) == 200
            process.send_signal(signal.SIGTERM)
            assert process.wait() == 0
        assert processes.of(folder) == []


def test_serving_refuses_a_taken_port_and_starts_nothing() -> None:
    with processes.folder() as folder, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "portx_access.serving"],
            cwd=BASE_DIR,
            env=processes.clean_environment(VAR_DIR=str(folder), PORT=str(port)),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 1
        assert done.stderr == (
            f"Port {port} cannot be used (Address already in use). Stop what uses it, or take "
            "another one: make run PORT=8123\n"
        )
        assert list(folder.iterdir()) == []
