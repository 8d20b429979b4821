"""The Storer's share alone: from records in Kafka to rows of `notifications`."""

import secrets
from typing import Final

import asyncpg

from calendar_benchmarks.stage import Stage
from calendar_benchmarks.topic import create_topic, messages, producer, send_all, watch

PATIENCE_SECONDS: Final = 300.0

# From the first row to the last, by the database's clock.
SPAN: Final = """
SELECT extract(epoch FROM max(stored_at) - min(stored_at))::float8 FROM notifications
"""


async def store(stage: Stage, *, count: int) -> float:
    """Has a new Storer find so many records in a topic; how many rows it stored per second."""
    topic = f"bench-{secrets.token_hex(4)}"
    servers = stage.kafka.bootstrap_servers
    await create_topic(servers, topic)
    async with producer(servers) as sender:
        await send_all(sender, topic, list(messages(count)))
    settings = {"CALENDAR_KAFKA__TOPIC": topic, "CALENDAR_STORER__GROUP_ID": topic}
    async with stage.database() as dsn, watch(servers, topic) as watched:
        async with stage.service("storer", dsn=dsn, settings=settings):
            await watched.until_committed(count, group=topic, seconds=PATIENCE_SECONDS)
        connection = await asyncpg.connect(dsn)
        try:
            seconds: float = await connection.fetchval(SPAN)
        finally:
            await connection.close()
    return count / seconds
