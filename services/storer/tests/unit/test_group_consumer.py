"""The traps of aiokafka's consumer: what is fetched, committed and fetched again."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition  # type: ignore[import-untyped]
from aiokafka.client import AIOKafkaClient  # type: ignore[import-untyped]
from aiokafka.errors import (  # type: ignore[import-untyped]
    CommitFailedError,
    CorruptRecordException,
    IllegalStateError,
    KafkaError,
)

from calendar_storer.errors import BrokerUnavailable, CommitUnavailable
from calendar_storer.kafka import aiokafka_internals
from calendar_storer.kafka import consumer as consumer_module
from calendar_storer.kafka.consumer import UNREADABLE_TRIES, Batch
from tests.unit.conftest import Join
from tests.unit.test_records import Record

ZERO, ONE = TopicPartition("t", 0), TopicPartition("t", 1)


@dataclass
class FakeConsumer:
    """The part of aiokafka's consumer that is used, with the same traps."""

    log: dict[TopicPartition, int]
    """The number of records of each partition."""
    corrupt: set[tuple[TopicPartition, int]] = field(default_factory=set)
    positions: dict[TopicPartition, int] = field(default_factory=dict)
    commits: dict[TopicPartition, int] = field(default_factory=dict)
    fails: Callable[[], BaseException | None] = lambda: None
    refuses: Callable[[], BaseException | None] = lambda: None
    """As `fails`, for commits."""
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
                # The caller loses the records of the other partitions; their positions move on.
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


def ends(batch: Batch) -> dict[TopicPartition, int]:
    return {partition: records[-1].offset + 1 for partition, records in batch.items()}


async def test_commits_the_offset_after_the_last_record_of_each_partition(join: Join) -> None:
    fake = FakeConsumer({ZERO: 3, ONE: 1})
    consumer, *_ = join(fake)
    batch = await consumer.fetch()
    assert ends(batch) == {ZERO: 3, ONE: 1}
    await consumer.commit(batch)
    assert fake.commits == {ZERO: 3, ONE: 1}


async def test_commits_only_the_batch_and_not_what_was_fetched_after_it(join: Join) -> None:
    fake = FakeConsumer({ZERO: 3})
    consumer, *_ = join(fake)
    batch = await consumer.fetch()
    fake.log[ZERO] = 5
    assert ends(await consumer.fetch()) == {ZERO: 5}
    await consumer.commit(batch)
    assert fake.commits == {ZERO: 3}


async def test_does_not_commit_a_partition_that_was_lost(join: Join) -> None:
    fake = FakeConsumer({ZERO: 3, ONE: 1})
    consumer, assignment, _ = join(fake)
    batch = await consumer.fetch()
    assignment.on_partitions_revoked({ZERO, ONE})
    del fake.log[ONE]
    assignment.on_partitions_assigned({ZERO})
    await consumer.commit(batch)
    assert fake.commits == {ZERO: 3}


@pytest.mark.parametrize(
    "error", [CommitFailedError(), IllegalStateError(), KafkaError(), OSError()]
)
async def test_a_failed_commit_is_repeated_with_the_next_batch(
    join: Join, error: Exception
) -> None:
    errors: list[BaseException | None] = [error, None]
    fake = FakeConsumer({ZERO: 3}, refuses=lambda: errors.pop(0))
    consumer, *_ = join(fake)
    with pytest.raises(CommitUnavailable):
        await consumer.commit(await consumer.fetch())
    await consumer.commit({})
    assert fake.commits == {ZERO: 3}
    assert not errors


async def test_a_skip_during_a_commit_is_committed_later(join: Join) -> None:
    fake = FakeConsumer({ZERO: 3})
    consumer, assignment, _ = join(fake)

    def skip() -> None:
        if not fake.commits:
            assignment.uncommitted[ZERO] = 4

    fake.refuses = skip
    await consumer.commit(await consumer.fetch())
    assert fake.commits == {ZERO: 3}
    await consumer.commit({})
    assert fake.commits == {ZERO: 4}
    assert assignment.uncommitted == {}


async def test_offsets_that_were_not_committed_before_a_rebalance_are_forgotten(
    join: Join,
) -> None:
    errors: list[BaseException | None] = [CommitFailedError(), None]
    fake = FakeConsumer({ZERO: 3}, refuses=lambda: errors.pop(0))
    consumer, assignment, _ = join(fake)
    with pytest.raises(CommitUnavailable):
        await consumer.commit(await consumer.fetch())
    assignment.on_partitions_revoked({ZERO})
    assignment.on_partitions_assigned({ZERO})
    await consumer.commit({})
    assert fake.commits == {}


