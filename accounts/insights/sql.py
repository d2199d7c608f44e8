"""The insights of accounts as one SQL text: S1 to S5 and S12 to S18.

Three layers: the facts with their sources, the outcome of each rule, the list as JSON. The text
bears no parameters, so that an import or a launch can embed it in a statement of its own; what
goes into it are our own numbers and times. What rights add to it stands in ``rows``.
"""

from django.conf import settings

from accounts.enums import AccountType, Answer, LastUse, Precision
from accounts.insights.facts import (
    facts_sql,
    of_one_person_sql,
    unexplained_uses_sql,
    why_shared_sql,
)
from accounts.insights.policy import Policy
from accounts.insights.rows import holds_privileged_sql
from accounts.insights.writing import day_sql, insight_sql, list_sql, named_sql

# Emergency and integration accounts are never recommended for removal for disuse.
_IDLE_TYPES = f"('{AccountType.PERSONAL}', '{AccountType.TEMPORARY}', '{AccountType.UNCLASSIFIED}')"


def account_insights_sql(policy: Policy, *, where: str = "TRUE") -> str:
    """SELECT account_id, insights, worst, privileged, source, as_of ... for standing accounts.

    ``insights`` is a jsonb list, ``worst`` its most serious outcome or blank; ``privileged`` is
    what the source says of the account itself. ``where`` is a condition on accounts_account
    under the alias ``a``. What follows ``as_of`` is for the rules of a right (see ``rows``) and
    for those of history and peers.
    """
    return f"""
        SELECT account_id, {_list_sql(policy)} AS insights, {_worst_sql()} AS worst,
               account_privileged AS privileged, source, as_of, type, live, NOT orphaned AS held,
               team_id, worker_type, {_weakness_sql(policy)} AS weakness, person_id, roster,
               roster_as_of
        FROM ({_outcomes_sql(policy, where)}) AS rated"""


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
            CASE WHEN {_LIVE_SERVICE} AND last_interactive IS NOT NULL
                      AND (last_interactive <= reviewed_as_of) IS NOT TRUE THEN 'V' END AS s14,
            CASE WHEN why_shared IS NOT NULL THEN 'V' END AS s15,
            CASE WHEN unexplained > 0 THEN 'V' WHEN not_validated THEN 'L' END AS s16,
            CASE WHEN live AND orphaned THEN 'V' END AS s17,
            CASE WHEN of_one_person > 1 THEN 'L' END AS s18
        FROM (
            SELECT *, {_idle_over_sql(policy, may_idle)} AS idle_over,
                   {_temporary_breaks_sql()} AS temporary_breaks,
                   {_temporary_looks_sql(policy)} AS temporary_looks,
                   {_service_breaks_sql()} AS service_breaks,
                   {why_shared_sql()} AS why_shared,
                   {of_one_person_sql()} AS of_one_person,
                   {unexplained_uses_sql()} AS unexplained,
                   live AND type = '{AccountType.EMERGENCY}'
                       AND unvalidated > {policy.emergency_validated} AS not_validated
            FROM ({facts_sql(where)}) AS facts OFFSET 0) AS judged
        OFFSET 0"""


def _idle_over_sql(policy: Policy, may_idle: str) -> str:
    """Which limit of inactivity is passed, or NULL; rights are read only where they decide."""
    return f"""
        CASE WHEN NOT ({may_idle} AND last_use = '{LastUse.KNOWN}') THEN NULL
             WHEN idle > {policy.inactive_revoke} THEN 'revoke'
             WHEN idle > {policy.inactive_revoke_sensitive} AND
                  (customer OR account_privileged OR {holds_privileged_sql("facts.account_id")})
             THEN 'sensitive'
             WHEN idle > {policy.inactive_look} THEN 'look'
             WHEN idle > {policy.inactive_notice} THEN 'notice' END"""


_LIVE_TEMPORARY = f"live AND type = '{AccountType.TEMPORARY}'"
_LIVE_SERVICE = f"live AND type = '{AccountType.SERVICE}'"


def _temporary_breaks_sql() -> str:
    """An end that the roster gives for the person is an end date, too."""
    return named_sql(
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
    return named_sql(
        _LIVE_TEMPORARY,
        {
            "ends_soon": f"{end} BETWEEN today AND today + {policy.next_campaign}",
            "long": f"coalesce({end}, today) - {day_sql('created')} > {policy.temporary_total}",
        },
    )


def _service_breaks_sql() -> str:
    return named_sql(
        _LIVE_SERVICE,
        {"no_owner": "unowned", "owner_left": "owner_left", "no_purpose": "btrim(purpose) = ''"},
    )


def _weakness_sql(policy: Policy) -> str:
    """How badly an account is guarded, which counts where it is privileged (S21), or NULL.
    Machines have no second factor to enrol."""
    no_mfa = f"mfa = '{Answer.NO}' AND type <> '{AccountType.SERVICE}'"
    old_secret = f"secret_age > {policy.secret_age}"
    problems = named_sql("TRUE", {"no_mfa": no_mfa, "old_secret": old_secret})
    return f"""
        CASE WHEN live AND ({no_mfa} OR {old_secret}) THEN jsonb_build_object(
            'problems', {problems}, 'changed', secret_changed, 'days', secret_age) END"""


def _used_after_sql() -> str:
    """Whether the account was used after its holder's last day: yes, no, or unknown.

    No needs a reading of the system later than the leaving, and a last use known to lie before
    it. Somebody gone from the roster without a last day left at some time before that was
    noticed: only a use after the noticing is certain.
    """
    zone = settings.TIME_ZONE
    used_day = f"""
        (CASE WHEN last_used_precision = '{Precision.DAY}' THEN {day_sql("last_used")}
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
    age = "jsonb_build_object('created', created, 'days', coalesce(age, known_age))"
    rules = {
        "s1": insight_sql("S1", "s1", left, "roster", "roster_as_of"),
        "s17": insight_sql("S17", "s17", "'{}'::jsonb"),
        **_rules_of_types(),
        "s3": insight_sql("S3", "s3", age),
        "s2": insight_sql("S2", "s2", idle),
        "s18": insight_sql("S18", "s18", "jsonb_build_object('accounts', of_one_person)"),
        "s5": insight_sql("S5", "s5", "jsonb_build_object('last_use', last_use)"),
        "s4": insight_sql("S4", "s4", age),
    }
    listed = list_sql({f"{rule} IS NOT NULL": insight for rule, insight in rules.items()})
    return f"""
        CASE WHEN num_nonnulls({", ".join(rules)}) = 0 THEN '[]'::jsonb ELSE {listed} END"""


def _rules_of_types() -> dict[str, str]:
    """The rules that hold for accounts of one type."""
    temporary = """jsonb_build_object('problems', to_jsonb(temporary_breaks || temporary_looks),
        'ends', coalesce(expires, holder_end), 'created', created)"""
    service = """jsonb_build_object('problems', to_jsonb(service_breaks),
        'named', CASE WHEN unowned THEN nullif(owner_ref, '') END)"""
    emergency_problems = named_sql(
        "TRUE", {"unexplained_use": "unexplained > 0", "not_validated": "not_validated"}
    )
    emergency = f"""jsonb_build_object('problems', {emergency_problems}, 'uses', unexplained,
        'reviewed', CASE WHEN reviewed_as_of >= seen_as_of THEN reviewed_as_of END,
        'days', unvalidated)"""
    interactive = (
        "jsonb_build_object('last_interactive', last_interactive, 'since', reviewed_as_of)"
    )
    shared = "jsonb_build_object('why', why_shared, 'login', username)"
    return {
        "s13": insight_sql("S13", "s13", service),
        "s14": insight_sql("S14", "s14", interactive),
        "s15": insight_sql("S15", "s15", shared),
        "s16": insight_sql("S16", "s16", emergency),
        "s12": insight_sql("S12", "s12", temporary),
    }


def _worst_sql() -> str:
    return """
        CASE WHEN 'V' IN (s1, s12, s13, s14, s15, s16, s17) THEN 'V' WHEN 'R' IN (s2, s3) THEN 'R'
             WHEN 'L' IN (s2, s3, s12, s16, s18) THEN 'L' WHEN 'I' IN (s4, s5) THEN 'I'
             ELSE '' END"""
