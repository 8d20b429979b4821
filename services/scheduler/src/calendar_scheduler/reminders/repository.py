"""The table `reminders` of the API: claims due rows, removes or defers them, measures the rest."""

import math
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from asyncpg import Record

from calendar_scheduler.database.pool import Connection, Pool
from calendar_scheduler.database.savepoints import savepoint
from calendar_scheduler.errors import RowRejected
from calendar_scheduler.reminders import statements
from calendar_scheduler.reminders.models import Reminder, Retry


@dataclass(frozen=True, slots=True)
class Backlog:
    """The reminders that wait."""

    due: int
    oldest: float
    """When the oldest of them became due, in seconds since 1970; 0 if there is none."""
    parked: int


class Claim:
    """Due reminders, locked until the end of the claim's block."""

    def __init__(self, connection: Connection, reminders: Sequence[Reminder]) -> None:
        self._connection = connection
        self.reminders = reminders

    async def remove(self, published: Sequence[Reminder]) -> None:
        """Remove reminders that were published: a row goes on to its next one, or is deleted."""
        if last := [reminder for reminder in published if not reminder.has_next]:
            await self._connection.execute(statements.REMOVE, *_keys(last))
        if others := [reminder for reminder in published if reminder.has_next]:
            await self._connection.execute(statements.MOVE_ON, *_keys(others))

    async def defer(self, retries: Sequence[Retry]) -> None:
        """Set refused reminders to be tried again later, or park them."""
        if retries:
            await self._connection.execute(
                statements.DEFER,
                *_keys([retry.refusal.reminder for retry in retries]),
                [retry.attempts for retry in retries],
                [retry.delay for retry in retries],
                [retry.refusal.reason for retry in retries],
                [retry.is_parked for retry in retries],
            )


class ReminderRepository:
    """The table `reminders`, joined with `events`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def claim(self, limit: int) -> AsyncIterator[Claim]:
        """Lock up to `limit` due reminders. Commits at the end of the block, unless it raises.

        Raises:
            ConnectionLost: the outcome of the COMMIT is unknown.
            DatabaseUnavailable: nothing was committed.
        """
        async with self._pool.transaction() as connection:
            yield Claim(connection, await _lock_due(connection, limit))

    async def next_due_in(self) -> float:
        """Seconds until the next reminder is due; zero or less if one is due now."""
        async with self._pool.acquire(reads_only=True) as connection:
            seconds: float | None = await connection.fetchval(statements.NEXT_DUE)
        return math.inf if seconds is None else seconds

    async def backlog(self) -> Backlog:
        """Count the reminders that are due and those that are parked."""
        async with self._pool.acquire(reads_only=True) as connection:
            rows = await connection.fetch(statements.BACKLOG)
        due, oldest, parked = rows[0]
        return Backlog(due=due, oldest=oldest or 0.0, parked=parked)

    async def resume_series(self, *, parked_seconds: float, limit: int) -> list[UUID]:
        """Let series whose reminder is parked go on with the next one, where that is due.

        Returns their IDs. A reminder that is parked has been so for `parked_seconds` at least.
        """
        async with self._pool.transaction() as connection:
            rows = await connection.fetch(statements.PARKED_SERIES, parked_seconds, limit)
            if rows:
                await connection.execute(
                    statements.MOVE_ON,
                    [row["user_id"] for row in rows],
                    [row["event_id"] for row in rows],
                )
        return [row["event_id"] for row in rows]

    async def check(self) -> None:
        """Return if PostgreSQL accepts writes and the tables exist.

        Raises:
            DatabaseUnavailable: otherwise.
        """
        await self._pool.probe(statements.CHECK)


async def _lock_due(connection: Connection, limit: int) -> list[Reminder]:
    claimed = await connection.fetch(statements.CLAIM, limit)
    if not claimed:
        return []
    events = await connection.fetch(
        statements.EVENTS_OF_CLAIMED,
        [row["user_id"] for row in claimed],
        [row["event_id"] for row in claimed],
    )
    reminders = [_reminder(row, event) for row, event in zip(claimed, events, strict=True)]
    of_series = [
        position
        for position, reminder in enumerate(reminders)
        if reminder.recurrence_id is not None and events[position]["has_overrides"]
    ]
    titles = await _occurrence_titles(connection, [reminders[each] for each in of_series])
    for position, title in zip(of_series, titles, strict=True):
        reminders[position] = reminders[position]._replace(title=title)
    return reminders


def _reminder(row: Record, event: Record) -> Reminder:
    # A single event has one start. An API before 1.1 moves it without the reminder's copy.
    is_occurrence = row["recurrence_id"] is not None and row["occurs_at"] is not None
    return Reminder(
        user_id=row["user_id"],
        event_id=row["event_id"],
        recurrence_id=row["recurrence_id"],
        title=event["title"],
        starts_at=row["occurs_at"] if is_occurrence else event["starts_at"],
        due_at=row["due_at"],
        attempts=row["attempts"],
        waited=row["waited"],
        has_next=row["has_next"],
    )


async def _occurrence_titles(
    connection: Connection, reminders: Sequence[Reminder]
) -> list[str | None]:
    """The current titles; `None` for those that cannot be read, which halving the batch finds."""
    if not reminders:
        return []
    try:
        async with savepoint(connection):
            rows = await connection.fetch(
                statements.OCCURRENCE_TITLES,
                *_keys(reminders),
                [reminder.recurrence_id for reminder in reminders],
            )
    except RowRejected:
        if len(reminders) == 1:
            return [None]
        middle = len(reminders) // 2
        return [
            *await _occurrence_titles(connection, reminders[:middle]),
            *await _occurrence_titles(connection, reminders[middle:]),
        ]
    return [title for (title,) in rows]


def _keys(reminders: Sequence[Reminder]) -> tuple[list[str], list[UUID]]:
    return (
        [reminder.user_id for reminder in reminders],
        [reminder.event_id for reminder in reminders],
    )
