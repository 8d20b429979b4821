"""A client that follows cursors sees each notification once, however many Storers store at once."""

import asyncio
import json
import random
from collections.abc import Sequence

import asyncpg
import pytest
from pydantic import SecretStr

from calendar_contracts import Notification
from calendar_storer.database import options
from calendar_storer.database.pool import open_pool
from calendar_storer.inbox.cursors import Position
from calendar_storer.inbox.repository import InboxRepository
from calendar_storer.notifications.repository import Repository
from tests.conftest import notification
from tests.integration.conftest import Start
from tests.integration.rest import NOTIFICATIONS, Rest, store
from tests.integration.topic import Topic
from tests.integration.waiting import DEADLINE, eventually

USER = "ann"


def batch(count: int, user: str = USER) -> list[Notification]:
    return [notification(user_id=user) for _ in range(count)]


async def follow(inbox: InboxRepository, count: int, *, limit: int = 1000) -> list[str]:
    """Pages and polls until so many have come; their IDs."""
    seen: list[str] = []
    position: Position | None = None
    async with asyncio.timeout(DEADLINE):
        while len(seen) < count:
            page = await inbox.list(USER, after=position, limit=limit, unacknowledged=False)
            seen += [json.loads(document)["id"] for document in page.documents]
            position = page.end
    last = await inbox.list(USER, after=position, limit=limit, unacknowledged=False)
    assert not last.documents
    return seen


def ids(notifications: Sequence[Notification]) -> list[str]:
    return [str(each.notification_id) for each in notifications]


async def test_later_insert_waits_until_the_earlier_one_is_visible(
    dsn: str, inbox: InboxRepository, server: asyncpg.Connection
) -> None:
    first, second = [await asyncpg.connect(dsn) for _ in range(2)]
    early, late = batch(2)

    async def is_waiting() -> bool:
        waits = "SELECT cardinality(pg_blocking_pids($1)) > 0"
        found: bool = await server.fetchval(waits, second.get_server_pid())
        return found

    async with first.transaction():
        await store(first, early)
        storing = asyncio.create_task(store(second, late))
        await eventually(is_waiting)
        page = await inbox.list(USER, after=None, limit=10, unacknowledged=False)
        assert not page.documents
    await storing

    later = await inbox.list(USER, after=page.end, limit=10, unacknowledged=False)
    assert [json.loads(each)["id"] for each in later.documents] == ids([early, late])
    await first.close()
    await second.close()


async def test_an_insert_that_is_rolled_back_leaves_no_gap_that_is_waited_for(
    dsn: str, inbox: InboxRepository
) -> None:
    connection = await asyncpg.connect(dsn)
    transaction = connection.transaction()
    await transaction.start()
    await store(connection, *batch(3))
    await transaction.rollback()
    sent = batch(2)
    await store(connection, *sent)
    assert await follow(inbox, 2) == ids(sent)
    await connection.close()


async def test_each_notification_is_seen_once_by_readers_beside_writers(
    dsn: str, inbox: InboxRepository
) -> None:
    """Writers of batches, of single rows, and of the previous release, who hold on to theirs."""
    chance = random.Random(1)
    sent = [[batch(chance.choice((1, 3, 40))) for _ in range(15)] for _ in range(6)]
    everything = ids([each for batches in sent for rows in batches for each in rows])

    async def write(batches: Sequence[Sequence[Notification]]) -> None:
        connection = await asyncpg.connect(dsn)
        for rows in batches:
            async with connection.transaction():
                await store(connection, *rows)
                for _ in range(chance.choice((0, 1, 5))):
                    await connection.execute("SELECT 1")
        await connection.close()

    async with asyncio.TaskGroup() as tasks:
        readers = [
            tasks.create_task(follow(inbox, len(everything), limit=limit)) for limit in (1, 7, 1000)
        ]
        for batches in sent:
            tasks.create_task(write(batches))

    for reader in readers:
        assert sorted(reader.result()) == sorted(everything)
    assert readers[0].result() == readers[1].result() == readers[2].result()


async def test_storers_that_store_the_same_rows_at_once_store_each_once(
    dsn: str, inbox: InboxRepository
) -> None:
    sent = [each.model_dump(mode="json") for each in batch(500)]
    async with open_pool(SecretStr(dsn), options.POOL, size=4) as pool:
        repository = Repository(pool)
        orders = (sent, sent[::-1], sent[250:] + sent[:250], sent)
        late = await asyncio.gather(*map(repository.store, orders))
    assert sum(map(len, late)) == 500
    assert sorted(await follow(inbox, 500)) == sorted(str(row["notification_id"]) for row in sent)


async def test_numbers_that_a_failover_lost_are_not_given_out_again(
    dsn: str, inbox: InboxRepository
) -> None:
    connection = await asyncpg.connect(dsn)
    await store(connection, *batch(3))
    lost = await inbox.end()
    # The standby has neither the rows nor the last numbers.
    await connection.execute("DELETE FROM notifications")
    await connection.execute("ALTER TABLE notifications ALTER COLUMN arrival RESTART WITH 1")
    sent = batch(2)
    await store(connection, *sent)

    page = await inbox.list(USER, after=lost, limit=10, unacknowledged=False)

    assert [json.loads(each)["id"] for each in page.documents] == ids(sent)
    await connection.close()


async def test_a_role_that_may_only_read_and_write_rows_stores(
    dsn: str, inbox: InboxRepository
) -> None:
    connection = await asyncpg.connect(dsn)
    role = dsn.rpartition("/")[2]
    await connection.execute(f"CREATE ROLE {role}")
    try:
        await connection.execute(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON notifications TO {role}; SET ROLE {role}"
        )
        sent = batch(2)
        await store(connection, *sent)
    finally:
        await connection.execute(f"RESET ROLE; DROP OWNED BY {role}; DROP ROLE {role}")
        await connection.close()
    assert await follow(inbox, 2) == ids(sent)


@pytest.mark.timeout(300)
async def test_each_notification_is_seen_once_through_rebalances(
    start: Start, topic: Topic, dsn: str
) -> None:
    """By readers that ask another Storer each time, while Storers come, stop and are killed."""
    users = [f"user-{number}" for number in range(5)]
    sent = [[each for user in users for each in batch(40, user)] for _ in range(4)]
    running = [await start(topic, dsn)]
    await running[0].is_ready()

    async def read(user: str) -> list[str]:
        seen: list[str] = []
        parameters = {"user_id": user, "limit": "7"}
        while len(seen) < 40 * len(sent):
            storer = running[len(seen) % len(running)]
            port = (await storer.said("service_started"))["port"]
            try:
                response = await Rest(f"http://127.0.0.1:{port}").call(
                    "GET", NOTIFICATIONS, params=parameters
                )
            except OSError:
                continue  # It was killed, or has stopped.
            if response.status_code == 200:
                page = response.json()
                seen += [item["id"] for item in page["items"]]
                parameters["after"] = page["next_cursor"]
        return seen

    async with asyncio.timeout(4 * DEADLINE), asyncio.TaskGroup() as tasks:
        readers = {user: tasks.create_task(read(user)) for user in users}
        for number, rows in enumerate(sent):
            await topic.send(*rows)
            other = await start(topic, dsn)
            await other.said("partitions_assigned")
            running.append(other)
            await topic.send(*rows[::10])  # They come again.
            if number % 2:
                running.remove(other)
                await other.kill()
            elif len(running) > 2:
                assert await running.pop(1).stop() == 0

    for user, reader in readers.items():
        assert sorted(reader.result()) == sorted(
            str(each.notification_id) for rows in sent for each in rows if each.user_id == user
        )
