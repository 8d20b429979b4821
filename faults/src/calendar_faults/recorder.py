"""Collects the lines of one run's history while it happens."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import count

from calendar_faults.clock import Clock
from calendar_faults.history import Excuse, Fault, Line


class Recorder:
    """The history so far."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.lines: list[Line] = []
        self._numbers = count(1)

    def now(self) -> datetime:
        """The instant, on the clock that all lines go by."""
        return self.clock.now()

    def number(self) -> int:
        """A number for another operation."""
        return next(self._numbers)

    def add(self, line: Line) -> None:
        """Takes another line."""
        self.lines.append(line)

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
