"""Who decides on a sheet: its reviewer, or for a while a delegate in the reviewer's place."""

from collections.abc import Collection
from dataclasses import dataclass

from accounts.models import Person, User
from audit.canonical import JSON
from audit.errors import NotAllowed
from reviews import rules
from reviews.enums import DecisionState
from reviews.models import Decision, Review, ReviewItem
from reviews.queries.delegations import delegated_to, running_on


@dataclass(frozen=True, slots=True)
class Seat:
    """``person`` decides on ``review``; ``for_person`` is the reviewer where that is another."""

    person: Person
    review: Review
    for_person: Person | None = None

    @property
    def names(self) -> dict[str, JSON]:
        """What the trail holds of a decision in somebody else's place: both people."""
        if self.for_person is None:
            return {}
        return {"person": self.person.pk, "for": self.for_person.pk}


def take_seat(review: Review, user: User) -> Seat:
    """The user's seat at a sheet; NotAllowed where they have none.

    A delegation stays locked, so that nobody ends it halfway through an act.
    """
    if user.person is not None and review.reviewer_id == user.person_id:
        return Seat(user.person, review)
    mine = running_on(review).filter(to_person=user.person_id, to_person__isnull=False)
    if user.person is None or not list(mine.order_by("pk").select_for_update(of=("self",))):
        raise NotAllowed(
            "This sheet is somebody else's: only its reviewer decides on it, or to whom they "
            "have delegated it, within the dates."
        )
    return Seat(user.person, review, review.reviewer)


def refuse_own_access(seat: Seat, account: rules.Held) -> None:
    """Nobody judges their own access, and nobody judges it for them."""
    if rules.is_own_access(seat.person.pk, account):
        raise NotAllowed("This is your own access: somebody else must judge it.")
    if seat.for_person is not None and rules.is_own_access(seat.for_person.pk, account):
        raise NotAllowed(
            f"This is {seat.for_person.name}'s own access: nobody decides on it in their place."
        )


def require_delegated(seat: Seat, item_ids: Collection[int]) -> None:
    """A delegate decides on what was delegated to them, and on nothing else of the sheet."""
    if seat.for_person is None or not item_ids:
        return
    theirs = ReviewItem.objects.filter(
        delegated_to(seat.person.pk, seat.review), pk__in=item_ids
    ).count()
    if theirs < len(item_ids):
        raise NotAllowed(
            f"{seat.for_person.name} has not delegated this to you, or no longer: look at the "
            "sheet again, then decide on what it shows."
        )


def judged_at_other_stage(seat: Seat, item_ids: Collection[int]) -> set[int]:
    """Those on which the person's choice stands for the other of the two who judge them."""
    if not item_ids:
        return set()
    mine = Decision.objects.filter(
        item__in=item_ids, person=seat.person, state=DecisionState.STANDING
    ).exclude(review=seat.review)
    return set(mine.values_list("item", flat=True))
