"""A batch that was fetched ahead is dropped and fetched again if the batch before it fails."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from calendar_contracts import Notification
from tests.conftest import notification
from tests.integration.conftest import Start
from tests.integration.storer import Storer
from tests.integration.table import Table
from tests.integration.topic import Topic
from tests.integration.waiting import eventually

SMALL = {"CALENDAR_STORER__BATCH_SIZE": "10"}


@asynccontextmanager
async def locked(dsn: str) -> AsyncIterator[None]:
    """During the block nothing can be stored, and `/readyz` does not notice."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE notifications IN EXCLUSIVE MODE")
            yield
    finally:
        await connection.close()


async def fill(topic: Topic, count: int) -> list[Notification]:
    """Creates the topic with one partition, and sends so many notifications."""
    await topic.create(partitions=1)
    sent = [notification() for _ in range(count)]
    await topic.send(*sent)
    return sent


async def is_held(storer: Storer, *, failures: int = 1) -> None:
    """Returns when a batch has failed so many times; the next one is fetched by then."""

    async def failed() -> bool:
        series = 'calendar_storer_failures_total{dependency="database"}'
        return await storer.metric(series) >= failures

    await eventually(failed)


async def written(*storers: Storer) -> float:
    """The number of notifications that were stored, duplicates included."""
    names = ("notifications_stored_total", "duplicates_total")
    return sum([await each.metric(f"calendar_storer_{name}") for each in storers for name in names])


async def test_batches_that_were_fetched_before_a_rebalance_are_stored_once(
    start: Start, no_topic: Topic, table: Table, dsn: str
) -> None:
    sent = await fill(no_topic, 20)
    async with locked(dsn):
        first = await start(no_topic, dsn, **SMALL)
        await is_held(first)
        second = await start(no_topic, dsn, **SMALL)
        await second.said("partitions_assigned")

        async def has_joined_again() -> bool:
            return len(first.lines("partitions_assigned")) >= 2

        await eventually(has_joined_again)
    await table.has(sent)
    await no_topic.is_done_with(20)


async def test_a_batch_behind_one_that_was_given_up_is_stored_once(
    start: Start, no_topic: Topic, table: Table, dsn: str
) -> None:
    sent = await fill(no_topic, 30)
    async with locked(dsn):
        # A batch is held for a fifth of it: for two tries of two seconds.
        storer = await start(no_topic, dsn, **SMALL, CALENDAR_STORER__MAX_POLL_INTERVAL="PT15S")
        await is_held(storer, failures=3)
        assert await no_topic.committed() == 0
    await table.has(sent)
    await no_topic.is_done_with(30)
    assert await written(storer) == 30


async def test_at_the_stop_a_batch_that_was_fetched_ahead_is_neither_stored_nor_committed(
    start: Start, no_topic: Topic, table: Table, dsn: str
) -> None:
    await fill(no_topic, 20)
    async with locked(dsn):
        storer = await start(no_topic, dsn, **SMALL)
        await is_held(storer)
        # The batch in hand waits for the lock at this moment, or will once more.
        stopping = asyncio.create_task(storer.stop())
        await storer.said("service_stopping")
    assert await stopping == 0
    stored = await table.rows()
    assert len(stored) in {0, 10}
    assert await no_topic.committed() == len(stored)


async def test_poison_that_was_fetched_ahead_is_written_in_its_turn(
    start: Start, no_topic: Topic, table: Table, dsn: str
) -> None:
    sent = await fill(no_topic, 10)
    await no_topic.send_raw(b"poison")
    async with locked(dsn):
        storer = await start(no_topic, dsn, **SMALL)
        await is_held(storer)
        assert not storer.lines("dead_letter_written")
    await table.has(sent)
    await no_topic.is_done_with(11)
    assert [letter.value for letter in await no_topic.dead_letters(1)] == [b"poison"]
