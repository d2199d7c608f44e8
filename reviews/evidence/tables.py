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
        "Every decision, those replaced, undone and contested too.",
        f"""
        SELECT d.id AS decision, d.item_id AS item, d.stage, d.person_name AS person, d.choice,
               d.reason, d.until, {_time("d.decided_at")} AS decided_at, d.late,
               d.state, CASE WHEN d.contested THEN 'contested' ELSE 'made' END AS made_as,
               d.channel, d.bulk_size, d.saw_version,
               {_time("d.signed_at")} AS signed_at, {_time("d.ended_at")} AS ended_at
          FROM reviews_decision d JOIN reviews_reviewitem i ON i.id = d.item_id
         WHERE i.campaign_id = %(campaign)s ORDER BY d.id
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
