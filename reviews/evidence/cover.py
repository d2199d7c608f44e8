"""The cover of a package: what was reviewed, by whom, when, and how it ended, in figures."""

from typing import Any

from django.conf import settings
from django.db.models import Count, F, Q

from accounts.enums import DATA_CLASS_RANK, DataClass
from audit.trail import moment
from reviews.enums import CampaignState, DecisionState, Outcome, ReviewState
from reviews.models import Campaign, Decision, ReviewItem, Revocation
from reviews.models.revocations import LIVE_REVOCATIONS

CRITERIA = [
    "SOC 2 CC6.1, CC6.2, CC6.3",
    "ISO 27001:2022 A.5.18",
    "PCI DSS 4.0.1 7.2.4, 7.2.5.1",
    "NYDFS 23 NYCRR 500.7",
]


def describe(campaign: Campaign) -> dict[str, Any]:
    """The figures of the cover, ready for JSON; times are UTC."""
    revocations = _count_revocations(campaign)
    is_closed = campaign.state == CampaignState.CLOSED
    signed = campaign.reviews.filter(state=ReviewState.SIGNED)
    last_signed = signed.order_by("-signed_at").first()
    return {
        "campaign": campaign.pk,
        "title": campaign.title,
        "control": "Quarterly access review: unused or inappropriate access is removed promptly.",
        "criteria": CRITERIA,
        "quarter": campaign.quarter,
        "state": campaign.state,
        "interim": not is_closed or revocations["unproved"] > 0,
        "data_class": _highest_class(campaign),
        "policy_version": campaign.policy_version,
        "application_version": settings.VERSION,
        "zone": campaign.zone,
        "opened": _time(campaign.launched_at),
        "due": _time(campaign.due_at),
        "last_sign_off": _time(last_signed.signed_at) if last_signed else "",
        "closed": _time(campaign.closed_at),
        "on_time": bool(is_closed and campaign.closed_at and campaign.closed_at <= campaign.due_at),
        "in_scope": campaign.in_scope,
        "items": campaign.items_count,
        "exclusions": campaign.exclusions_count,
        "without_manager": campaign.without_manager,
        "second_person_missing": campaign.second_person_missing,
        "outcomes": _count_outcomes(campaign),
        "reviewers": campaign.reviews.count(),
        "signed": signed.count(),
        "revocations": revocations,
        "gates": campaign.gates,
        "gates_acknowledged_by": campaign.acknowledged_by_ref,
        "gates_reason": campaign.acknowledged_reason,
        "gaps": campaign.gaps,
        "gaps_approved_by": campaign.gaps_approved_by_ref,
        "gaps_reason": campaign.gaps_reason,
        "self_reviews": _count_self_reviews(campaign),
    }


def _time(at: Any) -> str:
    return moment(at) if at else ""


def _count_outcomes(campaign: Campaign) -> dict[str, int]:
    rows = ReviewItem.objects.filter(campaign=campaign).order_by().values_list("outcome")
    counted = dict(rows.annotate(n=Count("id")))
    return {str(outcome): counted.get(outcome, 0) for outcome in Outcome.values}


def _count_revocations(campaign: Campaign) -> dict[str, int]:
    live = Q(state__in=LIVE_REVOCATIONS)
    return Revocation.objects.filter(campaign=campaign).aggregate(
        ordered=Count("id"),
        unproved=Count("id", filter=live),
        verified=Count("id", filter=Q(state="verified")),
        failed=Count("id", filter=Q(state="failed")),
        withdrawn=Count("id", filter=Q(state="cancelled")),
    )


def _highest_class(campaign: Campaign) -> str:
    classes = campaign.systems.filter(included=True).values_list("data_class", flat=True)
    return max(classes, key=lambda c: DATA_CLASS_RANK[c], default=DataClass.INTERNAL)


def _count_self_reviews(campaign: Campaign) -> int:
    """Proof of independence: decisions that stand on access of the one who decided. None."""
    return Decision.objects.filter(
        item__campaign=campaign, state=DecisionState.STANDING, person=F("item__holder")
    ).count()
