"""Delegations: somebody else decides for a while, and the reviewer stays answerable."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q

from accounts.enums import PersonStatus
from accounts.models import Person
from reviews.models.campaigns import Review
from reviews.models.items import ReviewItem

LONGEST_DAYS = 90
MAY_DECIDE = (PersonStatus.ACTIVE, PersonStatus.UNKNOWN)


class DelegationQuerySet(models.QuerySet["Delegation"]):
    def standing(self) -> Self:
        """Those that nobody has ended."""
        return self.filter(ended_at=None)

    def running(self, day: date) -> Self:
        """Those by which somebody decides on ``day``; whoever has left decides for nobody."""
        here = (
            self.standing().filter(to_person__status__in=MAY_DECIDE).exclude(to_person__end__lt=day)
        )
        return here.filter(starts_on__lte=day, ends_on__gte=day)

    def overlapping(self, starts: date, ends: date) -> Self:
        return self.standing().filter(starts_on__lte=ends, ends_on__gte=starts)


class Delegation(models.Model):
    """``to_person`` decides in the place of ``from_person``, from the first day to the last.

    ``review`` is the sheet it is about; without one it is every sheet that the person has or
    gets within the dates (out of office). ``whole`` says that it is the sheet as it stands on
    each day; otherwise it is what ``items`` lists. What its delegate may not judge (their own
    access, or an item that they judge at the other stage) is never part of it.
    """

    from_person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="delegations_given"
    )
    to_person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="delegations_taken"
    )
    review = models.ForeignKey(
        Review, null=True, on_delete=models.PROTECT, related_name="delegations"
    )
    whole = models.BooleanField(default=True)
    items = models.ManyToManyField(ReviewItem, related_name="delegations")
    starts_on = models.DateField()
    ends_on = models.DateField()
    reason = models.CharField(max_length=400)
    made_at = models.DateTimeField()
    made_by_ref = models.CharField(max_length=100)
    ended_at = models.DateTimeField(null=True)
    ended_by_ref = models.CharField(max_length=100, blank=True, default="")

    objects = DelegationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="delegation_dates"
            ),
            models.CheckConstraint(
                condition=~Q(from_person=F("to_person")), name="delegation_of_two"
            ),
            models.CheckConstraint(
                condition=Q(review__isnull=False) | Q(whole=True), name="out_of_office_is_whole"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.to_person} for {self.from_person}"

    def is_about(self, review: Review) -> bool:
        """Whether it is about this sheet, or about all of its reviewer's."""
        if self.review_id is None:
            return self.from_person_id == review.reviewer_id
        return self.review_id == review.pk
