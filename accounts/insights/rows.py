"""What a right adds to the insights of the account that holds it: S7 and S21 to S23.

A row is an account and, possibly, one of its rights: ``account_insights_sql`` joined to
``rights_sql`` under the aliases that these functions are given.
"""

from accounts.enums import AccountType, Answer
from accounts.insights.writing import insight_sql, list_sql


def rights_sql(where: str = "TRUE") -> str:
    """SELECT what the rules ask of rights: entitlement_id, privileged, teams, roles ...

    ``teams`` are the teams that may hold it, NULL where it names none; ``role_words`` the worker
    types of temporary accounts that may, and ``system_roles`` those of which its system says
    anything: both NULL where it says nothing. What everybody has is limited to nobody.
    ``where`` is a condition under the alias ``e``.
    """
    return f"""
        SELECT e.id AS entitlement_id, e.baseline,
               {_privileged_sql("e")} AS privileged, e.privileged <> '{Answer.UNKNOWN}' AS told,
               CASE WHEN NOT e.baseline THEN allowed.teams END AS teams, allowed.team_names,
               CASE WHEN NOT e.baseline THEN named.roles END AS system_roles,
               CASE WHEN NOT e.baseline AND named.roles IS NOT NULL THEN e.allowed_roles END
                   AS role_words
        FROM accounts_entitlement e
        LEFT JOIN (
            SELECT t.entitlement_id, array_agg(t.team_id) AS teams,
                   jsonb_agg(team.name ORDER BY team.name) AS team_names
            FROM accounts_entitlement_allowed_teams t JOIN accounts_team team ON team.id = t.team_id
            GROUP BY t.entitlement_id) allowed ON allowed.entitlement_id = e.id
        LEFT JOIN (
            SELECT each.system_id, jsonb_agg(DISTINCT role) AS roles
            FROM accounts_entitlement each, jsonb_array_elements_text(each.allowed_roles) role
            GROUP BY each.system_id) named ON named.system_id = e.system_id
        WHERE {where}"""


def limited_sql(right: str = "e") -> str:
    """Whether the catalogue says who may hold a right of ``rights_sql``."""
    return f"({right}.teams IS NOT NULL OR {right}.system_roles IS NOT NULL)"


def row_privileged_sql(insights: str = "i", right: str = "e") -> str:
    """Whether a row of an account and, possibly, a right is privileged."""
    return f"({insights}.privileged OR coalesce({right}.privileged, FALSE))"


def row_violations_sql(insights: str = "i", right: str = "e") -> str:
    """The violations that the right makes of it, as a jsonb list."""
    return list_sql(_violations(insights, right))


def row_insights_sql(insights: str = "i", right: str = "e") -> str:
    """The list for a row: the account's insights, and what its right adds to them."""
    privileged = row_privileged_sql(insights, right)
    by = f"CASE WHEN {right}.told THEN 'catalogue' ELSE 'source' END"
    at = f"{insights}.source", f"{insights}.as_of"
    added = {
        **_violations(insights, right),
        privileged: insight_sql("S7", "'L'", f"jsonb_build_object('by', {by})", *at),
        f"{privileged} AND {insights}.weakness IS NOT NULL": insight_sql(
            "S21", "'L'", f"{insights}.weakness", *at
        ),
    }
    return f"""
        CASE WHEN {privileged} OR {limited_sql(right)}
             THEN {insights}.insights || {list_sql(added)} ELSE {insights}.insights END"""


def row_worst_sql(insights: str = "i", right: str = "e") -> str:
    """The most serious outcome of ``row_insights_sql``."""
    breaks = " OR ".join(_violations(insights, right))
    return f"""
        CASE WHEN {limited_sql(right)} AND ({breaks}) THEN 'V'
             WHEN {insights}.worst IN ('', 'I') AND {row_privileged_sql(insights, right)}
             THEN 'L' ELSE {insights}.worst END"""


def _privileged_sql(entitlement: str) -> str:
    """The catalogue's word where there is one, else the source's: Entitlement.is_privileged."""
    return f"""
        (CASE WHEN {entitlement}.privileged = '{Answer.UNKNOWN}'
              THEN {entitlement}.source_privileged ELSE {entitlement}.privileged END
         = '{Answer.YES}')"""


def holds_privileged_sql(account_id: str) -> str:
    """Whether the account holds a right that is privileged."""
    return f"""
        EXISTS (SELECT FROM accounts_grant g JOIN accounts_entitlement e ON e.id = g.entitlement_id
                WHERE g.account_id = {account_id} AND g.gone_at IS NULL
                  AND {_privileged_sql("e")})"""


def _violations(insights: str, right: str) -> dict[str, str]:
    """Condition to insight. Whoever names teams for a right says that nobody else may hold it,
    privileged or not: so firewall administration is told apart."""
    i, e = insights, right
    outside = f"""
        {i}.live AND {i}.held AND {e}.teams IS NOT NULL
        AND ({i}.team_id = ANY({e}.teams)) IS NOT TRUE"""
    beyond = f"""
        {i}.live AND {i}.type = '{AccountType.TEMPORARY}'
        AND coalesce({e}.system_roles ? {i}.worker_type, FALSE)
        AND NOT {e}.role_words ? {i}.worker_type"""
    team = f"(SELECT name FROM accounts_team WHERE id = {i}.team_id)"
    teams = f"jsonb_build_object('team', {team}, 'allowed', {e}.team_names)"
    roles = f"jsonb_build_object('worker_type', {i}.worker_type, 'allowed', {e}.role_words)"
    return {
        outside: insight_sql("S22", "'V'", teams, "'catalogue'", f"{i}.as_of"),
        beyond: insight_sql("S23", "'V'", roles, "'catalogue'", f"{i}.as_of"),
    }
