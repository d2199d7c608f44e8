"""Campaigns: period, scope, gates, and the sheets that reviewers sign."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from accounts.enums import DataClass
from accounts.models import Account, Entitlement, ImportRun, Person, System, User
from reviews.enums import CampaignState, ExclusionRule, ReviewState


class Campaign(models.Model):
    """One period's review of one scope.

    ``scope_key`` is a digest of the systems in scope: with the quarter it makes launching
    twice one campaign. ``gates`` lists each gate that did not pass, in a sentence, with who
    acknowledged it and why. ``scope_root`` is the Merkle root over the items' commitments in
    order of their place; counts are frozen at launch.
    """

    quarter = models.CharField(max_length=7)
    title = models.CharField(max_length=200)
    scope_key = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=CampaignState, default=CampaignState.PLANNED)
    due_at = models.DateTimeField()
    zone = models.CharField(max_length=64)
    policy = models.JSONField(default=dict)
    policy_version = models.PositiveIntegerField(default=1)
    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    gates = models.JSONField(default=list)
    preview = models.JSONField(default=dict)
    override_asked_by_ref = models.CharField(max_length=100, blank=True, default="")
    acknowledged_by_ref = models.CharField(max_length=100, blank=True, default="")
    acknowledged_reason = models.TextField(blank=True, default="")
    planned_at = models.DateTimeField()
    launched_at = models.DateTimeField(null=True, blank=True)
    launched_by_ref = models.CharField(max_length=100, blank=True, default="")
    in_scope = models.PositiveBigIntegerField(default=0)
    items_count = models.PositiveBigIntegerField(default=0)
    exclusions_count = models.PositiveBigIntegerField(default=0)
    without_manager = models.PositiveBigIntegerField(default=0)
    second_person_missing = models.PositiveBigIntegerField(default=0)
    scope_root = models.CharField(max_length=64, blank=True, default="")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by_ref = models.CharField(max_length=100, blank=True, default="")
    gaps = models.JSONField(default=list)
    gaps_asked_by_ref = models.CharField(max_length=100, blank=True, default="")
    gaps_reason = models.TextField(blank=True, default="")
    gaps_approved_by_ref = models.CharField(max_length=100, blank=True, default="")
    totals = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint("quarter", "scope_key", name="one_campaign_of_a_scope"),
            models.CheckConstraint(
                condition=Q(in_scope=F("items_count") + F("exclusions_count")),
                name="campaign_adds_up",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def stream(self) -> str:
        """The name of this campaign's stream in the trail."""
        return f"campaign:{self.pk}"


class CampaignFallback(models.Model):
    """The people to whom an item goes that nobody else can judge, in this order."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="fallback")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    rank = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint("campaign", "person", name="fallback_person"),
            models.UniqueConstraint("campaign", "rank", name="fallback_rank"),
        ]

    def __str__(self) -> str:
        return str(self.person)


class CampaignSystem(models.Model):
    """A system as the campaign found it: in scope with its import, or left out with reason."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="systems")
    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="+")
    included = models.BooleanField(default=True)
    left_out_because = models.CharField(max_length=400, blank=True, default="")
    name = models.CharField(max_length=200)
    data_class = models.CharField(max_length=24, choices=DataClass)
    criticality = models.CharField(max_length=8)
    owner = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    owner_name = models.CharField(max_length=300, blank=True, default="")
    run = models.ForeignKey(
        ImportRun, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    in_scope = models.PositiveBigIntegerField(default=0)
    items_count = models.PositiveBigIntegerField(default=0)
    exclusions_count = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint("campaign", "system", name="campaign_system"),
            models.CheckConstraint(
                condition=Q(in_scope=F("items_count") + F("exclusions_count")),
                name="campaign_system_adds_up",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Review(models.Model):
    """One reviewer's sheet in a campaign.

    Items that reach a reviewer after their sign-off make another round. ``receipt_digest`` is
    the root of the campaign's stream after the sign-off, ``receipt_size`` its size.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="reviews")
    reviewer = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="reviews")
    reviewer_name = models.CharField(max_length=300)
    round = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=8, choices=ReviewState, default=ReviewState.OPEN)
    opened_at = models.DateTimeField()
    first_seen_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    statement = models.TextField(blank=True, default="")
    sign_in_method = models.CharField(max_length=40, blank=True, default="")
    decisions_count = models.PositiveIntegerField(default=0)
    receipt_digest = models.CharField(max_length=64, blank=True, default="")
    receipt_size = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint("campaign", "reviewer", "round", name="review_round"),
            models.UniqueConstraint(
                "campaign",
                "reviewer",
                condition=Q(state=ReviewState.OPEN),
                name="one_open_review",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reviewer_name}, {self.campaign}"


class Exclusion(models.Model):
    """A row in scope that is not an item, with the rule, the reason and who approved it."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="exclusions")
    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    entitlement = models.ForeignKey(
        Entitlement, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    system_name = models.CharField(max_length=200)
    account_key = models.CharField(max_length=400)
    account_username = models.CharField(max_length=400, blank=True, default="")
    entitlement_key = models.CharField(max_length=400, blank=True, default="")
    via = models.CharField(max_length=400, blank=True, default="")
    rule = models.CharField(max_length=16, choices=ExclusionRule)
    reason = models.CharField(max_length=400)
    approved_by = models.CharField(max_length=200)

    class Meta:
        indexes = [models.Index("campaign", "id", name="exclusion_in_order")]

    def __str__(self) -> str:
        return f"{self.account_username or self.account_key}: {self.reason}"


class FollowedRun(models.Model):
    """A finished import run whose consequences for reviews have been drawn, once."""

    run = models.OneToOneField(ImportRun, on_delete=models.PROTECT, related_name="+")
    followed_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.run)
