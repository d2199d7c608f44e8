"""Honest pace: how long a decision took and whether its details had been opened, measured here.

It is told to the reviewer before anybody else, never by person to anybody, and is gone after 30
days. ``Policy.pace_told`` switches all of it off.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

import clock
from accounts.insights import Policy
from audit import trail
from audit.actors import Actor
from audit.verbs import Verb
from reviews.actions.authority import acting_user
from reviews.enums import ReviewState
from reviews.models import Campaign, DetailsOpened, Pace, Review
from reviews.queries.locked import array_of

DAYS_KEPT = 30
# Who was away for longer did not spend that time on the item.
LONGEST_SECONDS = 600

# Time runs from the page that showed the sheet or from the decision before, whichever is later.
# Without a page there is nothing to measure from. Each of several at once bears its share.
MEASURE = """
INSERT INTO reviews_pace (decision_id, seconds, details_opened, at)
SELECT d.id, least(%(most)s, extract(epoch FROM %(at)s - s.since)) / %(count)s,
       o.id IS NOT NULL, %(at)s
  FROM reviews_decision d
  CROSS JOIN (SELECT greatest(v.last_seen_at, (
                         SELECT max(b.decided_at) FROM reviews_decision b
                          WHERE b.review_id = v.id AND b.person_id = v.reviewer_id
                            AND b.decided_at < %(at)s)) AS since, v.reviewer_id
                FROM reviews_review v
               WHERE v.id = %(review)s AND v.last_seen_at <= %(at)s) s
  LEFT JOIN reviews_detailsopened o ON o.review_id = d.review_id AND o.item_id = d.item_id
 WHERE d.review_id = %(review)s AND d.decided_at = %(at)s AND d.state = 'standing'
   AND d.item_id = ANY(%(items)s::bigint[]) AND d.person_id = s.reviewer_id
    ON CONFLICT DO NOTHING
"""

# Looking before or after deciding is looking: what had been kept unseen is not any more.
LOOKED_AFTERWARDS = """
UPDATE reviews_pace p SET details_opened = true
  FROM reviews_decision d
 WHERE d.id = p.decision_id AND d.review_id = %(review)s AND d.item_id = %(item)s
   AND d.state = 'standing' AND NOT p.details_opened
"""


def is_told(campaign: Campaign) -> bool:
    return Policy(**campaign.policy).pace_told


def measure(review: Review, campaign: Campaign, items: Sequence[int], *, at: datetime) -> None:
    """Note the time of the decisions that were just made, in their transaction and as a set."""
    if not is_told(campaign):
        return
    given: dict[str, Any] = {
        "review": review.pk,
        "items": array_of(items),
        "count": len(items),
        "at": at,
        "most": LONGEST_SECONDS,
    }
    with connection.cursor() as cursor:
        cursor.execute(MEASURE, given)


def see_details(review: Review, item_id: int, *, actor: Actor) -> None:
    """Note that its reviewer has the details of an item before their eyes; no event."""
    if review.state != ReviewState.OPEN or not is_told(review.campaign):
        return
    if acting_user(actor).person_id != review.reviewer_id:
        return
    if DetailsOpened.objects.filter(review=review, item=item_id).exists():
        return
    with transaction.atomic():
        DetailsOpened.objects.bulk_create(
            [DetailsOpened(review=review, item_id=item_id, at=clock.now())], ignore_conflicts=True
        )
        with connection.cursor() as cursor:
            cursor.execute(LOOKED_AFTERWARDS, {"review": review.pk, "item": item_id})


def purge_pace(*, actor: Actor) -> int:
    """Delete what is older than 30 days; how many times that were comes back."""
    before = clock.now() - timedelta(days=DAYS_KEPT)
    with transaction.atomic():
        times, _ = Pace.objects.filter(at__lt=before).delete()
        openings, _ = DetailsOpened.objects.filter(at__lt=before).delete()
        if times or openings:
            trail.record(
                Verb.PACE_PURGED,
                actor=actor,
                target="pace:all",
                data={"times": times, "openings": openings, "days": DAYS_KEPT},
            )
    return times
