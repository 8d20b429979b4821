"""Old notifications are deleted in small batches, with their deliveries."""

from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest
from pydantic import SecretStr

from calendar_storer.database import options
from calendar_storer.database.pool import Pool, open_pool
from calendar_storer.observability.metrics import Metrics
from calendar_storer.retention.cleanup import NotificationCleanup
from calendar_storer.retention.statements import DELETE_OLD_NOTIFICATIONS
from tests.integration.conftest import Start
from tests.integration.topic import Topic
from tests.integration.waiting import eventually

# In the order of arrival: $1 notifications, stored $2 days ago.
STORE = """
INSERT INTO notifications (notification_id, event_id, title, event_date, user_id, notify_at,
    stored_at)
SELECT gen_random_uuid(), gen_random_uuid(), 'Old', now(), 'ann', now(),
    now() - make_interval(days => $2)
FROM generate_series(1, $1)
"""
DELIVER = """
INSERT INTO deliveries (notification_id, endpoint, due_at)
SELECT notification_id, 'crm', now() FROM notifications
"""


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[Pool]:
    async with open_pool(SecretStr(dsn), options.POOL, size=1) as opened:
        yield opened


@pytest.fixture
async def connection(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    opened = await asyncpg.connect(dsn)
    yield opened
    await opened.close()


def cleanup(pool: Pool, metrics: Metrics | None = None) -> NotificationCleanup:
    return NotificationCleanup(
        retention=timedelta(days=30),
        interval=timedelta(hours=1),
        pool=pool,
        metrics=metrics or Metrics(),
    )


async def count(connection: asyncpg.Connection, table: str = "notifications") -> int:
    rows: int = await connection.fetchval(f"SELECT count(*) FROM {table}")
    return rows


async def test_notification_older_than_the_retention_is_deleted_with_its_deliveries(
    pool: Pool, connection: asyncpg.Connection
) -> None:
    await connection.execute(STORE, 2, 31)
    await connection.execute(STORE, 3, 29)
    await connection.execute(DELIVER)
    metrics = Metrics()

    pause = await cleanup(pool, metrics).step()

    assert (pause, await count(connection)) == (3600, 3)
    assert await count(connection, "deliveries JOIN notifications USING (notification_id)") == 3
    assert await count(connection, "deliveries") == 3
    deleted = metrics.registry.get_sample_value("calendar_storer_notifications_deleted_total")
    assert deleted == 2


async def test_many_are_deleted_in_small_batches(
    pool: Pool, connection: asyncpg.Connection
) -> None:
    await connection.execute(STORE, 1100, 31)
    await connection.execute(STORE, 10, 0)
    retention = cleanup(pool)

    pauses = [await retention.step() for _ in range(3)]

    assert pauses == [0.05, 0.05, 3600]
    assert await count(connection) == 10


async def test_locked_notification_is_left_for_the_next_run(
    pool: Pool, connection: asyncpg.Connection, dsn: str
) -> None:
    await connection.execute(STORE, 2, 31)
    other = await asyncpg.connect(dsn)
    async with other.transaction():
        await other.execute("SELECT FROM notifications LIMIT 1 FOR UPDATE")
        await cleanup(pool).step()
        assert await count(connection) == 1
    await other.close()

    await cleanup(pool).step()
    assert await count(connection) == 0


async def test_batch_reads_the_oldest_rows_only(connection: asyncpg.Connection) -> None:
    await connection.execute(STORE, 5000, 0)
    await connection.execute("ANALYZE notifications")

    plan = await connection.fetch(f"EXPLAIN {DELETE_OLD_NOTIFICATIONS}", 3600.0, 500)

    lines = [line["QUERY PLAN"] for line in plan]
    assert any("Index Scan using notifications_by_arrival" in line for line in lines)
    assert not any("Seq Scan on notifications" in line for line in lines)


async def test_storer_deletes_nothing_unless_retention_is_set(
    start: Start, topic: Topic, dsn: str, connection: asyncpg.Connection
) -> None:
    await connection.execute(STORE, 3, 31)
    await connection.execute(STORE, 2, 0)
    keeping = await start(topic, dsn)
    await keeping.is_ready()
    assert await keeping.stop() == 0
    assert await count(connection) == 5

    await start(topic, dsn, CALENDAR_STORER__RETENTION="P30D")

    async def are_deleted() -> bool:
        return await count(connection) == 2

    await eventually(are_deleted)
