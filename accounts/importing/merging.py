"""Making a compared run the picture that stands; all of it in the caller's one transaction."""

from __future__ import annotations

from datetime import datetime

from accounts.enums import AccountType
from accounts.importing import people
from accounts.importing.cells import literal
from accounts.importing.holders import classify_again
from accounts.importing.managers import resolve_managers
from accounts.importing.staging import run_sql, table
from accounts.linking import link_accounts
from accounts.models import ImportRun

# What an import writes of an account; the first four of these a person may have corrected.
_SAID = [
    "external_id",
    "username",
    "name",
    "mail",
    "employee_id",
    "raw_type",
    "status",
    "raw_status",
    "created",
    "last_used",
    "last_use",
    "last_used_precision",
    "last_interactive",
    "mfa",
    "secret_changed",
    "privileged",
    "owner_ref",
    "sponsor_ref",
    "fingerprint",
]
_CORRECTABLE = {
    "purpose": ("said", "purpose"),
    "expires": ("said", "expires"),
    "person_id": ("link", "person"),
    "link_method": ("link", "person"),
    "owner_person_id": ("link", "owner"),
    "owner_team_id": ("link", "owner"),
    "sponsor_id": ("link", "sponsor"),
    "type": ("found", "type"),
    "type_evidence": ("found", "type"),
}


def merge(run: ImportRun, at: datetime) -> None:
    """Write what the run changes: of its system, or of the people and all that hangs on them."""
    if run.source.system_id is not None:
        merge_access(run.pk, run.source.system_id, at)
        return
    people.merge(run.pk, run.source_id, at)
    resolve_managers()
    link_accounts()
    classify_again(run.pk)


def merge_access(run_id: int, system_id: int, at: datetime) -> None:
    """Accounts, rights, grants, and what is gone; nothing that is as it was is written."""
    moment = f"{literal(at.isoformat())}::timestamptz"
    _merge_accounts(run_id, system_id, moment)
    _merge_entitlements(run_id, system_id, moment)
    _merge_grants(run_id, moment)
    _mark_gone(run_id, moment)
    _note_emergency_uses(run_id, system_id, moment)


def _sources(run_id: int) -> str:
    return (
        f"{table(run_id, 'accounts')} AS said JOIN {table(run_id, 'links')} AS link USING (id) "
        f"JOIN {table(run_id, 'types')} AS found USING (id)"
    )


def _merge_accounts(run_id: int, system_id: int, moment: str) -> None:
    values = {name: f"said.{name}" for name in _SAID}
    values |= {name: f"{table}.{name}" for name, (table, _) in _CORRECTABLE.items()}
    run_sql(f"""
        INSERT INTO accounts_account (id, system_id, key, corrected, first_seen_run_id,
                                      first_seen_at, {", ".join(values)})
        SELECT said.id, {system_id}, said.key, '{{}}', {run_id}, {moment},
               {", ".join(values.values())}
        FROM {_sources(run_id)} WHERE said.fresh ORDER BY said.id""")
    for name, (_, correction) in _CORRECTABLE.items():
        values[name] = (
            f"CASE WHEN account.corrected ? '{correction}' "
            f"THEN account.{name} ELSE {values[name]} END"
        )
    run_sql(f"""
        UPDATE accounts_account AS account
        SET {", ".join(f"{name} = {value}" for name, value in values.items())},
            gone_at = NULL, gone_run_id = NULL
        FROM {_sources(run_id)}
        WHERE account.id = said.id AND NOT said.fresh""")


def _merge_entitlements(run_id: int, system_id: int, moment: str) -> None:
    rights = table(run_id, "entitlements")
    run_sql(f"""
        INSERT INTO accounts_entitlement
            (id, system_id, key, description, source_privileged, first_seen_at,
             plain_words, permits, privileged, baseline, allowed_roles, version)
        SELECT id, {system_id}, key, description, source_privileged, {moment},
               '', '', 'unknown', false, '[]', 0
        FROM {rights} WHERE fresh""")
    run_sql(f"""
        UPDATE accounts_entitlement AS entitlement
        SET description = said.description, source_privileged = said.source_privileged
        FROM {rights} AS said
        WHERE entitlement.id = said.id AND NOT said.fresh AND said.changed""")


def _merge_grants(run_id: int, moment: str) -> None:
    changes = table(run_id, "changes")
    run_sql(f"""
        INSERT INTO accounts_grant
            (account_id, entitlement_id, via, granted, granted_by, request_reference,
             first_seen_run_id, first_seen_at)
        SELECT account_id, entitlement_id, '', granted, granted_by, request_reference,
               {run_id}, {moment}
        FROM {changes} WHERE change = 'fresh'""")
    run_sql(f"""
        UPDATE accounts_grant AS held
        SET granted = said.granted, granted_by = said.granted_by,
            request_reference = said.request_reference, gone_at = NULL, gone_run_id = NULL
        FROM {changes} AS said
        WHERE held.id = said.grant_id AND said.change IN ('updated', 'returned')""")


def _mark_gone(run_id: int, moment: str) -> None:
    gone = f"SET gone_at = {moment}, gone_run_id = {run_id}"
    run_sql(f"""
        UPDATE accounts_grant AS held {gone} FROM {table(run_id, "changes")} AS said
        WHERE held.id = said.grant_id AND said.change = 'vanished'""")
    run_sql(f"""
        UPDATE accounts_account AS account {gone} FROM {table(run_id, "gone")} AS said
        WHERE account.id = said.id""")


def _note_emergency_uses(run_id: int, system_id: int, moment: str) -> None:
    """A use of an emergency account that is later than the last one noted waits to be explained;
    of one that is seen for the first time, the use that it shows."""
    run_sql(f"""
        INSERT INTO accounts_emergencyuse (account_id, used_at, run_id, noticed_at, explanation)
        SELECT account.id, account.last_used, {run_id}, {moment}, ''
        FROM accounts_account AS account
        WHERE account.system_id = {system_id} AND account.gone_at IS NULL
          AND account.type = '{AccountType.EMERGENCY}' AND account.last_used IS NOT NULL
          AND NOT EXISTS (SELECT FROM accounts_emergencyuse AS noted
                          WHERE noted.account_id = account.id
                            AND noted.used_at >= account.last_used)""")
