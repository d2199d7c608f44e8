"""Seconds between the start and the end of what is measured."""

import time
from types import TracebackType
from typing import Self


class Stopwatch:
    seconds = 0.0

    def __enter__(self) -> Self:
        self._start = time.perf_counter()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.seconds = time.perf_counter() - self._start
