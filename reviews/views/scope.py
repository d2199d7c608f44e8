"""Who looks, and what they may see: the second ring, with 404 for everything else."""

from typing import cast

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from accounts import rules
from accounts.models import User
from reviews.models import Campaign, Review
from reviews.queries import campaigns_visible_to, reviews_visible_to


def user_of(request: HttpRequest) -> User:
    """LoginRequiredMiddleware lets nobody else through."""
    return cast("User", request.user)


def those_who_run_only(request: HttpRequest) -> None:
    if not rules.may_run(user_of(request)):
        raise Http404


def those_who_read_all_only(request: HttpRequest) -> None:
    if not rules.may_read_all(user_of(request)):
        raise Http404


def get_review(request: HttpRequest, review_id: int) -> Review:
    """One's own comes by the shortest way: it is what nearly everybody looks at all day."""
    user = user_of(request)
    rows = Review.objects.select_related("campaign")
    try:
        return rows.get(pk=review_id, reviewer=user.person_id, reviewer__isnull=False)
    except Review.DoesNotExist:
        return get_object_or_404(rows & reviews_visible_to(user), pk=review_id)


def get_campaign(request: HttpRequest, campaign_id: int) -> Campaign:
    those_who_read_all_only(request)
    return get_object_or_404(campaigns_visible_to(user_of(request)), pk=campaign_id)
