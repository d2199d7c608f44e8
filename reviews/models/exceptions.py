"""Exceptions: leave to keep for a while what a rule forbids."""

from __future__ import annotations

from django.db import models

from accounts.models import Person
from reviews.enums import ExceptionState
from reviews.models.items import ReviewItem

LIVE_EXCEPTIONS = [ExceptionState.ASKED, ExceptionState.GRANTED]


class RuleException(models.Model):
    """What a reviewer asks for on one item, and what another person said to it.

    ``rules`` are the violations that stood when it was asked for, ``control`` is what makes up
    for them meanwhile. An item has one that lives; those before it are kept.
    """

    item = models.ForeignKey(ReviewItem, on_delete=models.PROTECT, related_name="exceptions")
    state = models.CharField(max_length=10, choices=ExceptionState, default=ExceptionState.ASKED)
    rules = models.JSONField()
    reason = models.TextField()
    control = models.TextField()
    ends_on = models.DateField()
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    asked_by_name = models.CharField(max_length=300)
    asked_by_ref = models.CharField(max_length=100)
    asked_at = models.DateTimeField()
    decided_by_ref = models.CharField(max_length=100, blank=True, default="")
    decided_by_name = models.CharField(max_length=300, blank=True, default="")
    decided_because = models.TextField(blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "item",
                condition=models.Q(state__in=LIVE_EXCEPTIONS),
                name="one_live_exception",
            )
        ]
        indexes = [models.Index("state", "ends_on", "id", name="exception_end")]

    def __str__(self) -> str:
        return f"{self.item}, until {self.ends_on:%-d %B %Y}"
