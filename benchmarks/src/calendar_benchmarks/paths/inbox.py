"""List the notifications of one user."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import asyncpg

from calendar_benchmarks import handlers
from calendar_benchmarks.load import Load, request
from calendar_benchmarks.path import Contender, Goal, Path
from calendar_benchmarks.pipeline import stored_by
from calendar_benchmarks.sandbox import Sandbox
from calendar_benchmarks.topic import create_topic

_TOPIC: Final = "bench-inbox"
_PAGES: Final = (20, 1_000)
"""Notifications on a page: what a client shows, and the most there are."""

_FILL: Final = """
INSERT INTO notifications (notification_id, event_id, title, event_date, user_id, notify_at)
SELECT gen_random_uuid(), gen_random_uuid(), 'Dentist', now() + interval '1 hour',
    'user-' || number % 100, now()
FROM generate_series(1, 200000) AS number
"""


@asynccontextmanager
async def _contenders(sandbox: Sandbox) -> AsyncIterator[Sequence[Contender]]:
    await create_topic(sandbox.kafka_servers, _TOPIC)
    async with (
        sandbox.database() as dsn,
        stored_by(sandbox, _TOPIC, dsn=dsn, settings={}) as storer,
        handlers.bare(sandbox, dsn=dsn, service="storer") as bare,
    ):
        connection = await asyncpg.connect(dsn)
        try:
            await connection.execute(_FILL)
            await connection.execute("VACUUM ANALYZE")
        finally:
            await connection.close()
        yield [
            Contender(
                name=f"{limit:,}: {name}",
                measure=Load(port=server.port, requests=[_list(limit)], status=200).rate,
            )
            for limit in _PAGES
            for name, server in (("calendar", storer), ("bare handler", bare))
        ]


def _list(limit: int) -> str:
    return request("GET", f"/v1/notifications?limit={limit}", headers={"X-User-Id": "user-7"})


PATH: Final = Path(
    title="List 20 and 1,000 notifications of one user, 32 connections",
    unit="lists/s",
    notes=(
        "pages from the first of a user's 2,000 notifications, among 200,000. The bare handler "
        "sends the Storer's own statement."
    ),
    goals=[
        Goal(
            figure=f"{limit:,}: calendar",
            relative_to=[f"{limit:,}: bare handler"],
            sense="at least",
            limit=0.50,
        )
        for limit in _PAGES
    ],
    contenders=_contenders,
)
