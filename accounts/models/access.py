"""What people and machines hold: accounts, entitlements, grants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models

from accounts.enums import AccountStatus, AccountType, Answer, LastUse, LinkMethod, Precision
from accounts.models.people import Person, Team
from accounts.models.scopes import in_own_system, narrow
from accounts.models.systems import System

if TYPE_CHECKING:
    from accounts.models.users import User


def _own_accounts(user: User) -> models.QuerySet[Account, Any]:
    """Accounts that the user holds, answers for or manages.

    A union, since each way has an index of its own, and a condition that joins them by OR would
    read every account there is. Systems and teams are few and looked up first: joined to them,
    the planner takes every account for the user's.
    """
    person = user.person_id
    systems = list(System.objects.filter(owner=person).values_list("pk", flat=True))
    teams = list(Team.objects.filter(lead=person).values_list("pk", flat=True))
    ways: list[dict[str, Any]] = [
        {"person": person},
        {"person__manager": person},
        {"owner_person": person},
        {"operator": person},
        {"sponsor": person},
    ]
    ways += [{"system__in": systems}] if systems else []
    ways += [{"owner_team__in": teams}] if teams else []
    found = [Account.objects.filter(**way).values("pk") for way in ways]
    return found[0].union(*found[1:])


class AccountQuerySet(models.QuerySet["Account"]):
    def visible_to(self, user: User) -> Self:
        return narrow(self, user, lambda: models.Q(pk__in=_own_accounts(user)))

    def standing(self) -> Self:
        """Those that the last complete import showed."""
        return self.filter(gone_at=None)


class Account(models.Model):
    """A person's or a machine's record in a system.

    ``key`` is its identity there: the external id, else the username. ``type`` comes with the
    ``type_evidence`` that a person can read; a type, holder, owner or purpose that a person
    corrected bears its name in ``corrected`` and outlives the next import. ``fingerprint`` is
    a digest of the imported fields, by which an import knows that nothing changed.

    Here and in Grant the references that imports write, a million at a time, bear no
    constraint, since checking each one would cost more than the import; who is nobody's, as
    most owners and sponsors are, is in no index.
    """

    system = models.ForeignKey(
        System, on_delete=models.PROTECT, related_name="accounts", db_index=False
    )
    key = models.CharField(max_length=400)
    external_id = models.CharField(max_length=400, blank=True, default="")
    username = models.CharField(max_length=400, blank=True, default="")
    name = models.CharField(max_length=400, blank=True, default="")
    mail = models.CharField(max_length=320, blank=True, default="")
    employee_id = models.CharField(max_length=200, blank=True, default="")
    type = models.CharField(max_length=16, choices=AccountType, default=AccountType.UNCLASSIFIED)
    type_evidence = models.CharField(max_length=400, blank=True, default="")
    raw_type = models.CharField(max_length=200, blank=True, default="")
    status = models.CharField(max_length=16, choices=AccountStatus, default=AccountStatus.UNKNOWN)
    raw_status = models.CharField(max_length=200, blank=True, default="")
    created = models.DateTimeField(null=True, blank=True)
    last_used = models.DateTimeField(null=True, blank=True)
    last_use = models.CharField(max_length=16, choices=LastUse, default=LastUse.NOT_AVAILABLE)
    last_used_precision = models.CharField(max_length=8, choices=Precision, blank=True, default="")
    mfa = models.CharField(max_length=16, choices=Answer, default=Answer.NOT_AVAILABLE)
    last_interactive = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When somebody last signed in with it at a screen, where the source tells.",
    )
    secret_changed = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When its password or key was last changed, where the source tells.",
    )
    privileged = models.CharField(
        max_length=16,
        choices=Answer,
        default=Answer.NOT_AVAILABLE,
        help_text="What the source says of the account itself, in a row without a right.",
    )
    expires = models.DateField(null=True, blank=True)
    purpose = models.TextField(blank=True, default="")
    person = models.ForeignKey(
        Person,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="accounts",
        db_constraint=False,
        db_index=False,
    )
    link_method = models.CharField(max_length=16, choices=LinkMethod, default=LinkMethod.NONE)
    owner_ref = models.CharField(max_length=320, blank=True, default="")
    owner_person = models.ForeignKey(
        Person,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="owned_accounts",
        db_constraint=False,
        db_index=False,
    )
    owner_team = models.ForeignKey(
        Team,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="owned_accounts",
        db_constraint=False,
        db_index=False,
    )
    operator = models.ForeignKey(
        Person,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="operated_accounts",
        db_constraint=False,
        db_index=False,
        help_text="Who holds the credential, where that is not the owner.",
    )
    sponsor_ref = models.CharField(max_length=320, blank=True, default="")
    sponsor = models.ForeignKey(
        Person,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="sponsored_accounts",
        db_constraint=False,
        db_index=False,
    )
    corrected = models.JSONField(default=dict, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True, default="")
    first_seen_run = models.ForeignKey(
        "ImportRun",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    gone_run = models.ForeignKey(
        "ImportRun",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    first_seen_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True, blank=True)

    objects = AccountQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("system", "key", name="account_key")]
        indexes = [
            models.Index(
                name, name=f"account_{name}", condition=models.Q((f"{name}__isnull", False))
            )
            for name in ("person", "owner_person", "owner_team", "sponsor", "operator")
        ]

    def __str__(self) -> str:
        return self.username or self.key


class EntitlementQuerySet(models.QuerySet["Entitlement"]):
    def visible_to(self, user: User) -> Self:
        return narrow(self, user, in_own_system(user, "system__"))


class Entitlement(models.Model):
    """A right that a system offers, with its entry in the system's catalogue.

    ``description`` and ``source_privileged`` are what the source says; ``plain_words``,
    ``permits``, ``privileged``, ``baseline`` and ``allowed_teams`` are the catalogue, whose
    every version is kept in EntitlementVersion. ``allowed_roles`` lists the worker types whose
    temporary accounts may hold it; a system says nothing of a worker type that none of its
    rights lists.
    """

    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="entitlements")
    key = models.CharField(max_length=400)
    description = models.TextField(blank=True, default="")
    source_privileged = models.CharField(
        max_length=16, choices=Answer, default=Answer.NOT_AVAILABLE
    )
    plain_words = models.CharField(max_length=300, blank=True, default="")
    permits = models.TextField(blank=True, default="")
    privileged = models.CharField(max_length=16, choices=Answer, default=Answer.UNKNOWN)
    baseline = models.BooleanField(default=False)
    allowed_teams = models.ManyToManyField(Team, blank=True, related_name="+")
    allowed_roles = models.JSONField(default=list, blank=True)
    version = models.PositiveIntegerField(default=0)
    confirmed_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    first_seen_at = models.DateTimeField()

    objects = EntitlementQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("system", "key", name="entitlement_key")]

    def __str__(self) -> str:
        return self.plain_words or self.key

    @property
    def is_privileged(self) -> bool:
        """The catalogue's word where there is one, else the source's."""
        known = self.privileged if self.privileged != Answer.UNKNOWN else self.source_privileged
        return known == Answer.YES


class EntitlementVersion(models.Model):
    """One version of a catalogue entry, as it was confirmed."""

    entitlement = models.ForeignKey(Entitlement, on_delete=models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()
    plain_words = models.CharField(max_length=300, blank=True)
    permits = models.TextField(blank=True)
    privileged = models.CharField(max_length=16, choices=Answer)
    baseline = models.BooleanField()
    allowed_teams = models.JSONField(default=list)
    allowed_roles = models.JSONField(default=list)
    made_by = models.ForeignKey(
        "User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("entitlement", "version", name="entitlement_version")
        ]

    def __str__(self) -> str:
        return f"{self.plain_words}, version {self.version}"


class GrantQuerySet(models.QuerySet["Grant"]):
    def visible_to(self, user: User) -> Self:
        return narrow(self, user, lambda: models.Q(account__in=_own_accounts(user)))

    def standing(self) -> Self:
        return self.filter(gone_at=None)


class Grant(models.Model):
    """One account holding one entitlement, directly (``via`` is blank) or through another."""

    account = models.ForeignKey(
        Account,
        on_delete=models.PROTECT,
        related_name="grants",
        db_constraint=False,
        db_index=False,
    )
    entitlement = models.ForeignKey(
        Entitlement,
        on_delete=models.PROTECT,
        related_name="grants",
        db_constraint=False,
        db_index=False,
    )
    via = models.CharField(max_length=400, blank=True, default="")
    granted = models.DateTimeField(null=True, blank=True)
    granted_by = models.CharField(max_length=320, blank=True, default="")
    request_reference = models.CharField(max_length=200, blank=True, default="")
    first_seen_run = models.ForeignKey(
        "ImportRun",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    gone_run = models.ForeignKey(
        "ImportRun",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    first_seen_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True, blank=True)

    objects = GrantQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("account", "entitlement", "via", name="grant_key")]

    def __str__(self) -> str:
        return f"{self.account} holds {self.entitlement}"
