"""Looking leaves a mark: on a sheet for the cockpit, on an item's timeline in the trail."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce

import clock
from audit import trail
from audit.actors import Actor
from audit.verbs import Verb
from reviews.actions.authority import acting_user
from reviews.enums import ReviewState
from reviews.models import Review, ReviewItem

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


def note_item_read(item: ReviewItem, *, actor: Actor) -> None:
    """Write down that somebody who may read everything read all that is known of an item."""
    with transaction.atomic():
        trail.record(Verb.ITEM_READ, actor=actor, target=f"item:{item.pk}")
