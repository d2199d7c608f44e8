"""The days on which the sample company's story happens, counted from today."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, get_args

Moment = Literal["before", "settled", "now", "latest"]
MOMENTS: tuple[Moment, ...] = get_args(Moment)


@dataclass(frozen=True, slots=True)
class Dates:
    """Two campaigns thirteen weeks apart, each launched on a Monday, the second last week.

    ``before`` is the eve of the first launch, ``settled`` three weeks later, when its removals
    were done; ``now`` is the eve of the second launch, ``latest`` yesterday evening. Days are
    days in UTC.
    """

    today: date

    @property
    def launch(self) -> date:
        return self.today - timedelta(days=self.today.weekday() + 7)

    @property
    def last_launch(self) -> date:
        return self.launch - timedelta(weeks=13)

    @property
    def quarter(self) -> str:
        return f"{self.launch.year}-Q{(self.launch.month + 2) // 3}"

    @property
    def last_quarter(self) -> str:
        year, number = divmod(self.launch.year * 4 + (self.launch.month - 1) // 3 - 1, 4)
        return f"{year}-Q{number + 1}"

    def day(self, moment: Moment) -> date:
        """The day of the exports of that moment."""
        return {
            "before": self.last_launch - timedelta(days=1),
            "settled": self.last_launch + timedelta(days=21),
            "now": self.launch - timedelta(days=1),
            "latest": self.today - timedelta(days=1),
        }[moment]

    def exported_at(self, moment: Moment, minutes: int) -> datetime:
        return at(self.day(moment), 20) + timedelta(minutes=minutes)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), UTC)
