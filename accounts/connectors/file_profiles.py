"""Exports that are known by their headers, and values put together from several columns.

What each follows, and how far it was checked, stands in docs/connectors.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time

from accounts.connectors.base import RecordShape
from accounts.connectors.values import NOT_AVAILABLE, UNKNOWN, YES_NO_WORDS, fold, read_time


@dataclass(frozen=True)
class Derived:
    """A field from several columns: all ``needs`` must be there, ``also`` is blank where not."""

    field: str
    combine: Callable[..., str]
    needs: tuple[str, ...]
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Profile:
    """Recognised when all of ``needs`` and one of ``any_of`` are among the headers."""

    name: str
    title: str
    shape: str
    needs: frozenset[str]
    any_of: frozenset[str] = frozenset()
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    derived: tuple[Derived, ...] = ()
    ignored: frozenset[str] = frozenset()


def normalise(header: str) -> str:
    """Letters and digits only, small: "E-Mail", "e_mail" and "EMAIL" are one header."""
    return "".join(letter for letter in header.casefold() if letter.isalnum())


def find_profile(headers: Iterable[str], shape: RecordShape) -> Profile:
    there = {normalise(header) for header in headers}
    for profile in PROFILES.values():
        if (
            profile.shape == shape.name
            and profile.needs <= there
            and (not profile.any_of or profile.any_of & there)
        ):
            return profile
    return NO_PROFILE


def _is_yes(word: str) -> bool:
    return YES_NO_WORDS.get(fold(word)) == "yes"


def join_names(first: str, last: str) -> str:
    return f"{first.strip()} {last.strip()}".strip()


def aws_last_used(
    password_used: str,
    first_key_used: str,
    second_key_used: str,
    password: str,
    first_key: str,
    second_key: str,
) -> str:
    """The latest use of the password and both keys.

    The report has three non-dates. "no_information", and "N/A" for a key that is active, mean
    that no use is on record: unknown, not never, since a deleted key takes its record along.
    "N/A" for what does not exist and "not_supported" are not available.
    """
    used = (password_used, first_key_used, second_key_used)
    times = [(found, text) for text in used if (found := _moment(text))]
    if times:
        return max(times)[1]
    other = [
        text for text in used if fold(text) not in ("n/a", "not supported", "no information", "")
    ]
    if other:
        return other[0]
    silent = any(fold(text) == "no information" for text in used)
    live = any(_is_yes(word) for word in (password, first_key, second_key))
    return UNKNOWN if silent or live else NOT_AVAILABLE


def aws_secret_changed(
    password_changed: str,
    first_key_rotated: str,
    password: str,
    first_key: str,
    second_key: str,
    second_key_rotated: str,
) -> str:
    """The change of the oldest secret that still opens something; blank where none does."""
    secrets = (
        (password, password_changed),
        (first_key, first_key_rotated),
        (second_key, second_key_rotated),
    )
    times = [(found, text) for live, text in secrets if _is_yes(live) and (found := _moment(text))]
    return min(times)[1] if times else ""


def _moment(text: str) -> datetime | None:
    found = read_time(text)
    if isinstance(found, datetime) or found is None:
        return found
    return datetime.combine(found, time(), UTC)


def aws_status(user: str, *switches: str) -> str:
    """A user has no switch of its own: active while a password, key or certificate is.

    Without any, access by other credentials, which the report does not list, is still possible.
    """
    live = user == AWS_ROOT or any(_is_yes(word) for word in switches)
    return "active" if live else "no active credential"


def aws_account_type(user: str, password: str, first_key: str, second_key: str) -> str:
    if user == AWS_ROOT:
        return "root account"
    keyed = _is_yes(first_key) or _is_yes(second_key)
    if keyed and YES_NO_WORDS.get(fold(password)) == "no":
        return "no console password; active access key"
    return ""


def github_mail(name_id: str) -> str:
    """A SAML NameID is the mail in most companies, and an opaque id in the others."""
    return name_id if "@" in name_id else ""


def github_privileged(role: str) -> str:
    return "yes" if fold(role) in ("owner", "admin") else ""


def github_account_type(role: str) -> str:
    return role if fold(role) == "outside collaborator" else ""


AWS_ROOT = "<root_account>"
NO_PROFILE = Profile(name="", title="", shape="", needs=frozenset())
_AWS_SWITCHES = ("passwordenabled", "accesskey1active", "accesskey2active")

PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            name="aws_credential_report",
            title="AWS IAM credential report",
            shape="accounts",
            needs=frozenset({"user", "arn", "usercreationtime", "passwordenabled", "mfaactive"}),
            columns={
                "account_id": ("arn",),
                "username": ("user",),
                "created": ("usercreationtime",),
                "last_interactive": ("passwordlastused",),
                "mfa": ("mfaactive",),
            },
            derived=(
                Derived(
                    "last_used",
                    aws_last_used,
                    ("passwordlastused", "accesskey1lastuseddate", "accesskey2lastuseddate"),
                    _AWS_SWITCHES,
                ),
                Derived(
                    "secret_changed",
                    aws_secret_changed,
                    ("passwordlastchanged", "accesskey1lastrotated"),
                    (*_AWS_SWITCHES, "accesskey2lastrotated"),
                ),
                Derived(
                    "status", aws_status, ("user", *_AWS_SWITCHES), ("cert1active", "cert2active")
                ),
                Derived("account_type", aws_account_type, ("user", *_AWS_SWITCHES)),
            ),
        ),
        Profile(
            name="github_members",
            title="GitHub members of an organisation",
            shape="accounts",
            needs=frozenset({"login", "role"}),
            any_of=frozenset({"tfaenabled", "twofactorenabled", "2fa", "samlnameid", "lastactive"}),
            columns={
                "account_id": ("id",),
                "username": ("login",),
                "name": ("name",),
                "mail": ("email", "verifiedemail"),
                "mfa": ("tfaenabled", "twofactorenabled", "2fa", "twofactorauthentication"),
                "last_used": ("lastactive",),
                "entitlement": ("role",),
            },
            derived=(
                Derived("mail", github_mail, ("samlnameid",)),
                Derived("privileged", github_privileged, ("role",)),
                Derived("account_type", github_account_type, ("role",)),
            ),
        ),
        Profile(
            name="okta_assignments",
            title="Okta current assignments",
            shape="accounts",
            needs=frozenset({"login", "applicationname", "assignedon"}),
            columns={
                "username": ("login",),
                "name": ("user",),
                "entitlement": ("applicationinstance", "applicationname"),
                "granted": ("assignedon",),
            },
            # The last sign-in to one application is not the last use of the account.
            ignored=frozenset({"lastlogin", "applicationlogin"}),
        ),
        Profile(
            name="okta_users",
            title="Okta users",
            shape="accounts",
            needs=frozenset({"login", "status", "lastlogin"}),
            columns={
                "account_id": ("id", "userid"),
                "username": ("login",),
                "mail": ("email",),
                "name": ("displayname", "user"),
                "status": ("status",),
                "created": ("created", "activated", "activationdate"),
                "last_used": ("lastlogin",),
                "employee_id": ("employeenumber",),
                "account_type": ("usertype",),
            },
        ),
    )
}

# Where a file has no column for the whole name.
COMMON = (
    Derived("name", join_names, ("firstname", "lastname")),
    Derived("name", join_names, ("givenname", "surname")),
    Derived("name", join_names, ("givenname", "familyname")),
)
