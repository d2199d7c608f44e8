"""How an item stands against other people's: what peers hold, and what one person holds besides."""

# Rights that hardly anybody among the holder's peers has (rule S6). Peers are the people with
# the same manager and those of the same team, where these are enough to compare with; what is
# usual among either is not unusual. Counted in one pass over all that is held.
UNUSUAL = """
CREATE TEMP TABLE plan_unusual ON COMMIT DROP AS
WITH sized AS (
    SELECT p.id AS person_id, p.manager_id, p.team_id,
           CASE WHEN p.manager_id IS NULL THEN 0
                ELSE count(*) OVER (PARTITION BY p.manager_id) END AS reports,
           CASE WHEN p.team_id IS NULL THEN 0
                ELSE count(*) OVER (PARTITION BY p.team_id) END AS members
      FROM accounts_person p
     WHERE NOT {left}
), held AS (
    SELECT DISTINCT n.person_id, r.entitlement_id
      FROM plan_row r
      JOIN plan_insights n ON n.account_id = r.account_id
     WHERE r.entitlement_id IS NOT NULL AND NOT r.baseline AND n.live
       AND n.person_id IS NOT NULL AND n.type IN ('personal', 'temporary')
), counted AS (
    SELECT person_id, h.entitlement_id, reports, members,
           count(*) OVER (PARTITION BY manager_id, h.entitlement_id) AS of_reports,
           count(*) OVER (PARTITION BY team_id, h.entitlement_id) AS of_members
      FROM held h
      JOIN sized USING (person_id)
)
SELECT person_id, entitlement_id,
       CASE WHEN reports >= %(peer_few)s
            THEN jsonb_build_object('by', 'manager', 'held', of_reports, 'peers', reports)
            ELSE jsonb_build_object('by', 'team', 'held', of_members, 'peers', members)
            END AS value
  FROM counted
 WHERE greatest(reports, members) >= %(peer_few)s
   AND (reports < %(peer_few)s OR {rare_reports})
   AND (members < %(peer_few)s OR {rare_members})
"""
_RARE = """
    CASE WHEN {peers} >= %(peer_many)s THEN {held} * 100 <= {peers} * %(peer_share)s
         ELSE {held} = 1 END"""
for _peers in ("reports", "members"):
    _rare = _RARE.format(peers=_peers, held=f"of_{_peers}")
    UNUSUAL = UNUSUAL.replace(f"{{rare_{_peers}}}", _rare)

# Rights that one person should not hold together, across accounts and systems (rule S19).
CONFLICTS = """
CREATE TEMP TABLE plan_conflict ON COMMIT DROP AS
WITH pair AS (
    SELECT name, first_id AS entitlement_id, second_id AS other_id
      FROM accounts_dutyconflict WHERE ended_at IS NULL
    UNION ALL
    SELECT name, second_id, first_id FROM accounts_dutyconflict WHERE ended_at IS NULL
), holding AS (
    SELECT DISTINCT a.person_id, g.entitlement_id
      FROM accounts_grant g
      JOIN accounts_account a ON a.id = g.account_id
     WHERE g.entitlement_id IN (SELECT entitlement_id FROM pair)
       AND g.gone_at IS NULL AND a.gone_at IS NULL AND a.status <> 'disabled'
       AND a.person_id IS NOT NULL
)
SELECT h.person_id, h.entitlement_id,
       jsonb_build_object('conflicts', jsonb_agg(jsonb_build_object(
           'name', p.name, 'right', coalesce(nullif(e.plain_words, ''), e.key), 'system', s.name)
           ORDER BY p.name)) AS value
  FROM holding h
  JOIN pair p ON p.entitlement_id = h.entitlement_id
  JOIN holding o ON o.person_id = h.person_id AND o.entitlement_id = p.other_id
  JOIN accounts_entitlement e ON e.id = p.other_id
  JOIN accounts_system s ON s.id = e.system_id
 GROUP BY h.person_id, h.entitlement_id
"""
