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
from reviews.models.corrections import Correction
from reviews.models.decisions import Decision, Question, Reassignment
from reviews.models.delegations import Delegation
from reviews.models.evidence import EvidencePackage
from reviews.models.exceptions import RuleException
from reviews.models.items import ReviewItem
from reviews.models.looks import DetailsOpened, Pace, SecondLook
from reviews.models.rechecks import Recheck
from reviews.models.revocations import Revocation

__all__ = [
    "Campaign",
    "CampaignFallback",
    "CampaignSystem",
    "Confirmation",
    "Correction",
    "Decision",
    "Delegation",
    "DetailsOpened",
    "EvidencePackage",
    "Exclusion",
    "FollowedRun",
    "Pace",
    "Question",
    "Reassignment",
    "Recheck",
    "Review",
    "ReviewItem",
    "Revocation",
    "RuleException",
    "SecondLook",
]
