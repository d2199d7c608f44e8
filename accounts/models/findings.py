"""Findings: facts that need somebody to act, inside and outside campaigns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

from accounts.enums import FindingState, Severity
from accounts.models.access import Account, Grant
from accounts.models.people import Person, Team
from accounts.models.scopes import in_own_system, narrow
from accounts.models.systems import System

if TYPE_CHECKING:
    from accounts.models.users import User


class FindingQuerySet(models.QuerySet["Finding"]):
    def visible_to(self, user: User) -> Self:
        theirs = models.Q(owner_person=user.person_id) | models.Q(owner_team__lead=user.person_id)
        return narrow(self, user, theirs | in_own_system(user, "system__"))


class Finding(models.Model):
    """One rule that one account (or one grant of it) breaks, open until it is resolved.

    ``rule`` is the id of the insight (S1, S17 ...), ``sentence`` explains it with its value,
    source and date, ``facts`` holds the same for machines. ``resolution`` and ``cause`` are
    words from the enums of the action that closed it.
    """

    rule = models.CharField(max_length=4)
    severity = models.CharField(max_length=1, choices=Severity)
    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="findings")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="findings")
    grant = models.ForeignKey(
        Grant, null=True, blank=True, on_delete=models.PROTECT, related_name="findings"
    )
    sentence = models.CharField(max_length=500)
    facts = models.JSONField(default=dict)
    owner_person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    owner_team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    state = models.CharField(max_length=8, choices=FindingState, default=FindingState.OPEN)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by_ref = models.CharField(max_length=100, blank=True, default="")
    resolution = models.CharField(max_length=40, blank=True, default="")
    cause = models.CharField(max_length=40, blank=True, default="")
    note = models.TextField(blank=True, default="")
    link = models.CharField(
        max_length=200, blank=True, default="", help_text="What it goes back to: an old decision."
    )

    objects = FindingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "rule",
                "account",
                "grant",
                condition=models.Q(state=FindingState.OPEN),
                name="one_open_finding",
                nulls_distinct=False,
            )
        ]
        indexes = [models.Index("state", "due_at", "id", name="finding_due")]

    def __str__(self) -> str:
        return self.sentence
