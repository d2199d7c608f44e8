"""The tables of a package: what each CSV file lists, as one statement each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

from reviews.queries import FROZEN_COLUMNS, FROZEN_FACTS_SQL

BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Table:
    """One file: its name, what it tells, and the statement whose columns are its header."""

    name: str
    tells: str
    sql: str


def _time(column: str) -> str:
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"""


POPULATION_LINES = f"""
SELECT i.id, i.place, i.salt, i.commitment, {FROZEN_FACTS_SQL}
  FROM reviews_reviewitem i WHERE i.campaign_id = %(campaign)s ORDER BY i.place
"""

# What stands beside the frozen columns of an item in population.csv.
POPULATION_STATE = f"""
SELECT i.id AS item, i.outcome, {_time("i.outcome_at")} AS outcome_at, i.contested,
       CASE WHEN i.outcome = 'gone' THEN '' ELSE r.reviewer_name END AS reviewer,
       f.name AS first_reviewer, i.routed_by, i.routing_note,
       i.needs_second, coalesce(s.reviewer_name, '') AS second_person,
       i.corrected, {FROZEN_FACTS_SQL} AS facts
  FROM reviews_reviewitem i
  JOIN reviews_review r ON r.id = i.review_id
  JOIN accounts_person f ON f.id = i.first_reviewer_id
  LEFT JOIN reviews_review s ON s.id = i.second_review_id
 WHERE i.campaign_id = %(campaign)s ORDER BY i.place
"""

