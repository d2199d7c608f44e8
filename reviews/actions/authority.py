"""Who stands behind an actor, and whether they may run campaigns."""

from accounts import rules
from accounts.actors import user_of
from accounts.models import User
from audit.actors import Actor
from audit.errors import NotAllowed


def acting_user(actor: Actor) -> User:
    """The active user behind ``actor``; NotAllowed for the system, which decides nothing."""
    user = user_of(actor)
    if user is None:
        raise NotAllowed("This needs a person who is signed in, and none stands behind this act.")
    return user


def require_campaign_runner(actor: Actor) -> None:
    """The security team runs campaigns; the clock and the command line act under a name."""
    if actor.user_id is None:
        return
    if not rules.may_run(acting_user(actor)):
        raise NotAllowed("Only the security team plans, launches and closes campaigns.")


def require_second_person(user: User, actor: Actor, asked_by: str) -> None:
    """``user`` may approve what ``actor`` does or ``asked_by`` asked for: never one's own."""
    if not rules.valid_acknowledger(user, actor) or user.ref == asked_by:
        raise NotAllowed(
            f"{user.email} cannot approve this: it takes another active person of the security "
            "team, or an administrator, than the one who asks."
        )
