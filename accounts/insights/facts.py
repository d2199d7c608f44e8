"""The facts of standing accounts that their insights are worked out from, with their sources.

Unknown is a value: it never counts as no or never, and an account of unknown status counts as
live. What only few accounts have is looked up for those alone.
"""

import clock
from accounts.connectors.values import GENERIC_NAME_PATTERN
from accounts.enums import AccountStatus, AccountType, Answer, DataClass, LinkMethod, PersonStatus
from accounts.insights.writing import day_sql, left_sql


def facts_sql(where: str) -> str:
    """One row for each standing account of which ``where`` holds under the alias ``a``."""
    now, today = f"TIMESTAMPTZ '{clock.now().isoformat()}'", clock.today()
    read_at = f"coalesce(run.read_at, {now})"
    known_since = "coalesce(a.created, a.first_seen_at)"
    seen_as_of = "coalesce(seen.read_at, a.first_seen_at)"
    return f"""
        SELECT a.id AS account_id, a.system_id, a.type, a.expires, a.purpose, a.last_use,
               a.created, a.last_used, a.last_used_precision, a.owner_ref, a.status,
               a.last_interactive, a.secret_changed, a.mfa, a.username, a.name, a.person_id,
               a.link_method,
               a.status <> '{AccountStatus.DISABLED}' AS live,
               a.privileged = '{Answer.YES}' AS account_privileged,
               s.data_class = '{DataClass.CUSTOMER}' AS customer, s.reviewed_as_of,
               src.name AS source, {read_at} AS as_of,
               {day_sql(read_at)} - {day_sql("a.last_used")} AS idle,
               {day_sql(read_at)} - {day_sql("a.created")} AS age,
               {day_sql(read_at)} - {day_sql(known_since)} AS known_age,
               {day_sql(read_at)} - {day_sql("a.secret_changed")} AS secret_age,
               {seen_as_of} AS seen_as_of,
               {day_sql(read_at)} - {day_sql(f"greatest(s.reviewed_as_of, {seen_as_of})")}
                   AS unvalidated,
               DATE '{today}' AS today,
               h.status AS holder_status, h."end" AS holder_end, h.gone_at AS holder_gone_at,
               h.status = '{PersonStatus.ON_LEAVE}' AS on_leave,
               {left_sql("h", today)} AS holder_left, h.worker_type,
               coalesce(roster.name, 'PortX Access') AS roster,
               coalesce(roster_run.read_at, {now}) AS roster_as_of,
               num_nonnulls(a.person_id, a.owner_person_id, a.owner_team_id, a.operator_id) = 0
                   AS orphaned,
               CASE WHEN a.person_id IS NOT NULL THEN h.team_id
                    ELSE coalesce(a.owner_team_id, o.team_id) END AS team_id,
               a.owner_person_id IS NULL AND a.owner_team_id IS NULL AS unowned,
               a.owner_team_id IS NULL AND {left_sql("o", today)} AS owner_left,
               a.sponsor_id IS NULL AS unsponsored, {left_sql("sponsor", today)} AS sponsor_left,
               a.person_id <> coalesce(a.operator_id, a.owner_person_id) AS held_by_two,
               {_registered_sql("a")} AS registered
        FROM accounts_account a
        JOIN accounts_system s ON s.id = a.system_id
        LEFT JOIN accounts_source src ON src.system_id = s.id
        LEFT JOIN accounts_importrun run ON run.id = src.current_run_id
        LEFT JOIN accounts_importrun seen ON seen.id = a.first_seen_run_id
        LEFT JOIN accounts_person h ON h.id = a.person_id
        LEFT JOIN accounts_source roster ON roster.id = h.source_id
        LEFT JOIN accounts_importrun roster_run ON roster_run.id = roster.current_run_id
        LEFT JOIN accounts_person o ON o.id = a.owner_person_id
        LEFT JOIN accounts_person sponsor ON sponsor.id = a.sponsor_id
        WHERE a.gone_at IS NULL AND {where}"""


def _registered_sql(account: str) -> str:
    """Whether somebody registered the account as shared or as a second one, and it still is."""
    return f"""
        EXISTS (SELECT FROM accounts_accountregistration entry
                WHERE entry.account_id = {account}.id AND entry.ended_at IS NULL
                  AND entry.until >= DATE '{clock.today()}')"""


_PERSONAL = f"live AND type = '{AccountType.PERSONAL}' AND NOT registered"


def why_shared_sql() -> str:
    """Why a personal account looks like one of several people (S15), or NULL.

    An account of nobody bears no human name either; that it is nobody's is S17. Whoever linked it
    to its holder by hand has said whose it is, whatever its name.
    """
    unnamed = "person_id IS NULL AND NOT orphaned"
    return f"""
        CASE WHEN NOT ({_PERSONAL}) THEN NULL
             WHEN link_method = '{LinkMethod.MANUAL}' AND held_by_two IS NOT TRUE THEN NULL
             WHEN {_is_generic_sql("split_part(username, '@', 1)")} THEN 'generic_name'
             WHEN {unnamed} AND (btrim(name) = '' OR {_is_generic_sql("replace(name, ' ', '')")})
             THEN 'no_human_name'
             WHEN held_by_two THEN 'several_people' END"""


def _is_generic_sql(name: str) -> str:
    return f"{name} ~* '{GENERIC_NAME_PATTERN}'"


def of_one_person_sql() -> str:
    """How many personal accounts the holder has in the system, registered ones apart (S18)."""
    return f"""
        CASE WHEN {_PERSONAL} AND person_id IS NOT NULL THEN (
            SELECT count(*) FROM accounts_account other
            WHERE other.person_id = facts.person_id AND other.system_id = facts.system_id
              AND other.gone_at IS NULL AND other.status <> '{AccountStatus.DISABLED}'
              AND other.type = '{AccountType.PERSONAL}' AND NOT {_registered_sql("other")}) END"""


def unexplained_uses_sql() -> str:
    """How many uses of an emergency account nobody has explained (S16)."""
    return f"""
        CASE WHEN type = '{AccountType.EMERGENCY}' THEN (
            SELECT count(*) FROM accounts_emergencyuse used
            WHERE used.account_id = facts.account_id AND used.explained_at IS NULL) ELSE 0 END"""
