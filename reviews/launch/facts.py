"""What each item says: the frozen columns, its insights, its changes and its lane."""

from accounts.insights import (
    insight_sql,
    list_sql,
    row_insights_sql,
    row_privileged_sql,
    row_worst_sql,
)

# What counts as changed, with the frozen column that tells it (product rule of step 5).
_CHANGES = {
    "right": "right",
    "privileged": "privileged",
    "type": "account_type",
    "holder": "holder_name",
    "owner": "owner_name",
    "team": "holder_team",
    "title": "holder_title",
    "manager": "holder_manager",
    "end date": "expires",
    "data class": "data_class",
}


def _change(field: str, column: str) -> str:
    return (
        f'CASE WHEN k.previous_id IS NOT NULL AND k."{column}" IS DISTINCT FROM f."{column}"'
        f" THEN jsonb_build_object('field', '{field}', 'was', k.\"{column}\","
        f" 'now', f.\"{column}\") END"
    )


ITEMS = """
CREATE TEMP TABLE plan_item ON COMMIT DROP AS
WITH facts AS (
    SELECT r.place, r.system_id, r.account_id,
           CASE WHEN NOT r.baseline THEN r.entitlement_id END AS entitlement_id,
           CASE WHEN NOT r.baseline THEN r.grant_id END AS grant_id,
           s.run_id, s.as_of, s.system_name, s.data_class, s.owner_id AS system_owner_id,
           s.owner_reviews,
           a.key AS account_key, a.username AS account_username, a.name AS account_name,
           a.mail AS account_mail, a.type AS account_type, a.type_evidence,
           a.status AS account_status, a.created AS account_created, a.last_used, a.last_use,
           a.last_used_precision, a.mfa, a.expires, a.purpose, a.person_id AS holder_id,
           coalesce(p.name, '') AS holder_name, coalesce(p.title, '') AS holder_title,
           coalesce(pt.name, '') AS holder_team, coalesce(m.name, '') AS holder_manager,
           coalesce(p.status, '') AS holder_status, p.manager_id, p.manager_problem,
           coalesce(ot.name, op.name, '') AS owner_name, a.owner_person_id, a.owner_team_id,
           a.operator_id, ot.lead_id, coalesce(sp.name, '') AS sponsor_name, a.sponsor_id,
           CASE WHEN r.baseline OR e.id IS NULL THEN '' ELSE e.key END AS entitlement_key,
           CASE WHEN r.baseline OR e.id IS NULL THEN ''
                ELSE coalesce(nullif(e.plain_words, ''), e.key) END AS "right",
           CASE WHEN r.baseline OR e.id IS NULL THEN ''
                ELSE coalesce(nullif(e.permits, ''), e.description) END AS permits,
           CASE WHEN r.baseline OR e.id IS NULL THEN 0 ELSE e.version END AS catalogue_version,
           CASE WHEN r.baseline THEN n.privileged ELSE {privileged} END AS privileged,
           CASE WHEN r.baseline THEN n.insights ELSE {insights} END AS access_insights,
           CASE WHEN r.baseline THEN n.worst ELSE {worst} END AS access_worst,
           n.source, n.roster, n.roster_as_of, p.moved_at,
           f.baseline_rights,
           CASE WHEN w.paths IS NOT NULL THEN w.paths
                WHEN coalesce(r.via, '') = '' THEN '[""]'::jsonb
                ELSE jsonb_build_array(r.via) END AS paths,
           CASE WHEN NOT r.baseline THEN g.granted END AS granted,
           CASE WHEN r.baseline OR g.id IS NULL THEN '' ELSE g.granted_by END AS granted_by,
           CASE WHEN r.baseline OR g.id IS NULL THEN '' ELSE g.request_reference END
               AS request_reference,
           CASE WHEN r.baseline OR g.id IS NULL THEN a.first_seen_at ELSE g.first_seen_at END
               AS seen_since
      -- Places are given while rows are narrow: sorting them in full costs ten times as much.
      FROM (SELECT *, row_number() OVER (ORDER BY system_id, account_id, entitlement_id) - 1
                          AS place
              FROM plan_row WHERE rule IS NULL) r
      JOIN plan_system s ON s.system_id = r.system_id
      JOIN accounts_account a ON a.id = r.account_id
      JOIN plan_insights n ON n.account_id = r.account_id
      LEFT JOIN accounts_person p ON p.id = a.person_id
      LEFT JOIN accounts_team pt ON pt.id = p.team_id
      LEFT JOIN accounts_person m ON m.id = p.manager_id
      LEFT JOIN accounts_person op ON op.id = a.owner_person_id
      LEFT JOIN accounts_team ot ON ot.id = a.owner_team_id
      LEFT JOIN accounts_person sp ON sp.id = a.sponsor_id
      LEFT JOIN accounts_grant g ON g.id = r.grant_id
      LEFT JOIN accounts_entitlement e ON e.id = r.entitlement_id
      LEFT JOIN plan_right x ON x.entitlement_id = r.entitlement_id
      LEFT JOIN plan_fold f ON f.account_id = r.account_id
      LEFT JOIN plan_paths w ON w.account_id = r.account_id AND w.entitlement_id = r.entitlement_id
), told AS (
    SELECT f.*, k.previous_id, k.previous_id IS NULL AS is_new,
           v.closed_at IS NOT NULL AS reviewed_before,
           f.privileged AND (
               NOT coalesce(k.privileged, false) AND v.closed_at IS NOT NULL
               AND (k.previous_id IS NOT NULL OR l.account_id IS NOT NULL)
           ) AS raised,
           CASE WHEN k.previous_id IS NULL AND l.account_id IS NULL THEN '[]'::jsonb
                ELSE to_jsonb(array_remove(ARRAY[
               CASE WHEN k.previous_id IS NULL AND l.account_id IS NOT NULL AND f."right" <> ''
                    THEN jsonb_build_object(
                        'field', 'right', 'was', l.was, 'now', f."right") END,
               {changes}
           ]::jsonb[], NULL)) END AS changes,
           coalesce(b.revocation_id, ba.revocation_id) AS revocation_id,
           coalesce(b.decided_at, ba.decided_at) AS revoked_at,
           coalesce(b.verified_at, ba.verified_at) AS revoked_verified_at,
           c.value AS s19, q.value AS s6, u.value AS s9,
           CASE WHEN f.moved_at > k.outcome_at AND f.moved_at >= %(moved_since)s THEN
               jsonb_build_object('moved', f.moved_at, 'decided', k.outcome_at) END AS s11,
           CASE WHEN f.data_class = 'customer_confidential' AND f.entitlement_id IS NOT NULL
                     AND f.request_reference = '' AND btrim(f.purpose) = ''
                     AND w.previous_id IS NULL THEN '{}'::jsonb END AS s20
      FROM facts f
      LEFT JOIN plan_kept k ON k.account_id = f.account_id
           AND k.entitlement_id IS NOT DISTINCT FROM f.entitlement_id
      LEFT JOIN plan_replaced l ON l.account_id = f.account_id
      LEFT JOIN plan_reviewed v ON v.system_id = f.system_id
      LEFT JOIN plan_revoked b ON b.account_id = f.account_id
           AND b.entitlement_id = f.entitlement_id
      LEFT JOIN plan_revoked ba ON ba.account_id = f.account_id AND ba.entitlement_id IS NULL
      LEFT JOIN plan_undecided u ON u.account_id = f.account_id
           AND u.entitlement_id IS NOT DISTINCT FROM f.entitlement_id
      LEFT JOIN plan_reasoned w ON w.previous_id = k.previous_id
      LEFT JOIN plan_conflict c ON c.person_id = f.holder_id
           AND c.entitlement_id = f.entitlement_id
      LEFT JOIN plan_unusual q ON q.person_id = f.holder_id
           AND q.entitlement_id = f.entitlement_id
           AND f.account_type IN ('personal', 'temporary')
), weighed AS (
    SELECT t.*,
           CASE WHEN revocation_id IS NOT NULL THEN jsonb_build_object(
               'revoked', revoked_at, 'verified', revoked_verified_at,
               'revocation', revocation_id) END AS s10,
           CASE WHEN reviewed_before AND (raised OR is_new) THEN jsonb_build_object(
               'what', CASE WHEN raised THEN 'raised' ELSE 'new' END) END AS s8
      FROM told t
), judged AS (
    SELECT w.*,
           CASE WHEN num_nonnulls({rules}) = 0 THEN access_insights
                ELSE access_insights || {told} END AS insights,
           CASE WHEN s10 IS NOT NULL OR access_worst = 'V' THEN 'V'
                WHEN s19 IS NOT NULL OR access_worst = 'R' THEN 'R'
                WHEN num_nonnulls({rules}) > 0 THEN 'L' ELSE access_worst END AS worst
      FROM weighed w
)
SELECT j.*,
       CASE WHEN j.worst IN ('V', 'R') OR j.privileged OR j.raised THEN 1
            WHEN j.is_new THEN 3
            WHEN jsonb_array_length(j.changes) > 0 THEN 2
            ELSE 4 END AS lane
  FROM judged j
"""
# Each rule has a column with the value that it names, NULL where it has nothing to say.
_EARLIER = "'earlier review'", "as_of"
_RULES = {
    "s10": insight_sql("S10", "'V'", "s10", *_EARLIER),
    "s19": insight_sql("S19", "'R'", "s19", "'register of conflicting duties'", "as_of"),
    "s8": insight_sql("S8", "'L'", "s8", *_EARLIER),
    "s11": insight_sql("S11", "'L'", "s11", "roster", "roster_as_of"),
    "s6": insight_sql("S6", "'L'", "s6"),
    "s9": insight_sql("S9", "'L'", "s9", *_EARLIER),
    "s20": insight_sql("S20", "'L'", "s20"),
}
_PARTS = {
    "{rules}": ", ".join(_RULES),
    "{told}": list_sql({f"{rule} IS NOT NULL": text for rule, text in _RULES.items()}),
    "{changes}": ", ".join(_change(*pair) for pair in _CHANGES.items()),
    "{privileged}": row_privileged_sql("n", "x"),
    "{insights}": row_insights_sql("n", "x"),
    "{worst}": row_worst_sql("n", "x"),
}
for _name, _sql in _PARTS.items():
    ITEMS = ITEMS.replace(_name, _sql)
