"""A roster beside the people that stand, and what taking it changes.

A row is the person of this roster with its employee id, else with its mail; else a person whom
no roster brings, or who is gone from another one, and who has the same mail: whoever was made
by hand, or changed from contractor to employee, stays one person. Each roster makes only its
own people vanish.
"""

from __future__ import annotations

from datetime import datetime

from accounts.connectors import values
from accounts.enums import PersonStatus
from accounts.importing.accounts import Disagreement
from accounts.importing.cells import Cells, literal
from accounts.importing.changes import Counts
from accounts.importing.rejects import spoken_of
from accounts.importing.staging import ROWS_A_FILE, fetch, fill, run_sql, table

KEY = 'coalesce(said."employee_id", lower(said."mail"))'
_COLUMNS = [
    "employee_id",
    "name",
    "mail",
    "title",
    "department",
    "team_id",
    "worker_type",
    "status",
    "raw_status",
    "start",
    "end",
    "manager_ref",
]


def _values(cells: Cells) -> dict[str, str]:
    return {
        "employee_id": cells.text("employee_id"),
        "name": cells.text("name"),
        "mail": cells.text("mail"),
        "title": cells.text("title"),
        "department": cells.text("department"),
        "team": cells.text("team"),
        "worker_type": cells.word("worker_type", values.WORKER_TYPE_WORDS, absent=values.UNKNOWN),
        "status": cells.word("status", values.PERSON_STATUS_WORDS, absent=values.UNKNOWN),
        "raw_status": cells.text("status"),
        '"start"': cells.day("start"),
        '"end"': cells.day("end"),
        "manager_ref": cells.text("manager"),
    }


def settle_repeated_rows(run_id: int) -> None:
    """Reject what is said twice, and the whole roster where the second time says otherwise."""
    rows = table(run_id)
    repeated = f"""
        FROM (SELECT said.n, {KEY} AS key, min(said.n) OVER (PARTITION BY {KEY}) AS first,
                     to_jsonb(said) - 'n' - 'f' AS cells FROM {rows} AS said) AS said
        JOIN {rows} AS earlier ON earlier.n = said.first
        WHERE said.n > said.first"""
    differ = fetch(f"""
        SELECT said.key, said.first % {ROWS_A_FILE}, said.n % {ROWS_A_FILE} {repeated}
        AND said.cells <> to_jsonb(earlier) - 'n' - 'f' ORDER BY said.n LIMIT 3""")
    if differ:
        said = "; ".join(f"rows {first} and {n} (“{key}”)" for key, first, n in differ)
        raise Disagreement(
            f"Two rows are about one person and say different things: {said}. "
            "Nothing was taken. Mend the file or export it again."
        )
    run_sql(f"""
        INSERT INTO {table(run_id, "faults")} (n, reason)
        SELECT said.n, 'It says the same as row ' || said.first % {ROWS_A_FILE} || '.'
        {repeated}""")


def compare(run_id: int, source_id: int, cells: Cells) -> None:
    """Make the run's table of people, with whom each is already, and of those who vanished."""
    said = ", ".join(f"{expression} AS {name}" for name, expression in _values(cells).items())
    fill(
        table(run_id, "people"),
        f"""
        SELECT said.n, {said}, NULL::bigint AS id, NULL::bigint AS team_id, false AS fresh,
               false AS changed, false AS moved
        FROM {table(run_id)} AS said""",
    )
    people = table(run_id, "people")
    for match in _matches(source_id):
        run_sql(f"ANALYZE {people}")
        run_sql(f"""
            UPDATE {people} AS said SET id = known.id
            FROM (SELECT max(said.n) AS n, person.id FROM {people} AS said
                  JOIN accounts_person AS person ON {match}
                  WHERE said.id IS NULL AND NOT EXISTS (
                      SELECT FROM {people} AS taken WHERE taken.id = person.id)
                  GROUP BY person.id HAVING count(*) = 1) AS known
            WHERE said.n = known.n AND said.id IS NULL""")
    run_sql(f"""
        UPDATE {people} AS said SET
            team_id = (SELECT id FROM accounts_team WHERE lower(name) = lower(said.team)),
            fresh = said.id IS NULL,
            id = coalesce(said.id, nextval('accounts_person_id_seq'))""")
    run_sql(f"ANALYZE {people}")
    run_sql(f"""
        UPDATE {people} AS said SET changed = true,
            moved = person.title NOT IN ('', said.title)
                 OR person.manager_ref NOT IN ('', said.manager_ref)
                 OR coalesce(team.name, '') NOT IN ('', said.team)
        FROM accounts_person AS person LEFT JOIN accounts_team AS team ON team.id = person.team_id
        WHERE person.id = said.id AND (
            person.source_id IS DISTINCT FROM {source_id} OR person.gone_at IS NOT NULL
            OR lower(coalesce(team.name, '')) <> lower(said.team)
            OR ({_row("person")}) IS DISTINCT FROM ({_row("said")}))""")
    _find_gone(run_id, source_id)


