"""The insights of one account as they are now: for a panel beside what was frozen."""

import json

from django.db import connection

from accounts.enums import Severity
from accounts.insights.in_force import current_policy
from accounts.insights.policy import Policy
from accounts.insights.rows import rights_sql, row_insights_sql
from accounts.insights.sql import account_insights_sql
from accounts.insights.words import Insight, ranked


def insights_of(
    account_id: int, policy: Policy | None = None, *, entitlement_id: int | None = None
) -> list[Insight]:
    """Most serious first, by the policy in force unless another is named; none for an account
    that is gone. With what a right adds to them where one is named."""
    policy = policy or current_policy()
    right = "NULL" if entitlement_id is None else str(int(entitlement_id))
    with connection.cursor() as cursor:
        cursor.execute(f"""
            SELECT {row_insights_sql()}
            FROM ({account_insights_sql(policy, where=f"a.id = {int(account_id)}")}) i
            LEFT JOIN ({rights_sql(f"e.id = {right}")}) e ON TRUE""")
        row = cursor.fetchone()
    return ranked(json.loads(row[0])) if row else []


def violations_of(
    account_id: int, policy: Policy | None = None, *, entitlement_id: int | None = None
) -> set[str]:
    """The rules that the account breaks now, or breaks by holding a right."""
    found = insights_of(account_id, policy, entitlement_id=entitlement_id)
    return {i["rule"] for i in found if i["outcome"] == Severity.VIOLATION}
