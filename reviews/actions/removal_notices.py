"""Who is told of removals: what is theirs to carry out, what presses, what failed or is back."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

import clock
from accounts.models import Person
from audit.actors import Actor
from reviews.actions.telling import link, security_people, tell
from reviews.models import Revocation


def tell_removals(orders: Sequence[Revocation], *, actor: Actor) -> None:
    """One message to each person who has removals to carry out."""
    by_owner: dict[Person, list[Revocation]] = defaultdict(list)
    for order in orders:
        for person in _removers(order):
            by_owner[person].append(order)
    for owner, theirs in by_owner.items():
        count = len(theirs)
        first_due = min(order.due_at for order in theirs)
        tell(
            owner,
            key=f"removals:{owner.pk}:{min(o.pk for o in theirs)}:{max(o.pk for o in theirs)}",
            subject=f"{count} removal{'s' if count != 1 else ''} to carry out",
            lines=[
                (
                    f"{count} removal{'s are' if count != 1 else ' is'} yours to carry out, the "
                    f"first by {first_due:%-d %B %Y, %H:%M} UTC."
                ),
                "",
                link("/removals/"),
            ],
            about=f"revocation:{theirs[0].pk}",
            actor=actor,
            invite=True,
        )


def tell_failure(order: Revocation, *, actor: Actor) -> None:
    """A removal that failed, or access that is back: security, its owner, the one who decided."""
    what = "is back" if order.reappeared_at else "is still there"
    people = dict.fromkeys([*security_people(), *_removers(order)])
    if order.decision is not None:
        people[order.decision.person] = None
    for person in people:
        tell(
            person,
            key=f"failure:{order.pk}:{order.failures}:{bool(order.reappeared_at)}:{person.pk}",
            subject=f"Removed access {what}: {order.account_username} in {order.system_name}",
            lines=[
                (
                    f"{order} was ordered on {order.decided_at:%-d %B %Y} and {what} in the last "
                    "import."
                ),
                "",
                link("/removals/"),
            ],
            about=f"revocation:{order.pk}",
            actor=actor,
        )


def remind_removals(*, actor: Actor) -> int:
    """Daily word to those whose removals are due tomorrow or overdue; overdue ones escalate."""
    now = clock.now()
    pressing = (
        Revocation.objects.filter(state__in=["open", "failed"], due_at__lte=now + timedelta(days=1))
        .select_related("owner_person__manager", "owner_team__lead")
        .order_by("due_at")
    )
    by_owner: dict[Person, list[Revocation]] = defaultdict(list)
    for order in pressing:
        for person in _removers(order):
            by_owner[person].append(order)
    for owner, theirs in by_owner.items():
        overdue = sum(order.due_at < now for order in theirs)
        tell(
            owner,
            key=f"removals-due:{owner.pk}:{clock.today()}",
            subject=f"Removals: {overdue} overdue, {len(theirs) - overdue} due within a day",
            lines=["Carry them out and note it here:", "", link("/removals/")],
            about="revocation:due",
            actor=actor,
        )
        if overdue and owner.manager is not None:
            tell(
                owner.manager,
                key=f"removals-due:{owner.pk}:{clock.today()}:manager",
                subject=f"{overdue} removals of {owner.name} are overdue",
                lines=[link("/removals/")],
                about="revocation:due",
                actor=actor,
            )
    return len(by_owner)


def _removers(order: Revocation) -> list[Person]:
    """Who is to carry a removal out; the security team where nobody else is named."""
    if order.owner_person is not None:
        return [order.owner_person]
    if order.owner_team is not None and order.owner_team.lead is not None:
        return [order.owner_team.lead]
    return security_people()
