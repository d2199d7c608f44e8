"""Facts of the access itself that bear on keeping it: what it breaks, what looks unused.

``account_insights_sql`` works them out for a set of accounts in one SQL text, ``rights_sql`` and
the ``row_`` functions add what a right makes of them, for findings and for the launch of a
campaign alike; ``sentence`` and ``label`` put one into words. An insight is
{rule, outcome, value, source, as_of}. Facts against history (S8, S10 ...) belong to ``reviews``.
"""

from accounts.insights.in_force import DELIVERED, current_policy, policy_in_force, policy_of
from accounts.insights.names import name_of
from accounts.insights.policy import SOC2, Policy
from accounts.insights.reading import insights_of, violations_of
from accounts.insights.rows import (
    limited_sql,
    rights_sql,
    row_insights_sql,
    row_privileged_sql,
    row_violations_sql,
    row_worst_sql,
)
from accounts.insights.sql import account_insights_sql
from accounts.insights.words import label, ranked, sentence
from accounts.insights.writing import insight_sql, left_sql, list_sql

__all__ = [
    "DELIVERED",
    "SOC2",
    "Policy",
    "account_insights_sql",
    "current_policy",
    "insight_sql",
    "insights_of",
    "label",
    "left_sql",
    "limited_sql",
    "list_sql",
    "name_of",
    "policy_in_force",
    "policy_of",
    "ranked",
    "rights_sql",
    "row_insights_sql",
    "row_privileged_sql",
    "row_violations_sql",
    "row_worst_sql",
    "sentence",
    "violations_of",
]
