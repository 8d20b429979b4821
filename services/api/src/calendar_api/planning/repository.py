"""Reads and writes what is planned. Knows SQL."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final

from calendar_api.database.pool import Connection, Pool
from calendar_api.events import statements as event_statements
from calendar_api.events.models import EventFields, EventKey, fields_of_row, values_of
from calendar_api.events.plans import Schedule, reminder_values
from calendar_api.events.replanning import pending_reminders
from calendar_api.planning import statements
from calendar_api.planning.models import Continuation, PlannedEvent
from calendar_api.recurrence.reminders import DueReminder

BATCH_SIZE: Final = 10
"""Events that are locked at one time."""


class Batch:
    """Locked events, and how they are written; all of it is committed with the batch."""

    def __init__(self, connection: Connection, events: Sequence[PlannedEvent]) -> None:
        self._connection = connection
        self.events = events

    async def append(self, event: PlannedEvent, continuation: Continuation) -> None:
        """Write reminders after those that are pending."""
        reminders = continuation.reminders
        if event.pending and reminders:
            _, *arrays = reminder_values(event.key, reminders)
            await self._connection.execute(statements.APPEND, *_row(event), *arrays)
        elif reminders:
            await self._write_reminders(event, reminders)
        await self._continue(event, continuation)

    async def replace(self, event: PlannedEvent, continuation: Continuation) -> None:
        """Write reminders in the place of those that are pending."""
        if continuation.reminders:
            await self._write_reminders(event, continuation.reminders)
        elif event.pending:
            await self._connection.execute(event_statements.REMOVE_REMINDERS, *_row(event))
        await self._continue(event, continuation)

    async def update_event(self, event: PlannedEvent, fields: EventFields) -> None:
        """Write the event, as its next version."""
        await self._connection.execute(
            event_statements.UPDATE_EVENT, *_row(event), *values_of(fields)
        )

    async def set_span(self, event: PlannedEvent, schedule: Schedule) -> None:
        """Write where lists find the event, and which rules its instants follow."""
        await self._connection.execute(
            statements.SET_SPAN,
            *_row(event),
            schedule.first_starts_at,
            schedule.last_ends_at,
            schedule.zone_rules,
        )

    async def _write_reminders(self, event: PlannedEvent, reminders: Sequence[DueReminder]) -> None:
        values = reminder_values(event.key, reminders)
        await self._connection.execute(event_statements.WRITE_REMINDERS, *_row(event), *values)

    async def _continue(self, event: PlannedEvent, continuation: Continuation) -> None:
        last = continuation.last or (None, None)
        await self._connection.execute(
            statements.CONTINUE, *_row(event), *last, continuation.refill_at
        )


class PlanningRepository:
    """The table `schedules`, with the reminders and events of its rows."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def due(self, *, except_under: Sequence[str]) -> list[EventKey]:
        """Some events whose reminders are to be refilled, those that have waited longest first."""
        return await self._keys(statements.DUE, except_under)

    async def under_zone_rules(self, zone_rules: str) -> list[EventKey]:
        """Some events that follow these rules."""
        return await self._keys(statements.UNDER_ZONE_RULES, zone_rules)

    async def zone_rules(self) -> list[str]:
        """The rules that events follow, each once."""
        async with self._pool.acquire(reads_only=True) as connection:
            rows = await connection.fetch(statements.ZONE_RULES)
        return [row["zone_rules"] for row in rows]

    async def count_under_zone_rules(self, zone_rules: Sequence[str]) -> int:
        """The number of events that follow one of these rules, or at least a thousand of each."""
        async with self._pool.acquire(reads_only=True) as connection:
            count: int = await connection.fetchval(statements.COUNT_UNDER_ZONE_RULES, zone_rules)
        return count

    async def planned_until(self) -> datetime | None:
        """The earliest end of a list that is to be continued; `None` if there is none."""
        async with self._pool.acquire(reads_only=True) as connection:
            until: datetime | None = await connection.fetchval(statements.PLANNED_UNTIL)
        return until

    @asynccontextmanager
    async def locked(self, keys: Sequence[EventKey]) -> AsyncIterator[Batch]:
        """Locks some of these events with their reminders; commits unless the block raises.

        Never waits: what another transaction has locked is left out.
        """
        async with self._pool.transaction() as connection:
            yield Batch(connection, await _lock(connection, keys))

    async def postpone(self, key: EventKey, *, seconds: float, version: str) -> None:
        """Leave an event alone for some time; new zone rules until there is other zone data."""
        async with self._pool.acquire() as connection:
            await connection.execute(
                statements.POSTPONE, key.user_id, key.event_id, seconds, version
            )

    async def _keys(self, statement: str, *arguments: object) -> list[EventKey]:
        async with self._pool.acquire(reads_only=True) as connection:
            rows = await connection.fetch(statement, *arguments)
        return [EventKey(row["user_id"], row["event_id"]) for row in rows]


async def _lock(connection: Connection, keys: Sequence[EventKey]) -> list[PlannedEvent]:
    events = await connection.fetch(statements.LOCK_EVENTS, *_arrays(keys), BATCH_SIZE)
    fields = {EventKey(row["user_id"], row["id"]): fields_of_row(row) for row in events}
    if not fields:
        return []
    # A statement of its own: its snapshot has what was committed before the locks.
    plans = await connection.fetch(statements.LOCK_PLANS, *_arrays(list(fields)))
    # A Scheduler that is sending the reminder may have locked it.
    is_free = (row for row in plans if row["due_at"] or not row["has_reminder"])
    return [_planned(fields, row) for row in is_free]


def _planned(fields: dict[EventKey, EventFields], row: Any) -> PlannedEvent:
    key = EventKey(row["user_id"], row["event_id"])
    is_unfinished = row["planned_due"] is not None
    return PlannedEvent(
        key=key,
        fields=fields[key],
        now=row["now"],
        zone_rules=row["zone_rules"],
        is_due=row["is_due"],
        since=row["planned_since"],
        last=(row["planned_due"], row["planned_start"]) if is_unfinished else None,
        pending=pending_reminders(row, fields[key]) if row["due_at"] else [],
    )


def _row(event: PlannedEvent) -> tuple[Any, Any]:
    return event.key.user_id, event.key.event_id


def _arrays(keys: Sequence[EventKey]) -> tuple[list[str], list[Any]]:
    return [key.user_id for key in keys], [key.event_id for key in keys]
