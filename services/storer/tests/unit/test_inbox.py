"""Around aiokafka's traps: what is taken, what is committed, what is gone back to."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from aiokafka import TopicPartition  # type: ignore[import-untyped]
from aiokafka.errors import (  # type: ignore[import-untyped]
    CommitFailedError,
    CorruptRecordException,
    IllegalStateError,
    KafkaError,
)

from calendar_storer import inbox as inbox_module
from calendar_storer.assignment import next_offsets
from calendar_storer.errors import BrokerUnavailable, CommitUnavailable
from calendar_storer.inbox import UNREADABLE_TRIES
from tests.unit.conftest import Open, all_rests
from tests.unit.test_records import Record

ZERO, ONE = TopicPartition("t", 0), TopicPartition("t", 1)


@dataclass
class FakeConsumer:
    """As much of aiokafka's consumer as the inbox uses, with the same traps."""

    log: dict[TopicPartition, int]
    """How many records each partition has."""
    corrupt: set[tuple[TopicPartition, int]] = field(default_factory=set)
    positions: dict[TopicPartition, int] = field(default_factory=dict)
    commits: dict[TopicPartition, int] = field(default_factory=dict)
    fails: Callable[[], BaseException | None] = lambda: None
    refuses: Callable[[], BaseException | None] = lambda: None
    """As `fails`, where something is committed."""
    answers: int = 0

    def assignment(self) -> frozenset[TopicPartition]:
        return frozenset(self.log)

    def last_poll_timestamp(self, _partition: TopicPartition) -> int:
        return self.answers

    def highwater(self, partition: TopicPartition) -> int:
        return self.log[partition]

    async def position(self, partition: TopicPartition) -> int:
        return self.positions.get(partition, 0)

    async def getmany(
        self, *only: TopicPartition, timeout_ms: int, max_records: int = 1000
    ) -> dict[TopicPartition, list[Record]]:
        await asyncio.sleep(0)
        if error := self.fails():
            raise error
        assert timeout_ms == 200
        taken: dict[TopicPartition, list[Record]] = {}
        for partition in only or sorted(self.log):
            start = self.positions.get(partition, 0)
            end = min(self.log[partition], start + max_records)
            if any((partition, n) in self.corrupt for n in range(start, end)):
                # What was taken from the others is lost to the caller, their positions move on.
                raise CorruptRecordException(partition)
            if end > start:
                self.positions[partition] = end
                taken[partition] = [
                    Record(b"", topic="t", partition=partition.partition, offset=n)
                    for n in range(start, end)
                ]
        return taken

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        if error := self.refuses():
            raise error
        self.commits |= offsets

    async def committed(self, partition: TopicPartition) -> int | None:
        return self.commits.get(partition)

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self.positions[partition] = offset

    async def seek_to_beginning(self, partition: TopicPartition) -> None:
        self.positions[partition] = 0


async def test_commits_past_the_last_record_of_each_partition(opened: Open) -> None:
    consumer = FakeConsumer({ZERO: 3, ONE: 1})
    inbox, *_ = opened(consumer)
    batch = (await inbox.take()).batch
    assert next_offsets(batch) == {ZERO: 3, ONE: 1}
    await inbox.acknowledge(batch)
    await inbox.settle()
    assert consumer.commits == {ZERO: 3, ONE: 1}


async def test_does_not_commit_a_partition_that_was_lost_meanwhile(opened: Open) -> None:
    consumer = FakeConsumer({ZERO: 3, ONE: 1})
    inbox, assignment, _ = opened(consumer)
    batch = (await inbox.take()).batch
    assignment.on_partitions_revoked({ZERO, ONE})
    del consumer.log[ONE]
    assignment.on_partitions_assigned({ZERO})
    await inbox.acknowledge(batch)
    await inbox.settle()
    assert consumer.commits == {ZERO: 3}


@pytest.mark.parametrize(
    "error", [CommitFailedError(), IllegalStateError(), KafkaError(), OSError()]
)
async def test_a_commit_that_failed_is_made_with_the_next_batch(
    opened: Open, error: Exception
) -> None:
    errors: list[BaseException | None] = [error, None]
    consumer = FakeConsumer({ZERO: 3}, refuses=lambda: errors.pop(0))
    inbox, *_ = opened(consumer)
    await inbox.acknowledge((await inbox.take()).batch)
    with pytest.raises(CommitUnavailable):
        await inbox.acknowledge({})
    await inbox.acknowledge({})
    await inbox.settle()
    assert consumer.commits == {ZERO: 3}


async def test_a_batch_is_committed_while_the_next_is_taken_and_only_one_at_a_time(
    opened: Open,
) -> None:
    @dataclass
    class SlowConsumer(FakeConsumer):
        may_commit: asyncio.Event = field(default_factory=asyncio.Event)
        committing: int = 0

        async def commit(self, offsets: dict[TopicPartition, int]) -> None:
            self.committing += 1
            assert self.committing == 1
            await self.may_commit.wait()
            await super().commit(offsets)
            self.committing -= 1

    consumer = SlowConsumer({ZERO: 2})
    inbox, assignment, _ = opened(consumer)
    await inbox.acknowledge((await inbox.take()).batch)
    consumer.log[ZERO] = 3
    while not (taken := await inbox.take()).batch:
        pass
    assert consumer.commits == {}
    second = asyncio.create_task(inbox.acknowledge(taken.batch))
    await all_rests()
    assert not second.done()
    consumer.may_commit.set()
    await second
    await inbox.settle()
    assert consumer.commits == {ZERO: 3}
    assert assignment.uncommitted == {}


