"""What the decisions on an item come to; the one place that works an outcome out."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from reviews.queries.locked import array_of

# One revoke makes it a revoke, a contested one too; an item that needs two people is certified
# by two; what is gone or was left unreviewed stays so.
SETTLE = """
UPDATE reviews_reviewitem i
   SET outcome = s.outcome, contested = s.contested,
       outcome_at = CASE WHEN i.outcome = s.outcome THEN i.outcome_at
                         WHEN s.outcome = 'open' THEN NULL ELSE %(at)s END,
       version = i.version + (%(stage)s = 1)::int,
       second_version = i.second_version + (%(stage)s = 2)::int
  FROM (SELECT t.id, coalesce(bool_or(d.state = 'contested'), false) AS contested, CASE
                   WHEN bool_or(d.choice = 'revoke') THEN 'revoked'
                   WHEN count(d.id) FILTER (WHERE d.state = 'standing'
                                              AND d.choice IN ('certify', 'certify_until'))
                        < 1 + t.needs_second::int THEN 'open'
                   WHEN bool_or(d.choice = 'certify_until' AND d.state = 'standing')
                   THEN 'certified_until'
                   ELSE 'certified' END AS outcome
          FROM reviews_reviewitem t
          LEFT JOIN reviews_decision d
            ON d.item_id = t.id AND d.state IN ('standing', 'contested')
         WHERE t.id = ANY(%(ids)s::bigint[])
         GROUP BY t.id) s
 WHERE i.id = s.id AND i.outcome NOT IN ('gone', 'not_reviewed')
"""


def settle(ids: Sequence[int], *, at: datetime, raising: int = 0) -> None:
    """Work out outcome and contested of items anew; ``raising`` is the stage whose version
    rises, so that whoever saw the item before is told."""
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, {"ids": array_of(ids), "stage": raising, "at": at})
