"""A member of the consumer group. Handles the traps of aiokafka's consumer, and knows no domain.

aiokafka rebalances the group in the background: partitions may be lost at any `await`.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition  # type: ignore[import-untyped]
from aiokafka.errors import (  # type: ignore[import-untyped]
    CorruptRecordException,
    IllegalStateError,
    KafkaError,
)

from calendar_storer.config import Storer
from calendar_storer.errors import BrokerUnavailable, CommitUnavailable
from calendar_storer.kafka import aiokafka_internals
from calendar_storer.kafka.assignment import Assignment
from calendar_storer.kafka.broker import Broker, running
from calendar_storer.kafka.connection import translate_errors
from calendar_storer.notifications.records import Record
from calendar_storer.observability.metrics import Metrics
from calendar_storer.observability.outages import Outages

log = structlog.stdlib.get_logger(__name__)

SESSION_MILLISECONDS: Final = 10_000
"""The partitions of a storer that was killed go to the others after this time."""

POLL_MILLISECONDS: Final = 200
FETCH_SECONDS: Final = 1.0
COMMIT_SECONDS: Final = 2.0
REWIND_SECONDS: Final = 5.0

SILENCE_SECONDS: Final = 60.0
"""A consumer without any answer for this time, while Kafka answers others, is replaced."""

# A torn batch, or a header whose name is not UTF-8: aiokafka cannot return the record at all.
UNREADABLE: Final = (CorruptRecordException, UnicodeDecodeError)
UNREADABLE_TRIES: Final = 5
"""Times that a record is fetched before it is skipped: the network may have torn it."""

MAX_SINGLE_RECORDS: Final = 1000
"""Of a partition, fetched one by one around an unreadable record."""

Batch = Mapping[TopicPartition, Sequence[Record]]
"""Records by partition, each partition's in the order of their offsets; none is empty."""