def _row(alias: str) -> str:
    names = [name for name in _COLUMNS if name != "team_id"]
    return ", ".join(f'{alias}."{name}"' for name in names)


def _matches(source_id: int) -> list[str]:
    """Who a row may be, surest first."""
    same_mail = "said.mail <> '' AND lower(person.mail) = lower(said.mail)"
    own = f"person.source_id = {source_id}"
    free = f"(person.source_id IS NULL OR (NOT {own} AND person.status = '{PersonStatus.GONE}'))"
    return [
        f"{own} AND said.employee_id <> '' AND person.employee_id = said.employee_id",
        f"{own} AND {same_mail} AND (said.employee_id = '' OR person.employee_id = '')",
        f"{same_mail} AND {free}",
    ]


def _find_gone(run_id: int, source_id: int) -> None:
    fill(
        table(run_id, "gone"),
        f"""
        SELECT person.id FROM accounts_person AS person
        WHERE person.source_id = {source_id} AND person.gone_at IS NULL
          AND NOT EXISTS (SELECT FROM {table(run_id, "people")} AS said WHERE said.id = person.id)
          AND NOT EXISTS (
              SELECT FROM {spoken_of(run_id, "employee_id", "mail")} AS said
              WHERE said.employee_id = person.employee_id
                 OR lower(said.mail) = lower(person.mail))""",
    )


def count(run_id: int) -> Counts:
    ((created, updated, unchanged, vanished),) = fetch(f"""
        SELECT count(*) FILTER (WHERE fresh), count(*) FILTER (WHERE NOT fresh AND changed),
               count(*) FILTER (WHERE NOT fresh AND NOT changed),
               (SELECT count(*) FROM {table(run_id, "gone")})
        FROM {table(run_id, "people")}""")
    return Counts(created, updated, unchanged, vanished)


def merge(run_id: int, source_id: int, at: datetime) -> None:
    """Teams, people and who is gone; managers are found afterwards (see managers)."""
    moment = f"{literal(at.isoformat())}::timestamptz"
    people = table(run_id, "people")
    run_sql(f"""
        INSERT INTO accounts_team (name, mail, slack_channel)
        SELECT DISTINCT ON (lower(said.team)) said.team, '', '' FROM {people} AS said
        WHERE said.team <> '' AND NOT EXISTS (
            SELECT FROM accounts_team AS team WHERE lower(team.name) = lower(said.team))
        ORDER BY lower(said.team), said.n""")
    run_sql(f"""
        UPDATE {people} AS said SET team_id = team.id FROM accounts_team AS team
        WHERE said.team <> '' AND lower(team.name) = lower(said.team)""")
    names = ", ".join(f'"{name}"' for name in _COLUMNS)
    said = ", ".join(f'said."{name}"' for name in _COLUMNS)
    run_sql(f"""
        INSERT INTO accounts_person (id, source_id, first_seen_run_id, manager_problem, {names})
        SELECT said.id, {source_id}, {run_id}, '', {said}
        FROM {people} AS said WHERE said.fresh ORDER BY said.n""")
    run_sql(f"""
        UPDATE accounts_person AS person SET
            {", ".join(f'"{name}" = said."{name}"' for name in _COLUMNS)},
            source_id = {source_id}, gone_at = NULL, gone_run_id = NULL,
            moved_at = CASE WHEN said.moved THEN {moment} ELSE person.moved_at END
        FROM {people} AS said WHERE person.id = said.id AND NOT said.fresh AND said.changed""")
    run_sql(f"""
        UPDATE accounts_person AS person
        SET status = '{PersonStatus.GONE}', gone_at = {moment}, gone_run_id = {run_id}
        FROM {table(run_id, "gone")} AS said WHERE person.id = said.id""")
