"""Takes records out of Kafka, one batch ahead, and tells it, one behind, which were dealt with.

Knows the traps of aiokafka's consumer, and nothing of what becomes of a record.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, Final, NamedTuple

import structlog
from aiokafka import TopicPartition  # type: ignore[import-untyped]
from aiokafka.errors import (  # type: ignore[import-untyped]
    CorruptRecordException,
    IllegalStateError,
    KafkaError,
)

from calendar_storer.assignment import Assignment, Batch, next_offsets
from calendar_storer.broker import translate_errors
from calendar_storer.errors import BrokerUnavailable, CommitUnavailable
from calendar_storer.metrics import Metrics
from calendar_storer.outages import Outages
from calendar_storer.records import DeadLetter, Message, Record, read

log = structlog.stdlib.get_logger(__name__)

WAIT_MILLISECONDS: Final = 200
TAKE_SECONDS: Final = 1.0
COMMIT_SECONDS: Final = 2.0
REWIND_SECONDS: Final = 5.0

READ_AT_ONCE: Final = 100
"""Records; then it is heard what PostgreSQL and Kafka have answered about the batch before."""

SILENCE_SECONDS: Final = 60.0
"""A consumer that hears nothing for so long, while Kafka answers others, is replaced."""

# A torn batch, or a header whose name is not UTF-8: nothing that a value could be blamed for.
UNREADABLE: Final = (CorruptRecordException, UnicodeDecodeError)
UNREADABLE_TRIES: Final = 5
"""Times that a record is fetched before it is skipped: the network may have torn it."""


class Taken(NamedTuple):
    """A batch, and what is in its records."""

    batch: Batch
    contents: Sequence[Message | DeadLetter]
    revocations: int
    """Of the assignment, when the batch was taken."""


class Inbox:
    """One consumer's view of the topic.

    While a batch is stored the next one is taken and read. Until it is asked for it is memory and
    no more: it is dropped where the group rebalances, by `rewind`, and by `close`.
    """

    def __init__(
        self, consumer: Any, *, assignment: Assignment, outages: Outages, metrics: Metrics
    ) -> None:
        self._consumer = consumer
        self._assignment = assignment
        self._outages = outages
        self._metrics = metrics
        self._tries: Counter[tuple[TopicPartition, int]] = Counter()
        self._silent_for = 0.0
        self._last_answer = 0
        self._ahead: asyncio.Task[Taken] | None = None
        self._committing: asyncio.Task[None] | None = None

    async def take(self) -> Taken:
        """What has arrived, or nothing after a fifth of a second.

        Raises:
            BrokerUnavailable: this consumer is of no more use.
        """
        ahead = self._ahead or asyncio.create_task(self._take())
        self._ahead = None
        with translate_errors():
            try:
                taken = await ahead
            except UNREADABLE:
                # Not ahead: it goes back to what is committed, and may skip.
                taken = await self._read(await self._get_one_by_one())
            if taken.revocations != self._assignment.revocations:
                # Whoever has its partitions now goes on from what is committed.
                taken = await self._read({})
            await self._show_lag(taken.batch)
        self._ahead = asyncio.create_task(self._take())
        return taken

    async def close(self) -> None:
        """Drops what was taken ahead, and lets a commit end, well or not: it can be made again."""
        ahead, self._ahead = self._ahead, None
        committing, self._committing = self._committing, None
        if ahead is not None:
            ahead.cancel()
        await asyncio.gather(*filter(None, (ahead, committing)), return_exceptions=True)

    async def acknowledge(self, batch: Batch) -> None:
        """Has a batch that was dealt with committed, while the next one is dealt with.

        Raises:
            CommitUnavailable: Kafka did not take the batch before. It is tried again, with this
                one, at the next call; that one's batch may be empty.
        """
        uncommitted = self._assignment.uncommitted
        assigned = self._consumer.assignment()
        uncommitted |= {tp: n for tp, n in next_offsets(batch).items() if tp in assigned}
        await self.settle()
        if uncommitted:
            self._committing = asyncio.create_task(self._commit(dict(uncommitted)))

    async def settle(self) -> None:
        """Waits for the commit that is under way.

        Raises:
            CommitUnavailable: Kafka did not take it.
        """
        committing, self._committing = self._committing, None
        if committing is not None:
            await committing

    async def _commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        try:
            # aiokafka would go on trying for as long as the broker is away.
            async with asyncio.timeout(COMMIT_SECONDS):
                await self._consumer.commit(offsets)
        except (KafkaError, OSError) as error:
            raise CommitUnavailable(type(error).__name__) from error
        uncommitted = self._assignment.uncommitted
        for partition, offset in offsets.items():
            # Meanwhile it may have been taken away, or more of it been dealt with.
            if uncommitted.get(partition) == offset:
                del uncommitted[partition]

    async def rewind(self) -> None:
        """Goes back to what is committed: everything after that comes again.

        aiokafka's seek_to_committed() would leave a partition with nothing committed where it is.

        Raises:
            BrokerUnavailable: Kafka does not answer.
        """
        await self.close()
        with translate_errors():
            async with asyncio.timeout(REWIND_SECONDS):
                for partition in self._consumer.assignment():
                    committed = await self._consumer.committed(partition)
                    if committed is None:
                        await self._consumer.seek_to_beginning(partition)
                    else:
                        self._consumer.seek(partition, committed)

    async def _take(self) -> Taken:
        started = time.monotonic()
        taken = await self._read(await self._get())
        self._listen(time.monotonic() - started)
        return taken

    async def _read(self, batch: Batch) -> Taken:
        revocations = self._assignment.revocations
        records = list(chain.from_iterable(batch.values()))
        contents: list[Message | DeadLetter] = []
        for start in range(0, len(records), READ_AT_ONCE):
            contents += map(read, records[start : start + READ_AT_ONCE])
            await asyncio.sleep(0)
        return Taken(batch, contents, revocations)

    async def _get(self) -> Batch:
        try:
            # While the group rebalances getmany() does not heed its own limit. Nothing is lost by
            # cancelling it: it has not taken anything yet while it waits.
            async with asyncio.timeout(TAKE_SECONDS):
                batch: Batch = await self._consumer.getmany(timeout_ms=WAIT_MILLISECONDS)
                return batch
        except TimeoutError:
            return {}

    async def _get_one_by_one(self) -> Batch:
        """All up to the unreadable records, which are skipped once they have been tried enough.

        When getmany() fails at one partition it forgets what it has taken from the others.
        """
        await self.rewind()
        batch: dict[TopicPartition, list[Record]] = {}
        for partition in self._consumer.assignment():
            try:
                while len(batch.get(partition, ())) < 1000:
                    taken = await self._get_one(partition)
                    if not taken:
                        break
                    batch.setdefault(partition, []).extend(taken)
            except UNREADABLE as error:
                # What lies before it is dealt with first: a skip must not commit that as well.
                if partition not in batch:
                    await self._skip(partition, error)
        return batch

    async def _get_one(self, partition: TopicPartition) -> list[Record]:
        taken = await self._consumer.getmany(partition, timeout_ms=WAIT_MILLISECONDS, max_records=1)
        records: list[Record] = taken.get(partition, [])
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

    def _listen(self, seconds: float) -> None:
        """Counts the time without any answer, outages aside: aiokafka comes through those itself.

        A consumer too many has nothing to ask for.
        """
        assigned = self._consumer.assignment()
        answers = [self._consumer.last_poll_timestamp(partition) or 0 for partition in assigned]
        last_answer = max(answers, default=0)
        has_nothing = self._assignment.joined and not assigned
        is_excused = has_nothing or self._outages.is_away(BrokerUnavailable)
        if is_excused or last_answer != self._last_answer:
            self._last_answer, self._silent_for = last_answer, 0.0
            return
        self._silent_for += seconds
        if self._silent_for > SILENCE_SECONDS:
            raise BrokerUnavailable(f"no answer for {SILENCE_SECONDS:.0f} s")

    async def _show_lag(self, batch: Batch) -> None:
        for partition in self._consumer.assignment():
            highwater = self._consumer.highwater(partition)
            if highwater is None:
                continue
            try:
                # A position that is not known yet would be waited for.
                async with asyncio.timeout(0):
                    position = await self._consumer.position(partition)
            except (IllegalStateError, TimeoutError):
                continue
            first = batch[partition][0].offset if partition in batch else position
            self._metrics.lag.labels(str(partition.partition)).set(max(0, highwater - first))