async def test_rewinds_to_the_committed_offset_or_else_to_the_beginning(join: Join) -> None:
    fake = FakeConsumer({ZERO: 3, ONE: 3}, commits={ZERO: 2})
    consumer, *_ = join(fake)
    await consumer.fetch()
    await consumer.rewind()
    assert fake.positions == {ZERO: 2, ONE: 0}


async def test_an_unreadable_record_alone_is_skipped_after_some_tries(join: Join) -> None:
    fake = FakeConsumer({ZERO: 4, ONE: 5}, corrupt={(ONE, 2)})
    consumer, _, metrics = join(fake)
    seen = []
    for _ in range(UNREADABLE_TRIES + 5):
        batch = await consumer.fetch()
        seen += [(tp, record.offset) for tp, records in batch.items() for record in records]
        await consumer.commit(batch)
    assert sorted(seen) == [(ZERO, n) for n in range(4)] + [(ONE, n) for n in (0, 1, 3, 4)]
    assert fake.commits == {ZERO: 4, ONE: 5}
    assert metrics.registry.get_sample_value("calendar_storer_unreadable_records_total") == 1


async def test_a_skipped_record_at_the_end_is_not_fetched_again_after_a_restart(
    join: Join,
) -> None:
    fake = FakeConsumer({ZERO: 3}, corrupt={(ZERO, 2)})
    consumer, *_ = join(fake)
    for _ in range(UNREADABLE_TRIES + 2):
        await consumer.commit(await consumer.fetch())
    assert fake.commits == {ZERO: 3}
    again, _, metrics = join(fake)
    await again.rewind()
    for _ in range(UNREADABLE_TRIES + 2):
        assert await again.fetch() == {}
    assert metrics.registry.get_sample_value("calendar_storer_unreadable_records_total") == 0


async def test_a_record_that_was_torn_on_its_way_is_not_skipped(join: Join) -> None:
    fake = FakeConsumer({ZERO: 1}, corrupt={(ZERO, 0)})
    consumer, _, metrics = join(fake)
    for _ in range(UNREADABLE_TRIES - 1):
        assert await consumer.fetch() == {}
    fake.corrupt.clear()
    assert ends(await consumer.fetch()) == {ZERO: 1}
    assert metrics.registry.get_sample_value("calendar_storer_unreadable_records_total") == 0


async def test_a_skip_commits_no_record_that_was_not_processed(join: Join) -> None:
    fake = FakeConsumer({ZERO: 3}, corrupt={(ZERO, 1)})
    consumer, *_ = join(fake)
    for _ in range(UNREADABLE_TRIES * 2):
        assert ends(await consumer.fetch()) == {ZERO: 1}  # And never committed.
        await consumer.commit({})
    assert fake.commits == {}


async def test_other_errors_of_kafka_end_this_consumer(join: Join) -> None:
    consumer, *_ = join(FakeConsumer({ZERO: 1}, fails=KafkaError))
    with pytest.raises(BrokerUnavailable, match="KafkaError"):
        await consumer.fetch()


async def test_a_consumer_without_any_answer_is_replaced(
    join: Join, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer_module, "SILENCE_SECONDS", -1.0)
    fake = FakeConsumer({ZERO: 0})
    consumer, *_ = join(fake)
    fake.answers = 1
    await consumer.fetch()
    fake.answers = 2
    await consumer.fetch()
    with pytest.raises(BrokerUnavailable, match="no answer"):
        await consumer.fetch()


async def test_a_consumer_is_kept_during_an_outage(
    join: Join, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer_module, "SILENCE_SECONDS", -1.0)
    consumer, *_ = join(FakeConsumer({ZERO: 0}))
    consumer._outages.failed(BrokerUnavailable("gone"))
    for _ in range(3):
        assert await consumer.fetch() == {}


async def test_a_consumer_without_partitions_is_kept(
    join: Join, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer_module, "SILENCE_SECONDS", -1.0)
    consumer, *_ = join(FakeConsumer({}))
    for _ in range(3):
        assert await consumer.fetch() == {}


async def test_lag_is_what_is_not_stored_and_ends_with_the_assignment(join: Join) -> None:
    fake = FakeConsumer({ZERO: 5}, commits={ZERO: 2}, positions={ZERO: 2})
    consumer, assignment, metrics = join(fake)

    def lag() -> float | None:
        return metrics.registry.get_sample_value(
            "calendar_storer_consumer_lag_records", {"partition": "0"}
        )

    await consumer.fetch()
    assert lag() == 3
    await consumer.fetch()
    assert lag() == 0
    assignment.on_partitions_revoked({ZERO})
    assert lag() is None


async def test_the_connections_are_where_aiokafka_keeps_them() -> None:
    consumer = AIOKafkaConsumer(bootstrap_servers="127.0.0.1:1")
    assert isinstance(aiokafka_internals.connections(consumer), AIOKafkaClient)
    await consumer.stop()
