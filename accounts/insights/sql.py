"""The insights of accounts as one SQL text: S1 to S5, S7, S12, S13 and S17.

Three layers: the facts with their sources, the outcome of each rule, the list as JSON. The text
bears no parameters, so that an import or a launch can embed it in a statement of its own; what
goes into it are our own numbers and times. Unknown is a value: it never counts as no or never,
and an account of unknown status counts as live.
"""

from datetime import date

from django.conf import settings

import clock
from accounts.enums import (
    AccountStatus,
    AccountType,
    Answer,
    DataClass,
    LastUse,
    PersonStatus,
    Precision,
)
from accounts.insights.policy import Policy

# Emergency and integration accounts are never recommended for removal for disuse.
_IDLE_TYPES = f"('{AccountType.PERSONAL}', '{AccountType.TEMPORARY}', '{AccountType.UNCLASSIFIED}')"


def account_insights_sql(policy: Policy, *, where: str = "TRUE") -> str:
    """SELECT account_id, insights, worst, privileged, source, as_of for standing accounts.

    ``insights`` is a jsonb list, ``worst`` its most serious outcome or blank; ``privileged`` is
    what the source says of the account itself. ``where`` is a condition on accounts_account
    under the alias ``a``. Rights are added by ``row_insights_sql``.
    """
    return f"""
        SELECT account_id, {_list_sql(policy)} AS insights, {_worst_sql()} AS worst,
               account_privileged AS privileged, source, as_of
        FROM ({_outcomes_sql(policy, where)}) AS rated"""


def row_privileged_sql(insights: str = "i", entitlement: str = "e") -> str:
    """Whether a row of an account and, possibly, an entitlement is privileged."""
    return f"({insights}.privileged OR coalesce({_privileged_sql(entitlement)}, FALSE))"


def row_insights_sql(insights: str = "i", entitlement: str = "e") -> str:
    """The list for a row: the account's insights and, where it is privileged, S7."""
    catalogue = f"{entitlement}.privileged <> '{Answer.UNKNOWN}'"
    by = f"CASE WHEN {catalogue} THEN 'catalogue' ELSE 'source' END"
    s7 = _insight_sql(
        "S7", "'L'", f"jsonb_build_object('by', {by})", f"{insights}.source", f"{insights}.as_of"
    )
    return f"""
        CASE WHEN {row_privileged_sql(insights, entitlement)}
             THEN {insights}.insights || {s7} ELSE {insights}.insights END"""


def row_worst_sql(insights: str = "i", entitlement: str = "e") -> str:
    """The most serious outcome of ``row_insights_sql``."""
    return f"""
        CASE WHEN {insights}.worst IN ('', 'I') AND {row_privileged_sql(insights, entitlement)}
             THEN 'L' ELSE {insights}.worst END"""


def _privileged_sql(entitlement: str) -> str:
    """The catalogue's word where there is one, else the source's: Entitlement.is_privileged."""
    return f"""
        (CASE WHEN {entitlement}.privileged = '{Answer.UNKNOWN}'
              THEN {entitlement}.source_privileged ELSE {entitlement}.privileged END
         = '{Answer.YES}')"""


def left_sql(person: str, today: date) -> str:
    """Person.has_left on ``today``; false where an outer join found no person."""
    return f"""
        (coalesce({person}.status IN ('{PersonStatus.LEFT}', '{PersonStatus.GONE}'), FALSE)
         OR coalesce({person}."end" < DATE '{today}', FALSE))"""


def _day_sql(moment: str) -> str:
    return f"({moment} AT TIME ZONE 'UTC')::date"


def _facts_sql(where: str) -> str:
    now, today = f"TIMESTAMPTZ '{clock.now().isoformat()}'", clock.today()
    read_at = f"coalesce(run.read_at, {now})"
    known_since = "coalesce(a.created, a.first_seen_at)"
    return f"""
        SELECT a.id AS account_id, a.type, a.expires, a.purpose, a.last_use, a.created,
               a.last_used, a.last_used_precision, a.owner_ref, a.status,
               a.status <> '{AccountStatus.DISABLED}' AS live,
               a.privileged = '{Answer.YES}' AS account_privileged,
               s.data_class = '{DataClass.CUSTOMER}' AS customer,
               src.name AS source, {read_at} AS as_of,
               {_day_sql(read_at)} - {_day_sql("a.last_used")} AS idle,
               {_day_sql(read_at)} - {_day_sql("a.created")} AS age,
               {_day_sql(read_at)} - {_day_sql(known_since)} AS known_age,
               DATE '{today}' AS today,
               h.status AS holder_status, h."end" AS holder_end, h.gone_at AS holder_gone_at,
               h.status = '{PersonStatus.ON_LEAVE}' AS on_leave,
               {left_sql("h", today)} AS holder_left,
               coalesce(roster.name, 'PortX Access') AS roster,
               coalesce(roster_run.read_at, {now}) AS roster_as_of,
               num_nonnulls(a.person_id, a.owner_person_id, a.owner_team_id, a.operator_id) = 0
                   AS orphaned,
               a.owner_person_id IS NULL AND a.owner_team_id IS NULL AS unowned,
               a.owner_team_id IS NULL AND {left_sql("o", today)} AS owner_left,
               a.sponsor_id IS NULL AS unsponsored, {left_sql("sponsor", today)} AS sponsor_left
        FROM accounts_account a
        JOIN accounts_system s ON s.id = a.system_id
        LEFT JOIN accounts_source src ON src.system_id = s.id
        LEFT JOIN accounts_importrun run ON run.id = src.current_run_id
        LEFT JOIN accounts_person h ON h.id = a.person_id
        LEFT JOIN accounts_source roster ON roster.id = h.source_id
        LEFT JOIN accounts_importrun roster_run ON roster_run.id = roster.current_run_id
        LEFT JOIN accounts_person o ON o.id = a.owner_person_id
        LEFT JOIN accounts_person sponsor ON sponsor.id = a.sponsor_id
        WHERE a.gone_at IS NULL AND {where}"""


