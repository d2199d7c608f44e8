"""What is said of removals: what is removed, how late it is, what proves it, what to do next."""

from datetime import timedelta

from django import template

import clock
from accounts.models import User
from reviews.actions.revoking import may_act_on
from reviews.enums import REVOCATION_MOVES, RevocationState
from reviews.models import Revocation
from reviews.models.revocations import LIVE_REVOCATIONS
from reviews.queries import removals

register = template.Library()

NEXT = {
    RevocationState.WAITING: (
        "It has not gone out yet: until then the decision can be taken back on the sheet."
    ),
    RevocationState.OPEN: (
        "Remove it in {system}, then note here how. Where it is gone already, the next complete "
        "import proves it by itself."
    ),
    RevocationState.DONE: (
        "Somebody says that it is done. The next complete import of {system} whose export is "
        "later than that proves it, or finds it still there. A file without a stated time of "
        "export proves nothing."
    ),
    RevocationState.FAILED: (
        "An import found it still there after it was said to be done. Look in {system} whether "
        "the right comes by another way, such as a group or a second account, remove it there, "
        "and note again how; or hand it to somebody who can."
    ),
    RevocationState.VERIFIED: "It is proved gone: nothing is left to do.",
    RevocationState.CANCELLED: "The decision was taken back before it went out.",
}
BACK = (
    "It was proved gone and is there again, which is a violation of its own. Find out who gave "
    "it back and why, then have it removed again from the finding."
)


@register.filter
def removed_words(order: Revocation) -> str:
    """The right that is removed, or that it is the account itself."""
    return order.right or "The account itself"


@register.filter
def carrier_words(order: Revocation) -> str:
    return str(order.owner_team or order.owner_person or "the security team")


@register.filter
def is_late(order: Revocation) -> bool:
    return removals.is_late(order)


@register.filter
def late_words(order: Revocation) -> str:
    """overdue by 2 days"""
    return f"overdue by {_span(clock.now() - order.due_at)}"


@register.filter
def next_words(order: Revocation) -> str:
    """What is to be done about it now, by whom it concerns."""
    if order.reappeared_at:
        return BACK
    return NEXT[RevocationState(order.state)].format(system=order.system_name)


@register.filter
def may_do(order: Revocation, user: User) -> bool:
    """Whether ``user`` can note it done as it stands."""
    return RevocationState.DONE in REVOCATION_MOVES[order.state] and may_act_on(user, order)


@register.filter
def may_hand_on(order: Revocation, user: User) -> bool:
    return order.state in LIVE_REVOCATIONS and may_act_on(user, order)


def _span(time: timedelta) -> str:
    hours = max(1, int(time.total_seconds() // 3600))
    count, unit = (hours // 24, "day") if hours >= 48 else (hours, "hour")
    return f"{count} {unit}{'s' if count > 1 else ''}"
