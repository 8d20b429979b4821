"""What is taken ahead of its turn is memory and no more."""

import asyncio
from dataclasses import dataclass, field

import pytest
from aiokafka import TopicPartition  # type: ignore[import-untyped]
from aiokafka.errors import KafkaError  # type: ignore[import-untyped]

from calendar_storer.assignment import next_offsets
from calendar_storer.errors import BrokerUnavailable
from calendar_storer.inbox import UNREADABLE_TRIES
from tests.unit.conftest import Open, all_rests
from tests.unit.test_inbox import ONE, ZERO, FakeConsumer
from tests.unit.test_records import Record


@dataclass
class SteadyConsumer(FakeConsumer):
    """Gives two records at a time."""

    waits: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when somebody has asked for more than there is."""
    patience: float = 0.2
    """Seconds until such a one is told that there is nothing."""

    async def getmany(
        self, *only: TopicPartition, timeout_ms: int, max_records: int = 2
    ) -> dict[TopicPartition, list[Record]]:
        taken = await super().getmany(*only, timeout_ms=timeout_ms, max_records=max_records)
        if not taken and not only:
            self.waits.set()
            await asyncio.sleep(self.patience)
        return taken

    async def is_at(self, partition: TopicPartition, position: int) -> None:
        async with asyncio.timeout(10):
            while self.positions.get(partition) != position:  # noqa: ASYNC110 - a fake has no event
                await asyncio.sleep(0)


async def test_the_next_batch_is_taken_before_it_is_asked_for_and_not_the_one_after(
    opened: Open,
) -> None:
    consumer = SteadyConsumer({ZERO: 6})
    inbox, *_ = opened(consumer)
    assert next_offsets((await inbox.take()).batch) == {ZERO: 2}
    await consumer.is_at(ZERO, 4)
    await all_rests()
    assert consumer.positions == {ZERO: 4}
    assert next_offsets((await inbox.take()).batch) == {ZERO: 4}


async def test_only_the_batch_that_is_acknowledged_is_committed(opened: Open) -> None:
    consumer = SteadyConsumer({ZERO: 6})
    inbox, *_ = opened(consumer)
    taken = await inbox.take()
    await consumer.is_at(ZERO, 4)
    await inbox.acknowledge(taken.batch)
    await inbox.settle()
    assert consumer.commits == {ZERO: 2}


async def test_going_back_drops_what_was_taken_ahead(opened: Open) -> None:
    consumer = SteadyConsumer({ZERO: 6})
    inbox, *_ = opened(consumer)
    await inbox.take()
    await consumer.is_at(ZERO, 4)
    await inbox.rewind()
    assert consumer.positions == {ZERO: 0}
    assert next_offsets((await inbox.take()).batch) == {ZERO: 2}


async def test_going_back_ends_a_wait_for_more(opened: Open) -> None:
    consumer = SteadyConsumer({ZERO: 2}, patience=60)
    inbox, *_ = opened(consumer)
    await inbox.take()
    await consumer.waits.wait()
    async with asyncio.timeout(5):
        await inbox.rewind()
    assert next_offsets((await inbox.take()).batch) == {ZERO: 2}


async def test_what_was_taken_before_partitions_went_is_dropped(opened: Open) -> None:
    consumer = SteadyConsumer({ZERO: 6, ONE: 0})
    inbox, assignment, _ = opened(consumer)
    await inbox.take()
    await consumer.is_at(ZERO, 4)
    assignment.on_partitions_revoked({ZERO, ONE})
    assignment.on_partitions_assigned({ZERO, ONE})
    # As aiokafka does where the group is complete again; nothing was committed.
    consumer.positions.clear()
    assert (await inbox.take()).contents == []
    assert next_offsets((await inbox.take()).batch) == {ZERO: 2}


async def test_lag_counts_what_was_taken_ahead_as_not_stored(opened: Open) -> None:
    consumer = SteadyConsumer({ZERO: 6})
    inbox, _, metrics = opened(consumer)

    def lag() -> float | None:
        return metrics.registry.get_sample_value(
            "calendar_storer_consumer_lag_records", {"partition": "0"}
        )

    await inbox.take()
    await consumer.is_at(ZERO, 4)
    assert lag() == 6
    await inbox.take()
    assert lag() == 4


async def test_what_goes_wrong_ahead_is_told_in_its_turn(opened: Open) -> None:
    errors: list[BaseException | None] = [None, KafkaError()]
    consumer = SteadyConsumer({ZERO: 6}, fails=lambda: errors.pop(0) if errors else None)
    inbox, *_ = opened(consumer)
    taken = await inbox.take()
    await all_rests()
    assert not errors
    await inbox.acknowledge(taken.batch)
    await inbox.settle()
    assert consumer.commits == {ZERO: 2}
    with pytest.raises(BrokerUnavailable, match="KafkaError"):
        await inbox.take()


async def test_an_unreadable_record_is_not_skipped_ahead(opened: Open) -> None:
    consumer = SteadyConsumer({ZERO: 4}, corrupt={(ZERO, 2)})
    inbox, assignment, _ = opened(consumer)
    seen: list[int] = []
    for _ in range(UNREADABLE_TRIES + 3):
        taken = await inbox.take()
        # Its offset must not be committed before those that lie before it are.
        assert not assignment.uncommitted or consumer.commits == {ZERO: 2}
        seen += [record.offset for records in taken.batch.values() for record in records]
        await all_rests()
        await inbox.acknowledge(taken.batch)
    await inbox.settle()
    assert seen == [0, 1, 3]
    assert consumer.commits == {ZERO: 4}
