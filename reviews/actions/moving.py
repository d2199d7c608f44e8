"""Items on their way from one sheet to another: the one place that moves them.

Whoever moves items lists them in the temporary table ``successor`` (item_id, stage, from_id,
to_id) first; those without a ``to_id`` stay, and security is told.
"""

from typing import Any

from django.db import connection

import clock
from audit import trail
from audit.actors import Actor
from audit.verbs import Verb
from reviews.actions import notices
from reviews.actions.revoking import cancel_waiting
from reviews.actions.settling import settle
from reviews.enums import RoutedBy
from reviews.models import Campaign

NEW_SHEETS = """
INSERT INTO reviews_review (
    campaign_id, reviewer_id, reviewer_name, round, state, opened_at, statement,
    sign_in_method, decisions_count, receipt_digest, receipt_size)
SELECT %(campaign)s, p.id, p.name,
       1 + (SELECT count(*) FROM reviews_review r
             WHERE r.campaign_id = %(campaign)s AND r.reviewer_id = p.id),
       'open', %(at)s, '', '', 0, '', 0
  FROM accounts_person p
 WHERE p.id IN (SELECT to_id FROM successor)
   AND NOT EXISTS (SELECT FROM reviews_review r WHERE r.campaign_id = %(campaign)s
                      AND r.reviewer_id = p.id AND r.state = 'open')
"""

# Unsigned decisions of the one who leaves become proposals to the successor.
PROPOSALS = """
UPDATE reviews_decision d SET state = 'proposed', ended_at = %(at)s
  FROM successor s
 WHERE d.item_id = s.item_id AND d.stage = s.stage AND d.state IN ('standing', 'contested')
   AND s.to_id IS NOT NULL
"""

MOVE = """
UPDATE reviews_reviewitem i
   SET review_id = CASE WHEN s.stage = 1 THEN r.id ELSE i.review_id END,
       second_review_id = CASE WHEN s.stage = 2 THEN r.id ELSE i.second_review_id END,
       routed_by = CASE WHEN s.stage = 1 THEN %(cause)s ELSE i.routed_by END,
       routing_note = CASE WHEN s.stage = 1 THEN %(note)s ELSE i.routing_note END,
       version = i.version + (s.stage = 1)::int,
       second_version = i.second_version + (s.stage = 2)::int
  FROM successor s
  JOIN reviews_review r ON r.campaign_id = %(campaign)s AND r.reviewer_id = s.to_id
       AND r.state = 'open'
 WHERE i.id = s.item_id
"""

NOTE = """
INSERT INTO reviews_reassignment (
    item_id, stage, from_person_id, to_person_id, cause, note, by_ref, at)
SELECT item_id, stage, from_id, to_id, %(cause)s, %(note)s, %(by)s, %(at)s
  FROM successor WHERE to_id IS NOT NULL
"""


def carry_over(campaign: Campaign, *, actor: Actor, cause: RoutedBy, note: str) -> int:
    """Move what the temporary table ``successor`` lists, note it and tell both sides."""
    given: dict[str, Any] = {
        "campaign": campaign.pk,
        "at": clock.now(),
        "cause": cause.value,
        "note": note,
        "by": actor.ref,
    }
    with connection.cursor() as cursor:
        for sql in (NEW_SHEETS, PROPOSALS, MOVE, NOTE):
            cursor.execute(sql, given)
        cursor.execute("SELECT item_id, stage, from_id, to_id FROM successor ORDER BY item_id")
        moved = cursor.fetchall()
    trail.record_many(
        Verb.ITEM_REASSIGNED,
        actor=actor,
        stream=campaign.stream,
        rows=(
            trail.EventRow(
                f"item:{item}",
                {"stage": stage, "from": source, "to": target, "cause": cause.value},
                {"note": note},
            )
            for item, stage, source, target in moved
            if target is not None
        ),
    )
    settle([item for item, _, _, _ in moved], at=given["at"])
    cancel_waiting([item for item, _, _, _ in moved], actor=actor)
    stranded = [row for row in moved if row[3] is None]
    notices.tell_moved(campaign, moved, cause, actor=actor)
    if stranded:
        notices.tell_stranded(campaign, len(stranded), actor=actor)
    return len(moved) - len(stranded)
