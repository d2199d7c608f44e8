"""A company of any size: a roster and the accounts of one system, as files and as imported."""

import csv
from collections.abc import Iterable, Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection

import clock
from accounts.models import System, User
from audit.actors import Actor, Channel

SYSTEM = "Ledger"
RIGHTS = 500
GRANTS_AN_ACCOUNT = 5
REPORTS = 10
SAM, OLGA = "sam@bench.example", "olga@bench.example"


def folder() -> Path:
    return Path(settings.VAR_DIR)


def accounts_file() -> Path:
    return folder() / "accounts.csv"


def write_files(*, size: int) -> None:
    """The roster and the accounts of ``size`` grants, five an account, an account a person."""
    people = max(size // GRANTS_AN_ACCOUNT, 1)
    _write(folder() / "roster.csv", _roster(people))
    _write(accounts_file(), _grants(size))


def _write(path: Path, rows: Iterable[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def _roster(people: int) -> Iterator[list[str]]:
    """A manager has ten reports; one person in two hundred has left."""
    yield ["employee_id", "name", "mail", "title", "department", "status", "manager"]
    for n in range(people):
        manager = f"E{(n - 1) // REPORTS:07}" if n else ""
        status = "terminated" if n % 200 == 199 else "active"
        title, department = f"Engineer {n % 7}", f"Department {n % 40}"
        name, mail = f"Person {n:07}", f"p{n:07}@bench.example"
        yield [f"E{n:07}", name, mail, title, department, status, manager]


def _grants(size: int) -> Iterator[list[str]]:
    """Mostly personal accounts in use; some idle, some of machines, some of nobody we know."""
    yield [
        *("account_id", "username", "mail", "name", "account_type", "status", "created"),
        *("last_used", "mfa", "owner", "purpose", "entitlement", "privileged", "granted"),
    ]
    today = clock.now().replace(hour=7, minute=30, second=0, microsecond=0)
    used = [(today - timedelta(days=n)).strftime("%Y-%m-%dT%H:%M:%SZ") for n in range(130)]
    for n in range(size // GRANTS_AN_ACCOUNT):
        account = _account(n, used)
        for k in range(GRANTS_AN_ACCOUNT):
            right = (n * 7 + k * 101) % RIGHTS
            privileged = "yes" if right < RIGHTS // 100 else "no"
            yield [*account, f"ledger.role.{right:03}", privileged, f"2025-0{k + 1}-14"]


def _account(n: int, used: list[str]) -> list[str]:
    is_service, is_orphan = n % 50 == 17, n % 100 == 33
    last_used = used[n % 25] if n % 10 else used[40 + n % 90]
    mail = "" if is_service or is_orphan else f"p{n:07}@bench.example"
    return [
        *(f"A{n:07}", f"svc-{n}" if is_service else f"p{n:07}", mail),
        *(f"Account {n:07}", "service" if is_service else "user", "active"),
        *(f"2024-{n % 12 + 1:02}-{n % 28 + 1:02}", last_used, "no" if n % 9 == 0 else "yes"),
        f"p{n // 2:07}@bench.example" if is_service else "",
        "Moves files between systems" if is_service else "",
    ]


def make_tables() -> None:
    command("migrate", "--verbosity=0")


def clear() -> None:
    """Start from nothing: launched campaigns and the trail refuse to be emptied."""
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    make_tables()


def settle_down(**_: Any) -> None:
    """Leave nothing for autovacuum to do while somebody measures."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def found_company(**_: Any) -> None:
    """An empty database but for the people, Sam of security and Olga, who owns the system."""
    clear()
    command("create_user", SAM, "--role", "security")
    command("create_user", OLGA, "--role", "reviewer")
    command("import_people", str(folder() / "roster.csv"))
    settle_down()


def import_accounts(**_: Any) -> None:
    exported = clock.now().isoformat()
    command(
        *("import_accounts", SYSTEM, str(accounts_file()), "--owner", OLGA),
        *("--exported-at", exported),
    )


def command(*words: str) -> None:
    """A command as somebody types it, without what it prints."""
    call_command(*words, stdout=StringIO())


def sam() -> Actor:
    return Actor.user(User.objects.get(email=SAM).pk, Channel.COMMAND)


def the_system() -> System:
    return System.objects.get(name=SYSTEM)
