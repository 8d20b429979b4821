"""A database with events of one user, a Scheduler as far as its rows go, and planners."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from tests.integration.sql import MOVE_ON

from calendar_api.database.pool import Pool
from calendar_api.events.models import EventFields, EventKey
from calendar_api.events.overrides import local_time
from calendar_api.events.patching import patched
from calendar_api.events.reminders import all_reminders
from calendar_api.events.repository import EventRepository
from calendar_api.events.schemas import EventIn, EventPatch
from calendar_api.events.series import ParsedEvent
from calendar_api.observability.metrics import Metrics
from calendar_api.planning.planner import Planner
from calendar_api.planning.repository import PlanningRepository
from calendar_api.recurrence.reminders import DueReminder
from calendar_api.recurrence.wall_time import LocalTime

BERLIN = {"starts_at": "2037-03-02T09:00:00", "duration": "PT1H", "time_zone": "Europe/Berlin"}


def series(rule: str = "FREQ=DAILY", **members: Any) -> dict[str, Any]:
    """A series in Berlin, far ahead."""
    return BERLIN | {"reminders": ["PT15M"], "recurrence": {"rule": rule}} | members


class Rig:
    """The tables, through an event repository and a connection of the tests' own."""

    def __init__(self, pool: Pool, sql: "asyncpg.Connection[asyncpg.Record]") -> None:
        self.pool = pool
        self.sql = sql
        self.events = EventRepository(pool)
        self.fields: dict[EventKey, EventFields] = {}
        self.since: dict[EventKey, datetime] = {}
        self.sent: dict[EventKey, list[DueReminder]] = {}

    def planner(self, metrics: Metrics | None = None) -> Planner:
        """The planner of another process."""
        return Planner(PlanningRepository(self.pool), metrics or Metrics())

    async def create(self, **members: Any) -> EventKey:
        """A new event."""
        key = EventKey(f"user-{uuid4()}", uuid4())
        self.fields[key] = EventIn.model_validate({"title": "x"} | members).to_fields()
        self.sent[key] = []
        await self.events.create(key.user_id, {key.event_id: self.fields[key]})
        self.since[key] = await self.column(key, "planned_since") or datetime.now(UTC)
        return key

    async def patch(self, key: EventKey, **members: Any) -> None:
        """Change an event, as a user does."""

        def change(before: EventFields) -> EventFields:
            self.fields[key] = patched(before, EventPatch.model_validate(members))
            return self.fields[key]

        await self.events.change(key, change, precondition=lambda _: None)

    async def row(self, table: str, key: EventKey) -> Any:
        """A row of `reminders` or `schedules`; `None` if there is none."""
        return await self.sql.fetchrow(
            f"SELECT * FROM {table} WHERE user_id = $1 AND event_id = $2", *_ids(key)
        )

    async def column(self, key: EventKey, name: str) -> Any:
        """A column of the schedule; `None` if there is no schedule."""
        row = await self.row("schedules", key)
        return row and row[name]

    async def event(self, key: EventKey) -> Any:
        """The row of the event."""
        return await self.sql.fetchrow(
            "SELECT * FROM events WHERE user_id = $1 AND id = $2", *_ids(key)
        )

    async def pending(self, key: EventKey) -> list[DueReminder]:
        """The reminders that are written and not sent."""
        row = await self.row("reminders", key)
        if row is None:
            return []
        begin = (row["upcoming_from"] or 1) - 1
        dues = [row["due_at"], *(row["upcoming_due"] or [])[begin:]]
        starts = [row["occurs_at"], *(row["upcoming_starts"] or [])[begin:]]
        ids = [row["recurrence_id"], *(row["upcoming_ids"] or [])[begin:]]
        return [
            DueReminder(due, start, start - due, id_ and local_time(id_))
            for due, start, id_ in zip(dues, starts, ids, strict=True)
        ]

    async def send(self, key: EventKey, count: int = 1) -> None:
        """Send reminders, whether they are due or not; all if there are fewer."""
        for _ in range(count):
            async with self.sql.transaction():
                head = (await self.pending(key))[:1]
                self.sent[key] += head
                if await self.sql.execute(MOVE_ON, *_ids(key)) == "UPDATE 0":
                    await self.sql.execute(
                        "DELETE FROM reminders WHERE user_id = $1 AND event_id = $2", *_ids(key)
                    )

    async def make_due(self, *keys: EventKey) -> None:
        """Let half of the lists be sent, as far as the planner can tell."""
        for key in keys:
            await self.sql.execute(
                "UPDATE schedules SET refill_at = now() - interval '1 s' "
                "WHERE user_id = $1 AND event_id = $2 AND refill_at IS NOT NULL",
                *_ids(key),
            )

    def expected(self, key: EventKey, count: int) -> list[DueReminder]:
        """The first reminders of the event, in order."""
        return list(
            islice(all_reminders(ParsedEvent.of(self.fields[key]), since=self.since[key]), count)
        )

    async def is_complete(self, key: EventKey) -> bool:
        """Whether no more reminders follow those that are written."""
        return await self.column(key, "refill_at") is None

    async def check(self, key: EventKey) -> int:
        """Sent and pending reminders are all there are, each once; returns how many."""
        known = self.sent[key] + await self.pending(key)
        is_complete = await self.is_complete(key)
        assert known == self.expected(key, len(known) + is_complete)
        return len(known)


async def run(planner: Planner) -> None:
    """Refill until nothing is left to do."""
    while await planner.refill() == 0:
        pass


def ids(reminders: Sequence[DueReminder]) -> list[LocalTime | None]:
    """The occurrences that the reminders are of."""
    return [each.recurrence_id for each in reminders]


@asynccontextmanager
async def locked(dsn: str, table: str, key: EventKey) -> AsyncIterator[None]:
    """Another session has locked a row."""
    name = "id" if table == "events" else "event_id"
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute(
                f"SELECT FROM {table} WHERE user_id = $1 AND {name} = $2 FOR UPDATE", *_ids(key)
            )
            yield
    finally:
        await connection.close()


def _ids(key: EventKey) -> tuple[str, UUID]:
    return key.user_id, key.event_id
