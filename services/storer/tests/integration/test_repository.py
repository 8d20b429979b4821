"""Concurrent stores of the same rows."""

import asyncio

import asyncpg

from calendar_storer.notifications import statements
from calendar_storer.notifications.repository import COLUMNS, Repository
from tests.conftest import notification
from tests.integration.waiting import eventually


async def test_two_stores_of_the_same_rows_in_opposite_order_do_not_deadlock(
    repository: Repository, dsn: str, server: asyncpg.Connection
) -> None:
    rows = sorted(
        (notification().model_dump(mode="json") for _ in range(2)),
        key=lambda row: str(row["notification_id"]),
    )
    connection = await asyncpg.connect(dsn)
    pid = connection.get_server_pid()

    async def insert(row: dict[str, str]) -> None:
        await connection.execute(
            statements.STORE_NOTIFICATIONS, *([row[column]] for column in COLUMNS)
        )

    async def is_waited_for() -> bool:
        waiting = (
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE $1 = ANY(pg_blocking_pids(pid)))"
        )
        found: bool = await server.fetchval(waiting, pid)
        return found

    # Another store that has come as far as the first of its rows.
    async with connection.transaction():
        await insert(rows[0])
        storing = asyncio.create_task(repository.store(rows[::-1]))
        await eventually(is_waited_for)
        await insert(rows[1])
    assert await storing == []
    await connection.close()
