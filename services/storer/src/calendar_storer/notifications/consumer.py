"""The loop: fetch records, check them, store them, commit their offsets."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from itertools import chain
from typing import Final, NamedTuple

import structlog

from calendar_storer.config import Storer
from calendar_storer.dead_letters.writer import DeadLetterWriter
from calendar_storer.errors import (
    Aborted,
    BrokerUnavailable,
    CommitUnavailable,
    DatabaseUnavailable,
    DeadLettersUnavailable,
    RowRejected,
    TablesMissing,
    TopicMissing,
)
from calendar_storer.kafka.assignment import Assignment
from calendar_storer.kafka.broker import Broker
from calendar_storer.kafka.consumer import Batch, GroupConsumer, join_group
from calendar_storer.notifications.records import DeadLetter, Message, Reason, check
from calendar_storer.notifications.repository import Repository
from calendar_storer.observability.metrics import Metrics
from calendar_storer.observability.outages import Outages
from calendar_storer.retry import pause, retry_until_available

log = structlog.stdlib.get_logger(__name__)

MAX_HOLD_SECONDS: Final = 60.0
HOLD_SHARE: Final = 5
"""A batch is held for this part of the poll interval at most: the group must hear from it."""

REJOIN_SECONDS: Final = 1.0


class Consumer:
    """Stores what arrives in the topic, for as long as the service runs."""

    def __init__(
        self,
        *,
        broker: Broker,
        repository: Repository,
        prepare: Callable[[], Awaitable[None]],
        dead_letters: DeadLetterWriter,
        assignment: Assignment,
        outages: Outages,
        metrics: Metrics,
        settings: Storer,
        stop: asyncio.Event,
    ) -> None:
        """`prepare` is called before anything is stored; it may raise `DatabaseUnavailable`."""
        self._broker = broker
        self._repository = repository
        self._prepare = prepare
        self._dead_letters = dead_letters
        self._assignment = assignment
        self._outages = outages
        self._metrics = metrics
        self._settings = settings
        self._hold_seconds = min(
            MAX_HOLD_SECONDS, settings.max_poll_interval.total_seconds() / HOLD_SHARE
        )
        self._stop = stop
        self.is_behind = False
        """Whether more notifications wait in the topic than were fetched last."""
        self._retry = partial(retry_until_available, outages=outages, stop=stop)

    async def run(self) -> None:
        """Returns when `stop` is set. After an error it goes on from what is committed."""
        while not self._stop.is_set():
            try:
                await self._wait_for_dependencies()
                async with join_group(
                    self._broker,
                    self._settings,
                    assignment=self._assignment,
                    outages=self._outages,
                    metrics=self._metrics,
                ) as consumer:
                    await self.consume(consumer)
            except Aborted:
                continue
            except BrokerUnavailable as error:
                self._outages.failed(error)
            except Exception:
                self._metrics.loop_errors.inc()
                log.exception("consumer_failed")
            await pause(REJOIN_SECONDS, self._stop)

    async def _wait_for_dependencies(self) -> None:
        # A storer that cannot store leaves the partitions to those that can.
        await self._retry(self._repository.probe, DatabaseUnavailable, TablesMissing)
        await self._retry(self._prepare, DatabaseUnavailable, TablesMissing)
        await self._retry(self._find_topic, BrokerUnavailable, TopicMissing, longest_pause=1.0)
        try:
            await self._dead_letters.create_topic()
        except DeadLettersUnavailable as error:
            # It may never be needed.
            self._outages.failed(error)

    async def _find_topic(self) -> None:
        topics = await self._broker.topics()
        self._outages.over(BrokerUnavailable)
        if self._broker.topic not in topics:
            raise TopicMissing(f"no topic {self._broker.topic}; the Scheduler creates it")

    async def consume(self, consumer: GroupConsumer) -> None:
        """Fetches, checks, stores, commits, until `stop` is set.

        While a batch is stored the next one is fetched and checked. Until its turn it is only in
        memory; if the batch before it fails, both are fetched again.

        Raises:
            BrokerUnavailable: the consumer must be replaced.
        """
        ahead = asyncio.create_task(_fetch_and_check(consumer))
        try:
            while not self._stop.is_set():
                batch, messages, dead_letters = await ahead
                records = len(messages) + len(dead_letters)
                self.is_behind = records * 2 >= self._settings.batch_size
                ahead = asyncio.create_task(_fetch_and_check(consumer))
                try:
                    await self.store(messages, dead_letters)
                except Aborted:
                    if not self._stop.is_set():
                        await _cancel(ahead)
                        await consumer.rewind()
                        ahead = asyncio.create_task(_fetch_and_check(consumer))
                    continue
                await self._commit(consumer, batch)
                if self._assignment.joined:
                    self._metrics.last_success.set_to_current_time()
        finally:
            self.is_behind = False
            await _cancel(ahead)

    async def store(self, messages: Sequence[Message], dead_letters: Sequence[DeadLetter]) -> None:
        """Returns when each message is a row or a dead letter, and each dead letter is written.

        Raises:
            Aborted: it took too long, or the service is stopping; all must be fetched again.
        """
        rejected: Sequence[DeadLetter] = []
        if messages:
            rejected = await self._retry(
                lambda: self._store(messages),
                DatabaseUnavailable,
                TablesMissing,
                seconds=self._hold_seconds,
            )
        if letters := [*dead_letters, *rejected]:
            await self._retry(
                lambda: self._dead_letters.write(letters),
                DeadLettersUnavailable,
                seconds=self._hold_seconds,
            )

    async def _store(self, messages: Sequence[Message]) -> list[DeadLetter]:
        """Stores all but the rows that PostgreSQL refuses, which it finds by halving the batch."""
        try:
            with self._metrics.insert.time():
                seconds_late = await self._repository.store([message.row for message in messages])
        except RowRejected as error:
            if len(messages) == 1:
                return [DeadLetter(messages[0].record, Reason.REFUSED, str(error))]
            middle = len(messages) // 2
            return await self._store(messages[:middle]) + await self._store(messages[middle:])
        self._metrics.stored.inc(len(seconds_late))
        self._metrics.duplicates.inc(len(messages) - len(seconds_late))
        for seconds in seconds_late:
            self._metrics.end_to_end.observe(seconds)
        return []

    async def _commit(self, consumer: GroupConsumer, batch: Batch) -> None:
        try:
            await consumer.commit(batch)
        except CommitUnavailable as error:
            # The rows are there: should the records come again they are duplicates.
            self._outages.failed(error)
        else:
            self._outages.over(CommitUnavailable)


class Checked(NamedTuple):
    """A batch, and what its records are."""

    batch: Batch
    messages: Sequence[Message]
    dead_letters: Sequence[DeadLetter]


async def _fetch_and_check(consumer: GroupConsumer) -> Checked:
    batch = await consumer.fetch()
    return Checked(batch, *check(chain.from_iterable(batch.values())))


async def _cancel(task: asyncio.Task[Checked]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
