"""Items locked for a decision: what the predicates ask of each, and no model objects; and the
campaign, locked against its closing.

A bulk act reads ten thousand of them; as objects they would cost more than all the rest of it.
Their keys are left free, here and wherever a campaign or a sheet is locked: a row that names
them, such as that somebody looked at an item, is checked as it is committed, and would wait for
the act while the act waits for it.
"""

import json
from collections.abc import Collection, Iterable
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection

from accounts.enums import AccountType
from reviews.models import Campaign


class LockedItem(NamedTuple):
    """A review item, and its account as it stands now: whose it is, whether owner and purpose of
    a service account are still to be confirmed in the campaign (``unconfirmed``), whether a use
    of an emergency account is still to be explained, and when it ends, if it does."""

    pk: int
    review_id: int
    second_review_id: int | None
    lane: int
    outcome: str
    version: int
    second_version: int
    insights: Any
    corrected: Any
    worst: str
    last_use: str
    data_class: str
    is_new: bool
    changes: Any
    commitment: str
    contested: bool
    account_id: int
    catalogue_version: int
    person_id: int | None
    operator_id: int | None
    owner_person_id: int | None
    excepted_until: date | None
    account_type: str
    unconfirmed: bool
    unexplained: bool
    ends: date | None


def share_campaign(campaign_id: int) -> Campaign:
    """The campaign, locked FOR SHARE: many may decide at once, and nobody closes meanwhile."""
    return Campaign.objects.raw(
        "SELECT * FROM reviews_campaign WHERE id = %s FOR SHARE", [campaign_id]
    )[0]


LOCK = f"""
SELECT i.id, i.review_id, i.second_review_id, i.lane, i.outcome, i.version, i.second_version,
       i.insights::text, i.corrected::text, i.worst, i.last_use, i.data_class, i.is_new,
       i.changes::text, i.commitment, i.contested, i.account_id, i.catalogue_version,
       a.person_id, a.operator_id, a.owner_person_id,
       i.excepted_until, i.account_type,
       i.account_type = '{AccountType.SERVICE}' AND NOT EXISTS (
           SELECT FROM reviews_confirmation c
            WHERE c.account_id = a.id AND c.campaign_id = i.campaign_id AND c.purpose = a.purpose
              AND c.owner_person_id IS NOT DISTINCT FROM a.owner_person_id
              AND c.owner_team_id IS NOT DISTINCT FROM a.owner_team_id),
       i.account_type = '{AccountType.EMERGENCY}' AND EXISTS (
           SELECT FROM accounts_emergencyuse u
            WHERE u.account_id = a.id AND u.explained_at IS NULL),
       coalesce(a.expires, h."end")
  FROM reviews_reviewitem i
  JOIN accounts_account a ON a.id = i.account_id
  LEFT JOIN accounts_person h ON h.id = a.person_id
 WHERE i.id = ANY(%s::bigint[])
 ORDER BY i.id FOR NO KEY UPDATE OF i
"""


def array_of(numbers: Iterable[int]) -> str:
    """An array as PostgreSQL reads it: psycopg itself takes thirty times as long to write one."""
    return f"{{{','.join(map(str, numbers))}}}"


def lock_items(ids: Collection[int]) -> dict[int, LockedItem]:
    """The items by id, locked in its order so that two acts never embrace."""
    # Most lists are empty or alike, so each text is read once; nobody writes to what it gives.
    read = lru_cache(1024)(json.loads)
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [array_of(ids)])
        return {
            row[0]: LockedItem._make(
                (*row[:7], read(row[7]), read(row[8]), *row[9:13], read(row[13]), *row[14:])
            )
            for row in cursor.fetchall()
        }
