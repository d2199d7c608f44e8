"""How an item stands against earlier campaigns: kept, revoked, replaced or undecided before."""

# The last certified item of each identity in a closed campaign.
KEPT_BEFORE = """
CREATE TEMP TABLE plan_kept ON COMMIT DROP AS
SELECT DISTINCT ON (i.account_id, i.entitlement_id)
       i.id AS previous_id, i.account_id, i.entitlement_id, i."right", i.account_type,
       i.owner_name, i.holder_name, i.holder_team, i.holder_title, i.holder_manager,
       i.expires, i.data_class, i.privileged, i.outcome_at, i.grant_id, i.system_id
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

# What nobody decided in each of the last closed campaigns of its system (rule S9).
UNDECIDED = """
CREATE TEMP TABLE plan_undecided ON COMMIT DROP AS
WITH recent AS (
    SELECT system_id, campaign_id
      FROM (SELECT s.system_id, s.campaign_id, row_number() OVER (
                       PARTITION BY s.system_id ORDER BY c.closed_at DESC) AS place
              FROM reviews_campaignsystem s
              JOIN reviews_campaign c ON c.id = s.campaign_id
             WHERE c.state = 'closed' AND s.included AND s.system_id = ANY(%(systems)s)) s
     WHERE place <= %(campaigns_undecided)s
)
SELECT i.account_id, i.entitlement_id, jsonb_build_object('campaigns', count(*)) AS value
  FROM reviews_reviewitem i
  JOIN recent r ON r.campaign_id = i.campaign_id AND r.system_id = i.system_id
 WHERE i.outcome = 'not_reviewed'
 GROUP BY i.account_id, i.entitlement_id
HAVING count(*) >= %(campaigns_undecided)s
"""

# Where it was last kept in a Customer Confidential system for a reason that was said (rule S20).
REASONED = """
CREATE TEMP TABLE plan_reasoned ON COMMIT DROP AS
SELECT DISTINCT k.previous_id
  FROM plan_kept k
  JOIN plan_system s ON s.system_id = k.system_id
  JOIN reviews_decision d ON d.item_id = k.previous_id
 WHERE s.data_class = 'customer_confidential' AND d.state = 'standing'
   AND d.choice IN ('certify', 'certify_until') AND btrim(d.reason) <> ''
"""
