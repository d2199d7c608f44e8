"""The plan of a campaign, in temporary tables: what is in scope, what it says, who judges it.

``build`` fills them in the caller's transaction, for the preview and for the launch alike, so
that what the preview shows is what a launch freezes. They are dropped with the transaction.

    plan_row        a row in scope: a grant, or an account without grants; ``rule`` if excluded
    plan_item       an item to be, with its frozen columns, its insights and its lane
    plan_route      an item's first and second person, and why
"""

from reviews.launch.plan import build

__all__ = ["build"]
