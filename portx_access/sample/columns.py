"""What a column of an account export says, and in whose words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from portx_access.sample.company import Account, Right, World
from portx_access.sample.dates import at
from portx_access.sample.systems import CATALOGUE

Cell = str | datetime | bool


class Facts(NamedTuple):
    """What one row of an account export is about. ``name`` holds several rights, parted as
    that system parts them, where it puts them into one cell."""

    world: World
    account: Account
    name: str
    right: Right | None

    @property
    def used(self) -> date | None:
        return self.world.last_used(self.account)


class Column(NamedTuple):
    """A header, what stands below it, and the field that an import takes it for."""

    header: str
    value: Callable[[Facts], Cell]
    field: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """One system's export. ``parted_by`` parts several rights in one cell, and is blank where
    each right has a row; ``preamble`` stands before the header."""

    system: str
    file: str
    report: str
    exported_by: str
    minutes: int
    columns: tuple[Column, ...]
    parted_by: str = ""
    delimiter: str = ","
    encoding: str = "utf-8"
    preamble: str = ""
    counted: bool = True
    moments_missed: frozenset[str] = field(default_factory=frozenset)

    @property
    def mapping(self) -> Mapping[str, str]:
        return {column.field: column.header for column in self.columns if column.field}


def always(value: Cell) -> Callable[[Facts], Cell]:
    return lambda _: value


def stamp(day: date | None, about: str = "") -> str:
    """A day as the time of a machine, at an hour that differs from account to account."""
    if day is None:
        return ""
    place = sum(about.encode())
    return at(day, 7 + place % 12, place % 60).isoformat().replace("+00:00", "Z")


def known(value: bool | None, yes: str, no: str) -> str:
    return "" if value is None else yes if value else no


def used_stamp(f: Facts, never: str = "") -> str:
    return never if f.account.use == "never" else stamp(f.used, f.account.username)


def created_stamp(f: Facts) -> str:
    return stamp(f.account.created, f.account.uid)


def granted_stamp(f: Facts) -> str:
    return stamp(f.right.granted, f.name) if f.right else ""


def granted_by(f: Facts) -> str:
    return f.right.granted_by if f.right else ""


def reference(f: Facts) -> str:
    return f.right.reference if f.right else ""


def end_day(f: Facts) -> str:
    return f.account.expires.isoformat() if f.account.expires else ""


def okta_type(f: Facts) -> str:
    if f.account.kind == "temporary":
        return f.world.people[f.account.holder].worker.upper()
    return {"personal": "EMPLOYEE", "service": "SERVICE", "emergency": ""}[f.account.kind]


def permits(f: Facts) -> str:
    return next((e.permits for e in CATALOGUE[f.account.system] if e.right == f.name), "")


def is_privileged(f: Facts) -> bool:
    return any(e.privileged for e in CATALOGUE[f.account.system] if e.right == f.name)


def atlassian_last_seen(f: Facts) -> str:
    if f.account.use == "never":
        return "Never accessed"
    return f"{f.used.day} {MONTHS[f.used.month - 1]} {f.used.year}" if f.used else ""


MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def aws_password_used(f: Facts) -> str:
    if not f.account.console:
        return "N/A"
    return used_stamp(f, "no_information").replace("Z", "+00:00")


def aws_key_used(f: Facts) -> str:
    if f.account.kind != "service":
        return "N/A"
    return used_stamp(f).replace("Z", "+00:00")


def aws_created(f: Facts) -> str:
    return created_stamp(f).replace("Z", "+00:00")


def aws_secret_changed(f: Facts) -> str:
    """Lately, unless the account says otherwise: passwords and keys are changed every quarter."""
    account = f.account
    days = f.world.dice("secret", account.system, account.username).randint(5, 75)
    changed = account.secret or max(f.world.day - timedelta(days=days), account.created)
    return stamp(changed, account.uid).replace("Z", "+00:00")


def crm_time(day: date | None) -> Cell:
    """A cell that a workbook holds as a date, and blank where there is none."""
    return at(day, 9).replace(tzinfo=None) if day else ""


def when_service(f: Facts, value: str) -> str:
    return value if f.account.kind == "service" else "N/A"
