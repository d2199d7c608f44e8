"""The thresholds of the insights; a campaign keeps the ones that it was launched with."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Policy:
    """Thresholds of the rules, the *SOC 2 default* unless named otherwise.

    Days: inactivity is more than so many; ``inactive_notice`` and ``inactive_look`` ask for a
    closer look, ``inactive_revoke`` recommends revoking, ``inactive_revoke_sensitive`` does so
    for privileged access and Customer Confidential systems. ``window`` is the age below which
    nothing is called unused; ``next_campaign`` is how far off the next campaign lies;
    ``temporary_total`` is how long a temporary account may last in all; ``mover`` is how long a
    change of manager, team or title is told (S11); ``emergency_validated`` is how long an
    emergency account may go without being validated (S16); ``secret_age`` is the age of a key or
    password that is told (S21). ``stale_file`` and ``stale_connector`` are how old facts may be
    at launch (G1); ``exception_longest`` is how long an exception may last.

    Peers (S6): a right is unusual if at most ``peer_share`` percent of at least ``peer_many``
    peers hold it, or if of at least ``peer_few`` one holds it alone. ``campaigns_undecided`` is
    in how many campaigns in a row an item was left undecided (S9). ``grown_share`` is by how
    many percent a source may grow in one import (G2).

    Pace, in items, seconds and percent: Q1 asks for a second look where at least
    ``hasty_items`` were decided one by one with a median below ``hasty_seconds`` and more than
    ``hasty_kept`` percent kept; Q2 where high risk was kept in less than ``fast_seconds``; Q3
    where at least ``recommended_kept`` recommendations to revoke were kept without a reason; Q4
    tells of more than ``last_minute_share`` percent within an hour of the deadline; Q5 samples
    ``second_look_share`` percent and at least ``second_look_least``, and asks to have a sheet
    done again if more than ``overturned_share`` percent are overturned. ``pace_told`` switches
    the measuring of time off.
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
    mover: int = 30
    emergency_validated: int = 90
    secret_age: int = 90
    exception_longest: int = 90
    peer_share: int = 15
    peer_many: int = 10
    peer_few: int = 5
    campaigns_undecided: int = 2
    stale_file: int = 7
    stale_connector: int = 2
    grown_share: int = 20
    hasty_items: int = 20
    hasty_seconds: int = 5
    hasty_kept: int = 95
    fast_seconds: int = 5
    recommended_kept: int = 3
    last_minute_share: int = 80
    second_look_share: int = 10
    second_look_least: int = 5
    overturned_share: int = 10
    pace_told: bool = True

    def may_be_old(self, connector: str) -> timedelta:
        """How old the facts of a source may be at launch (G1)."""
        return timedelta(days=self.stale_file if connector == "file" else self.stale_connector)


SOC2 = Policy()
