"""Writes the plan down: sheets, items, exclusions and counts, each by one statement."""

import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db import connection

from audit import merkle
from audit.canonical import canonical
from reviews.launch.population import REASONS
from reviews.models import Campaign
from reviews.queries import FROZEN_COLUMNS, FROZEN_FACTS_SQL

SHEETS = """
INSERT INTO reviews_review (
    campaign_id, reviewer_id, reviewer_name, round, state, opened_at, statement,
    sign_in_method, decisions_count, receipt_digest, receipt_size)
SELECT %(campaign)s, p.id, p.name, 1, 'open', %(now)s, '', '', 0, '', 0
  FROM accounts_person p
 WHERE p.id IN (SELECT person_id FROM plan_route UNION SELECT second_id FROM plan_route)
"""

_COLUMNS = ", ".join(f'"{name}"' for name in FROZEN_COLUMNS)
_FROZEN = ", ".join(f'i."{name}"' for name in FROZEN_COLUMNS)

# A salt is a digest under a seed that nobody keeps; OFFSET 0 has each worked out once.
_PLANNED = f"""(
    SELECT p.place, p.system_id, p.account_id, p.entitlement_id, p.grant_id, p.run_id,
           p.holder_id, p.previous_id, {
    ", ".join(
        "coalesce(p.baseline_rights, '[]'::jsonb) AS baseline_rights"
        if name == "baseline_rights"
        else f'p."{name}"'
        for name in FROZEN_COLUMNS
    )
},
           left(encode(sha256(%(seed)s || int8send(p.place)), 'hex'), 32) AS salt,
           first.id AS review_id, r.person_id, r.routed_by, r.needs_second,
           second.id AS second_review_id
      FROM plan_item p
      JOIN plan_route r USING (place)
      JOIN reviews_review first
        ON first.reviewer_id = r.person_id AND first.campaign_id = %(campaign)s
      LEFT JOIN reviews_review second
        ON second.reviewer_id = r.second_id AND second.campaign_id = %(campaign)s
    OFFSET 0)"""

ITEMS = f"""
INSERT INTO reviews_reviewitem (
    campaign_id, place, system_id, account_id, entitlement_id, grant_id, run_id, holder_id,
    previous_id, {_COLUMNS}, salt, commitment, review_id, first_reviewer_id, routed_by,
    routing_note, needs_second, second_review_id, outcome, contested, version,
    second_version, corrected)
SELECT %(campaign)s, i.place, i.system_id, i.account_id, i.entitlement_id, i.grant_id, i.run_id,
       i.holder_id, i.previous_id, {_FROZEN}, i.salt,
       encode(sha256(convert_to(i.salt || {FROZEN_FACTS_SQL}, 'UTF8')), 'hex'),
       i.review_id, i.person_id, i.routed_by, '', i.needs_second, i.second_review_id,
       'open', false, 1, 1, '{{}}'::jsonb
  FROM {_PLANNED} i
"""

EXCLUSIONS = f"""
INSERT INTO reviews_exclusion (
    campaign_id, system_id, account_id, entitlement_id, system_name, account_key,
    account_username, entitlement_key, via, rule, reason, approved_by)
SELECT %(campaign)s, r.system_id, r.account_id, r.entitlement_id, s.system_name, a.key,
       a.username, coalesce(e.key, ''), coalesce(r.via, ''), r.rule,
       CASE r.rule {
    " ".join(
        f"WHEN '{rule}' THEN '{text.replace(chr(39), chr(39) * 2)}'"
        for rule, text in REASONS.items()
    )
} END,
       coalesce(CASE WHEN r.rule = 'baseline' THEN c.name END, %(approved_by)s)
  FROM plan_row r
  JOIN plan_system s ON s.system_id = r.system_id
  JOIN accounts_account a ON a.id = r.account_id
  LEFT JOIN accounts_entitlement e ON e.id = r.entitlement_id
  LEFT JOIN accounts_person c ON c.id = e.confirmed_by_id
 WHERE r.rule IS NOT NULL
 ORDER BY r.system_id, r.account_id, r.entitlement_id, r.via
"""

SYSTEM_COUNTS = """
UPDATE reviews_campaignsystem t
   SET in_scope = n.in_scope, items_count = n.items, exclusions_count = n.in_scope - n.items
  FROM (SELECT system_id, count(*) AS in_scope, count(*) FILTER (WHERE rule IS NULL) AS items
          FROM plan_row GROUP BY system_id) n
 WHERE t.campaign_id = %(campaign)s AND t.system_id = n.system_id
"""


# What the sheets are read by at once; autovacuum looks at the rest within minutes.
_SOUGHT_BY = "campaign_id, review_id, second_review_id, lane, subject, outcome"


def freeze(campaign: Campaign, *, now: datetime, approved_by: str) -> None:
    """Insert what ``build`` has planned in this transaction; nothing is read from it later."""
    given: dict[str, Any] = {
        "campaign": campaign.pk,
        "now": now,
        "approved_by": approved_by,
        "seed": secrets.token_bytes(32),
    }
    with connection.cursor() as cursor:
        for sql in (SHEETS, ITEMS, EXCLUSIONS, SYSTEM_COUNTS):
            cursor.execute(sql, given)
        cursor.execute(f"ANALYZE reviews_review, reviews_reviewitem ({_SOUGHT_BY})")


# The leaf of an item in canonical JSON, as audit.canonical and audit.merkle would write and hash
# it, by the database: a million of them in Python cost more than all the rest of a launch there.
SCOPE_LEAVES = """
SELECT sha256('\\x00'::bytea || convert_to(
           '{"commitment":"' || commitment || '","item":' || id || '}', 'UTF8'))
  FROM reviews_reviewitem WHERE campaign_id = %s ORDER BY place
"""

EXCLUDED = """
SELECT system_name, account_key, entitlement_key, via, rule
  FROM reviews_exclusion WHERE campaign_id = %s ORDER BY id
"""


def scope_root(campaign: Campaign) -> str:
    """The Merkle root over the items in order of their place.

    A leaf is the canonical JSON of an item's id and commitment: no name stands in it.
    """
    return _root(leaf for (leaf,) in _stream(SCOPE_LEAVES, campaign.pk))


def exclusions_root(campaign: Campaign) -> str:
    """The Merkle root over the exclusions in order of their id."""
    rows = _stream(EXCLUDED, campaign.pk)
    return _root(merkle.leaf_hash(canonical(list(row)).encode()) for row in rows)


def _root(leaves: Iterable[bytes]) -> str:
    tree = merkle.Tree()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root().hex()


def _stream(sql: str, campaign_id: int) -> Iterator[tuple[Any, ...]]:
    """Rows through a cursor of the server's, so that memory stays flat."""
    connection.ensure_connection()
    with connection.connection.cursor(name="launch_rows") as cursor:
        cursor.itersize = 20_000
        cursor.execute(sql, [campaign_id])
        yield from cursor
