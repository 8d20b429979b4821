"""The API's tables, as the API and a test see them."""

from datetime import datetime
from typing import TypeAlias
from uuid import UUID, uuid4

import asyncpg

ADD_EVENT = """
INSERT INTO events (user_id, id, title, starts_at, ends_at, notify_before)
VALUES ($1, $2, $3, now() + make_interval(secs => $4), now() + make_interval(secs => $5), '1 hour')
"""
ADD_REMINDER = """
INSERT INTO reminders (user_id, event_id, notification_id, due_at, ready_at, next_try_at)
SELECT $1, $2, $3, due, due, due FROM (SELECT now() + make_interval(secs => $4) AS due) AS plan
"""

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class Tables:
    """The API's tables, as the API and a test see them."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def add_event(
        self,
        *,
        title: str = "Dentist",
        user_id: str = "ann",
        due_in: float | None = None,
        starts_in: float = 3600,
        ends_in: float = 7200,
    ) -> UUID:
        """Writes an event and, where `due_in` (seconds) is given, its reminder."""
        event_id = uuid4()
        async with self.connection.transaction():
            await self.connection.execute(ADD_EVENT, user_id, event_id, title, starts_in, ends_in)
            if due_in is not None:
                await self.connection.execute(ADD_REMINDER, user_id, event_id, uuid4(), due_in)
        return event_id

    async def now(self) -> datetime:
        """By the database's clock, which all of its times are of."""
        moment: datetime = await self.connection.fetchval("SELECT clock_timestamp()")
        return moment

    async def pending(self) -> int:
        count: int = await self.connection.fetchval("SELECT count(*) FROM reminders")
        return count

    async def attempts(self) -> list[int]:
        rows = await self.connection.fetch("SELECT attempts FROM reminders")
        return [row["attempts"] for row in rows]

    async def events(self) -> set[UUID]:
        return {row["id"] for row in await self.connection.fetch("SELECT id FROM events")}