def _outcomes_sql(policy: Policy, where: str) -> str:
    """One column a rule, NULL where it has nothing to say.

    OFFSET 0 keeps the planner from working every outcome out anew wherever it is used.
    """
    # An account on leave, or that may be a machine's, is looked at, never recommended away.
    advice = f"CASE WHEN on_leave OR type = '{AccountType.UNCLASSIFIED}' THEN 'L' ELSE 'R' END"
    may_idle = f"live AND type IN {_IDLE_TYPES}"
    return f"""
        SELECT *,
            CASE WHEN live AND holder_left THEN 'V' END AS s1,
            CASE WHEN idle_over IN ('revoke', 'sensitive') THEN {advice}
                 WHEN idle_over IS NOT NULL THEN 'L' END AS s2,
            CASE WHEN {may_idle} AND last_use = '{LastUse.NEVER}' AND known_age > {policy.window}
                 THEN {advice} END AS s3,
            CASE WHEN {may_idle} AND age <= {policy.window} THEN 'I' END AS s4,
            CASE WHEN last_use IN ('{LastUse.UNKNOWN}', '{LastUse.NOT_AVAILABLE}') THEN 'I' END
                AS s5,
            CASE WHEN temporary_breaks <> '{{}}' THEN 'V'
                 WHEN temporary_looks <> '{{}}' THEN 'L' END AS s12,
            CASE WHEN service_breaks <> '{{}}' THEN 'V' END AS s13,
            CASE WHEN live AND orphaned THEN 'V' END AS s17
        FROM (
            SELECT *, {_idle_over_sql(policy, may_idle)} AS idle_over,
                   {_temporary_breaks_sql()} AS temporary_breaks,
                   {_temporary_looks_sql(policy)} AS temporary_looks,
                   {_service_breaks_sql()} AS service_breaks
            FROM ({_facts_sql(where)}) AS facts OFFSET 0) AS judged
        OFFSET 0"""


def _idle_over_sql(policy: Policy, may_idle: str) -> str:
    """Which limit of inactivity is passed, or NULL; rights are read only where they decide."""
    return f"""
        CASE WHEN NOT ({may_idle} AND last_use = '{LastUse.KNOWN}') THEN NULL
             WHEN idle > {policy.inactive_revoke} THEN 'revoke'
             WHEN idle > {policy.inactive_revoke_sensitive} AND
                  (customer OR account_privileged OR EXISTS (
                      SELECT FROM accounts_grant g
                      JOIN accounts_entitlement e ON e.id = g.entitlement_id
                      WHERE g.account_id = facts.account_id AND g.gone_at IS NULL
                        AND {_privileged_sql("e")})) THEN 'sensitive'
             WHEN idle > {policy.inactive_look} THEN 'look'
             WHEN idle > {policy.inactive_notice} THEN 'notice' END"""


def _named_sql(condition: str, problems: dict[str, str]) -> str:
    """The names of the problems that there are, as a text[], where ``condition`` holds."""
    named = ", ".join(f"CASE WHEN {when} THEN '{name}' END" for name, when in problems.items())
    return f"CASE WHEN {condition} THEN array_remove(ARRAY[{named}], NULL) ELSE '{{}}' END"


_LIVE_TEMPORARY = f"live AND type = '{AccountType.TEMPORARY}'"
_LIVE_SERVICE = f"live AND type = '{AccountType.SERVICE}'"


def _temporary_breaks_sql() -> str:
    """An end that the roster gives for the person is an end date, too."""
    return _named_sql(
        _LIVE_TEMPORARY,
        {
            "expired": "expires < today",
            "no_end": "coalesce(expires, holder_end) IS NULL",
            "no_sponsor": "unsponsored",
            "sponsor_left": "sponsor_left",
        },
    )


