"""Facts of the access itself that bear on keeping it: what it breaks, what looks unused.

``account_insights_sql`` works them out for a set of accounts in one SQL text, for findings and
for the launch of a campaign alike; ``sentence`` and ``label`` put one into words. An insight is
{rule, outcome, value, source, as_of}. Facts against history (S8, S10 ...) belong to ``reviews``.
"""

from accounts.insights.names import name_of
from accounts.insights.policy import SOC2, Policy
from accounts.insights.reading import insights_of, violations_of
from accounts.insights.sql import (
    account_insights_sql,
    left_sql,
    row_insights_sql,
    row_privileged_sql,
    row_worst_sql,
)
from accounts.insights.words import label, ranked, sentence

__all__ = [
    "SOC2",
    "Policy",
    "account_insights_sql",
    "insights_of",
    "label",
    "left_sql",
    "name_of",
    "ranked",
    "row_insights_sql",
    "row_privileged_sql",
    "row_worst_sql",
    "sentence",
    "violations_of",
]
