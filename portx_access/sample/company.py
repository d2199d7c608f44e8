"""What the sample company is made of: its people, their accounts and rights on one day."""

import random
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Literal

from portx_access.sample.dates import Dates

COMPANY = "Northlark Payments"
DOMAIN = "northlark.example"
SEED = 4711

Use = date | Literal["regular", "never", "unknown"]


class Plant(StrEnum):
    """The facts that stand in the sample on purpose, so that each rule has its case."""

    LEAVER_USED_AFTER = "left, account live and used after leaving"
    LEAVER_NOT_USED = "left, account live, not used after leaving"
    LEAVER_USE_UNKNOWN = "left, account live, last use not known"
    GONE_FROM_ROSTER = "gone from the roster, account live"
    INACTIVE = "not used for more than 90 days"
    NEVER_USED = "never used, older than 30 days"
    LAST_USE_UNKNOWN = "last use unknown"
    MFA_UNKNOWN = "second factor unknown"
    STATUS_UNKNOWN = "status unknown"
    RAISED = "right raised since the last review"
    BACK_AGAIN = "revoked last quarter, gone, and back again"
    NOT_REMOVED = "revoked last quarter and still there"
    MOVED = "team, title or manager changed"
    NEW_RIGHT = "right given since the last review"
    TEMPORARY_EXPIRED = "temporary account past its end date"
    TEMPORARY_NO_END = "temporary account without an end date"
    TEMPORARY_NO_SPONSOR = "temporary account without a sponsor"
    SERVICE_NO_OWNER = "service account without an owner"
    SERVICE_NO_PURPOSE = "service account without a purpose"
    SERVICE_OWNER_LEFT = "service account whose owner left"
    SERVICE_INTERACTIVE = "service account that signs in at a console"
    UNROTATED = "privileged, with a password that is older than 90 days"
    NO_SECOND_FACTOR = "privileged, without a second factor"
    UNUSUAL = "right that hardly anybody among the peers has"
    NO_NEED = "Customer Confidential right without a recorded need"
    BEYOND_ROLE = "temporary account beyond the rights of its role"
    DUTY_CONFLICT = "two rights that nobody should hold together"
    EMERGENCY_USED = "emergency account used without an explanation"
    GENERIC = "generic name under which several people work"
    GENERIC_PERSONAL = "generic name of a personal account"
    ORPHANED = "account that matches no person and no team"
    TWO_ACCOUNTS = "two personal accounts of one person in one system"
    OUTSIDE_TEAM = "firewall administration outside the allowed teams"
    MATCH_BY_MAIL = "account that matches by mail only"
    MATCH_BY_NAME = "account that matches by name only"
    MANAGER_CIRCLE = "managers in a circle"
    MANAGER_UNKNOWN = "manager nobody knows"
    MANAGER_MISSING = "no manager named"
    MANAGER_DEPARTED = "manager who has left"
    MANAGER_AMBIGUOUS = "manager's name fits two people"


@dataclass(frozen=True, slots=True)
class Planted:
    """Where a plant stands: in an account (and one right of it), or with a person."""

    plant: Plant
    system: str = ""
    username: str = ""
    right: str = ""
    person: str = ""


@dataclass(slots=True)
class Human:
    """A row of a roster. ``key`` is the local part of the mail; ``manager`` is a key, and
    ``manager_written`` what the roster says where it is not simply that manager."""

    key: str
    name: str
    number: str
    title: str
    department: str
    team: str
    manager: str
    start: date
    end: date | None = None
    worker: str = "Employee"
    status: str = "Active"
    listed: bool = True
    manager_written: str | None = None

    @property
    def mail(self) -> str:
        return mail_of(self.key)


@dataclass(frozen=True, slots=True)
class Right:
    granted: date
    granted_by: str = ""
    reference: str = ""


@dataclass(slots=True)
class Account:
    """An account as it truly is; what a file says of it is for the export to show.

    ``use`` is the day of the last use where that has ended, else how it is used. ``mfa`` and
    ``active`` are None where the system does not say. ``console`` is whether it can sign in
    with a password, as a person does. ``secret`` is the day on which its password or key was
    changed, where that was not lately.
    """

    system: str
    username: str
    uid: str
    name: str
    created: date
    holder: str = ""
    kind: str = "personal"
    mail: str = ""
    number: str = ""
    active: bool | None = True
    use: Use = "regular"
    mfa: bool | None = True
    owner: str = ""
    sponsor: str = ""
    purpose: str = ""
    console: bool = True
    secret: date | None = None
    expires: date | None = None
    rights: dict[str, Right] = field(default_factory=dict)


@dataclass(slots=True)
class World:
    """The company on one day. ``doubled`` rows stand twice in their file, ``keyless`` ones
    name nobody; both are rejected by an import."""

    dates: Dates
    day: date
    seed: int
    people: dict[str, Human] = field(default_factory=dict)
    accounts: dict[tuple[str, str], Account] = field(default_factory=dict)
    planted: list[Planted] = field(default_factory=list)
    doubled: set[str] = field(default_factory=set)
    keyless: dict[str, str] = field(default_factory=dict)

    def dice(self, *about: str) -> random.Random:
        """Chance that depends on what it is about and on nothing drawn before."""
        return random.Random(f"{self.seed}/{'/'.join(about)}")  # noqa: S311 - no secret is made

    def accounts_of(self, person: str) -> Iterator[Account]:
        return (account for account in self.accounts.values() if account.holder == person)

    def account(self, system: str, username: str) -> Account:
        return self.accounts[system, username]

    def add(self, account: Account) -> Account:
        key = account.system, account.username
        if key in self.accounts:
            raise ValueError(f"{account.system} has {account.username} already.")
        self.accounts[key] = account
        return account

    def remove(self, system: str, username: str, right: str = "") -> None:
        if right:
            del self.accounts[system, username].rights[right]
        else:
            del self.accounts[system, username]

    def plant(self, plant: Plant, account: Account, right: str = "") -> None:
        self.planted.append(Planted(plant, account.system, account.username, right, account.holder))

    def plant_person(self, plant: Plant, person: str) -> None:
        self.planted.append(Planted(plant, person=person))

    def last_used(self, account: Account) -> date | None:
        """The day of the last use as known on this day; None for never and unknown."""
        if account.use in ("never", "unknown"):
            return None
        idle = self.dice("idle", account.system, account.username, str(self.day)).choice(IDLE_DAYS)
        regular = max(self.day - timedelta(days=idle), account.created)
        return regular if isinstance(account.use, str) else min(regular, account.use)


IDLE_DAYS = (0, 0, 0, 1, 1, 2, 2, 3, 5, 8, 13, 21)


def mail_of(key: str) -> str:
    return f"{key}@{DOMAIN}"


def slug(name: str) -> str:
    """The name as the local part of a mail address: "Zofia Wiśniewska" is zofia.wisniewska."""
    letters = unicodedata.normalize("NFKD", name.lower().translate(_STROKES))
    return ".".join(
        "".join(c for c in letters if c.isascii() and (c.isalnum() or c == " ")).split()
    )


_STROKES = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ß": "ss", "-": " "})
