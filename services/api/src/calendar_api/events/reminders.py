"""The reminders of an event, in the order in which they are due."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import takewhile

from calendar_api.events.models import ALONE, EventFields
from calendar_api.events.series import ParsedEvent
from calendar_api.recurrence.reminders import DueReminder, reminders_of

Position = tuple[datetime, datetime]
"""The due time and start of a reminder: reminders are in this order."""


def all_reminders(
    event: ParsedEvent, *, since: datetime, after: Position | None = None
) -> Iterator[DueReminder]:
    """The reminders of an event that was written at `since`, in order; those after a position."""
    fields, series = event.fields, event.series
    if series is None or fields.recurrence is None:
        return _of_single(fields, since, after)
    return reminders_of(
        series.series, fields.leads, changed=series.changed, since=since, after=after
    )


def _of_single(
    fields: EventFields, since: datetime, after: Position | None
) -> Iterator[DueReminder]:
    start = fields.starts_at
    for lead in sorted(fields.leads, reverse=True):
        due = start - lead
        # An event that has started is not notified of, unless the reminder is due later still.
        if max(start, due) > since and (after is None or (due, start) > after):
            yield DueReminder(due, start, lead, None)


def sent_already(
    before: ParsedEvent, *, now: datetime, pending: Iterable[DueReminder], last: Position | None
) -> set[Position]:
    """The reminders of what is replaced that are not `pending` any more, and so have been sent.

    `last` is the last one that was planned; `None`: none follows. Only those that the new event may
    have, too: the occurrence is still to come. One that was sent may come after a pending one, if a
    lead time was added. Each is known by its occurrence and lead, which a zone's new rules leave.
    """
    planned = {(reminder.recurrence_id, reminder.lead) for reminder in pending}
    ahead = all_reminders(before, since=now)
    if last:
        ahead = takewhile(lambda reminder: reminder[:2] <= last, ahead)
    return {each[:2] for each in ahead if (each.recurrence_id, each.lead) not in planned}


def have_same_times(event: EventFields, other: EventFields) -> bool:
    """Whether the events differ at most in members that nothing else follows from."""
    return event == replace(other, **{name: getattr(event, name) for name in ALONE})


def has_same_reminders(event: ParsedEvent, other: ParsedEvent) -> bool:
    """Whether both events have the same reminders, apart from their titles."""
    return _timing(event) == _timing(other)


def _timing(event: ParsedEvent) -> tuple[object, ...]:
    fields = event.fields
    return (
        fields.starts_at,
        frozenset(fields.leads),
        fields.time_zone,
        fields.local_start,
        fields.starts_on,
        fields.recurrence,
        fields.last_day,
        event.series.changed if event.series else {},
    )