TABLES = (
    Table(
        "scope.csv",
        "The systems in scope with their import and counts, and those left out with the reason.",
        """
        SELECT s.name AS system, s.included, s.left_out_because, s.data_class, s.criticality,
               s.owner_name AS owner, s.run_id AS run, s.in_scope, s.items_count AS items,
               s.exclusions_count AS exclusions
          FROM reviews_campaignsystem s WHERE s.campaign_id = %(campaign)s ORDER BY s.name
        """,
    ),
    Table(
        "policy.csv",
        "The thresholds that the campaign was launched with, and who put them in force when.",
        f"""
        SELECT c.policy_version AS version, c.policy->>'name' AS name, t.key AS threshold,
               t.value AS figure, {_time("v.in_force_from")} AS in_force_from,
               coalesce(p.name, u.email) AS put_in_force_by, v.note
          FROM reviews_campaign c
          CROSS JOIN LATERAL jsonb_each_text(c.policy - 'name') t
          LEFT JOIN accounts_policyversion v ON v.version = c.policy_version
          LEFT JOIN accounts_user u ON u.id = v.put_in_force_by_id
          LEFT JOIN accounts_person p ON p.id = u.person_id
         WHERE c.id = %(campaign)s ORDER BY t.key
        """,
    ),
    Table(
        "duty_conflicts.csv",
        "The conflicts of duties that stood while the campaign ran.",
        f"""
        SELECT d.name AS conflict, s1.name AS first_system, e1.key AS first_right,
               s2.name AS second_system, e2.key AS second_right, d.reason,
               {_time("d.made_at")} AS declared_at, coalesce(p.name, u.email) AS declared_by,
               {_time("d.ended_at")} AS ended_at
          FROM accounts_dutyconflict d
          JOIN accounts_entitlement e1 ON e1.id = d.first_id
          JOIN accounts_system s1 ON s1.id = e1.system_id
          JOIN accounts_entitlement e2 ON e2.id = d.second_id
          JOIN accounts_system s2 ON s2.id = e2.system_id
          JOIN reviews_campaign c ON c.id = %(campaign)s
          LEFT JOIN accounts_user u ON u.id = d.made_by_id
          LEFT JOIN accounts_person p ON p.id = u.person_id
         WHERE d.made_at <= coalesce(c.closed_at, d.made_at)
           AND (d.ended_at IS NULL OR d.ended_at >= c.launched_at)
         ORDER BY d.id
        """,
    ),
    Table(
        "imports.csv",
        "The import runs whose picture was reviewed or that proved a removal.",
        f"""
        SELECT r.id AS run, c.name AS source, c.connector, r.connector_version, r.state,
               {_time("r.exported_at")} AS exported_at, r.exported_by, r.report,
               r.source_count,
               CASE WHEN r.source_count IS NULL
                    THEN 'complete as to the file, not proved against the source'
                    ELSE 'proved against the count of the source' END AS completeness,
               {_time("r.read_at")} AS facts_as_of, {_time("r.uploaded_at")} AS uploaded_at,
               r.uploaded_by_ref AS uploaded_by, {_time("r.finished_at")} AS finished_at,
               r.rows_read, r.imported, r.rejected, r.created, r.updated, r.unchanged,
               r.vanished, r.config_hash, r.taken_by_ref AS taken_by, r.taken_reason,
               {_time("r.proves_until")} AS proves_removals_before
          FROM accounts_importrun r JOIN accounts_source c ON c.id = r.source_id
         WHERE r.id IN (SELECT run_id FROM reviews_campaignsystem
                         WHERE campaign_id = %(campaign)s AND run_id IS NOT NULL
                        UNION SELECT verified_by_run_id FROM reviews_revocation
                         WHERE campaign_id = %(campaign)s AND verified_by_run_id IS NOT NULL)
         ORDER BY r.id
        """,
    ),
    Table(
        "import_files.csv",
        "The files that those runs read, with the digest of the raw input.",
        """
        SELECT f.run_id AS run, f.place, f.name, f.sha256, f.size, f.rows, f.encoding
          FROM accounts_importfile f
         WHERE f.run_id IN (SELECT run_id FROM reviews_campaignsystem
                             WHERE campaign_id = %(campaign)s AND run_id IS NOT NULL
                            UNION SELECT verified_by_run_id FROM reviews_revocation
                             WHERE campaign_id = %(campaign)s AND verified_by_run_id IS NOT NULL)
         ORDER BY f.run_id, f.place
        """,
    ),
    Table(
        "import_rejects.csv",
        "The rows that were rejected, each with its reason.",
        """
        SELECT j.run_id AS run, j.row_number AS row, j.reason
          FROM accounts_rejectedrow j
         WHERE j.run_id IN (SELECT run_id FROM reviews_campaignsystem
                             WHERE campaign_id = %(campaign)s)
         ORDER BY j.run_id, j.row_number
        """,
    ),
    Table(
        "exclusions.csv",
        "The rows in scope that are no items, each with its rule, reason and approver.",
        """
        SELECT e.system_name AS system, e.account_key AS account, e.account_username AS username,
               e.entitlement_key AS entitlement, e.via, e.rule, e.reason, e.approved_by
          FROM reviews_exclusion e WHERE e.campaign_id = %(campaign)s ORDER BY e.id
        """,
    ),
    Table(
        "decisions.csv",
        "Every decision, those replaced, undone and contested too; with the reviewer for whom a "
        "delegate decided.",
        f"""
        SELECT d.id AS decision, d.item_id AS item, d.stage, d.person_name AS person,
               CASE WHEN d.for_person_id IS NULL THEN '' ELSE r.reviewer_name END AS for_person,
               d.choice, d.reason, d.until, {_time("d.decided_at")} AS decided_at, d.late,
               d.state, CASE WHEN d.contested THEN 'contested'
                             WHEN EXISTS (SELECT FROM reviews_correction c
                                           WHERE c.new_decision_id = d.id) THEN 'correction'
                             ELSE 'made' END AS made_as,
               d.channel, d.bulk_size, d.saw_version, d.catalogue_version,
               {_time("d.signed_at")} AS signed_at, {_time("d.ended_at")} AS ended_at
          FROM reviews_decision d
          JOIN reviews_reviewitem i ON i.id = d.item_id
          JOIN reviews_review r ON r.id = d.review_id
         WHERE i.campaign_id = %(campaign)s ORDER BY d.id
        """,
    ),
    Table(
        "corrections.csv",
        "Each correction asked for after a sign-off, with both people and both versions.",
        f"""
        SELECT c.id AS correction, c.item_id AS item, c.stage, c.decision_id AS decision,
               o.choice AS signed, c.choice AS instead, c.until, c.reason,
               c.asked_by_name AS asked_by, {_time("c.asked_at")} AS asked_at, c.state,
               c.answered_by_name AS answered_by, {_time("c.answered_at")} AS answered_at,
               c.answer, c.new_decision_id AS new_decision
          FROM reviews_correction c
          JOIN reviews_decision o ON o.id = c.decision_id
          JOIN reviews_reviewitem i ON i.id = c.item_id
         WHERE i.campaign_id = %(campaign)s ORDER BY c.id
        """,
    ),
    Table(
        "second_looks.csv",
        "What was kept and judged again: how each was chosen, by whom, with what result.",
        f"""
        SELECT l.id AS look, l.review_id AS review, l.item_id AS item, l.decision_id AS decision,
               d.stage, l.rule AS chosen_as, l.drawn, d.person_name AS kept_by,
               k.name AS went_to, {_time("l.asked_at")} AS asked_at, l.result,
               b.name AS looked_by, {_time("l.looked_at")} AS looked_at, l.reason
          FROM reviews_secondlook l
          JOIN reviews_decision d ON d.id = l.decision_id
          JOIN reviews_reviewitem i ON i.id = l.item_id
          LEFT JOIN accounts_person k ON k.id = l.looker_id
          LEFT JOIN accounts_person b ON b.id = l.looked_by_id
         WHERE i.campaign_id = %(campaign)s ORDER BY l.id
        """,
    ),
    Table(
        "reassignments.csv",
        "Every item that changed hands: from whom, to whom, why.",
        f"""
        SELECT a.item_id AS item, a.stage, f.name AS from_person, t.name AS to_person, a.cause,
               a.note, a.by_ref AS by, {_time("a.at")} AS at
          FROM reviews_reassignment a
          JOIN reviews_reviewitem i ON i.id = a.item_id
          JOIN accounts_person f ON f.id = a.from_person_id
          JOIN accounts_person t ON t.id = a.to_person_id
         WHERE i.campaign_id = %(campaign)s ORDER BY a.id
        """,
    ),
    Table(
        "delegations.csv",
        "Who could decide for whom, on what and from which day to which.",
        f"""
        SELECT g.id AS delegation, f.name AS from_person, t.name AS to_person,
               g.review_id AS review,
               CASE WHEN g.review_id IS NULL THEN 'all sheets' WHEN g.whole THEN 'whole sheet'
                    ELSE 'items' END AS extent,
               (SELECT string_agg(n.reviewitem_id::text, ' ' ORDER BY n.reviewitem_id)
                  FROM reviews_delegation_items n WHERE n.delegation_id = g.id) AS items,
               g.starts_on, g.ends_on, g.reason, {_time("g.made_at")} AS made_at,
               g.made_by_ref AS made_by, {_time("g.ended_at")} AS ended_at,
               g.ended_by_ref AS ended_by
          FROM reviews_delegation g
          JOIN accounts_person f ON f.id = g.from_person_id
          JOIN accounts_person t ON t.id = g.to_person_id
          JOIN reviews_campaign c ON c.id = %(campaign)s
         WHERE g.review_id IN (SELECT id FROM reviews_review WHERE campaign_id = c.id)
            OR (g.review_id IS NULL
                AND g.from_person_id IN (SELECT reviewer_id FROM reviews_review
                                          WHERE campaign_id = c.id)
                AND g.ends_on >= c.launched_at::date
                AND g.starts_on <= coalesce(c.closed_at::date, g.starts_on)
                AND coalesce(g.ended_at, c.launched_at) >= c.launched_at)
         ORDER BY g.id
        """,
    ),
    Table(
        "questions.csv",
        'Every "don\'t know" that was put to the owner of a system, with the answer.',
        f"""
        SELECT q.item_id AS item, o.name AS asked_of, q.text, {_time("q.asked_at")} AS asked_at,
               q.answer, w.name AS answered_by, {_time("q.answered_at")} AS answered_at
          FROM reviews_question q
          JOIN reviews_reviewitem i ON i.id = q.item_id
          LEFT JOIN accounts_person o ON o.id = q.asked_of_id
          LEFT JOIN accounts_person w ON w.id = q.answered_by_id
         WHERE i.campaign_id = %(campaign)s ORDER BY q.id
        """,
    ),
    Table(
        "exceptions.csv",
        "Every exception that was asked for: why, what makes up for it, who decided, its end.",
        f"""
        SELECT x.id AS exception, x.item_id AS item, x.state, x.rules, x.reason,
               x.control AS compensating_control, x.ends_on, x.asked_by_name AS asked_by,
               {_time("x.asked_at")} AS asked_at, x.decided_by_name AS decided_by,
               x.decided_because, {_time("x.decided_at")} AS decided_at,
               {_time("x.ended_at")} AS ended_at
          FROM reviews_ruleexception x JOIN reviews_reviewitem i ON i.id = x.item_id
         WHERE i.campaign_id = %(campaign)s ORDER BY x.id
        """,
    ),
    Table(
        "rechecks.csv",
        "What was kept until a day and asked again on it, so far, with what became of it.",
        f"""
        SELECT k.item_id AS item, k.decision_id AS decision, k.round, k.state, k.due_on,
               p.name AS asked, {_time("k.asked_at")} AS asked_at,
               {_time("k.answer_by")} AS answer_by, k.answered_by_name AS answered_by,
               k.reason, k.until, {_time("k.over_at")} AS over_at,
               v.id AS revocation, v.state AS revocation_state, k.finding_id AS finding
          FROM reviews_recheck k
          JOIN reviews_reviewitem i ON i.id = k.item_id
          LEFT JOIN accounts_person p ON p.id = k.person_id
          LEFT JOIN reviews_revocation v ON v.id = k.revocation_id
         WHERE i.campaign_id = %(campaign)s ORDER BY k.id
        """,
    ),
    Table(
        "sign_offs.csv",
        "Each reviewer's sheet: the statement, when it was signed and how.",
        f"""
        SELECT r.id AS review, r.reviewer_name AS reviewer, r.round, r.state,
               {_time("r.signed_at")} AS signed_at, r.statement, r.sign_in_method,
               r.decisions_count AS decisions, r.receipt_digest, r.receipt_size
          FROM reviews_review r WHERE r.campaign_id = %(campaign)s ORDER BY r.id
        """,
    ),
    Table(
        "revocations.csv",
        "Each removal from the order to its proof.",
        f"""
        SELECT v.id AS revocation, v.item_id AS item, v.system_name AS system,
               v.account_username AS account, v."right", v.state, v.risk, v.reason,
               p.name AS owner, {_time("v.decided_at")} AS decided_at,
               {_time("v.sent_at")} AS sent_at, {_time("v.due_at")} AS due_at,
               {_time("v.done_at")} AS done_at, d.name AS done_by, v.note, v.failures,
               {_time("v.verified_at")} AS verified_at, v.verified_by_run_id AS verified_by_run,
               CASE WHEN v.verified_at IS NULL THEN NULL
                    ELSE round(extract(epoch FROM v.verified_at - v.decided_at) / 86400)::int
               END AS days,
               CASE WHEN coalesce(v.done_at, v.verified_at) IS NULL THEN NULL
                    ELSE coalesce(v.done_at, v.verified_at) <= v.due_at END AS within_deadline,
               {_time("v.reappeared_at")} AS reappeared_at
          FROM reviews_revocation v
          LEFT JOIN accounts_person p ON p.id = v.owner_person_id
          LEFT JOIN accounts_person d ON d.id = v.done_by_id
         WHERE v.campaign_id = %(campaign)s ORDER BY v.id
        """,
    ),
    Table(
        "service_accounts.csv",
        "The service, emergency and shared accounts under review: owner and purpose at launch and "
        "as confirmed, last use, and how many uses are explained.",
        f"""
        SELECT i.system_name AS system, i.account_key AS account, i.account_username AS username,
               i.account_type AS type, i.owner_name AS owner_at_launch,
               i.purpose AS purpose_at_launch, c.owner_name AS confirmed_owner,
               c.team_name AS confirmed_team, c.purpose AS confirmed_purpose,
               c.person_name AS confirmed_by, {_time("c.at")} AS confirmed_at,
               i.last_use, {_time("i.last_used")} AS last_used, u.uses, u.explained,
               g.until AS shared_until, g.reason AS shared_because
          FROM (SELECT DISTINCT ON (account_id) * FROM reviews_reviewitem
                 WHERE campaign_id = %(campaign)s
                   AND (account_type IN ('service', 'emergency') OR account_id IN (
                        SELECT account_id FROM accounts_accountregistration WHERE kind = 'shared'))
                 ORDER BY account_id, place) i
          JOIN reviews_campaign k ON k.id = i.campaign_id
          LEFT JOIN LATERAL (
               SELECT * FROM reviews_confirmation c
                WHERE c.account_id = i.account_id AND c.campaign_id = i.campaign_id
                ORDER BY c.at DESC, c.id DESC LIMIT 1) c ON true
          LEFT JOIN LATERAL (
               SELECT * FROM accounts_accountregistration g
                WHERE g.account_id = i.account_id AND g.kind = 'shared'
                  AND g.made_at <= coalesce(k.closed_at, g.made_at)
                  AND g.until >= k.launched_at::date
                  AND (g.ended_at IS NULL OR g.ended_at > coalesce(k.closed_at, k.launched_at))
                ORDER BY g.made_at DESC LIMIT 1) g ON true
          CROSS JOIN LATERAL (
               SELECT count(*) AS uses, count(u.explained_at) AS explained
                 FROM accounts_emergencyuse u
                WHERE u.account_id = i.account_id
                  AND u.noticed_at <= coalesce(k.closed_at, u.noticed_at)) u
         WHERE i.account_type IN ('service', 'emergency') OR g.id IS NOT NULL
         ORDER BY i.system_name, i.account_key, i.account_id
        """,
    ),
    Table(
        "emergency_uses.csv",
        "Each use of an emergency account in the systems in scope, and its explanation.",
        f"""
        SELECT u.id AS use, s.name AS system, a.key AS account, a.username,
               {_time("u.used_at")} AS used_at, {_time("u.noticed_at")} AS noticed_at,
               u.run_id AS noticed_by_run, u.explanation, p.name AS explained_by,
               {_time("u.explained_at")} AS explained_at
          FROM accounts_emergencyuse u
          JOIN accounts_account a ON a.id = u.account_id
          JOIN accounts_system s ON s.id = a.system_id
          JOIN reviews_campaign c ON c.id = %(campaign)s
          LEFT JOIN accounts_person p ON p.id = u.explained_by_id
         WHERE a.system_id IN (SELECT system_id FROM reviews_campaignsystem
                                WHERE campaign_id = %(campaign)s AND included)
           AND u.noticed_at <= coalesce(c.closed_at, u.noticed_at)
         ORDER BY u.id
        """,
    ),
    Table(
        "findings.csv",
        "The findings in the systems in scope that stood while the campaign ran.",
        f"""
        SELECT n.id AS finding, n.rule, n.severity, s.name AS system, a.username AS account,
               n.sentence, {_time("n.opened_at")} AS opened_at, {_time("n.due_at")} AS due_at,
               n.state, {_time("n.resolved_at")} AS resolved_at, n.resolution, n.cause, n.note
          FROM accounts_finding n
          JOIN accounts_system s ON s.id = n.system_id
          JOIN accounts_account a ON a.id = n.account_id
          JOIN reviews_campaign c ON c.id = %(campaign)s
         WHERE n.system_id IN (SELECT system_id FROM reviews_campaignsystem
                                WHERE campaign_id = %(campaign)s AND included)
           AND (n.resolved_at IS NULL OR n.resolved_at >= c.launched_at)
           AND n.opened_at <= coalesce(c.closed_at, n.opened_at)
         ORDER BY n.id
        """,
    ),
    Table(
        "notifications.csv",
        "Who was told what about this campaign, and whether it was delivered.",
        f"""
        SELECT m.to, m.subject, {_time("m.due_at")} AS due_at, m.state,
               {_time("m.sent_at")} AS sent_at, m.error
          FROM jobs_message m
         WHERE m.about = 'campaign:' || %(campaign)s
            OR m.about IN (SELECT 'review:' || r.id FROM reviews_review r
                            WHERE r.campaign_id = %(campaign)s)
            OR m.about IN (SELECT 'exception:' || x.id FROM reviews_ruleexception x
                             JOIN reviews_reviewitem i ON i.id = x.item_id
                            WHERE i.campaign_id = %(campaign)s)
         ORDER BY m.id
        """,
    ),
)


def stream(sql: str, campaign: int) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
    """The header of a statement and its rows, through a cursor of the server's: flat memory."""
    cursor = connection.connection.cursor(name="evidence")
    cursor.itersize = BATCH
    cursor.execute(sql, {"campaign": campaign})
    header = [column.name for column in cursor.description or ()]

    def rows() -> Iterator[tuple[Any, ...]]:
        with cursor:
            yield from cursor

    return header, rows()


def state_header() -> list[str]:
    """The columns of population.csv: what moved first, then what was frozen."""
    moving = [
        "item",
        "outcome",
        "outcome_at",
        "contested",
        "reviewer",
        "first_reviewer",
        "routed_by",
        "routing_note",
        "needs_second",
        "second_person",
        "corrected",
    ]
    return [*moving, *FROZEN_COLUMNS]
