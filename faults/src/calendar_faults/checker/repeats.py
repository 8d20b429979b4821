"""Checks that no record is repeated in the topic without a reason."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from calendar_faults.checker.events import Event
from calendar_faults.checker.reminders import Reminder, Schedule
from calendar_faults.checker.report import Kind, Report
from calendar_faults.history import EventKey, History, Record


def check_repeats(
    history: History,
    records: Mapping[Reminder, Sequence[Record]],
    *,
    events: Mapping[EventKey, Event],
    report: Report,
) -> None:
    """Add a violation for each reminder that was sent more often than it was due."""
    if any("repeats" in fault.waivers for fault in history.faults):
        return
    for reminder, sent in records.items():
        event = events[reminder.key]
        if len(sent) < 2 or event.is_undecided:
            continue
        first = min(record.appended for record in sent)
        allowed = (_times_due(schedule, reminder, first) for schedule in event.schedules)
        if len(sent) > max(1, *allowed, 0):
            report.add(Kind.REPEATED, f"{reminder}: {len(sent)} records without a fault")


def _times_due(schedule: Schedule, reminder: Reminder, sent: datetime) -> int:
    """How many times a reminder may be sent that was sent first at that time.

    One that came back was due again. The API knows only the next reminder of an event that has not
    been sent: if one is added that is due earlier, another change may plan this one again.
    """
    added = {
        period.begin
        for other, periods in schedule.periods.items()
        for period in periods
        if other.due < reminder.due and period.begin.latest > sent
    }
    return len(schedule.periods_of(reminder)) + len(added)
