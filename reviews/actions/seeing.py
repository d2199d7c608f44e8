"""Opening a sheet leaves a mark on it, so that the cockpit knows who has begun."""

from datetime import timedelta

from django.db.models import F, Q
from django.db.models.functions import Coalesce

import clock
from audit.actors import Actor
from reviews.actions.authority import acting_user
from reviews.enums import ReviewState
from reviews.models import Review

OFTEN_ENOUGH = timedelta(minutes=1)


def see_sheet(review: Review, *, actor: Actor) -> None:
    """Note that its reviewer looks at an open sheet; no event, and one write a minute at most."""
    now = clock.now()
    stale = Q(last_seen_at=None) | Q(last_seen_at__lt=now - OFTEN_ENOUGH)
    if review.last_seen_at and review.last_seen_at >= now - OFTEN_ENOUGH:
        return
    if acting_user(actor).person_id == review.reviewer_id:
        Review.objects.filter(stale, pk=review.pk, state=ReviewState.OPEN).update(
            first_seen_at=Coalesce(F("first_seen_at"), now), last_seen_at=now
        )
