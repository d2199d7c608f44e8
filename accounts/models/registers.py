"""What people keep registers of: shared and second accounts, emergency uses, conflicting duties."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Greatest, Least, Lower

from accounts.enums import RegistrationKind
from accounts.models.access import Account, Entitlement
from accounts.models.imports import ImportRun
from accounts.models.people import Person
from accounts.models.scopes import narrow
from accounts.models.users import User


def _of_own_accounts(user: User) -> models.Q:
    return models.Q(account__in=Account.objects.visible_to(user))


class RegistrationQuerySet(models.QuerySet["AccountRegistration"]):
    def visible_to(self, user: User) -> RegistrationQuerySet:
        return narrow(self, user, lambda: _of_own_accounts(user))


class AccountRegistration(models.Model):
    """An account that is known to be shared, or a person's second one, until a day (rules S15
    and S18); ``ended_at`` is set where somebody ended it before."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="registrations")
    kind = models.CharField(max_length=8, choices=RegistrationKind)
    until = models.DateField()
    reason = models.TextField()
    made_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "account", "kind", condition=models.Q(ended_at=None), name="one_registration"
            )
        ]

    def __str__(self) -> str:
        return f"{self.account}: {self.get_kind_display().lower()} until {self.until}"


class EmergencyUseQuerySet(models.QuerySet["EmergencyUse"]):
    def visible_to(self, user: User) -> EmergencyUseQuerySet:
        return narrow(self, user, lambda: _of_own_accounts(user))


class EmergencyUse(models.Model):
    """One use of an emergency account that an import told of, open until it is explained (S16)."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="emergency_uses")
    used_at = models.DateTimeField()
    run = models.ForeignKey(ImportRun, null=True, on_delete=models.PROTECT, related_name="+")
    noticed_at = models.DateTimeField()
    explanation = models.TextField(blank=True, default="")
    explained_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    explained_at = models.DateTimeField(null=True)

    objects = EmergencyUseQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("account", "used_at", name="one_emergency_use")]

    def __str__(self) -> str:
        return f"{self.account}, used {self.used_at:%Y-%m-%d %H:%M}"


class DutyConflict(models.Model):
    """Two rights, possibly of two systems, that nobody should hold together (rule S19).

    It stands until ``ended_at`` is set; a pair, and a name, stand once at a time.
    """

    name = models.CharField(max_length=200)
    first = models.ForeignKey(Entitlement, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(Entitlement, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    made_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(first=models.F("second")), name="conflict_of_two_rights"
            ),
            models.UniqueConstraint(
                Lower("name"), condition=models.Q(ended_at=None), name="one_conflict_of_a_name"
            ),
            models.UniqueConstraint(
                Least("first", "second"),
                Greatest("first", "second"),
                condition=models.Q(ended_at=None),
                name="one_conflict_of_a_pair",
            ),
        ]

    def __str__(self) -> str:
        return self.name
