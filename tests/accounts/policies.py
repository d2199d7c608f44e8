"""Drafts and versions of the policy, for tests: the figures in force but for those named."""

from accounts.actions.policies import draft_policy, put_in_force
from accounts.insights import current_policy
from accounts.insights.figures import figures
from accounts.insights.thresholds import Figure
from accounts.models import PolicyVersion, User
from tests.cast import acting


def drafted(by: User, *, note: str = "Because", **changed: Figure) -> PolicyVersion:
    values = {**figures(current_policy()), **changed}
    return draft_policy(actor=acting(by), values=values, note=note)


def in_force(by: User, *, note: str = "Because", **changed: Figure) -> PolicyVersion:
    return put_in_force(drafted(by, note=note, **changed), actor=acting(by))
