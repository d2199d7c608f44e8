"""Who manages whom, from what the rosters wrote: found, or reported, and never dropped."""

from __future__ import annotations

from accounts.enums import ManagerProblem, PersonStatus
from accounts.importing.staging import run_sql

_DEPARTED = f"('{PersonStatus.LEFT}', '{PersonStatus.GONE}')"
_FOUND = """
    CASE WHEN count(*) = 1 THEN min(id)
         WHEN count(*) FILTER (WHERE here) = 1 THEN min(id) FILTER (WHERE here) END"""


def resolve_managers() -> int:
    """Find every person's manager by employee id, then mail, then exact name, and say of each
    what is wrong; gives how many people that changed. Of several, the one who is here counts."""
    changed = run_sql(f"""
        WITH people AS MATERIALIZED (
            SELECT id, lower(btrim(employee_id)) AS employee_id, lower(btrim(mail)) AS mail,
                   lower(btrim(name)) AS name, status NOT IN {_DEPARTED} AS here
            FROM accounts_person),
        by_id AS MATERIALIZED (SELECT employee_id AS ref, {_FOUND} AS id, true AS fits
                  FROM people WHERE employee_id <> '' GROUP BY 1),
        by_mail AS MATERIALIZED (SELECT mail AS ref, {_FOUND} AS id, true AS fits
                  FROM people WHERE mail <> '' GROUP BY 1),
        by_name AS MATERIALIZED (SELECT name AS ref, {_FOUND} AS id, true AS fits
                  FROM people WHERE name <> '' GROUP BY 1),
        found AS (
            SELECT person.id,
                   CASE WHEN by_id.fits THEN by_id.id WHEN by_mail.fits THEN by_mail.id
                        ELSE by_name.id END AS manager_id,
                   coalesce(by_id.fits, by_mail.fits, by_name.fits, false) AS fits,
                   person.manager_ref = '' AS silent
            FROM accounts_person AS person
            LEFT JOIN by_id ON by_id.ref = lower(btrim(person.manager_ref))
            LEFT JOIN by_mail ON by_mail.ref = lower(btrim(person.manager_ref))
            LEFT JOIN by_name ON by_name.ref = lower(btrim(person.manager_ref))
            WHERE person.source_id IS NOT NULL),
        judged AS (
            SELECT found.id, found.manager_id,
                   CASE WHEN silent THEN '{ManagerProblem.MISSING}'
                        WHEN NOT fits THEN '{ManagerProblem.UNKNOWN}'
                        WHEN found.manager_id IS NULL THEN '{ManagerProblem.AMBIGUOUS}'
                        WHEN found.manager_id = found.id THEN '{ManagerProblem.CIRCLE}'
                        WHEN manager.status IN {_DEPARTED} THEN '{ManagerProblem.DEPARTED}'
                        ELSE '' END AS problem
            FROM found LEFT JOIN accounts_person AS manager ON manager.id = found.manager_id)
        UPDATE accounts_person AS person
        SET manager_id = judged.manager_id, manager_problem = judged.problem
        FROM judged WHERE judged.id = person.id
          AND (person.manager_id, person.manager_problem)
              IS DISTINCT FROM (judged.manager_id, judged.problem)""")
    return changed + _mark_circles()


def _mark_circles() -> int:
    """Everybody who is their own manager's manager, at whatever distance. Only people who both
    have a manager and are one can be, so the walks upward start from these alone."""
    return run_sql(f"""
        WITH RECURSIVE middle AS MATERIALIZED (
            SELECT id, manager_id FROM accounts_person AS person
            WHERE manager_id IS NOT NULL AND manager_problem = ''
              AND EXISTS (SELECT FROM accounts_person AS report
                          WHERE report.manager_id = person.id)),
        walk (start, at) AS (
            SELECT id, manager_id FROM middle
            UNION
            SELECT walk.start, middle.manager_id FROM walk JOIN middle ON middle.id = walk.at
            WHERE walk.at <> walk.start)
        UPDATE accounts_person AS person SET manager_problem = '{ManagerProblem.CIRCLE}'
        FROM walk WHERE walk.start = walk.at AND person.id = walk.start""")
