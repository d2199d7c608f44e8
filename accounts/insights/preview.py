"""What two policies would name, side by side: accounts and grants by rule and outcome.

Only rules of the access itself are counted here. Rules against history, the launch gate and the
pace of a sheet need a campaign, whose own preview shows them.
"""

from dataclasses import dataclass

from django.db import connection

from accounts.enums import Severity
from accounts.insights.names import name_of
from accounts.insights.policy import Policy
from accounts.insights.rows import rights_sql, row_insights_sql
from accounts.insights.sql import account_insights_sql

# (accounts before, accounts after, grants before, grants after) by "rule outcome".
Counts = dict[str, list[int]]

_COUNT = """
WITH named AS MATERIALIZED (
    SELECT FALSE AS after, was.* FROM ({was}) AS was
    UNION ALL
    SELECT TRUE AS after, new.* FROM ({now}) AS new)
SELECT insight->>'rule', insight->>'outcome',
       count(DISTINCT account_id) FILTER (WHERE NOT after),
       count(DISTINCT account_id) FILTER (WHERE after),
       count(held) FILTER (WHERE NOT after), count(held) FILTER (WHERE after)
FROM (
    SELECT n.account_id, n.after, g.id AS held, {insights} AS insights
    FROM named n
    LEFT JOIN accounts_grant g ON g.account_id = n.account_id AND g.gone_at IS NULL
    LEFT JOIN ({rights}) e ON e.entitlement_id = g.entitlement_id) AS rows
CROSS JOIN LATERAL jsonb_array_elements(rows.insights) AS insight
GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Named:
    """One rule with one outcome: how much it names before and after."""

    rule: str
    title: str
    outcome: Severity
    accounts_was: int
    accounts_now: int
    grants_was: int
    grants_now: int

    @property
    def more(self) -> int:
        """How many more accounts are named; fewer where it is negative."""
        return self.accounts_now - self.accounts_was


def count_named(was: Policy, now: Policy, *, after: int, upto: int) -> Counts:
    """What both name of the standing accounts with ids above ``after``, up to ``upto``."""
    within = f"a.id > {after} AND a.id <= {upto}"
    sql = _COUNT.format(
        was=account_insights_sql(was, where=within),
        now=account_insights_sql(now, where=within),
        insights=row_insights_sql("n", "e"),
        rights=rights_sql(),
    )
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return {f"{rule} {outcome}": counts for rule, outcome, *counts in cursor.fetchall()}


def add_counts(one: Counts, other: Counts) -> Counts:
    """The sums: no account lies in two chunks."""
    return {
        key: [a + b for a, b in zip(one.get(key, [0] * 4), other.get(key, [0] * 4), strict=True)]
        for key in one.keys() | other.keys()
    }


def in_words(counts: Counts) -> list[Named]:
    """In the order of the rules' numbers, the most serious outcome first."""
    rows = []
    for key, figures in counts.items():
        rule, outcome = key.split()
        rows.append(Named(rule, name_of(rule), Severity(outcome), *figures))
    serious = list(Severity)
    return sorted(rows, key=lambda row: (int(row.rule[1:]), serious.index(row.outcome)))
