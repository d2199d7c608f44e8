"""Which rows are in scope, and which of them become items: the arithmetic of a campaign.

Every row of ``plan_row`` is either an item (``rule`` is null) or an exclusion. Rules apply in
this order: disabled account, under review elsewhere, further path to a right, baseline right.
An account all of whose rights are baseline keeps one row: the item for the account itself.
"""

ELSEWHERE = """
CREATE TEMP TABLE plan_elsewhere ON COMMIT DROP AS
SELECT DISTINCT i.account_id, i.entitlement_id
  FROM reviews_reviewitem i
  JOIN reviews_campaign c ON c.id = i.campaign_id
 WHERE c.state = 'open' AND c.id <> %(campaign)s AND i.system_id = ANY(%(systems)s)
"""

ROWS = """
CREATE TEMP TABLE plan_row ON COMMIT DROP AS
WITH scope AS (
    SELECT a.system_id, a.id AS account_id, g.id AS grant_id, g.entitlement_id, g.via,
           coalesce(e.baseline, false) AS baseline,
           a.status = 'disabled' AS disabled,
           EXISTS (
               SELECT FROM plan_elsewhere x
                WHERE x.account_id = a.id
                  AND (x.entitlement_id IS NOT DISTINCT FROM g.entitlement_id OR e.baseline)
           ) AS elsewhere
      FROM accounts_account a
      LEFT JOIN accounts_grant g ON g.account_id = a.id AND g.gone_at IS NULL
      LEFT JOIN accounts_entitlement e ON e.id = g.entitlement_id
     WHERE a.system_id = ANY(%(systems)s) AND a.gone_at IS NULL
), first_path AS (
    SELECT *, CASE
               WHEN disabled THEN 'disabled'
               WHEN elsewhere THEN 'other_campaign'
               WHEN row_number() OVER (
                        PARTITION BY account_id, entitlement_id ORDER BY via, grant_id) > 1
               THEN 'path'
           END AS early_rule
      FROM scope
)
SELECT system_id, account_id, grant_id, entitlement_id, via, baseline,
       CASE
           WHEN early_rule IS NOT NULL OR NOT baseline THEN early_rule
           WHEN bool_or(early_rule IS NULL AND NOT baseline) OVER account THEN 'baseline'
           WHEN row_number() OVER (
                    PARTITION BY account_id, early_rule IS NULL AND baseline
                    ORDER BY entitlement_id) > 1
           THEN 'baseline'
       END AS rule
  FROM first_path
WINDOW account AS (PARTITION BY account_id)
"""

# What was folded: the baseline rights of an account, and the further paths to a right.
FOLDED = """
CREATE TEMP TABLE plan_fold ON COMMIT DROP AS
SELECT r.account_id, jsonb_agg(e.key ORDER BY e.key) AS baseline_rights
  FROM plan_row r
  JOIN accounts_entitlement e ON e.id = r.entitlement_id
 WHERE r.baseline AND (r.rule IS NULL OR r.rule = 'baseline')
 GROUP BY r.account_id
"""

PATHS = """
CREATE TEMP TABLE plan_paths ON COMMIT DROP AS
SELECT account_id, entitlement_id, jsonb_agg(via ORDER BY via) AS paths
  FROM plan_row
 WHERE entitlement_id IS NOT NULL AND (rule IS NULL OR rule = 'path')
 GROUP BY account_id, entitlement_id
HAVING count(*) > 1
"""

REASONS = {
    "disabled": "The account is disabled and has no live key.",
    "baseline": "A right that everybody has; judged with the account's other item.",
    "path": "A further path to a right that is an item already.",
    "other_campaign": "Under review in another open campaign.",
}
