"""The possible timelines of each event, and what they mean for its reminders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from calendar_faults.checker.reminders import (
    Period,
    Reminder,
    Reminders,
    Schedule,
    reminders_of,
    schedule_of,
)
from calendar_faults.checker.timelines import (
    MAX_TIMELINES,
    Attempt,
    Timeline,
    attempts_of,
    timelines,
)
from calendar_faults.history import Content, EventKey, Operation

MARGIN: Final = timedelta(days=2)
"""Reminders of a rule that are due this soon after the end are known, in case one is early."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the run."""

    key: EventKey
    attempts: Sequence[Attempt]
    schedules: Sequence[Schedule]
    """One for each timeline; if its answers contradict each other, without the last of them."""
    is_contradicted: bool

    @property
    def is_undecided(self) -> bool:
        """Whether there are more timelines than are looked at."""
        return len(self.schedules) >= MAX_TIMELINES

    @property
    def reminders(self) -> frozenset[Reminder]:
        """Every reminder that may have been in force at some time."""
        return frozenset(reminder for each in self.schedules for reminder in each.periods)

    def periods_of(self, reminder: Reminder) -> Sequence[Period]:
        """The periods of one reminder in all timelines."""
        return [period for each in self.schedules for period in each.periods_of(reminder)]


def events_of(operations: Sequence[Operation], *, end: datetime) -> Mapping[EventKey, Event]:
    """All events of these operations, in a run that ended at `end`."""
    until = end + MARGIN
    return {key: _event(key, each, until) for key, each in attempts_of(operations).items()}


def _event(key: EventKey, attempts: Sequence[Attempt], until: datetime) -> Event:
    # The orders have the same few contents.
    @cache
    def reminders(content: Content | None) -> Reminders:
        return reminders_of(key, content, until=until)

    found = timelines(attempts)
    explained = found or _without_contradiction(attempts)
    schedules = [schedule_of(timeline, reminders) for timeline in explained]
    return Event(key, attempts, schedules, is_contradicted=not found)


def _without_contradiction(attempts: Sequence[Attempt]) -> Sequence[Timeline]:
    """The timelines without the last answers, which contradict the others.

    The contradiction is reported once, as a violation of the API; the reminders are checked against
    what was true before.
    """
    by_end = sorted(attempts, key=lambda attempt: attempt.latest)
    for count in range(len(by_end) - 1, -1, -1):
        if found := timelines(by_end[:count]):
            return found
    return []
