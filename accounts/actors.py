"""Who acts: from a request, from the command line, and back to the user who stands behind it."""

from typing import Any, Protocol

from accounts.models import User
from audit.actors import Actor, Channel
from audit.errors import NotAllowed, WrongInput

# How the events say that a person who acts or approves was named, and did not sign in.
NAMED = "named on the command line"


class SignedIn(Protocol):
    """As much of a request as an actor needs."""

    user: Any
    META: Any


def from_request(request: SignedIn, channel: Channel = Channel.PAGE) -> Actor:
    """The signed-in user; the request's id, as the log and error pages show it, joins events."""
    user = request.user
    if not isinstance(user, User) or not user.is_active:
        raise NotAllowed("Sign in first.")
    return Actor.user(user.pk, channel, request=request.META.get("REQUEST_ID", ""))


def from_command(mail: str | None) -> Actor:
    """The person whom ``--actor`` names, else the system by the name of the command line."""
    if not mail:
        return Actor.command_line()
    user = get_user(mail, option="--actor")
    return Actor.user(user.pk, Channel.COMMAND, named_by=NAMED)


def get_user(mail: str, *, option: str) -> User:
    """The active user with this mail; ``option`` says in the error where it was named."""
    user: User | None = User.objects.filter(email__iexact=mail.strip(), is_active=True).first()
    if user is None:
        raise WrongInput(
            f"{option} names {mail}, and no active user has that mail: "
            "check it, or make the user with create_user."
        )
    return user


def user_of(actor: Actor) -> User | None:
    """The user behind an actor, read afresh; None for the system. Refuses a deactivated one."""
    if actor.user_id is None:
        return None
    user = User.objects.select_related("person").filter(pk=actor.user_id, is_active=True).first()
    if user is None:
        raise NotAllowed("This user has been deactivated: ask an administrator.")
    return user
