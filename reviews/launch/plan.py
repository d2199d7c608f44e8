"""Builds the whole plan, step by step, in temporary tables."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.db import connection

import clock
from accounts import insights
from reviews.launch import facts, history, peers, population, routing
from reviews.models import Campaign

SYSTEMS = """
CREATE TEMP TABLE plan_system ON COMMIT DROP AS
SELECT s.id AS system_id, s.name AS system_name, s.data_class, s.owner_id, s.owner_reviews,
       r.id AS run_id, r.read_at AS as_of
  FROM accounts_system s
  LEFT JOIN accounts_source c ON c.system_id = s.id
  LEFT JOIN accounts_importrun r ON r.id = c.current_run_id
 WHERE s.id = ANY(%(systems)s)
"""

INSIGHTS = """
CREATE TEMP TABLE plan_insights ON COMMIT DROP AS
SELECT i.* FROM ({select}) i
"""

RIGHTS = """
CREATE TEMP TABLE plan_right ON COMMIT DROP AS
SELECT r.* FROM ({select}) r
"""

_TABLES = (
    "plan_elsewhere",
    "plan_row",
    "plan_fold",
    "plan_paths",
    "plan_system",
    "plan_kept",
    "plan_replaced",
    "plan_revoked",
    "plan_reviewed",
    "plan_undecided",
    "plan_reasoned",
    "plan_insights",
    "plan_right",
    "plan_unusual",
    "plan_conflict",
    "plan_item",
    "plan_fallback",
    "plan_named",
    "plan_route",
)


def build(campaign: Campaign) -> None:
    """Fill the plan's temporary tables for the systems that ``campaign`` has in scope.

    Must run inside a transaction, and once in it: the tables are dropped at its end.
    """
    systems = list(
        campaign.systems.filter(included=True, run__isnull=False).values_list(
            "system_id", flat=True
        )
    )
    policy = insights.Policy(**campaign.policy)
    given: dict[str, Any] = {
        "systems": systems,
        "campaign": campaign.pk,
        "moved_since": clock.now() - timedelta(days=policy.mover),
        **asdict(policy),
    }
    with connection.cursor() as cursor:
        # Sorting and hashing happen in memory for this transaction only.
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute("DROP TABLE IF EXISTS " + ", ".join(_TABLES))
        for sql in _steps(policy, systems):
            cursor.execute(sql, given)
            cursor.execute("ANALYZE " + sql.split("TEMP TABLE ")[1].split()[0] + _known_by(sql))


def _steps(policy: insights.Policy, systems: list[int]) -> list[str]:
    """The statements in their order. What ``accounts`` says bears its own numbers and times,
    and ``%`` would be psycopg's."""
    within = f"({', '.join(map(str, systems)) or 'NULL'})"
    accounts = insights.account_insights_sql(policy, where=f"a.system_id IN {within}")
    rights = insights.rights_sql(f"e.system_id IN {within}")
    return [
        SYSTEMS,
        population.ELSEWHERE,
        population.ROWS,
        population.FOLDED,
        population.PATHS,
        history.KEPT_BEFORE,
        history.REPLACED,
        history.REVOKED_BEFORE,
        history.REVIEWED_SYSTEMS,
        history.UNDECIDED,
        history.REASONED,
        INSIGHTS.format(select=accounts.replace("%", "%%")),
        RIGHTS.format(select=rights.replace("%", "%%")),
        peers.UNUSUAL.replace("{left}", insights.left_sql("p", clock.today())),
        peers.CONFLICTS,
        facts.ITEMS,
        routing.FALLBACK,
        routing.NAMED,
        routing.ROUTES,
    ]


def _known_by(sql: str) -> str:
    """Of the widest tables, statistics on what they are joined by will do: on all columns of
    the items they would cost as much as the items themselves."""
    if sql is facts.ITEMS:
        return " (place)"
    return " (person_id, entitlement_id)" if "TABLE plan_unusual" in sql else ""
