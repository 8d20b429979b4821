"""One event with its reminder, over HTTP; and the same INSERTs without HTTP."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Final

from calendar_benchmarks import handlers, icalendar, pgbench
from calendar_benchmarks.load import CONNECTIONS, UNIQUE, Load, request
from calendar_benchmarks.path import Claim, Contender, Path
from calendar_benchmarks.server import Server
from calendar_benchmarks.stage import Stage

_SCRIPT: Final = """
\\set user random(1, 64)
WITH event AS (
    INSERT INTO events (user_id, id, title, description, starts_at, ends_at, notify_before)
    VALUES ('user-' || :user, gen_random_uuid(), 'Dentist', 'Bring the X-ray.',
        '2100-05-05T09:00:00Z', '2100-05-05T09:45:00Z', 'PT15M')
    RETURNING *
)
INSERT INTO reminders (user_id, event_id, notification_id, due_at, ready_at, next_try_at)
SELECT user_id, id, gen_random_uuid(), due_at, due_at, due_at
FROM event, LATERAL (SELECT starts_at - notify_before AS due_at) AS due
"""

_USERS: Final = [f"user-{number}" for number in range(64)]
_EVENT: Final = {
    "title": "Dentist",
    "description": "Bring the X-ray.",
    "starts_at": "2100-05-05T09:00:00Z",
    "ends_at": "2100-05-05T09:45:00Z",
    "notify_before": "PT15M",
}
_POSTS: Final = [
    request("POST", "/v1/events", headers={"X-User-Id": user}, body=_EVENT) for user in _USERS
]
_VEVENT: Final = icalendar.event(
    UNIQUE,
    datetime.fromisoformat(_EVENT["starts_at"]),
    datetime.fromisoformat(_EVENT["ends_at"]),
    title=_EVENT["title"],
    description=_EVENT["description"],
)
_PUTS: Final = [icalendar.put(user, _VEVENT) for user in _USERS]


@asynccontextmanager
async def _contenders(stage: Stage) -> AsyncIterator[Sequence[Contender]]:
    script = stage.home / "create.sql"
    script.write_text(_SCRIPT)
    async with AsyncExitStack() as stack:
        ours, bares, plains, inserted = [
            await stack.enter_async_context(stage.database()) for _ in range(4)
        ]
        api = await stack.enter_async_context(stage.service("api", dsn=ours))
        bare = await stack.enter_async_context(handlers.bare(stage, dsn=bares))
        plain = await stack.enter_async_context(handlers.plain(stage, dsn=plains))
        radicale = await stack.enter_async_context(handlers.radicale(stage))
        await icalendar.create_calendars(radicale.port, dict.fromkeys(_USERS, ()))

        async def inserts(seconds: float) -> float:
            return await pgbench.transactions(
                script, dsn=inserted, clients=CONNECTIONS, seconds=seconds
            )

        def posts(server: Server) -> Load:
            return Load(port=server.port, requests=_POSTS, status=201)

        puts = Load(port=radicale.port, requests=_PUTS, status=201)
        yield [
            Contender(name="calendar", measure=posts(api).rate),
            Contender(name="bare handler", measure=posts(bare).rate),
            Contender(name="pgbench", measure=inserts),
            Contender(name="plain FastAPI", measure=posts(plain).rate, peer=True),
            Contender(name="Radicale", measure=puts.rate, peer=True),
        ]


PATH: Final = Path(
    title="Create one event, 32 connections",
    unit="events/s",
    claims=[Claim(ceilings=["bare handler"], sense="at least", goal=0.9)],
    contenders=_contenders,
    seconds=2.0,
    notes=[
        (
            "Each event has a reminder. pgbench sends the same INSERTs over as many connections, "
            "prepared; the bare handler does them from an ASGI application with nothing around it, "
            "and answers the same JSON. Radicale stores a file for each event, by PUT; each of the "
            "64 users has a calendar."
        ),
    ],
)
