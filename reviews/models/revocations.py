"""Revocations: the order to remove, and the work until it is proved gone."""

from __future__ import annotations

from django.db import models

from accounts.models import Account, Entitlement, Finding, ImportRun, Person, System, Team
from reviews.enums import RevocationState, Risk
from reviews.models.campaigns import Campaign
from reviews.models.decisions import Decision
from reviews.models.items import ReviewItem

LIVE_REVOCATIONS = [
    RevocationState.WAITING,
    RevocationState.OPEN,
    RevocationState.DONE,
    RevocationState.FAILED,
]


class Revocation(models.Model):
    """The removal of one grant, or (without an entitlement) of one account.

    It comes from a decision on an item, or from a finding outside campaigns. ``goes_out_at``
    is when it stops waiting; ``done_at`` is when somebody says it was carried out, and only a
    run whose facts are later than that can prove it.
    """

    campaign = models.ForeignKey(
        Campaign, null=True, on_delete=models.PROTECT, related_name="revocations"
    )
    item = models.ForeignKey(
        ReviewItem, null=True, on_delete=models.PROTECT, related_name="revocations"
    )
    decision = models.ForeignKey(
        Decision, null=True, on_delete=models.PROTECT, related_name="revocations"
    )
    finding = models.ForeignKey(
        Finding, null=True, on_delete=models.PROTECT, related_name="revocations"
    )
    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="revocations")
    entitlement = models.ForeignKey(
        Entitlement, null=True, on_delete=models.PROTECT, related_name="+"
    )
    system_name = models.CharField(max_length=200)
    account_username = models.CharField(max_length=400)
    right = models.CharField(max_length=400, blank=True, default="")
    state = models.CharField(
        max_length=10, choices=RevocationState, default=RevocationState.WAITING
    )
    risk = models.CharField(max_length=8, choices=Risk)
    reason = models.TextField(blank=True, default="")
    owner_person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    owner_team = models.ForeignKey(Team, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    goes_out_at = models.DateTimeField()
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True, default="")
    failed_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    verified_at = models.DateTimeField(null=True)
    verified_by_run = models.ForeignKey(
        ImportRun, null=True, on_delete=models.PROTECT, related_name="+"
    )
    reappeared_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "account",
                "entitlement",
                condition=models.Q(state__in=LIVE_REVOCATIONS),
                name="one_live_revocation",
                nulls_distinct=False,
            )
        ]
        indexes = [models.Index("state", "due_at", "id", name="revocation_due")]

    def __str__(self) -> str:
        return f"{self.account_username}: {self.right or 'the account'} in {self.system_name}"
