"""The people of the sample company as users of PortX Access, and their passwords."""

import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth.hashers import make_password

from accounts.actions.users import create_user
from accounts.enums import Role
from accounts.models import User
from audit.actors import Actor, Channel
from portx_access.sample.company import mail_of
from portx_access.sample.manifest import Login


@dataclass(frozen=True, slots=True)
class SignIn:
    """With what somebody signs in to the sample."""

    mail: str
    password: str
    role: str

    def as_json(self) -> dict[str, str]:
        return asdict(self)


def user_of(key: str) -> User:
    """The login of a person. Whoever was never told of anything has none, and cannot act."""
    return User.objects.get(email=mail_of(key))


def actor_of(key: str) -> Actor:
    return Actor.user(user_of(key).pk, Channel.PAGE)


def found_office(first: Login, name: str) -> SignIn:
    """The first administrator, made at the command line as everywhere."""
    create_user(actor=Actor.command_line(), mail=first.mail, role=first.role, name=name)
    return take_office(first)


def invite(logins: Sequence[Login], *, actor: Actor) -> list[SignIn]:
    for login in logins:
        create_user(actor=actor, mail=login.mail, role=login.role)
    return [take_office(login) for login in logins]


def take_office(login: Login) -> SignIn:
    password = secrets.token_urlsafe(12)
    get_adapter().set_password(User.objects.get(email=login.mail), password)
    return SignIn(login.mail, password, Role(login.role).label)


def follow_invitation(key: str) -> None:
    """Set a password that nobody learns, as everybody does before the first act."""
    user = user_of(key)
    if not user.has_usable_password():
        user.password = _unknown_password()
        user.save(update_fields=["password"])


@cache
def _unknown_password() -> str:
    """Hashing is slow on purpose; what nobody knows may be the same for all."""
    return make_password(secrets.token_urlsafe(32))


def sign_ins_file() -> Path:
    return Path(settings.VAR_DIR) / "sign-ins.json"


def write_sign_ins(people: Sequence[SignIn]) -> None:
    """For the owner of this installation alone."""
    path = sign_ins_file()
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump([person.as_json() for person in people], file, indent=1)


def read_sign_ins() -> list[SignIn]:
    """None where nobody wrote any."""
    path = sign_ins_file()
    if not path.exists():
        return []
    return [SignIn(**said) for said in json.loads(path.read_text(encoding="utf-8"))]


def as_text(people: Sequence[SignIn]) -> str:
    width = max(len(person.mail) for person in people)
    lines = (f"  {person.mail:{width}}  {person.password}  {person.role}" for person in people)
    return "\n".join(("Sign in to the sample as one of:", *lines))
