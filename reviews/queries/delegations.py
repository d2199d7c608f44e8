"""Who decides in somebody else's place: of which sheets, and what of them."""

from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

import clock
from accounts.models import Account, Person, User
from reviews.models import Delegation, Review, ReviewItem
from reviews.models.delegations import DelegationQuerySet
from reviews.queries.sheets import awaits, items_in_order, items_of

SEATS = ("review", "second_review")


def running_for(person_id: int | None) -> DelegationQuerySet:
    """By which the person decides today in the place of others."""
    found = Delegation.objects.filter(to_person=person_id, to_person__isnull=False)
    return found.running(clock.today())


def sheets_of_delegations(delegations: DelegationQuerySet) -> QuerySet[Review]:
    """The sheets that they are about; those out of office are about every one of the person."""
    away = delegations.filter(review=None).values("from_person")
    named = delegations.exclude(review=None).values("review")
    return Review.objects.filter(Q(pk__in=named) | Q(reviewer__in=away))


def delegated_sheets(user: User) -> list[tuple[Review, Delegation]]:
    """The open sheets on which the user decides today in the reviewer's place, each with the
    delegation that runs longest."""
    mine = running_for(user.person_id)
    longest = list(mine.select_related("from_person").order_by("-ends_on", "pk"))
    sheets = sheets_of_delegations(mine).select_related("campaign")
    return [
        (sheet, next(each for each in longest if each.is_about(sheet)))
        for sheet in sheets.order_by("campaign__due_at", "pk")
        if awaits(sheet)
    ]


def may_judge(person_id: int | None) -> Q:
    """The condition on items for what a person may judge in another's place: not their own
    access, and nothing that they judge as one of its two people already."""
    own = Account.objects.filter(
        Q(person=person_id)
        | Q(operator=person_id)
        | Q(operator__isnull=True, owner_person=person_id)
    )
    sheets = Review.objects.filter(reviewer=person_id)
    return ~Q(account__in=own) & ~Q(review__in=sheets) & ~Q(second_review__in=sheets)


def delegated_to(person_id: int | None, review: Review | None = None) -> Q:
    """The condition on items for what the person decides today in another's place: anywhere,
    or on one sheet."""
    reached = Q()
    for seat in SEATS:
        on = Q() if review is None else Q(**{seat: review})
        reached |= on & _reached(running_for(person_id), seat)
    return reached & may_judge(person_id)


def _reached(delegations: DelegationQuerySet, seat: str) -> Q:
    """What lies at ``seat`` on a sheet that was delegated whole, or is named by a delegation."""
    whole = sheets_of_delegations(delegations.filter(whole=True))
    named = delegations.filter(whole=False, items=OuterRef("pk"), review=OuterRef(seat))
    return Q(**{f"{seat}__in": whole}) | Q(Exists(named))


def delegated_ids(person_id: int | None) -> tuple[list[int], list[int]]:
    """What ``delegated_to`` finds, by the stage at which each is the person's to decide."""
    mine = ReviewItem.objects.filter(may_judge(person_id))
    first, second = (
        list(mine.filter(_reached(running_for(person_id), seat)).values_list("pk", flat=True))
        for seat in SEATS
    )
    return first, second


def items_on(review: Review, user: User) -> QuerySet[ReviewItem]:
    """What the user finds on a sheet that they may see: a delegate only what was delegated."""
    if review.reviewer_id == user.person_id or delegation_of(review, user) is None:
        return items_in_order(review)
    return items_of(review).filter(delegated_to(user.person_id, review))


def delegations_on(review: Review) -> DelegationQuerySet:
    """About this sheet, or about all of its reviewer's."""
    about = Q(review=review) | Q(review=None, from_person=review.reviewer_id)
    return Delegation.objects.filter(about).select_related("from_person", "to_person", "review")


def delegation_of(review: Review, user: User) -> Delegation | None:
    """By which the user decides on somebody else's sheet today; the one that runs longest."""
    if review.reviewer_id == user.person_id:
        return None
    mine = running_on(review).filter(to_person=user.person_id, to_person__isnull=False)
    return mine.order_by("-ends_on", "pk").first()


def running_on(review: Review) -> DelegationQuerySet:
    return delegations_on(review).running(clock.today())


def decides_on(review: Review, person: Person) -> bool:
    """Whether a delegation to the person runs on this sheet today."""
    return running_on(review).filter(to_person=person).exists()


def standing_on(review: Review) -> list[Delegation]:
    """Those that run or will run, each with its ``size``: how many items it names."""
    return _listed(delegations_on(review))


def given_by(person_id: int | None) -> list[Delegation]:
    return _listed(Delegation.objects.filter(from_person=person_id, from_person__isnull=False))


def taken_by(person_id: int | None) -> list[Delegation]:
    return _listed(Delegation.objects.filter(to_person=person_id, to_person__isnull=False))


def _listed(delegations: DelegationQuerySet) -> list[Delegation]:
    """Nobody has more than a few, and mostly none: no pages."""
    found = delegations.standing().filter(ends_on__gte=clock.today()).select_related(None)
    if not found.exists():
        return []
    about = found.prefetch_related("from_person", "to_person", "review__campaign")
    return list(about.annotate(size=Count("items")).order_by("starts_on", "pk"))


def out_of_office(person_id: int, starts: date, ends: date) -> Delegation | None:
    """Who stands in for a person within these dates, for all of their sheets."""
    away = Delegation.objects.filter(from_person=person_id, review=None)
    return away.overlapping(starts, ends).select_related("to_person").first()
