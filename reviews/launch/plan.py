"""Builds the whole plan, step by step, in temporary tables."""

from typing import Any

from django.db import connection

from accounts import insights
from reviews.launch import facts, history, population, routing
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
    "plan_insights",
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
    given: dict[str, Any] = {"systems": systems, "campaign": campaign.pk}
    # The text bears our own numbers only; ``%`` is psycopg's, and there are no parameters.
    select = insights.account_insights_sql(
        insights.Policy(**campaign.policy),
        where=f"a.system_id IN ({', '.join(map(str, systems)) or 'NULL'})",
    )
    with connection.cursor() as cursor:
        # Sorting and hashing happen in memory for this transaction only.
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute("DROP TABLE IF EXISTS " + ", ".join(_TABLES))
        steps: list[tuple[str, dict[str, Any] | None]] = [
            (SYSTEMS, given),
            (population.ELSEWHERE, given),
            (population.ROWS, given),
            (population.FOLDED, given),
            (population.PATHS, given),
            (history.KEPT_BEFORE, given),
            (history.REPLACED, given),
            (history.REVOKED_BEFORE, given),
            (history.REVIEWED_SYSTEMS, given),
            (INSIGHTS.format(select=select), None),
            (facts.ITEMS, given),
            (routing.FALLBACK, given),
            (routing.NAMED, given),
            (routing.ROUTES, given),
        ]
        for sql, params in steps:
            cursor.execute(sql, params)
            cursor.execute("ANALYZE " + sql.split("TEMP TABLE ")[1].split()[0] + _known_by(sql))


def _known_by(sql: str) -> str:
    """Of the items, statistics on their places will do: on all columns they would cost as much
    as the items themselves."""
    return " (place)" if sql is facts.ITEMS else ""
