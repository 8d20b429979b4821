"""Checks that no record is repeated in the topic without a reason."""

from collections.abc import Mapping, Sequence

from calendar_faults.checker.events import Event
from calendar_faults.checker.reminders import Reminder
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
        # One that came back was due again.
        periods = (len(schedule.periods_of(reminder)) for schedule in event.schedules)
        if len(sent) > max(1, *periods, 0):
            report.add(Kind.REPEATED, f"{reminder}: {len(sent)} records without a fault")
