"""Second looks, and the pace that may call for one."""

from __future__ import annotations

from django.db import models

from accounts.models import Person
from reviews.enums import LookResult, LookRule
from reviews.models.campaigns import Review
from reviews.models.decisions import Decision
from reviews.models.items import ReviewItem


class SecondLook(models.Model):
    """A signed decision to keep that somebody independent judges again.

    ``rule`` says how it was chosen, never how fast it was made. ``drawn`` is the digest by
    which the sample was drawn. ``looker`` is whom it went to, None where nobody in the fallback
    is independent; ``looked_by`` is who answered.
    """

    item = models.ForeignKey(ReviewItem, on_delete=models.PROTECT, related_name="second_looks")
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="look")
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="second_looks")
    rule = models.CharField(max_length=12, choices=LookRule)
    drawn = models.CharField(max_length=64)
    looker = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="second_looks"
    )
    asked_at = models.DateTimeField()
    result = models.CharField(max_length=10, choices=LookResult, default=LookResult.OPEN)
    looked_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    looked_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True, default="")

    class Meta:
        indexes = [
            models.Index(
                "looker",
                "id",
                condition=models.Q(result=LookResult.OPEN),
                name="look_to_take",
            ),
        ]

    def __str__(self) -> str:
        return f"Second look at {self.item}"


class DetailsOpened(models.Model):
    """That its reviewer had the details of an item before their eyes; once a sheet and item."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="+")
    item = models.ForeignKey(ReviewItem, on_delete=models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint("review", "item", name="details_opened_once")]

    def __str__(self) -> str:
        return f"{self.item}, opened"


class Pace(models.Model):
    """How long a decision took, and whether the details had been opened; told to the reviewer
    alone, and kept for 30 days. Of several at once each bears its share of the time."""

    decision = models.OneToOneField(
        Decision, primary_key=True, on_delete=models.CASCADE, related_name="pace"
    )
    seconds = models.FloatField()
    details_opened = models.BooleanField()
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.seconds} s"
