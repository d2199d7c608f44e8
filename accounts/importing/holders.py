"""Whose the new and changed accounts are, and of what type, worked out before they are stored."""

from __future__ import annotations

from django.db import connection

from accounts.classification import AccountFacts, classify
from accounts.importing.staging import define, fill, run_sql, table
from accounts.linking import holders_sql

_CHUNK = 10_000
_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", "\r": r"\r", "\t": r"\t"})


def find_holders(run_id: int) -> None:
    """Make the run's tables of links and of types, for accounts that are new or changed."""
    accounts, links = table(run_id, "accounts"), table(run_id, "links")
    changed = f"""(
        SELECT id AS ref, employee_id, mail, name, owner_ref, sponsor_ref
        FROM {accounts} WHERE change <> 'unchanged')"""
    fill(
        links,
        f"""
        SELECT found.ref AS id, {_kept("person", "person_id")}, {_kept("person", "link_method")},
               {_kept("owner", "owner_person_id")}, {_kept("owner", "owner_team_id")},
               {_kept("sponsor", "sponsor_id")}
        FROM ({holders_sql(changed)}) AS found
        LEFT JOIN accounts_account AS old ON old.id = found.ref""",
    )
    _classify_into(
        _types_table(run_id),
        f"""
        SELECT link.id, account.username, account.external_id, account.name, account.raw_type,
               link.link_method, coalesce(person.worker_type, ''),
               CASE WHEN link.owner_team_id IS NOT NULL THEN 'team'
                    WHEN link.owner_person_id IS NOT NULL THEN 'person' ELSE '' END,
               account.sponsor_ref, coalesce(account.expires::text, '')
        FROM {links} AS link JOIN {accounts} AS account USING (id)
        LEFT JOIN accounts_person AS person ON person.id = link.person_id""",
    )


def _kept(correction: str, column: str) -> str:
    """What a person corrected stands, for the type as well; else what the file leads to."""
    corrected = f"old.corrected ? '{correction}'"
    return f"CASE WHEN {corrected} THEN old.{column} ELSE found.{column} END AS {column}"


def classify_again(run_id: int) -> None:
    """Type all accounts anew after people changed, but for what a person corrected."""
    types = _types_table(run_id)
    _classify_into(
        types,
        """
        SELECT account.id, account.username, account.external_id, account.name, account.raw_type,
               account.link_method, coalesce(person.worker_type, ''),
               CASE WHEN account.owner_team_id IS NOT NULL THEN 'team'
                    WHEN account.owner_person_id IS NOT NULL THEN 'person' ELSE '' END,
               account.sponsor_ref, coalesce(account.expires::text, '')
        FROM accounts_account AS account
        LEFT JOIN accounts_person AS person ON person.id = account.person_id
        WHERE account.gone_at IS NULL AND NOT account.corrected ? 'type'""",
    )
    run_sql(f"""
        UPDATE accounts_account AS account
        SET type = found.type, type_evidence = found.type_evidence
        FROM {types} AS found WHERE found.id = account.id
         AND (account.type, account.type_evidence) <> (found.type, found.type_evidence)""")


def _types_table(run_id: int) -> str:
    types = table(run_id, "types")
    define(types, "id bigint NOT NULL, type text NOT NULL, type_evidence text NOT NULL")
    return types


def _classify_into(target: str, query: str) -> None:
    """COPY id, type and evidence of every account that ``query`` gives the facts of.

    The query is read in chunks, so that memory does not grow with the accounts; it needs an
    open transaction.
    """
    with connection.chunked_cursor() as facts, connection.cursor() as cursor:
        facts.execute(query)
        rows = iter(lambda: facts.fetchmany(_CHUNK), [])
        for chunk in rows:
            with cursor.copy(f"COPY {target} (id, type, type_evidence) FROM STDIN") as copy:
                copy.write("".join(map(_line, chunk)))


def _line(row: tuple[str, ...]) -> str:
    found = classify(AccountFacts._make(row[1:]))
    evidence = found.evidence
    if not evidence.isprintable() or "\\" in evidence:
        evidence = evidence.translate(_ESCAPES)
    return f"{row[0]}\t{found.type.value}\t{evidence}\n"
