"""The named cast, and what they act on: factories for tests, and nothing of the product's own.

Alice reviews, Bob manages elsewhere, Carol audits, Sam is security, Ada administers. Each is a
user with a person: ``alice.person``. The factories write rows as an import would leave them.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

import clock
from accounts.enums import (
    AccountStatus,
    AccountType,
    Answer,
    LastUse,
    LinkMethod,
    PersonStatus,
    Role,
    RunState,
    SourceKind,
    WorkerType,
)
from accounts.models import (
    Account,
    Entitlement,
    Grant,
    ImportRun,
    Person,
    Source,
    System,
    Team,
    User,
)
from audit.actors import Actor, Channel

NOON = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
PASSWORD = "correct horse battery staple"

_numbers = count(1)


@pytest.fixture
def noon() -> Iterator[datetime]:
    """The clock stands at noon UTC on Monday 5 October 2026."""
    with clock.set_to(NOON):
        yield NOON


def make_team(name: str = "", **fields: Any) -> Team:
    return Team.objects.create(name=name or f"Team {next(_numbers)}", **fields)


def make_person(name: str = "", **fields: Any) -> Person:
    number = next(_numbers)
    name = name or f"Person {number}"
    fields.setdefault("mail", f"{name.lower().replace(' ', '.')}@example.com")
    fields.setdefault("employee_id", f"E{number:04}")
    fields.setdefault("status", PersonStatus.ACTIVE)
    fields.setdefault("worker_type", WorkerType.EMPLOYEE)
    return Person.objects.create(name=name, **fields)


def make_user(person: Person, role: Role = Role.REVIEWER, **fields: Any) -> User:
    return User.objects.create_user(
        person.mail,
        PASSWORD,
        role=role,
        person=person,
        date_joined=fields.pop("date_joined", NOON),
        **fields,
    )


def make_system(name: str = "", **fields: Any) -> System:
    return System.objects.create(name=name or f"System {next(_numbers)}", **fields)


def make_run(system: System | None = None, *, roster: str = "people", **fields: Any) -> ImportRun:
    """A complete run of the system's source, or of the roster's, that now stands."""
    if system is None:
        source, _ = Source.objects.get_or_create(kind=SourceKind.ROSTER, name=roster)
    else:
        source, _ = Source.objects.get_or_create(
            kind=SourceKind.SYSTEM, system=system, defaults={"name": system.name}
        )
    read_at = fields.pop("read_at", NOON)
    fields.setdefault("state", RunState.COMPLETE)
    fields.setdefault("uploaded_at", read_at)
    fields.setdefault("uploaded_by_ref", "system:tests")
    run = ImportRun.objects.create(source=source, read_at=read_at, **fields)
    if run.state == RunState.COMPLETE:
        Source.objects.filter(pk=source.pk).update(current_run=run)
    return run


def make_account(system: System, username: str = "", **fields: Any) -> Account:
    """A personal account in use, unless the fields say otherwise."""
    username = username or f"person{next(_numbers)}"
    fields.setdefault("type", AccountType.PERSONAL)
    fields.setdefault("status", AccountStatus.ACTIVE)
    fields.setdefault("created", datetime(2024, 3, 1, tzinfo=UTC))
    if "last_use" not in fields:
        fields.setdefault("last_used", datetime(2026, 10, 2, tzinfo=UTC))
        fields["last_use"] = LastUse.KNOWN
    if fields.get("person") is not None:
        fields.setdefault("link_method", LinkMethod.MAIL)
    fields.setdefault("first_seen_at", NOON)
    fields.setdefault("key", username)
    return Account.objects.create(system=system, username=username, **fields)


def make_entitlement(system: System, key: str = "", **fields: Any) -> Entitlement:
    fields.setdefault("first_seen_at", NOON)
    fields.setdefault("privileged", Answer.NO)
    return Entitlement.objects.create(system=system, key=key or f"right-{next(_numbers)}", **fields)


def make_grant(account: Account, entitlement: Entitlement, **fields: Any) -> Grant:
    fields.setdefault("first_seen_at", NOON)
    return Grant.objects.create(account=account, entitlement=entitlement, **fields)


def person_of(user: User) -> Person:
    """The person behind one of the cast; every one of them has one."""
    if user.person is None:
        raise LookupError(f"{user.email} is nobody's login.")
    return user.person


def acting(user: User, channel: Channel = Channel.PAGE) -> Actor:
    return Actor.user(user.pk, channel)


@pytest.fixture
def alice(db: None) -> User:
    """Reviews: a manager without any other role."""
    return make_user(make_person("Alice Okafor", title="Head of Payments"))


@pytest.fixture
def bob(db: None) -> User:
    """Manages elsewhere: nothing of Alice's is Bob's."""
    return make_user(make_person("Bob Larsen", title="Head of Support"))


@pytest.fixture
def carol(db: None) -> User:
    return make_user(make_person("Carol Mensah", title="Auditor"), Role.AUDITOR)


@pytest.fixture
def sam(db: None) -> User:
    return make_user(make_person("Sam Ito", title="Security engineer"), Role.SECURITY)


@pytest.fixture
def ada(db: None) -> User:
    return make_user(make_person("Ada Novak", title="IT administrator"), Role.ADMINISTRATOR)


@pytest.fixture
def owner(db: None) -> User:
    """Olga owns the ledger, and has no role beyond that."""
    return make_user(make_person("Olga Petrova", title="Ledger owner"))


@pytest.fixture
def ledger(owner: User) -> System:
    """A system of Olga's that was read at noon."""
    system = make_system("Ledger", owner=owner.person)
    make_run(system)
    return system
