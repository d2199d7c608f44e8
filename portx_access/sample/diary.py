"""What is to happen when: it happens in order, each time with the clock set to its moment."""

import heapq
from collections.abc import Callable
from datetime import datetime
from itertools import count

import clock


class Diary:
    """Appointments. One that is noted for a time which has passed happens at once."""

    def __init__(self, begins: datetime) -> None:
        self._now = begins
        self._acts: list[tuple[datetime, int, Callable[[], object]]] = []
        self._places = count()

    def note(self, at: datetime, act: Callable[[], object]) -> None:
        heapq.heappush(self._acts, (at, next(self._places), act))

    def live_until(self, end: datetime) -> None:
        """Let everything happen that is noted for before ``end``; what follows stays noted."""
        while self._acts and self._acts[0][0] < end:
            at, _, act = heapq.heappop(self._acts)
            self._now = max(at, self._now)
            with clock.set_to(self._now):
                act()
