"""Who is told of exceptions: those who may grant one, who asked for it, and before it ends."""

from datetime import timedelta

import clock
from accounts.enums import Role
from accounts.models import Person
from audit.actors import Actor
from reviews import rules
from reviews.actions.telling import link, security_people, tell
from reviews.enums import ExceptionState, Outcome
from reviews.models import RuleException

# Days before its end on which people are told, the first one first.
BEFORE_THE_END = (14, 3)


def tell_asked(asked: RuleException, *, actor: Actor) -> None:
    """The security team, or administrators where nobody else of it may decide."""
    for person in _approvers(asked):
        tell(
            person,
            key=f"exception-asked:{asked.pk}:{person.pk}",
            subject=f"{asked.asked_by_name} asks for an exception",
            lines=[
                f"For {asked}.",
                f"Why: {asked.reason}",
                f"Meanwhile: {asked.control}",
                "",
                link(f"/exceptions/{asked.pk}/"),
            ],
            about=f"exception:{asked.pk}",
            actor=actor,
        )


def tell_decided(asked: RuleException, *, actor: Actor) -> None:
    granted = asked.state == ExceptionState.GRANTED
    then = (
        f"You can keep it until {asked.ends_on:%-d %B %Y}, or revoke it."
        if granted
        else "Put right what is missing, or revoke it."
    )
    tell(
        asked.asked_by,
        key=f"exception-decided:{asked.pk}",
        subject=f"Your exception was {'granted' if granted else 'refused'}",
        lines=[
            f"For {asked}.",
            f"{asked.decided_by_name}: {asked.decided_because}",
            then,
            "",
            link("/reviews/"),
        ],
        about=f"exception:{asked.pk}",
        actor=actor,
    )


def warn_of_ends(*, actor: Actor) -> int:
    """Tell who asked, and the security team, 14 and 3 days before an exception ends.

    Not where the item was revoked all the same, or is gone.
    """
    today = clock.today()
    ending = (
        RuleException.objects.filter(
            state=ExceptionState.GRANTED, ends_on__lte=today + timedelta(days=BEFORE_THE_END[0])
        )
        .filter(item__outcome__in=[Outcome.OPEN, Outcome.CERTIFIED_UNTIL])
        .select_related("item", "asked_by")
        .order_by("ends_on", "pk")
    )
    told = 0
    for granted in ending:
        days = min(day for day in BEFORE_THE_END if (granted.ends_on - today).days <= day)
        if _was_shorter(granted, days):
            continue
        told += 1
        for person in dict.fromkeys([granted.asked_by, *security_people()]):
            _warn(granted, person, days, actor)
    return told


def _was_shorter(granted: RuleException, days: int) -> bool:
    """Whether it was granted so late that this warning's day had gone by."""
    given = granted.decided_at or granted.asked_at
    return given.date() > granted.ends_on - timedelta(days=days)


def _warn(granted: RuleException, person: Person, days: int, actor: Actor) -> None:
    tell(
        person,
        key=f"exception-ends:{granted.pk}:{days}:{person.pk}",
        subject=f"An exception ends on {granted.ends_on:%-d %B}",
        lines=[
            f"{granted.item} is kept by an exception until {granted.ends_on:%-d %B %Y}.",
            "Then it breaks its rule again, and its reviewer is asked.",
            "",
            link("/exceptions/" if person.pk != granted.asked_by_id else "/reviews/"),
        ],
        about=f"exception:{granted.pk}",
        actor=actor,
    )


def _approvers(asked: RuleException) -> list[Person]:
    for role in (Role.SECURITY, Role.ADMINISTRATOR):
        people = Person.objects.filter(user__role=role, user__is_active=True)
        able = [
            person
            for person in people.order_by("pk")
            if person.pk != asked.asked_by_id
            and not rules.is_own_access(person.pk, asked.item.account)
        ]
        if able:
            return able
    return []
