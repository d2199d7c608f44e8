"""Decisions, the questions asked on the way to them, and changes of hands."""

from __future__ import annotations

from django.db import models

from accounts.models import Person, User
from reviews.enums import Choice, DecisionState, RoutedBy, Stage
from reviews.models.campaigns import Review
from reviews.models.items import ReviewItem


class Decision(models.Model):
    """What one person chose for one item at one stage; later ones are added, none overwritten.

    ``saw_version`` is the version of the item that the person had before their eyes,
    ``catalogue_version`` that of the catalogue's entry which told them what the right permits.
    ``for_person`` is the reviewer in whose place a delegate chose, who stays answerable.
    """

    item = models.ForeignKey(
        ReviewItem, on_delete=models.PROTECT, related_name="decisions", db_index=False
    )
    stage = models.PositiveSmallIntegerField(choices=Stage, default=Stage.FIRST)
    review = models.ForeignKey(
        Review, on_delete=models.PROTECT, related_name="decisions", db_index=False
    )
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    person_name = models.CharField(max_length=300)
    for_person = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    user = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    state = models.CharField(max_length=10, choices=DecisionState)
    contested = models.BooleanField(default=False, help_text="Made on a stale item.")
    choice = models.CharField(max_length=16, choices=Choice)
    reason = models.TextField(blank=True, default="")
    until = models.DateField(null=True)
    decided_at = models.DateTimeField()
    late = models.BooleanField(default=False)
    channel = models.CharField(max_length=8)
    bulk_size = models.PositiveIntegerField(default=1)
    saw_version = models.PositiveIntegerField()
    catalogue_version = models.PositiveIntegerField(db_default=0)
    signed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "item",
                "stage",
                condition=models.Q(state=DecisionState.STANDING),
                name="one_standing_decision",
            )
        ]
        indexes = [
            models.Index(fields=["item", "-id"], name="decision_history"),
            models.Index("review", "decided_at", name="decision_of_review"),
            models.Index(
                "until",
                condition=models.Q(until__isnull=False, state=DecisionState.STANDING),
                name="decision_until",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_choice_display()} by {self.person_name}"

    @property
    def by(self) -> str:
        """Who chose, and in whose place."""
        if self.for_person_id is None:
            return self.person_name
        return f"{self.person_name} for {self.review.reviewer_name}"


class Question(models.Model):
    """A "don't know", put to the owner of the system; the item stays open meanwhile."""

    item = models.ForeignKey(ReviewItem, on_delete=models.PROTECT, related_name="questions")
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="question")
    asked_of = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(blank=True, default="")
    asked_at = models.DateTimeField()
    answer = models.TextField(blank=True, default="")
    answered_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.text


class Reassignment(models.Model):
    """An item that changed hands: from whom, to whom, why, and by whose word."""

    item = models.ForeignKey(ReviewItem, on_delete=models.PROTECT, related_name="reassignments")
    stage = models.PositiveSmallIntegerField(choices=Stage, default=Stage.FIRST)
    from_person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    to_person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    cause = models.CharField(max_length=16, choices=RoutedBy)
    note = models.CharField(max_length=400, blank=True, default="")
    by_ref = models.CharField(max_length=100)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.from_person} to {self.to_person}"
