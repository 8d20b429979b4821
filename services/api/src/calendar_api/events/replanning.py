"""Writes what is planned of an event that was changed."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from itertools import repeat, takewhile
from typing import Any, NamedTuple

from calendar_api.database.pool import Connection
from calendar_api.events import statements
from calendar_api.events.models import EventFields, EventKey, LockedEvent
from calendar_api.events.overrides import local_time
from calendar_api.events.plans import plan_of, schedule_of
from calendar_api.events.reminders import (
    Position,
    all_reminders,
    has_same_reminders,
    have_same_times,
    sent_already,
)
from calendar_api.events.series import ParsedEvent
from calendar_api.recurrence.reminders import DueReminder


class _Planned(NamedTuple):
    """What is written beside an event."""

    has_reminders: bool
    has_schedule: bool
    zone_rules: str | None
    sent: Collection[Position]
    """The reminders of occurrences still to come that have been sent."""
    missed: Collection[Position]
    """Those of occurrences that have started that have not been sent."""


async def plan_again(
    connection: Connection, key: EventKey, before: LockedEvent, after: EventFields
) -> None:
    """Writes the schedule and the reminders of a changed event, if they are others than before.

    A reminder that was sent is sent again only if its start or its lead is a new one.
    """
    now = before.now
    if have_same_times(before.fields, after):
        return
    old, new = ParsedEvent.of(before.fields), ParsedEvent.of(after)
    same_schedule = schedule_of(old, now=now) == schedule_of(new, now=now)
    if same_schedule and has_same_reminders(old, new):
        return
    row = (key.user_id, key.event_id)
    planned = await _planned(connection, key, old, now=now)
    plan = plan_of(new, since=now, sent=planned.sent, missed=planned.missed)
    rules = plan.schedule.zone_rules
    if rules and planned.zone_rules and before.fields.time_zone == after.time_zone:
        # Some instants stay, others are worked out anew: the older rules count (they begin with
        # their version), and a planner that knows newer ones lets the event follow them.
        older = min(rules, planned.zone_rules)
        plan = replace(plan, schedule=replace(plan.schedule, zone_rules=older))
    if plan.reminders:
        await connection.execute(statements.WRITE_REMINDERS, *row, *plan.reminder_values(key))
    elif planned.has_reminders:
        await connection.execute(statements.REMOVE_REMINDERS, *row)
    if plan.has_schedule:
        await connection.execute(statements.WRITE_SCHEDULE, *row, *plan.schedule_values())
    elif planned.has_schedule:
        await connection.execute(statements.REMOVE_SCHEDULE, *row)


async def sent_so_far(
    connection: Connection, key: EventKey, event: LockedEvent
) -> Collection[Position]:
    """The sent reminders of occurrences still to come. No more are sent in this transaction."""
    return (await _planned(connection, key, ParsedEvent.of(event.fields), now=event.now)).sent


async def _planned(
    connection: Connection, key: EventKey, event: ParsedEvent, *, now: datetime
) -> _Planned:
    row = (key.user_id, key.event_id)
    reminder = await connection.fetchrow(statements.LOCK_REMINDER, *row)
    schedule = await connection.fetchrow(statements.READ_SCHEDULE, *row)
    pending = pending_reminders(reminder, event.fields) if reminder else []
    last = _last_planned(schedule) if schedule else None
    sent = sent_already(event, now=now, pending=pending, last=last)
    if schedule and last:
        # What follows an unfinished plan, if the planner is away.
        more = all_reminders(event, since=schedule["planned_since"], after=last)
        pending += takewhile(lambda reminder: reminder.due <= now, more)
    missed = {each[:2] for each in pending if max(each.due, each.start) <= now}
    rules = schedule["zone_rules"] if schedule else None
    return _Planned(reminder is not None, schedule is not None, rules, sent, missed)


def _last_planned(schedule: Any) -> Position | None:
    """The end of an unfinished plan."""
    due, start = schedule["planned_due"], schedule["planned_start"]
    return None if due is None else (due, start)


def pending_reminders(row: Any, fields: EventFields) -> list[DueReminder]:
    """The reminders of an event that a row of `reminders` has: planned, and not sent yet."""
    dues = [row["due_at"], *(row["upcoming_due"] or ())]
    # An API before 1.1 wrote no starts.
    starts = [row["occurs_at"] or fields.starts_at, *(row["upcoming_starts"] or ())]
    ids = [row["recurrence_id"], *(row["upcoming_ids"] or repeat(None, len(dues) - 1))]
    return [
        DueReminder(due, start, start - due, None if id_ is None else local_time(id_))
        for due, start, id_ in zip(dues, starts, ids, strict=True)
    ]
