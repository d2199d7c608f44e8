"""Corrections: a mistake in what was signed, put right under two persons."""

from __future__ import annotations

from django.db import models

from accounts.models import Person
from reviews.enums import Choice, CorrectionState, Stage
from reviews.models.decisions import Decision
from reviews.models.items import ReviewItem


class Correction(models.Model):
    """A reviewer's wish to have another choice stand than the one they signed.

    ``decision`` is the one that was signed; approved, it is kept as replaced, and
    ``new_decision`` stands in its place. ``answered_by`` is the other person.
    """

    item = models.ForeignKey(ReviewItem, on_delete=models.PROTECT, related_name="corrections")
    stage = models.PositiveSmallIntegerField(choices=Stage)
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="corrections")
    choice = models.CharField(max_length=16, choices=Choice)
    until = models.DateField(null=True)
    reason = models.TextField()
    state = models.CharField(max_length=8, choices=CorrectionState, default=CorrectionState.ASKED)
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    asked_by_name = models.CharField(max_length=300)
    asked_at = models.DateTimeField()
    lapses_at = models.DateTimeField()
    answered_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    answered_by_name = models.CharField(max_length=300, blank=True, default="")
    answered_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True, default="")
    new_decision = models.OneToOneField(
        Decision, null=True, on_delete=models.PROTECT, related_name="correction"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "item",
                "stage",
                condition=models.Q(state=CorrectionState.ASKED),
                name="one_open_correction",
            ),
            models.CheckConstraint(
                condition=~models.Q(answered_by=models.F("asked_by")),
                name="correction_by_two",
            ),
        ]
        indexes = [models.Index("state", "lapses_at", name="correction_lapses")]

    def __str__(self) -> str:
        return f"{self.get_choice_display()} instead, asked by {self.asked_by_name}"
