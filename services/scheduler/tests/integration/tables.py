"""The API's tables, as the API and a test see them."""

from datetime import datetime
from pathlib import Path
from typing import TypeAlias
from uuid import UUID, uuid4

import asyncpg

ADD_EVENT = """
INSERT INTO events (user_id, id, title, starts_at, ends_at)
VALUES ($1, $2, $3, now() + make_interval(secs => $4), now() + make_interval(secs => $5))
"""
ADD_REMINDER = """
INSERT INTO reminders (user_id, event_id, notification_id, due_at, ready_at, next_try_at)
SELECT $1, $2, $3, now() + make_interval(secs => $4), ready, ready
FROM (SELECT now() + make_interval(secs => $5) AS ready) AS reminder
"""

SCHEMA = Path(__file__).parents[1] / "schema.sql"

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


async def create_tables(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(SCHEMA.read_text(encoding="utf-8"))
    await connection.close()


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
        ready_in: float | None = None,
        starts_in: float = 3600,
        ends_in: float = 7200,
    ) -> UUID:
        """Insert an event and, if `due_in` (seconds) is given, its reminder.

        `ready_in` differs from `due_in` for a reminder that is created past due.
        """
        event_id = uuid4()
        async with self.connection.transaction():
            await self.connection.execute(ADD_EVENT, user_id, event_id, title, starts_in, ends_in)
            if due_in is not None:
                ready_in = due_in if ready_in is None else ready_in
                await self.connection.execute(
                    ADD_REMINDER, user_id, event_id, uuid4(), due_in, ready_in
                )
        return event_id

    async def now(self) -> datetime:
        """The time by the database's clock."""
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
