"""What a launch would freeze, in numbers: the population proof and the load of each reviewer."""

from typing import Any

from django.db import connection

from reviews.enums import SECONDS_A_LANE, Lane

POPULATION = """
SELECT s.system_id, s.system_name, count(r.account_id) AS in_scope,
       count(*) FILTER (WHERE r.account_id IS NOT NULL AND r.rule IS NULL) AS items,
       count(*) FILTER (WHERE r.rule = 'disabled') AS disabled,
       count(*) FILTER (WHERE r.rule = 'baseline') AS baseline,
       count(*) FILTER (WHERE r.rule = 'path') AS path,
       count(*) FILTER (WHERE r.rule = 'other_campaign') AS other_campaign
  FROM plan_system s LEFT JOIN plan_row r ON r.system_id = s.system_id
 GROUP BY s.system_id, s.system_name ORDER BY s.system_name
"""

LOAD = """
SELECT p.id AS person_id, p.name, p.mail,
       count(*) FILTER (WHERE x.stage = 1) AS items,
       count(*) FILTER (WHERE x.stage = 2) AS second,
       count(*) FILTER (WHERE x.lane = 1) AS must_look,
       count(*) FILTER (WHERE x.lane = 2) AS changed,
       count(*) FILTER (WHERE x.lane = 3) AS new,
       count(*) FILTER (WHERE x.lane = 4) AS unchanged
  FROM (SELECT r.person_id, 1 AS stage, i.lane
          FROM plan_route r JOIN plan_item i USING (place)
        UNION ALL
        SELECT r.second_id, 2, i.lane FROM plan_route r JOIN plan_item i USING (place)
         WHERE r.second_id IS NOT NULL) x
  JOIN accounts_person p ON p.id = x.person_id
 GROUP BY p.id ORDER BY count(*) DESC, p.name
"""

GAPS = """
SELECT count(*) FILTER (WHERE person_id IS NULL) AS without_reviewer,
       count(*) FILTER (WHERE without_manager) AS without_manager,
       count(*) FILTER (WHERE needs_second AND second_id IS NULL) AS second_person_missing,
       count(DISTINCT person_id) AS reviewers
  FROM plan_route
"""


def read_plan() -> dict[str, Any]:
    """The numbers of the plan that ``build`` has made in this transaction, ready for JSON."""
    systems = _rows(POPULATION)
    load = _rows(LOAD)
    for row in load:
        row["minutes"] = _minutes(row)
    gaps = _rows(GAPS)[0]
    in_scope = sum(s["in_scope"] for s in systems)
    items = sum(s["items"] for s in systems)
    return {
        "systems": systems,
        "load": load,
        **gaps,
        "in_scope": in_scope,
        "items": items,
        "exclusions": in_scope - items,
        "without_mail": [row["name"] for row in load if not row["mail"]],
    }


def _minutes(row: dict[str, Any]) -> int:
    seconds = (
        row["must_look"] * SECONDS_A_LANE[Lane.MUST_LOOK]
        + row["changed"] * SECONDS_A_LANE[Lane.CHANGED]
        + row["new"] * SECONDS_A_LANE[Lane.NEW]
        + row["unchanged"] * SECONDS_A_LANE[Lane.UNCHANGED]
    )
    return max(1, round(int(seconds) / 60))


def _rows(sql: str) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
