"""Rechecks: a "keep until" that is asked again on its day, after its campaign, too."""

from __future__ import annotations

from django.db import models

from accounts.models import Finding, Person
from reviews.enums import RecheckState
from reviews.models.decisions import Decision
from reviews.models.items import ReviewItem
from reviews.models.revocations import Revocation


class Recheck(models.Model):
    """One asking of one decision; kept until another day, it is followed by the next ``round``.

    ``person`` is who is asked: the reviewer, else whom the routing rule names now, else (where
    it is nobody) the security team. ``answer_by`` is when silence becomes a removal. The decision
    itself stays as it was signed; ``until`` is the new day where it was kept once more.
    """

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="rechecks")
    round = models.PositiveSmallIntegerField()
    item = models.ForeignKey(ReviewItem, on_delete=models.PROTECT, related_name="rechecks")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=RecheckState)
    due_on = models.DateField()
    asked_at = models.DateTimeField()
    answer_by = models.DateTimeField()
    until = models.DateField(null=True)
    reason = models.TextField(blank=True, db_default="")
    answered_by_name = models.CharField(max_length=300, blank=True, db_default="")
    over_at = models.DateTimeField(null=True)
    revocation = models.ForeignKey(
        Revocation, null=True, on_delete=models.PROTECT, related_name="rechecks"
    )
    finding = models.ForeignKey(Finding, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint("decision", "round", name="recheck_round")]
        indexes = [
            models.Index("state", "answer_by", "id", name="recheck_due"),
            models.Index("person", "state", name="recheck_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.item}, kept until {self.due_on:%-d %B %Y}"
