"""Reminders, and when each of them was in force in one order of an event's operations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from calendar_faults.checker.timelines import ABSENT, Timeline
from calendar_faults.history import Content, EventKey

NAMESPACE: Final = UUID("5b0c9d6e-6a0d-5d3c-9a53-0a3f3f6f0c11")
"""The API's namespace, repeated here: the checker relies on nothing that the services say."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """One start of one event with one lead time, whether it is ever sent or not."""

    key: EventKey
    starts_at: datetime
    lead: timedelta

    @property
    def due(self) -> datetime:
        """When it becomes due."""
        return self.starts_at - self.lead

    @property
    def notification_id(self) -> UUID:
        """The same for the same event, start and lead time (the contract's section 2)."""
        parts = (
            self.key.user,
            str(self.key.event),
            self.starts_at.astimezone(UTC).isoformat(timespec="microseconds"),
            str(self.lead // timedelta(microseconds=1)),
        )
        return uuid5(NAMESPACE, "\n".join(parts))

    def __str__(self) -> str:
        return (
            f"event {self.key.event} of {self.key.user}, due {self.due.isoformat()}"
            f", starts {self.starts_at.isoformat()}"
        )


def reminder_of(key: EventKey, content: Content | None) -> Reminder | None:
    """The reminder that an event with this content has."""
    if content is None or content.notify_before is None:
        return None
    return Reminder(key, content.starts_at, content.notify_before)


@dataclass(frozen=True, slots=True)
class Interval:
    """Something happened at one instant in it."""

    earliest: datetime
    latest: datetime


@dataclass(frozen=True, slots=True)
class Period:
    """A reminder was in force from `begin` to `end`. One that comes back has several periods."""

    reminder: Reminder
    begin: Interval
    end: Interval | None

    @property
    def sendable(self) -> Interval:
        """When it could be sent first: when it was due, or written if that was later."""
        due = self.reminder.due
        return Interval(max(due, self.begin.earliest), max(due, self.begin.latest))


@dataclass(frozen=True, slots=True)
class TitlePeriod:
    """A title, and the earliest and the latest instant at which it may have been current."""

    title: str
    earliest: datetime
    latest: datetime | None


@dataclass(frozen=True, slots=True)
class Schedule:
    """What one timeline of an event means for its reminders."""

    periods: Sequence[Period]
    titles: Sequence[TitlePeriod]

    def periods_of(self, reminder: Reminder) -> Sequence[Period]:
        """The periods of one reminder."""
        return [period for period in self.periods if period.reminder == reminder]


def schedule_of(key: EventKey, timeline: Timeline) -> Schedule:
    """The periods of all reminders and titles in one order of an event's operations."""
    periods: list[Period] = []
    titles: list[TitlePeriod] = []
    state, reminder, begin = ABSENT, None, None
    title_since: datetime | None = None
    for step in timeline:
        if step.state == state:
            continue
        change = Interval(step.earliest, step.latest)
        if state.content and title_since:
            titles.append(TitlePeriod(state.content.title, title_since, change.latest))
        state, title_since = step.state, change.earliest
        # A change that keeps start and lead time does not touch the reminder.
        if reminder_of(key, state.content) != reminder:
            if reminder and begin:
                periods.append(Period(reminder, begin, change))
            reminder, begin = reminder_of(key, state.content), change
    if reminder and begin:
        periods.append(Period(reminder, begin, None))
    if state.content and title_since:
        titles.append(TitlePeriod(state.content.title, title_since, None))
    return Schedule(periods, titles)