def _temporary_looks_sql(policy: Policy) -> str:
    end = "coalesce(expires, holder_end)"
    return _named_sql(
        _LIVE_TEMPORARY,
        {
            "ends_soon": f"{end} BETWEEN today AND today + {policy.next_campaign}",
            "long": f"coalesce({end}, today) - {_day_sql('created')} > {policy.temporary_total}",
        },
    )


def _service_breaks_sql() -> str:
    return _named_sql(
        _LIVE_SERVICE,
        {"no_owner": "unowned", "owner_left": "owner_left", "no_purpose": "btrim(purpose) = ''"},
    )


def _used_after_sql() -> str:
    """Whether the account was used after its holder's last day: yes, no, or unknown.

    No needs a reading of the system later than the leaving, and a last use known to lie before
    it. Somebody gone from the roster without a last day left at some time before that was
    noticed: only a use after the noticing is certain.
    """
    zone = settings.TIME_ZONE
    used_day = f"""
        (CASE WHEN last_used_precision = '{Precision.DAY}' THEN {_day_sql("last_used")}
              ELSE (last_used AT TIME ZONE '{zone}')::date END)"""
    return f"""
        CASE WHEN last_use = '{LastUse.KNOWN}' AND holder_end < today THEN
                  CASE WHEN {used_day} > holder_end THEN '{Answer.YES}'
                       WHEN (as_of AT TIME ZONE '{zone}')::date > holder_end THEN '{Answer.NO}'
                       ELSE '{Answer.UNKNOWN}' END
             WHEN last_use = '{LastUse.KNOWN}' AND last_used > holder_gone_at THEN '{Answer.YES}'
             WHEN last_use = '{LastUse.NEVER}' AND as_of >= CASE WHEN holder_end < today
                  THEN (holder_end + 1)::timestamp AT TIME ZONE '{zone}'
                  ELSE coalesce(holder_gone_at, roster_as_of) END THEN '{Answer.NO}'
             ELSE '{Answer.UNKNOWN}' END"""


def _insight_sql(
    rule: str, outcome: str, value: str, source: str = "source", as_of: str = "as_of"
) -> str:
    return f"""jsonb_build_object('rule', '{rule}', 'outcome', {outcome}, 'value', {value},
        'source', {source}, 'as_of', {as_of})"""


def _list_sql(policy: Policy) -> str:
    """The insights that there are, in the order of their rules' weight."""
    left = f"""jsonb_build_object(
        'status', holder_status, 'left_on', CASE WHEN holder_end < today THEN holder_end END,
        'gone_at', holder_gone_at, 'account_status', status, 'used_after', {_used_after_sql()},
        'use_source', source, 'use_as_of', as_of)"""
    limit = f"""CASE idle_over WHEN 'revoke' THEN {policy.inactive_revoke}
        WHEN 'sensitive' THEN {policy.inactive_revoke_sensitive}
        WHEN 'look' THEN {policy.inactive_look} ELSE {policy.inactive_notice} END"""
    idle = f"""jsonb_build_object('last_used', last_used, 'precision', last_used_precision,
        'days', idle, 'over', idle_over, 'limit', {limit}, 'on_leave', on_leave IS TRUE)"""
    temporary = """jsonb_build_object('problems', to_jsonb(temporary_breaks || temporary_looks),
        'ends', coalesce(expires, holder_end), 'created', created)"""
    service = """jsonb_build_object('problems', to_jsonb(service_breaks),
        'named', CASE WHEN unowned THEN nullif(owner_ref, '') END)"""
    age = "jsonb_build_object('created', created, 'days', coalesce(age, known_age))"
    insights = {
        "s1": _insight_sql("S1", "s1", left, "roster", "roster_as_of"),
        "s17": _insight_sql("S17", "s17", "'{}'::jsonb"),
        "s13": _insight_sql("S13", "s13", service),
        "s12": _insight_sql("S12", "s12", temporary),
        "s3": _insight_sql("S3", "s3", age),
        "s2": _insight_sql("S2", "s2", idle),
        "s5": _insight_sql("S5", "s5", "jsonb_build_object('last_use', last_use)"),
        "s4": _insight_sql("S4", "s4", age),
    }
    each = ", ".join(
        f"CASE WHEN {rule} IS NOT NULL THEN {json} END" for rule, json in insights.items()
    )
    return f"""
        CASE WHEN num_nonnulls({", ".join(insights)}) = 0 THEN '[]'::jsonb
             ELSE to_jsonb(array_remove(ARRAY[{each}]::jsonb[], NULL)) END"""


def _worst_sql() -> str:
    return """
        CASE WHEN 'V' IN (s1, s12, s13, s17) THEN 'V' WHEN 'R' IN (s2, s3) THEN 'R'
             WHEN 'L' IN (s2, s3, s12) THEN 'L' WHEN 'I' IN (s4, s5) THEN 'I' ELSE '' END"""
