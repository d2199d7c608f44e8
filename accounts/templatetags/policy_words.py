"""Thresholds and their changes in words."""

from django import template

from accounts.insights import SOC2, policy_of
from accounts.insights.figures import Change, differences, figured, named
from accounts.models import PolicyVersion

register = template.Library()
register.filter(figured)


@register.filter
def changes(row: PolicyVersion) -> list[Change]:
    """What a row of list_policy_versions changed in the version before it."""
    before = getattr(row, "before", None)
    return differences(named("", before) if before else SOC2, policy_of(row))


def changes_in_words(row: PolicyVersion) -> str:
    return "; ".join(
        f"{each.threshold.label}: {figured(each.was, each.threshold)} to "
        f"{figured(each.now, each.threshold)}"
        for each in changes(row)
    )
