"""The policy that stands: the newest version that was put in force, or the one we deliver."""

from dataclasses import dataclass

from accounts.insights.figures import named
from accounts.insights.policy import SOC2, Policy
from accounts.models import PolicyVersion

# Version 1 is the SOC 2 default, which stands in no row: a new house has it from the first day.
DELIVERED = 1


@dataclass(frozen=True, slots=True)
class Standing:
    """Thresholds with the number under which a campaign notes them."""

    version: int
    policy: Policy


def policy_in_force() -> Standing:
    newest = PolicyVersion.objects.in_force().first()
    if newest is None or newest.version is None:
        return Standing(DELIVERED, SOC2)
    return Standing(newest.version, policy_of(newest))


def current_policy() -> Policy:
    """The thresholds that every rule goes by now."""
    return policy_in_force().policy


def policy_of(version: PolicyVersion) -> Policy:
    """The thresholds of a version or a draft."""
    return named(version.name, version.values)
