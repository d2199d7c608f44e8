"""The insights of one account as they are now: for a panel beside what was frozen."""

import json

from django.db import connection

from accounts.enums import Severity
from accounts.insights.in_force import current_policy
from accounts.insights.policy import Policy
from accounts.insights.sql import account_insights_sql
from accounts.insights.words import Insight, ranked


def insights_of(account_id: int, policy: Policy | None = None) -> list[Insight]:
    """Most serious first, by the policy in force unless another is named; none for an account
    that is gone."""
    policy = policy or current_policy()
    with connection.cursor() as cursor:
        cursor.execute(account_insights_sql(policy, where=f"a.id = {int(account_id)}"))
        row = cursor.fetchone()
    return ranked(json.loads(row[1])) if row else []


def violations_of(account_id: int, policy: Policy | None = None) -> set[str]:
    """The rules that the account breaks now."""
    found = insights_of(account_id, policy)
    return {i["rule"] for i in found if i["outcome"] == Severity.VIOLATION}
