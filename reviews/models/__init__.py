"""Campaigns, what is judged in them, what was decided, and what became of it."""

from reviews.models.campaigns import (
    Campaign,
    CampaignFallback,
    CampaignSystem,
    Exclusion,
    FollowedRun,
    Review,
)
from reviews.models.confirmations import Confirmation
from reviews.models.decisions import Decision, Question, Reassignment
from reviews.models.evidence import EvidencePackage
from reviews.models.items import ReviewItem
from reviews.models.revocations import Revocation

__all__ = [
    "Campaign",
    "CampaignFallback",
    "CampaignSystem",
    "Confirmation",
    "Decision",
    "EvidencePackage",
    "Exclusion",
    "FollowedRun",
    "Question",
    "Reassignment",
    "Review",
    "ReviewItem",
    "Revocation",
]
