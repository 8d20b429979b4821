"""The table `reminders` of the API: claims due rows, removes or defers them, measures the rest."""

import math
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from calendar_scheduler.database.pool import Connection, Pool
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
        """Delete reminders that were published."""
        if published:
            await self._connection.execute(statements.REMOVE, *_keys(published))

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
    # The columns of both statements are in the order of Reminder's fields.
    return [Reminder(*row, *event) for row, event in zip(claimed, events, strict=True)]


def _keys(reminders: Sequence[Reminder]) -> tuple[list[str], list[object]]:
    return (
        [reminder.user_id for reminder in reminders],
        [reminder.event_id for reminder in reminders],
    )
