"""The policy: thresholds of the rules in versions, of which the newest in force stands."""

from __future__ import annotations

from typing import Self

from django.db import models

from accounts.models.users import User


class PolicyVersionQuerySet(models.QuerySet["PolicyVersion"]):
    def in_force(self) -> Self:
        """Those that stand or stood, the newest first."""
        return self.filter(version__isnull=False).order_by("-version")

    def drafts(self) -> Self:
        return self.filter(version=None)


class PolicyVersion(models.Model):
    """One set of thresholds, never edited: a draft until it is put in force, a version then.

    ``values`` holds the fields of ``accounts.insights.Policy`` but for its name. ``based_on`` is
    the version that stood when it was drafted: where another has come since, somebody looks
    again. ``preview`` counts, by rule and outcome, what it names and what that version named.
    """

    version = models.PositiveIntegerField(null=True, blank=True, unique=True)
    name = models.CharField(max_length=80)
    values = models.JSONField()
    based_on = models.PositiveIntegerField()
    note = models.TextField()
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()
    put_in_force_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    in_force_from = models.DateTimeField(null=True, blank=True)
    preview = models.JSONField(default=dict)

    objects = PolicyVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(version=None, in_force_from=None)
                | models.Q(version__isnull=False, in_force_from__isnull=False),
                name="policy_version_has_its_day",
            )
        ]

    def __str__(self) -> str:
        return f"version {self.version}, {self.name}" if self.version else f"a draft, {self.name}"