async def test_a_skip_while_a_batch_is_committed_is_not_forgotten(opened: Open) -> None:
    consumer = FakeConsumer({ZERO: 3})
    inbox, assignment, _ = opened(consumer)
    await inbox.acknowledge((await inbox.take()).batch)
    assignment.uncommitted[ZERO] = 4
    await inbox.settle()
    assert assignment.uncommitted == {ZERO: 4}


async def test_what_was_not_committed_before_a_rebalance_is_forgotten(opened: Open) -> None:
    errors: list[BaseException | None] = [CommitFailedError(), None]
    consumer = FakeConsumer({ZERO: 3}, refuses=lambda: errors.pop(0))
    inbox, assignment, _ = opened(consumer)
    await inbox.acknowledge((await inbox.take()).batch)
    with pytest.raises(CommitUnavailable):
        await inbox.settle()
    assignment.on_partitions_revoked({ZERO})
    assignment.on_partitions_assigned({ZERO})
    await inbox.acknowledge({})
    await inbox.settle()
    assert consumer.commits == {}


async def test_goes_back_to_what_is_committed_or_else_to_the_beginning(opened: Open) -> None:
    consumer = FakeConsumer({ZERO: 3, ONE: 3}, commits={ZERO: 2})
    inbox, *_ = opened(consumer)
    await inbox.take()
    await inbox.rewind()
    assert consumer.positions == {ZERO: 2, ONE: 0}


async def test_a_corrupt_record_is_skipped_alone_after_some_tries(opened: Open) -> None:
    consumer = FakeConsumer({ZERO: 4, ONE: 5}, corrupt={(ONE, 2)})
    inbox, _, metrics = opened(consumer)
    seen = []
    for _ in range(UNREADABLE_TRIES + 5):
        batch = (await inbox.take()).batch
        seen += [(tp, record.offset) for tp, records in batch.items() for record in records]
        await inbox.acknowledge(batch)
    assert sorted(seen) == [(ZERO, n) for n in range(4)] + [(ONE, n) for n in (0, 1, 3, 4)]
    assert consumer.commits == {ZERO: 4, ONE: 5}
    assert metrics.registry.get_sample_value("calendar_storer_unreadable_records_total") == 1


async def test_a_record_torn_on_its_way_is_not_skipped(opened: Open) -> None:
    consumer = FakeConsumer({ZERO: 1}, corrupt={(ZERO, 0)})
    inbox, _, metrics = opened(consumer)
    for _ in range(UNREADABLE_TRIES - 1):
        assert (await inbox.take()).batch == {}
    consumer.corrupt.clear()
    assert next_offsets((await inbox.take()).batch) == {ZERO: 1}
    assert metrics.registry.get_sample_value("calendar_storer_unreadable_records_total") == 0


async def test_a_skip_commits_nothing_that_was_not_dealt_with(opened: Open) -> None:
    consumer = FakeConsumer({ZERO: 3}, corrupt={(ZERO, 1)})
    inbox, *_ = opened(consumer)
    for _ in range(UNREADABLE_TRIES * 2):
        assert next_offsets((await inbox.take()).batch) == {ZERO: 1}  # And never acknowledged.
        await inbox.acknowledge({})
    assert consumer.commits == {}


async def test_other_errors_of_kafka_end_this_consumer(opened: Open) -> None:
    inbox, *_ = opened(FakeConsumer({ZERO: 1}, fails=KafkaError))
    with pytest.raises(BrokerUnavailable, match="KafkaError"):
        await inbox.take()


async def test_a_consumer_that_hears_nothing_is_given_up(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_module, "SILENCE_SECONDS", -1.0)
    consumer = FakeConsumer({ZERO: 0})
    inbox, *_ = opened(consumer)
    consumer.answers = 1
    await inbox.take()
    consumer.answers = 2
    await inbox.take()
    with pytest.raises(BrokerUnavailable, match="no answer"):
        await inbox.take()


async def test_a_consumer_is_kept_through_an_outage(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_module, "SILENCE_SECONDS", -1.0)
    inbox, *_ = opened(FakeConsumer({ZERO: 0}))
    inbox._outages.failed(BrokerUnavailable("gone"))
    for _ in range(3):
        assert (await inbox.take()).batch == {}


async def test_a_storer_too_many_hears_nothing_and_stays(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_module, "SILENCE_SECONDS", -1.0)
    inbox, *_ = opened(FakeConsumer({}))
    for _ in range(3):
        assert (await inbox.take()).batch == {}


async def test_lag_is_what_is_not_stored_and_leaves_with_the_partition(opened: Open) -> None:
    consumer = FakeConsumer({ZERO: 5}, commits={ZERO: 2}, positions={ZERO: 2})
    inbox, assignment, metrics = opened(consumer)

    def lag() -> float | None:
        return metrics.registry.get_sample_value(
            "calendar_storer_consumer_lag_records", {"partition": "0"}
        )

    await inbox.take()
    assert lag() == 3
    await inbox.take()
    assert lag() == 0
    assignment.on_partitions_revoked({ZERO})
    assert lag() is None
