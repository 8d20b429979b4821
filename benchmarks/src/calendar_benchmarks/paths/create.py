"""Create one event with its reminder."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from calendar_benchmarks import handlers, pgbench
from calendar_benchmarks.load import CONNECTIONS, Load, request
from calendar_benchmarks.path import Contender, Goal, Path
from calendar_benchmarks.sandbox import Sandbox
from calendar_benchmarks.servers import Server

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

_EVENT: Final = {
    "title": "Dentist",
    "description": "Bring the X-ray.",
    "starts_at": "2100-05-05T09:00:00Z",
    "ends_at": "2100-05-05T09:45:00Z",
    "notify_before": "PT15M",
}
_POSTS: Final = [
    request("POST", "/v1/events", headers={"X-User-Id": f"user-{number}"}, body=_EVENT)
    for number in range(64)
]


@asynccontextmanager
async def _contenders(sandbox: Sandbox) -> AsyncIterator[Sequence[Contender]]:
    script = sandbox.home / "create.sql"
    script.write_text(_SCRIPT)
    async with (
        sandbox.database() as api_dsn,
        sandbox.database() as bare_dsn,
        sandbox.database() as plain_dsn,
        sandbox.database() as pgbench_dsn,
        sandbox.service("api", dsn=api_dsn) as api,
        handlers.bare(sandbox, dsn=bare_dsn) as bare,
        handlers.plain(sandbox, dsn=plain_dsn) as plain,
    ):

        async def inserts(seconds: float) -> float:
            return await pgbench.transactions(
                script, dsn=pgbench_dsn, clients=CONNECTIONS, seconds=seconds
            )

        def posts(server: Server) -> Load:
            return Load(port=server.port, requests=_POSTS, status=201)

        yield [
            Contender(name="calendar", measure=posts(api).rate),
            Contender(name="bare handler", measure=posts(bare).rate),
            Contender(name="pgbench", measure=inserts),
            Contender(name="plain FastAPI", measure=posts(plain).rate),
        ]


PATH: Final = Path(
    title="Create one event, 32 connections",
    unit="events/s",
    notes=(
        "one event with a reminder in each request, over 32 connections. The bare handler sends "
        "the API's own statement; pgbench sends INSERTs of the same rows, without HTTP."
    ),
    goals=[
        Goal(relative_to=["bare handler"], sense="at least", limit=0.60),
        Goal(relative_to=["plain FastAPI"], sense="at least", limit=4),
    ],
    contenders=_contenders,
)
