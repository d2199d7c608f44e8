"""Which rows a user may see; every model's ``visible_to`` is built from this.

Auditors, the security team and administrators see all; the owner of a system what is in it;
everybody else their own, their reports' and what their teams own. The rest is 404.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import Q, QuerySet

from accounts.enums import Role

if TYPE_CHECKING:
    from accounts.models import User

Rows = TypeVar("Rows", bound=QuerySet[Any])

READS_ALL = frozenset({Role.AUDITOR, Role.SECURITY, Role.ADMINISTRATOR})


def reads_all(user: User) -> bool:
    return user.is_active and user.role in READS_ALL


def narrow(rows: Rows, user: User, theirs: Q | Callable[[], Q]) -> Rows:
    """All rows for those who read all, ``theirs`` for a person, none for a bare login.

    ``theirs`` is worked out only where it is needed, if it costs a look-up.
    """
    if reads_all(user):
        return rows.all()
    if not user.is_active or user.person_id is None:
        return rows.none()
    return rows.filter(theirs() if callable(theirs) else theirs)


def in_own_system(user: User, path: str = "") -> Q:
    """What lies in a system that the user owns; ``path`` leads to the system."""
    return Q(**{f"{path}owner": user.person_id})
