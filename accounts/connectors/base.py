"""The contract of a connector: what it declares, what it reads, how it fails.

A connector finishes its read or it raises; it never returns a shorter list. A capability that
it lacks means "not available", which is not the same as empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Capability(StrEnum):
    """What a source of this kind can tell."""

    PEOPLE = "people"
    ACCOUNTS = "accounts"
    ENTITLEMENTS = "entitlements"
    GRANTS = "grants"
    LAST_USE = "last_use"
    MFA = "mfa"
    OWNER = "owner"
    EXPIRY = "expiry"


@dataclass(frozen=True)
class ConfigField:
    """One setting of a source. A secret is encrypted at rest, never logged, never evidence."""

    name: str
    label: str
    help: str = ""
    required: bool = False
    secret: bool = False
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Connector:
    """What a connector says of itself; ``version`` is noted with every import run."""

    kind: str
    title: str
    version: str
    capabilities: frozenset[Capability]
    config: tuple[ConfigField, ...]


@dataclass(frozen=True)
class RecordShape:
    """The fields of a record, in order. Of each group in ``required`` one must be there."""

    name: str
    fields: tuple[str, ...]
    required: tuple[tuple[str, ...], ...]
    dates: tuple[str, ...]


PERSON = RecordShape(
    name="people",
    fields=(
        "employee_id",
        "name",
        "mail",
        "title",
        "department",
        "team",
        "worker_type",
        "status",
        "start",
        "end",
        "manager",
    ),
    required=(("employee_id", "mail"), ("name",)),
    dates=("start", "end"),
)

ACCOUNT = RecordShape(
    name="accounts",
    fields=(
        "account_id",
        "username",
        "mail",
        "name",
        "account_type",
        "status",
        "created",
        "last_used",
        "last_interactive",
        "mfa",
        "secret_changed",
        "employee_id",
        "owner",
        "sponsor",
        "purpose",
        "expires",
        "entitlement",
        "entitlement_description",
        "privileged",
        "granted",
        "granted_by",
        "request_reference",
    ),
    required=(("account_id", "username"),),
    dates=("created", "last_used", "last_interactive", "secret_changed", "expires", "granted"),
)


@dataclass(frozen=True)
class Completeness:
    """The arithmetic of a read: every row that was read is imported or rejected."""

    read: int
    imported: int
    rejected: int
    source_count: int | None = None

    @property
    def adds_up(self) -> bool:
        counted = self.source_count in (None, self.read)
        return counted and self.read == self.imported + self.rejected

    @property
    def proof(self) -> str:
        """How far the read is proved, in the words that the evidence uses."""
        if self.source_count is None:
            return "complete as to the file, not proved against the source"
        if self.source_count == self.read:
            return f"complete: the source counts {self.source_count} and {self.read} were read"
        return f"incomplete: the source counts {self.source_count} and {self.read} were read"


class ConnectorError(Exception):
    """A read that failed. The message is for people: what is wrong, where, and what to do."""


class WrongConfiguration(ConnectorError):
    """The source is set up wrongly; reading again will not help."""


class Unreadable(ConnectorError):
    """What came is not what this connector reads."""


class Truncated(ConnectorError):
    """The end is missing, or the source changed under the read."""


class TooLarge(ConnectorError):
    """A limit of size, rows, memory or time was passed."""


class SchemaDrift(ConnectorError):
    """A column that was mapped is there no longer."""


@dataclass(frozen=True)
class EncodingChoice:
    """One way to read a file's bytes, with the rows by which a person can tell if it is right."""

    encoding: str
    label: str
    preview: list[list[str]]


class AskEncoding(ConnectorError):
    """The file is not UTF-8 and guessing is not safe: a person picks one of ``choices``."""

    def __init__(self, message: str, choices: list[EncodingChoice]) -> None:
        super().__init__(message)
        self.choices = choices
