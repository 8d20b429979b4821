"""The API's tables, as the API and a test see them."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID, uuid4

import asyncpg

from calendar_contracts import notification_id

ADD_EVENT = """
INSERT INTO events (user_id, id, title, starts_at, ends_at)
VALUES ($1, $2, $3, now() + make_interval(secs => $4), now() + make_interval(secs => $5))
"""
ADD_REMINDER = """
INSERT INTO reminders (user_id, event_id, due_at, ready_at, next_try_at)
SELECT $1, $2, now() + make_interval(secs => $3), ready, ready
FROM (SELECT now() + make_interval(secs => $4) AS ready) AS reminder
"""
ADD_SERIES = """
INSERT INTO events (user_id, id, title, starts_at, ends_at, overrides)
VALUES ($1, $2, $3, $4, $5, $6)
"""
ADD_LIST = """
INSERT INTO reminders (user_id, event_id, due_at, ready_at, next_try_at, occurs_at, recurrence_id,
                       upcoming_due, upcoming_starts, upcoming_ids, upcoming_from)
VALUES ($1, $2, $3, $4, $4, $5, $6, $7, $8, $9, $10)
"""

SCHEMA = Path(__file__).parents[1] / "schema.sql"

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


async def create_tables(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(SCHEMA.read_text(encoding="utf-8"))
    await connection.close()


class Planned(NamedTuple):
    """One reminder in the list of a series or of an event with several lead times."""

    event_id: UUID
    starts_at: datetime
    due_at: datetime
    recurrence_id: str | None = None
    user_id: str = "ann"

    @property
    def message(self) -> dict[str, Any]:
        """What a consumer reads of it, but for the title."""
        message = {
            "notification_id": notification_id(
                user_id=self.user_id,
                event_id=self.event_id,
                starts_at=self.starts_at,
                lead=self.starts_at - self.due_at,
            ),
            "event_id": self.event_id,
            "event_date": self.starts_at,
            "user_id": self.user_id,
            "notify_at": self.due_at,
        }
        return message | ({"recurrence_id": self.recurrence_id} if self.recurrence_id else {})


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
                await self.connection.execute(ADD_REMINDER, user_id, event_id, due_in, ready_in)
        return event_id

    async def add_series(
        self,
        *due_in: float,
        lead: timedelta = timedelta(hours=1),
        ids: Sequence[str | None] = (),
        overrides: object = None,
        title: str = "Standup",
        user_id: str = "ann",
    ) -> list[Planned]:
        """Insert a series with a list of reminders, due in so many seconds; return the list.

        The recurrence IDs are wall times in UTC, unless `ids` are given.
        """
        now, event_id = await self.now(), uuid4()
        dues = [now + timedelta(seconds=seconds) for seconds in due_in]
        starts = [due + lead for due in dues]
        ids = ids or [start.replace(microsecond=0, tzinfo=None).isoformat() for start in starts]
        planned = [
            Planned(event_id, start, due, id_, user_id)
            for start, due, id_ in zip(starts, dues, ids, strict=True)
        ]
        await self.add_planned(planned, overrides=overrides, title=title)
        return planned

    async def add_planned(
        self,
        planned: Sequence[Planned],
        *,
        overrides: object = None,
        title: str = "Standup",
        starts_at: datetime | None = None,
    ) -> None:
        """Insert an event and its reminders, in this order, as the API does."""
        head, *tail = planned
        starts_at = starts_at or head.starts_at
        as_json = overrides if isinstance(overrides, str) else json.dumps(overrides)
        async with self.connection.transaction():
            await self.connection.execute(
                ADD_SERIES,
                *(head.user_id, head.event_id, title, starts_at, starts_at + timedelta(days=3650)),
                None if overrides is None else as_json,
            )
            await self.connection.execute(
                ADD_LIST,
                *(head.user_id, head.event_id, head.due_at, head.due_at),
                *(head.starts_at, head.recurrence_id),
                *(
                    [each.due_at for each in tail] or None,
                    [each.starts_at for each in tail] or None,
                ),
                *([each.recurrence_id for each in tail] or None, 1 if tail else None),
            )

    async def reminder(self, event_id: UUID) -> dict[str, Any] | None:
        """The row of an event's reminders."""
        row = await self.connection.fetchrow(
            "SELECT * FROM reminders WHERE event_id = $1", event_id
        )
        return None if row is None else dict(row)

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
