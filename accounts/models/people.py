"""The people of the company and its teams, as the rosters describe them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models.functions import Lower

from accounts.enums import ManagerProblem, PersonStatus, WorkerType
from accounts.models.scopes import narrow

if TYPE_CHECKING:
    from accounts.models.users import User

DEPARTED = (PersonStatus.LEFT, PersonStatus.GONE)


class TeamQuerySet(models.QuerySet["Team"]):
    def visible_to(self, user: User) -> Self:
        own = models.Q(pk=user.person.team_id) if user.person else models.Q()
        return narrow(self, user, models.Q(lead=user.person_id) | own)


class Team(models.Model):
    """A group of people with a lead, a mail alias and a Slack channel."""

    name = models.CharField(max_length=200)
    lead = models.ForeignKey(
        "Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="leads"
    )
    mail = models.EmailField(blank=True, default="")
    slack_channel = models.CharField(max_length=80, blank=True, default="")

    objects = TeamQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("name"), name="team_name_ci")]

    def __str__(self) -> str:
        return self.name


class PersonQuerySet(models.QuerySet["Person"]):
    def visible_to(self, user: User) -> Self:
        own = user.person_id
        theirs = models.Q(pk=own) | models.Q(manager=own) | models.Q(team__lead=own)
        return narrow(self, user, theirs)

    def left(self, day: date) -> Self:
        """Those who are no longer here on ``day``; see Person.has_left."""
        return self.filter(models.Q(status__in=DEPARTED) | models.Q(end__lt=day))

    def here(self, day: date) -> Self:
        return self.exclude(status__in=DEPARTED).exclude(end__lt=day)


class Person(models.Model):
    """A human known to the company.

    ``manager_ref`` is the manager as the roster wrote it; ``manager`` is whom that resolved
    to, and ``manager_problem`` says why it cannot be relied on. ``source`` is the roster that
    brought the person and that alone can make them vanish; people made by hand have none.
    """

    source = models.ForeignKey("Source", null=True, blank=True, on_delete=models.PROTECT)
    employee_id = models.CharField(max_length=200, blank=True, default="")
    name = models.CharField(max_length=300)
    mail = models.CharField(max_length=320, blank=True, default="")
    title = models.CharField(max_length=300, blank=True, default="")
    department = models.CharField(max_length=300, blank=True, default="")
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="members"
    )
    worker_type = models.CharField(max_length=16, choices=WorkerType, default=WorkerType.UNKNOWN)
    status = models.CharField(max_length=16, choices=PersonStatus, default=PersonStatus.UNKNOWN)
    raw_status = models.CharField(max_length=200, blank=True, default="")
    start = models.DateField(null=True, blank=True)
    end = models.DateField(null=True, blank=True)
    manager = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="reports"
    )
    manager_ref = models.CharField(max_length=320, blank=True, default="")
    manager_problem = models.CharField(
        max_length=16, choices=ManagerProblem, blank=True, default=""
    )
    first_seen_run = models.ForeignKey(
        "ImportRun", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    gone_run = models.ForeignKey(
        "ImportRun", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    gone_at = models.DateTimeField(null=True, blank=True)
    moved_at = models.DateTimeField(
        null=True, blank=True, help_text="When team, title or manager last changed."
    )

    objects = PersonQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "source",
                "employee_id",
                condition=~models.Q(employee_id=""),
                name="person_employee_id",
            ),
        ]
        indexes = [
            models.Index(Lower("mail"), name="person_mail"),
            models.Index(Lower("name"), "id", name="person_name"),
            models.Index("employee_id", name="person_employee"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def may_review(self) -> bool:
        """Whether this person can be asked to judge anything today."""
        return self.status in {PersonStatus.ACTIVE, PersonStatus.UNKNOWN}

    def has_left(self, day: date) -> bool:
        """Whether this person is no longer here on ``day``: the roster says so, by status, by
        absence, or by a last day that has passed since it was read."""
        return self.status in DEPARTED or (self.end is not None and self.end < day)
