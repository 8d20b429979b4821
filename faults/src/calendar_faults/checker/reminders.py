"""Reminders, and when each of them was in force in one order of an event's operations."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from calendar_faults.checker.occurrences import Occurrence, occurrences
from calendar_faults.checker.timelines import ABSENT, Timeline
from calendar_faults.history import Content, EventKey

NAMESPACE: Final = UUID("5b0c9d6e-6a0d-5d3c-9a53-0a3f3f6f0c11")
"""The API's namespace, repeated here: the checker relies on nothing that the services say."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """One start of one event with one lead time, whether it is ever sent or not.

    Of a series, each occurrence has its own starts. Two that start together are notified once.
    """

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


Reminders = Mapping[Reminder, Sequence[Occurrence]]
"""Reminders, each with the occurrences that it is about: one, unless two start together."""


def reminders_of(key: EventKey, content: Content | None, *, until: datetime) -> Reminders:
    """The reminders that an event with this content has; those of a rule that are due by then."""
    found: dict[Reminder, list[Occurrence]] = {}
    if content is None:
        return found
    overridden = [lead for each in content.overrides.values() for lead in each.leads or ()]
    longest = max((*content.leads, *overridden), default=timedelta())
    for occurrence in occurrences(content, until=until + longest):
        for lead in occurrence.leads:
            found.setdefault(Reminder(key, occurrence.starts_at, lead), []).append(occurrence)
    return found


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
class ContentPeriod:
    """The reminders of one content of an event.

    `earliest` and `latest` are the limits of the time in which it may have been current.
    """

    reminders: Reminders
    earliest: datetime
    latest: datetime | None


@dataclass(frozen=True, slots=True)
class Schedule:
    """What one timeline of an event means for its reminders."""

    periods: Mapping[Reminder, Sequence[Period]]
    contents: Sequence[ContentPeriod]

    def periods_of(self, reminder: Reminder) -> Sequence[Period]:
        """The periods of one reminder."""
        return self.periods.get(reminder, ())


def schedule_of(timeline: Timeline, reminders: Callable[[Content | None], Reminders]) -> Schedule:
    """The periods of all reminders and contents in one order of an event's operations."""
    periods: dict[Reminder, list[Period]] = {}
    contents: list[ContentPeriod] = []
    state, since = ABSENT, None
    begins: dict[Reminder, Interval] = {}
    for step in timeline:
        if step.state == state:
            continue
        change = Interval(step.earliest, step.latest)
        before, after = reminders(state.content), reminders(step.state.content)
        if since:
            contents.append(ContentPeriod(before, since, change.latest))
        # A change that keeps start and lead time does not touch the reminder.
        for ended in before.keys() - after.keys():
            periods.setdefault(ended, []).append(Period(ended, begins.pop(ended), change))
        begins |= dict.fromkeys(after.keys() - before.keys(), change)
        state, since = step.state, change.earliest
    for reminder, begin in begins.items():
        periods.setdefault(reminder, []).append(Period(reminder, begin, None))
    if since:
        contents.append(ContentPeriod(reminders(state.content), since, None))
    return Schedule(periods, contents)
