"""Claims reminders, removes what was sent, deletes old events. Knows SQL, knows no Kafka."""

import math
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from calendar_scheduler import queries
from calendar_scheduler.database.pool import Connection, Pool
from calendar_scheduler.reminders import Refusal, Reminder


@dataclass(frozen=True, slots=True)
class Retry:
    """What is written of a refused reminder."""

    refusal: Refusal
    attempts: int
    delay: float
    """Seconds until it is tried again."""
    is_parked: bool


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits to be sent, and what was given up."""

    due: int
    oldest: float
    """Since when the oldest of them is due, in seconds since 1970; 0 where none is."""
    parked: int


class Claim:
    """Due reminders, locked until the claim's block ends."""

    def __init__(self, connection: Connection, reminders: Sequence[Reminder]) -> None:
        self._connection = connection
        self.reminders = reminders

    async def remove(self, sent: Sequence[Reminder]) -> None:
        """Forgets reminders that were sent."""
        if sent:
            await self._connection.execute(queries.REMOVE, *_keys(sent))

    async def push_back(self, retries: Sequence[Retry]) -> None:
        """Puts refused reminders off, or parks them."""
        if retries:
            await self._connection.execute(
                queries.PUSH_BACK,
                *_keys([retry.refusal.reminder for retry in retries]),
                [retry.attempts for retry in retries],
                [retry.delay for retry in retries],
                [retry.refusal.reason for retry in retries],
                [retry.is_parked for retry in retries],
            )


class Repository:
    """The API's tables `events` and `reminders`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def claim(self, limit: int) -> AsyncIterator[Claim]:
        """Locks up to `limit` due reminders; commits what the block did where it ends well.

        Raises:
            ConnectionLost: whether it was committed is unknown.
            DatabaseUnavailable: it was not.
        """
        async with self._pool.transaction() as connection:
            yield Claim(connection, await _claim(connection, limit))

    async def next_due_in(self) -> float:
        """Seconds until the next reminder is due; not above zero where one is already."""
        async with self._pool.acquire() as connection:
            seconds: float | None = await connection.fetchval(queries.NEXT_DUE)
        return math.inf if seconds is None else seconds

    async def backlog(self) -> Backlog:
        """What waits to be sent."""
        async with self._pool.acquire() as connection:
            rows = await connection.fetch(queries.BACKLOG)
        due, oldest, parked = rows[0]
        return Backlog(due=due, oldest=oldest or 0.0, parked=parked)

    async def delete_old_events(self, retention: timedelta, *, limit: int) -> int:
        """Deletes up to `limit` events that ended more than `retention` ago; how many it were."""
        async with self._pool.acquire() as connection:
            status = await connection.execute(
                queries.DELETE_OLD_EVENTS, retention.total_seconds(), limit
            )
        return int(status.removeprefix("DELETE "))

    async def probe(self) -> None:
        """Returns where PostgreSQL accepts writes and the tables are there.

        Raises:
            DatabaseUnavailable: it does not, or they are not.
        """
        await self._pool.probe(queries.PROBE)


async def _claim(connection: Connection, limit: int) -> list[Reminder]:
    claimed = await connection.fetch(queries.CLAIM, limit)
    if not claimed:
        return []
    events = await connection.fetch(
        queries.EVENTS_OF_CLAIMED,
        [row["user_id"] for row in claimed],
        [row["event_id"] for row in claimed],
    )
    # Both have their columns in the order of Reminder's fields: by name it takes three times as
    # long, a tenth of all that the Scheduler does.
    return [Reminder(*row, *event) for row, event in zip(claimed, events, strict=True)]


def _keys(reminders: Sequence[Reminder]) -> tuple[list[str], list[object]]:
    return (
        [reminder.user_id for reminder in reminders],
        [reminder.event_id for reminder in reminders],
    )
