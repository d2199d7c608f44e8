"""The thresholds of the insights; a campaign keeps the ones that it was launched with."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """Days and hours of the rules, the *SOC 2 default* unless named otherwise.

    Inactivity is more than so many days: ``inactive_notice`` and ``inactive_look`` ask for a
    closer look, ``inactive_revoke`` recommends revoking, ``inactive_revoke_sensitive`` does so
    for privileged access and Customer Confidential systems. ``window`` is the age below which
    nothing is called unused; ``next_campaign`` is how far off the next campaign lies;
    ``temporary_total`` is how long a temporary account may last in all.
    """

    name: str = "SOC 2 default"
    inactive_notice: int = 30
    inactive_look: int = 45
    inactive_revoke: int = 90
    inactive_revoke_sensitive: int = 35
    window: int = 30
    next_campaign: int = 92
    temporary_total: int = 90
    violation_hours: int = 24


SOC2 = Policy()
