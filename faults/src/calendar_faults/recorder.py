"""Collects the lines of a run's history while it happens."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final

from calendar_faults.history import Fault, Line, Waiver

_PULSE_SECONDS: Final = 0.1
_STALL: Final = timedelta(seconds=0.5)
"""A task that is resumed this late was not the only one that had to wait."""


class Recorder:
    """The history so far."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._numbers = count(1)

    def now(self) -> datetime:
        """This machine's time, which is also that of PostgreSQL and Kafka: they run on it."""
        return datetime.now(UTC)

    def number(self) -> int:
        """The number of the next operation."""
        return next(self._numbers)

    def add(self, line: Line) -> None:
        """Add a line."""
        self.lines.append(line)

    async def watch_machine(self) -> None:
        """Record forever when the machine itself stalled: nothing can be in time then."""
        while True:
            begin = self.now()
            await asyncio.sleep(_PULSE_SECONDS)
            if self.now() - begin > _STALL:
                self._add_fault("machine stalled", begin, "answers")

    @asynccontextmanager
    async def fault(self, name: str, *waivers: Waiver) -> AsyncIterator[None]:
        """Record a fault for as long as the context lasts. Lateness is always waived."""
        begin = self.now()
        try:
            yield
        finally:
            self._add_fault(name, begin, *waivers)

    def _add_fault(self, name: str, begin: datetime, *waivers: Waiver) -> None:
        waived = frozenset[Waiver]({"lateness", *waivers})
        self.add(Fault(name=name, begin=begin, end=self.now(), waivers=waived))
