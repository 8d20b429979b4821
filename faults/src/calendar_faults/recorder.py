"""Collects the lines of one run's history while it happens."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final

from calendar_faults.history import Excuse, Fault, Line

_PULSE_SECONDS: Final = 0.1
_STANDSTILL: Final = timedelta(seconds=0.5)
"""A task that is woken so late was not the only one that had to wait."""


class Recorder:
    """The history so far."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._numbers = count(1)

    def now(self) -> datetime:
        """The instant, on the clock that all lines go by.

        This machine's: PostgreSQL and Kafka run on it, and have no other.
        """
        return datetime.now(UTC)

    def number(self) -> int:
        """A number for another operation."""
        return next(self._numbers)

    def add(self, line: Line) -> None:
        """Takes another line."""
        self.lines.append(line)

    async def watch_machine(self) -> None:
        """Notes when the machine itself stood still: nobody can be in time then; for ever."""
        while True:
            begin = self.now()
            await asyncio.sleep(_PULSE_SECONDS)
            if self.now() - begin > _STANDSTILL:
                excuses: frozenset[Excuse] = frozenset({"lateness", "answers"})
                self.add(
                    Fault(name="machine stood still", begin=begin, end=self.now(), excuses=excuses)
                )

    @asynccontextmanager
    async def fault(self, name: str, *excuses: Excuse) -> AsyncIterator[None]:
        """Notes that something is broken for as long as the context lasts.

        Lateness is always excused; what else is, `excuses` says.
        """
        begin = self.now()
        try:
            yield
        finally:
            self.add(
                Fault(
                    name=name,
                    begin=begin,
                    end=self.now(),
                    excuses=frozenset({"lateness", *excuses}),
                )
            )
