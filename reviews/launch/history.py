"""How an item stands against earlier campaigns: kept before, revoked before, replaced since."""

# The last certified item of each identity in a closed campaign.
KEPT_BEFORE = """
CREATE TEMP TABLE plan_kept ON COMMIT DROP AS
SELECT DISTINCT ON (i.account_id, i.entitlement_id)
       i.id AS previous_id, i.account_id, i.entitlement_id, i."right", i.account_type,
       i.owner_name, i.holder_name, i.holder_team, i.holder_title, i.holder_manager,
       i.expires, i.data_class, i.privileged, i.outcome_at, i.grant_id
  FROM reviews_reviewitem i
  JOIN reviews_campaign c ON c.id = i.campaign_id
 WHERE c.state = 'closed' AND i.outcome IN ('certified', 'certified_until')
   AND i.system_id = ANY(%(systems)s)
 ORDER BY i.account_id, i.entitlement_id, c.closed_at DESC, i.id DESC
"""

# An account that lost exactly one certified right since: what a new right of it replaces.
REPLACED = """
CREATE TEMP TABLE plan_replaced ON COMMIT DROP AS
SELECT k.account_id, min(k."right") AS was, bool_or(k.privileged) AS was_privileged
  FROM plan_kept k
  JOIN accounts_grant g ON g.id = k.grant_id
 WHERE g.gone_at IS NOT NULL
 GROUP BY k.account_id
HAVING count(*) = 1
"""

# The last removal ordered of each identity that nobody has certified again since (rule S10).
REVOKED_BEFORE = """
CREATE TEMP TABLE plan_revoked ON COMMIT DROP AS
SELECT DISTINCT ON (v.account_id, v.entitlement_id)
       v.id AS revocation_id, v.account_id, v.entitlement_id, v.decided_at, v.verified_at
  FROM reviews_revocation v
 WHERE v.system_id = ANY(%(systems)s) AND v.state NOT IN ('cancelled', 'waiting')
   AND NOT EXISTS (
       SELECT FROM plan_kept k
        WHERE k.account_id = v.account_id AND k.outcome_at > v.decided_at
          AND k.entitlement_id IS NOT DISTINCT FROM v.entitlement_id)
 ORDER BY v.account_id, v.entitlement_id, v.decided_at DESC
"""

# Systems that a closed campaign has reviewed: only there does "new" mean new since then.
REVIEWED_SYSTEMS = """
CREATE TEMP TABLE plan_reviewed ON COMMIT DROP AS
SELECT s.system_id, max(c.closed_at) AS closed_at
  FROM reviews_campaignsystem s
  JOIN reviews_campaign c ON c.id = s.campaign_id
 WHERE c.state = 'closed' AND s.included
 GROUP BY s.system_id
"""
