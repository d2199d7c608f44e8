"""What taking a run would change in the picture of its system, and how many rows that is."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.importing.accounts import KEY
from accounts.importing.rejects import spoken_of
from accounts.importing.staging import fetch, fill, run_sql, table


@dataclass(frozen=True)
class Counts:
    """Rows that were created, updated and unchanged; grants and bare accounts that vanished."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    vanished: int = 0


def find_changes(run_id: int, system_id: int, *, split: bool) -> None:
    """Make the run's tables of grants that differ from those that stand, and of accounts that
    it no longer shows. What a rejected row speaks of is not gone: it is only not understood."""
    known = bool(fetch(f"SELECT FROM accounts_account WHERE system_id = {system_id} LIMIT 1"))
    if known:
        _compare_grants(run_id, system_id)
    else:
        _take_all_grants(run_id)
    fill(
        table(run_id, "gone"),
        f"""
        SELECT account.id, NOT EXISTS (
                   SELECT FROM accounts_grant AS held
                   WHERE held.account_id = account.id AND held.gone_at IS NULL LIMIT 1) AS bare
        FROM accounts_account AS account
        WHERE account.id IN (
            SELECT id FROM accounts_account WHERE system_id = {system_id} AND gone_at IS NULL
            EXCEPT SELECT id FROM {table(run_id, "accounts")})""",
    )
    if known and fetch(f"SELECT FROM accounts_rejectedrow WHERE run_id = {run_id} LIMIT 1"):
        _spare_what_was_rejected(run_id, system_id, split=split)


def _said(run_id: int) -> str:
    return f"(SELECT * FROM {table(run_id, 'grants')} WHERE entitlement_id IS NOT NULL) AS said"


def _take_all_grants(run_id: int) -> None:
    """In a first import everything is new, and need not be written down to be known."""
    run_sql(f"""
        CREATE VIEW {table(run_id, "changes")} AS
        SELECT NULL::bigint AS grant_id, said.*, 'fresh' AS change FROM {_said(run_id)}""")


def _compare_grants(run_id: int, system_id: int) -> None:
    old = f"""(
        SELECT held.* FROM accounts_grant AS held
        JOIN accounts_account AS account ON account.id = held.account_id
        WHERE account.system_id = {system_id}) AS old"""
    fill(
        table(run_id, "changes"),
        f"""
        SELECT old.id AS grant_id, said.n,
               coalesce(said.account_id, old.account_id) AS account_id,
               coalesce(said.entitlement_id, old.entitlement_id) AS entitlement_id,
               said.granted, said.granted_by, said.request_reference,
               CASE WHEN old.id IS NULL THEN 'fresh' WHEN said.n IS NULL THEN 'vanished'
                    WHEN old.gone_at IS NOT NULL THEN 'returned' ELSE 'updated' END AS change
        FROM {_said(run_id)} FULL JOIN {old}
          ON old.account_id = said.account_id AND old.entitlement_id = said.entitlement_id
        WHERE old.id IS NULL
           OR (said.n IS NULL AND old.gone_at IS NULL)
           OR (said.n IS NOT NULL AND (old.gone_at IS NOT NULL
               OR (old.granted, old.granted_by, old.request_reference)
               IS DISTINCT FROM (said.granted, said.granted_by, said.request_reference)))""",
    )


def _spare_what_was_rejected(run_id: int, system_id: int, *, split: bool) -> None:
    said = spoken_of(run_id, "account_id", "username", "entitlement")
    of_account = f"{KEY} = account.key AND account.system_id = {system_id}"
    run_sql(f"""
        DELETE FROM {table(run_id, "gone")} AS gone
        USING {said} AS said, accounts_account AS account
        WHERE {of_account} AND account.id = gone.id""")
    same_right = (
        "true" if split else 'said."entitlement" IS NULL OR entitlement.key = said."entitlement"'
    )
    run_sql(f"""
        DELETE FROM {table(run_id, "changes")} AS change
        USING {said} AS said, accounts_account AS account, accounts_entitlement AS entitlement
        WHERE {of_account} AND change.account_id = account.id AND change.change = 'vanished'
          AND entitlement.id = change.entitlement_id AND ({same_right})""")


def count_rows(run_id: int, imported: int, *, split: bool) -> Counts:
    """How many rows are new, changed and unchanged; a row stands as its grant and account do."""
    count = _count_split_rows if split else _count_plain_rows
    created, updated = count(run_id)
    ((vanished,),) = fetch(f"""
        SELECT (SELECT count(*) FROM {table(run_id, "changes")} WHERE change = 'vanished')
             + (SELECT count(*) FROM {table(run_id, "gone")} WHERE bare)""")
    return Counts(created, updated, imported - created - updated, vanished)


def _count_plain_rows(run_id: int) -> tuple[int, int]:
    """Where each row is one grant or none, most of them need not be looked at one by one."""
    accounts, changes = table(run_id, "accounts"), table(run_id, "changes")
    grants = dict(fetch(f"SELECT change, count(*) FROM {changes} GROUP BY change"))
    bare = dict(
        fetch(f"""
        SELECT account.change, count(*) FROM {table(run_id, "grants")} AS said
        JOIN {accounts} AS account ON account.id = said.account_id
        WHERE said.entitlement_id IS NULL GROUP BY 1""")
    )
    created = grants.get("fresh", 0) + grants.get("returned", 0) + bare.get("created", 0)
    updated = grants.get("updated", 0) + bare.get("updated", 0)
    if fetch(f"SELECT FROM {accounts} WHERE change = 'updated' LIMIT 1"):
        ((by_account,),) = fetch(f"""
            SELECT (SELECT count(*) FROM {table(run_id, "grants")} AS said
                    JOIN {accounts} AS account ON account.id = said.account_id
                    WHERE account.change = 'updated' AND said.entitlement_id IS NOT NULL)
                 - (SELECT count(*) FROM {changes} AS change
                    JOIN {accounts} AS account ON account.id = change.account_id
                    WHERE account.change = 'updated' AND change.change <> 'vanished')""")
        updated += by_account
    return created, updated


def _count_split_rows(run_id: int) -> tuple[int, int]:
    ((created, updated),) = fetch(f"""
        SELECT count(*) FILTER (WHERE created), count(*) FILTER (WHERE NOT created AND changed)
        FROM (
            SELECT bool_and(coalesce(change.change IN ('fresh', 'returned'),
                       said.entitlement_id IS NULL AND account.change = 'created')) AS created,
                   bool_or(change.change IS NOT NULL OR account.change <> 'unchanged') AS changed
            FROM {table(run_id, "grants")} AS said
            JOIN {table(run_id, "accounts")} AS account ON account.id = said.account_id
            LEFT JOIN {table(run_id, "changes")} AS change
              ON change.account_id = said.account_id
             AND change.entitlement_id = said.entitlement_id
            GROUP BY said.n) AS each""")
    return created, updated


def count_matched(run_id: int) -> tuple[int, int]:
    """How many of the run's accounts have a holder, and how many there are."""
    ((matched, accounts),) = fetch(f"""
        SELECT count(coalesce(CASE WHEN account.corrected ? 'person' OR said.change = 'unchanged'
                                   THEN account.person_id ELSE link.person_id END,
                              CASE WHEN account.id IS NULL THEN link.person_id END)),
               count(*)
        FROM {table(run_id, "accounts")} AS said
        LEFT JOIN {table(run_id, "links")} AS link USING (id)
        LEFT JOIN accounts_account AS account USING (id)""")
    return matched, accounts
