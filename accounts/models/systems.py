"""The systems where accounts live, and the sources through which they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models.functions import Lower

from accounts.enums import Criticality, DataClass, SourceKind
from accounts.models.people import Person
from accounts.models.scopes import in_own_system, narrow

if TYPE_CHECKING:
    from accounts.models.users import User


class SystemQuerySet(models.QuerySet["System"]):
    def visible_to(self, user: User) -> Self:
        return narrow(self, user, in_own_system(user))


class System(models.Model):
    """An application, a directory, a cloud account: what a campaign has in scope."""

    name = models.CharField(max_length=200)
    data_class = models.CharField(max_length=24, choices=DataClass, default=DataClass.INTERNAL)
    criticality = models.CharField(max_length=8, choices=Criticality, default=Criticality.MEDIUM)
    owner = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="owned_systems"
    )
    description = models.TextField(blank=True, default="")
    owner_reviews = models.BooleanField(
        default=False, help_text="Its items go to the system owner, not to managers."
    )
    retired_at = models.DateTimeField(null=True, blank=True)
    reviewed_as_of = models.DateTimeField(
        null=True,
        blank=True,
        help_text="As of when the facts were that its last closed campaign judged.",
    )

    objects = SystemQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("name"), name="system_name_ci")]

    def __str__(self) -> str:
        return self.name


class SourceQuerySet(models.QuerySet["Source"]):
    def visible_to(self, user: User) -> Self:
        return narrow(self, user, in_own_system(user, "system__"))


class Source(models.Model):
    """A configured connector of one system, or of one roster.

    ``mapping`` is field name to column header, set once and used by every later run;
    ``current_run`` is the last complete run: the picture that stands.
    """

    kind = models.CharField(max_length=8, choices=SourceKind)
    name = models.CharField(max_length=200)
    system = models.OneToOneField(
        System, null=True, blank=True, on_delete=models.PROTECT, related_name="source"
    )
    connector = models.CharField(max_length=40, default="file")
    config = models.JSONField(default=dict)
    mapping = models.JSONField(default=dict)
    current_run = models.ForeignKey(
        "ImportRun", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = SourceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("kind", Lower("name"), name="source_name_ci"),
            models.CheckConstraint(
                condition=models.Q(kind=SourceKind.ROSTER, system=None)
                | models.Q(kind=SourceKind.SYSTEM, system__isnull=False),
                name="source_is_a_roster_or_of_a_system",
            ),
        ]

    def __str__(self) -> str:
        return self.name
