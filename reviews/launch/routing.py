"""Who judges each item, by rule and in sets.

Personal and temporary accounts go to the holder's manager (temporary: to the sponsor), service
and emergency accounts to the lead of the owning team, else to the system owner; systems that
say so to their owner; everything else to the fallback, in its order. A person is valid who may
review today and to whom the item is not their own: neither its holder nor the one who holds
its credential (the owner, unless another operator is named). Privileged items need a second
person: the system owner, else the next in the fallback, else the security team.
"""

# Everybody who may be asked, in the order of the fallback; ``second`` adds the security team.
FALLBACK = """
CREATE TEMP TABLE plan_fallback ON COMMIT DROP AS
SELECT p.id AS person_id, min(c.rank) AS rank, bool_or(c.first) AS first
  FROM (SELECT person_id, rank, true AS first
          FROM reviews_campaignfallback WHERE campaign_id = %(campaign)s
        UNION ALL
        SELECT u.person_id, 1000000 + u.id, false
          FROM accounts_user u WHERE u.role = 'security' AND u.is_active
       ) c
  JOIN accounts_person p ON p.id = c.person_id
 WHERE p.status IN ('active', 'unknown')
 GROUP BY p.id
"""

NAMED = """
CREATE TEMP TABLE plan_named ON COMMIT DROP AS
WITH named AS (
    SELECT i.place, i.account_type, i.privileged, i.manager_problem, i.holder_id,
           CASE WHEN i.operator_id IS NULL THEN i.owner_person_id ELSE i.operator_id END
               AS credential_id,
           i.system_owner_id,
           CASE
               WHEN i.owner_reviews THEN i.system_owner_id
               WHEN i.account_type = 'temporary'
                   THEN coalesce(i.sponsor_id,
                                 CASE WHEN i.manager_problem = '' THEN i.manager_id END)
               WHEN i.account_type = 'personal'
                   THEN CASE WHEN i.manager_problem = '' THEN i.manager_id END
               WHEN i.account_type IN ('service', 'emergency') THEN i.lead_id
           END AS wanted_id,
           CASE
               WHEN i.owner_reviews THEN 'system_owner'
               WHEN i.account_type = 'temporary' AND i.sponsor_id IS NOT NULL THEN 'sponsor'
               WHEN i.account_type IN ('personal', 'temporary') THEN 'manager'
               ELSE 'team_lead'
           END AS wanted_by
      FROM plan_item i
), checked AS (
    SELECT n.*,
           w.id IS NOT NULL AND n.wanted_id IS DISTINCT FROM n.holder_id
               AND n.wanted_id IS DISTINCT FROM n.credential_id AS wanted_valid,
           o.id IS NOT NULL AND n.system_owner_id IS DISTINCT FROM n.holder_id
               AND n.system_owner_id IS DISTINCT FROM n.credential_id AS owner_valid
      FROM named n
      LEFT JOIN accounts_person w ON w.id = n.wanted_id AND w.status IN ('active', 'unknown')
      LEFT JOIN accounts_person o ON o.id = n.system_owner_id
           AND o.status IN ('active', 'unknown')
)
SELECT place, privileged, holder_id, credential_id,
       CASE WHEN owner_valid THEN system_owner_id END AS owner_id,
       CASE
           WHEN wanted_valid THEN wanted_id
           WHEN account_type IN ('service', 'emergency') AND owner_valid THEN system_owner_id
       END AS person_id,
       CASE WHEN wanted_valid THEN wanted_by
            WHEN account_type IN ('service', 'emergency') AND owner_valid THEN 'system_owner'
            ELSE 'fallback' END AS routed_by,
       account_type IN ('personal', 'temporary') AND NOT wanted_valid
           AND wanted_by <> 'system_owner' AS without_manager
  FROM checked
"""

ROUTES = """
CREATE TEMP TABLE plan_route ON COMMIT DROP AS
WITH first AS (
    SELECT n.place, n.privileged, n.holder_id, n.credential_id, n.owner_id, n.routed_by,
           n.without_manager,
           CASE WHEN n.person_id IS NOT NULL THEN n.person_id ELSE (
               SELECT f.person_id FROM plan_fallback f
                WHERE f.first AND f.person_id IS DISTINCT FROM n.holder_id
                  AND f.person_id IS DISTINCT FROM n.credential_id
                ORDER BY f.rank LIMIT 1) END AS person_id
      FROM plan_named n
)
SELECT place, person_id, routed_by, without_manager, privileged AS needs_second,
       CASE WHEN NOT privileged THEN NULL
            WHEN owner_id IS DISTINCT FROM person_id AND owner_id IS NOT NULL THEN owner_id
            ELSE (
               SELECT f.person_id FROM plan_fallback f
                WHERE f.person_id IS DISTINCT FROM first.holder_id
                  AND f.person_id IS DISTINCT FROM first.credential_id
                  AND f.person_id IS DISTINCT FROM first.person_id
                ORDER BY f.rank LIMIT 1) END AS second_id
  FROM first
"""
