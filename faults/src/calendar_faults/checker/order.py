"""Checks that the reminders of each event are sent in the order in which they are due.

All are of one user, and so in one partition. The next one is sent after Kafka has acknowledged the
one before it, so that the first records of all are in order, whatever is repeated.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Final

from calendar_faults.checker.events import Event
from calendar_faults.checker.reminders import Reminder
from calendar_faults.checker.report import Kind, Report
from calendar_faults.checker.verdicts import SLACK, WAKE_UP
from calendar_faults.history import EventKey, History, Record, Row

_WAIVERS: Final = {"in-flight", "rolled-back"}
"""A fault with one of them lets records appear that were sent before an acknowledged change."""


_Place = tuple[datetime, int]
"""When something was sent; of what was sent at one instant, which was first."""


def check_order(history: History, *, events: Mapping[EventKey, Event], report: Report) -> None:
    """Add a violation for each reminder that was sent after one that was due later."""
    waived = [each for each in history.faults if each.waivers & _WAIVERS]
    for key, sent in _first_of_each(history).items():
        event = events.get(key)
        if event is None or event.is_undecided:
            continue
        for reminder, place in sent.items():
            later = (
                (other, other_place[0])
                for other, other_place in sent.items()
                if other.due > reminder.due and other_place < place
            )
            for other, at in later:
                is_waived = any(each.begin <= at <= each.end + WAKE_UP for each in waived)
                if not is_waived and _was_in_force(reminder, event, at):
                    what = f"sent after the one that was due {other.due.isoformat()}"
                    report.add(Kind.OUT_OF_ORDER, f"{reminder}: {what}")
                    break


def _first_of_each(history: History) -> Mapping[EventKey, Mapping[Reminder, _Place]]:
    """When each reminder of each event was sent first."""
    found = defaultdict[EventKey, dict[Reminder, _Place]](dict)
    for each, place in sorted(_places(history), key=itemgetter(1)):
        key = EventKey(each.user_id, each.event_id)
        reminder = Reminder(key, each.event_date, each.event_date - each.notify_at)
        found[key].setdefault(reminder, place)
    return found


def _places(history: History) -> Sequence[tuple[Row | Record, _Place]]:
    """The records in the order of the topic; without them, the rows."""
    if history.records:
        return [(record, (record.appended, record.offset)) for record in history.records]
    return [(row, (row.stored_at, 0)) for row in history.rows]


def _was_in_force(reminder: Reminder, event: Event, at: datetime) -> bool:
    """Whether the reminder was certainly in force at that instant."""
    return bool(event.schedules) and all(
        any(
            period.begin.latest < at - SLACK and (period.end is None or period.end.earliest > at)
            for period in schedule.periods_of(reminder)
        )
        for schedule in event.schedules
    )
