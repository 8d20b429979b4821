"""What is written beside an event: its next reminders, and its schedule for lists and planner."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from calendar_api import zones
from calendar_api.events.models import EventKey
from calendar_api.events.reminders import Position, all_reminders
from calendar_api.events.series import ParsedEvent
from calendar_api.recurrence.reminders import DueReminder
from calendar_contracts import notification_id

FIRST_LENGTH: Final = 10
"""Reminders that a write plans ahead. The planner writes more of them, long before they end."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """What lists and the planner have to know of an event."""

    first_starts_at: datetime | None
    """Of a series or an event that lasts all day: when its first occurrence starts."""
    last_ends_at: datetime | None
    zone_rules: str | None
    """Which rules its instants follow; `None` if it has no zone, or is over."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The schedule of an event and its next reminders, in order."""

    schedule: Schedule
    reminders: list[DueReminder]
    is_complete: bool
    """No more reminders follow."""

    @property
    def has_schedule(self) -> bool:
        """Whether there is anything to write to `schedules`."""
        return self.schedule != NO_SCHEDULE or not self.is_complete

    def schedule_values(self) -> tuple[datetime | str | None, ...]:
        """Span and zone rules; the last planned reminder and when to plan more, if they follow."""
        schedule = self.schedule
        span = (schedule.first_starts_at, schedule.last_ends_at, schedule.zone_rules)
        if self.is_complete:
            return (*span, None, None, None)
        last = self.reminders[-1]
        return (*span, last.due, last.start, half_sent_at(self.reminders))

    def reminder_values(self, key: EventKey) -> tuple[Any, ...]:
        """What is written to `reminders`."""
        return reminder_values(key, self.reminders)

    def as_texts(self, key: EventKey) -> tuple[Any, ...]:
        """The values of both, with PostgreSQL's texts of the arrays."""
        id_, *arrays = self.reminder_values(key)
        texts = map(_array, arrays) if self.reminders else (None, None, None)
        return (id_, *texts, *self.schedule_values())


NO_SCHEDULE: Final = Schedule(None, None, None)


def reminder_values(key: EventKey, reminders: Sequence[DueReminder]) -> tuple[Any, ...]:
    """The ID of a single reminder; due times, starts and recurrence IDs of all."""
    return (
        _notification_id(key, reminders),
        [each.due for each in reminders],
        [each.start for each in reminders],
        [each.recurrence_id and each.recurrence_id.isoformat() for each in reminders],
    )


def half_sent_at(reminders: Sequence[DueReminder]) -> datetime:
    """When half of the reminders are sent, and it is time to write more."""
    return reminders[len(reminders) // 2].due


def _notification_id(key: EventKey, reminders: Sequence[DueReminder]) -> UUID | None:
    """For Schedulers before 1.1. They refuse reminders without it, and try again later.

    Only of a single event with one reminder: they would not send what follows it.
    """
    if len(reminders) != 1 or reminders[0].recurrence_id is not None:
        return None
    [(_, start, lead, _)] = reminders
    return notification_id(user_id=key.user_id, event_id=key.event_id, starts_at=start, lead=lead)


def plan_of(
    event: ParsedEvent,
    *,
    since: datetime,
    after: Position | None = None,
    sent: Collection[Position] = (),
    missed: Collection[Position] = (),
    limit: int = FIRST_LENGTH,
) -> Plan:
    """The plan of an event written at `since`, with its first reminders that were not sent.

    `missed` are those that are still to be sent although the occurrence has started. The plan has
    more than `limit` where it must reach past the last one that was sent or missed: the planner
    goes on after the end of the plan, and knows of none of them.
    """
    schedule = schedule_of(event, now=since)
    last_known = max([*sent, *missed], default=None)
    # The microsecond: what starts at that instant has started.
    first = min((start - timedelta.resolution for _, start in missed), default=since)
    reminders: list[DueReminder] = []
    for each in all_reminders(event, since=min(first, since), after=after):
        has_started = max(each.due, each.start) <= since
        if each[:2] in sent or (has_started and each[:2] not in missed):
            continue
        if len(reminders) >= limit and (last_known is None or reminders[-1][:2] > last_known):
            return Plan(schedule, reminders, is_complete=False)
        reminders.append(each)
    return Plan(schedule, reminders, is_complete=True)


def schedule_of(event: ParsedEvent, *, now: datetime) -> Schedule:
    """The schedule of an event."""
    fields = event.fields
    if fields.time_zone is None and fields.starts_on is None:
        return NO_SCHEDULE
    first, last = event.series.span() if event.series else (None, None)
    # A day more: by other rules, the event may end later.
    lies_ahead = fields.ends_at > now - timedelta(days=1)
    follows = fields.time_zone if lies_ahead else None
    return Schedule(first, last, zones.rules_of(follows) if follows else None)


def _array(elements: Iterable[datetime | str | None]) -> str:
    """PostgreSQL's text of an array of times or recurrence IDs, in which nothing is escaped."""
    texts = ("NULL" if each is None else f'"{each}"' for each in elements)
    return f"{{{','.join(texts)}}}"
