"""The reminders of a series in the order in which they are due."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from heapq import merge
from itertools import groupby
from typing import NamedTuple

from calendar_api.recurrence.series import Series
from calendar_api.recurrence.wall_time import LocalTime, plus

_MICROSECOND = timedelta(microseconds=1)
_NO_LEAD = timedelta()


class DueReminder(NamedTuple):
    """A reminder of one occurrence, in the order of due times."""

    due: datetime
    start: datetime
    lead: timedelta
    recurrence_id: LocalTime | None
    """Of an event that does not recur, None."""


class ChangedOccurrence(NamedTuple):
    """What a changed occurrence has instead of what the series says; None: as the series."""

    start: datetime | None = None
    leads: tuple[timedelta, ...] | None = None


def reminders_of(
    series: Series,
    leads: Iterable[timedelta],
    *,
    changed: Mapping[LocalTime, ChangedOccurrence],
    since: datetime,
    after: tuple[datetime, datetime] | None = None,
) -> Iterator[DueReminder]:
    """The reminders that are to be sent, in order; those after a due time and start.

    `since` is when the series was made, or changed last. What had started by then is not notified,
    unless the reminder is due later still (all-day events); what was due by then, but is still
    ahead, comes first. The same start and lead is notified once, whatever moved there.
    """
    leads = tuple(leads)
    streams = [_of_lead(series, lead, changed, since, after) for lead in leads]
    moved = sorted(_of_changed(series, leads, changed))
    ordered = (
        reminder
        for reminder in merge(*streams, moved)
        if max(reminder.start, reminder.due) > since and (after is None or reminder[:2] > after)
    )
    # Due time and start make the lead.
    return (next(same) for _, same in groupby(ordered, lambda reminder: reminder[:2]))


def _of_lead(
    series: Series,
    lead: timedelta,
    changed: Mapping[LocalTime, ChangedOccurrence],
    since: datetime,
    after: tuple[datetime, datetime] | None,
) -> Iterator[DueReminder]:
    first_start = plus(since, min(lead, _NO_LEAD))
    if after:
        first_start = max(first_start, plus(after[0], lead))
    for occurrence in series.after(plus(first_start, -_MICROSECOND)):
        if occurrence.recurrence_id not in changed:
            yield DueReminder(
                plus(occurrence.start, -lead), occurrence.start, lead, occurrence.recurrence_id
            )


def _of_changed(
    series: Series,
    leads: tuple[timedelta, ...],
    changed: Mapping[LocalTime, ChangedOccurrence],
) -> Iterator[DueReminder]:
    for recurrence_id, change in changed.items():
        occurrence = series.occurrence(recurrence_id)
        if occurrence is None:
            continue
        start = change.start or occurrence.start
        for lead in leads if change.leads is None else change.leads:
            yield DueReminder(plus(start, -lead), start, lead, recurrence_id)