class GroupConsumer:
    """Fetches batches, and commits them when they are processed."""

    def __init__(
        self, consumer: Any, *, assignment: Assignment, outages: Outages, metrics: Metrics
    ) -> None:
        self._consumer = consumer
        self._assignment = assignment
        self._outages = outages
        self._metrics = metrics
        self._tries: Counter[tuple[TopicPartition, int]] = Counter()
        self._silent_seconds = 0.0
        self._last_answer = 0

    async def fetch(self) -> Batch:
        """The next records, or nothing after a fifth of a second.

        Raises:
            BrokerUnavailable: this consumer must be replaced.
        """
        started = time.monotonic()
        with translate_errors():
            try:
                batch = await self._fetch()
            except UNREADABLE:
                batch = await self._fetch_around_unreadable()
            self._check_silence(time.monotonic() - started)
            await self._report_lag(batch)
        return batch

    async def commit(self, batch: Batch) -> None:
        """Commits a batch that was processed, and what earlier calls could not commit.

        Raises:
            CommitUnavailable: Kafka did not accept it. The next call tries again; its batch may be
                empty.
        """
        # Explicit offsets, of partitions that are still assigned: aiokafka's own may be ahead of
        # what is processed.
        assigned = self._consumer.assignment()
        uncommitted = self._assignment.uncommitted
        for partition, records in batch.items():
            if partition in assigned:
                uncommitted[partition] = records[-1].offset + 1
        offsets = dict(uncommitted)
        if not offsets:
            return
        try:
            # aiokafka retries for as long as the broker is away.
            async with asyncio.timeout(COMMIT_SECONDS):
                await self._consumer.commit(offsets)
        except (KafkaError, OSError) as error:
            raise CommitUnavailable(type(error).__name__) from error
        for partition, offset in offsets.items():
            # A fetch may have skipped an unreadable record meanwhile.
            if uncommitted.get(partition) == offset:
                del uncommitted[partition]

    async def rewind(self) -> None:
        """Goes back to the committed offsets: everything after them is fetched again.

        aiokafka's seek_to_committed() leaves a partition without a committed offset where it is.

        Raises:
            BrokerUnavailable: Kafka does not answer.
        """
        with translate_errors():
            async with asyncio.timeout(REWIND_SECONDS):
                for partition in self._consumer.assignment():
                    committed = await self._consumer.committed(partition)
                    if committed is None:
                        await self._consumer.seek_to_beginning(partition)
                    else:
                        self._consumer.seek(partition, committed)

    async def _fetch(self) -> Batch:
        try:
            # During a rebalance getmany() exceeds its own timeout. Cancelling it loses nothing:
            # while it waits it has not taken any records.
            async with asyncio.timeout(FETCH_SECONDS):
                batch: Batch = await self._consumer.getmany(timeout_ms=POLL_MILLISECONDS)
                return batch
        except TimeoutError:
            return {}

    async def _fetch_around_unreadable(self) -> Batch:
        """All records up to the unreadable ones, which are skipped after enough tries.

        If getmany() fails at one partition it loses what it has taken from the others, therefore
        this starts from the committed offsets and fetches one record at a time.
        """
        await self.rewind()
        batch: dict[TopicPartition, list[Record]] = {}
        for partition in self._consumer.assignment():
            try:
                while len(batch.get(partition, ())) < MAX_SINGLE_RECORDS:
                    records = await self._fetch_one(partition)
                    if not records:
                        break
                    batch.setdefault(partition, []).extend(records)
            except UNREADABLE as error:
                # The records before it are processed first: the skip must not commit them.
                if partition not in batch:
                    await self._skip(partition, error)
        return batch

    async def _fetch_one(self, partition: TopicPartition) -> list[Record]:
        batch = await self._consumer.getmany(partition, timeout_ms=POLL_MILLISECONDS, max_records=1)
        records: list[Record] = batch.get(partition, [])
        return records

    async def _skip(self, partition: TopicPartition, error: Exception) -> None:
        offset = await self._consumer.position(partition)
        self._tries[partition, offset] += 1
        if self._tries[partition, offset] < UNREADABLE_TRIES:
            return
        log.error(
            "unreadable_record_skipped",
            reason=type(error).__name__,
            topic=partition.topic,
            partition=partition.partition,
            offset=offset,
        )
        self._metrics.unreadable.inc()
        self._assignment.uncommitted[partition] = offset + 1
        self._consumer.seek(partition, offset + 1)

    def _check_silence(self, seconds: float) -> None:
        """Adds up the time without an answer. Outages do not count: aiokafka recovers from them.

        Neither does time without a partition, when there is nothing to ask for.
        """
        assigned = self._consumer.assignment()
        answers = [self._consumer.last_poll_timestamp(partition) or 0 for partition in assigned]
        last_answer = max(answers, default=0)
        has_no_partition = self._assignment.joined and not assigned
        is_excused = has_no_partition or self._outages.is_away(BrokerUnavailable)
        if is_excused or last_answer != self._last_answer:
            self._last_answer, self._silent_seconds = last_answer, 0.0
            return
        self._silent_seconds += seconds
        if self._silent_seconds > SILENCE_SECONDS:
            raise BrokerUnavailable(f"no answer for {SILENCE_SECONDS:.0f} s")

    async def _report_lag(self, batch: Batch) -> None:
        for partition in self._consumer.assignment():
            highwater = self._consumer.highwater(partition)
            if highwater is None:
                continue
            try:
                # position() waits for a position that is not known yet.
                async with asyncio.timeout(0):
                    position = await self._consumer.position(partition)
            except (IllegalStateError, TimeoutError):
                continue
            first = batch[partition][0].offset if partition in batch else position
            self._metrics.lag.labels(str(partition.partition)).set(max(0, highwater - first))


@asynccontextmanager
async def join_group(
    broker: Broker,
    settings: Storer,
    *,
    assignment: Assignment,
    outages: Outages,
    metrics: Metrics,
) -> AsyncIterator[GroupConsumer]:
    """A member of the group that reads the topic. It leaves the group at the end.

    Raises:
        BrokerUnavailable: Kafka does not answer.
    """
    consumer = AIOKafkaConsumer(
        **broker.client_arguments,
        group_id=settings.group_id,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=SESSION_MILLISECONDS,
        heartbeat_interval_ms=3_000,
        # JoinGroup is answered when the rebalance is over, after a session's time at most.
        request_timeout_ms=SESSION_MILLISECONDS + 5_000,
        max_poll_interval_ms=round(settings.max_poll_interval.total_seconds() * 1000),
        max_poll_records=settings.batch_size,
        # A new partition is read from a few seconds later.
        metadata_max_age_ms=5_000,
    )
    async with running(consumer, aiokafka_internals.connections(consumer)):
        consumer.subscribe([broker.topic], listener=assignment)
        try:
            yield GroupConsumer(consumer, assignment=assignment, outages=outages, metrics=metrics)
        finally:
            assignment.on_partitions_revoked(consumer.assignment())
