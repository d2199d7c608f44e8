"""The two roles for a server of one's own: the application works, and cannot touch the trail."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from portx_access import embedded, keeper
from portx_access.places import BASE_DIR
from tests.portx_access import processes

EVENT = """
INSERT INTO audit_event (stream, at, verb, actor, target, channel, request, body)
VALUES ('system', now(), 'probe', 'system:test', 'user:1', 'job', '', '{}')
"""
SCRIPT = (BASE_DIR / "scripts" / "database-roles.sql").read_text()


@pytest.fixture(scope="module")
def application() -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    """A connection of portx_app to a database that portx_owner has migrated."""
    with processes.folder() as folder, embedded.share(folder / "own", throwaway=True) as share:
        place = folder / "own"
        password = json.loads((place / "passwords.json").read_text())["postgres"]
        host = quote(str(keeper.sockets(place)), safe="")
        with psycopg.connect(
            f"postgresql://postgres:{password}@{host}/portx", autocommit=True
        ) as superuser:
            superuser.execute("CREATE ROLE portx_owner LOGIN PASSWORD 'owner'")
            superuser.execute("CREATE ROLE portx_app LOGIN PASSWORD 'app'")
            superuser.execute(SCRIPT)
            _migrate(f"postgresql://portx_owner:owner@{host}/portx", share.redis_url, folder)
            superuser.execute(SCRIPT)
        with psycopg.connect(
            f"postgresql://portx_app:app@{host}/portx", autocommit=True
        ) as connection:
            yield connection


def _migrate(database_url: str, redis_url: str, var: Path) -> None:
    environment = processes.clean_environment(
        DATABASE_URL=database_url, REDIS_URL=redis_url, VAR_DIR=str(var), SECRET_KEY="k" * 50
    )
    command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    subprocess.run(command, cwd=BASE_DIR, env=environment, check=True)


def test_application_records_an_event_and_notes_it(
    application: "psycopg.Connection[tuple[object, ...]]",
) -> None:
    before = application.execute("SELECT count(*) FROM audit_pending").fetchone()
    application.execute(EVENT)
    after = application.execute("SELECT count(*) FROM audit_pending").fetchone()
    assert (before, after) == ((0,), (1,))


@pytest.mark.parametrize(
    "forbidden",
    [
        "UPDATE audit_event SET body = ''",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
        "DELETE FROM audit_leaf",
        "UPDATE audit_node SET hash = ''",
        "DELETE FROM audit_checkpoint",
        "DELETE FROM audit_disclosure",
        "ALTER TABLE audit_event DISABLE TRIGGER ALL",
        "DROP TABLE audit_event",
        "SET session_replication_role = replica",
    ],
)
def test_application_cannot_touch_the_trail(
    application: "psycopg.Connection[tuple[object, ...]]", forbidden: str
) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        application.execute(forbidden)
