"""The loop: takes records, has them stored, and only then tells Kafka so."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Final

import structlog

from calendar_storer.assignment import Assignment
from calendar_storer.broker import Broker
from calendar_storer.dead_letters import DeadLetters
from calendar_storer.errors import (
    Aborted,
    BrokerUnavailable,
    CommitUnavailable,
    DatabaseUnavailable,
    DeadLettersUnavailable,
    TablesMissing,
    TopicMissing,
)
from calendar_storer.inbox import Inbox
from calendar_storer.metrics import Metrics
from calendar_storer.outages import Outages
from calendar_storer.records import DeadLetter, Message
from calendar_storer.repository import Repository
from calendar_storer.service import Service

log = structlog.stdlib.get_logger(__name__)

LONGEST_HOLD: Final = 60.0
HELD_SHARE: Final = 5
"""A batch is held for this part of the poll interval at most: Kafka must hear from us in time."""

REJOIN_SECONDS: Final = 1.0


class Consumer:
    """A member of the consumer group, for as long as the service runs."""

    def __init__(
        self,
        *,
        broker: Broker,
        repository: Repository,
        assignment: Assignment,
        outages: Outages,
        metrics: Metrics,
        max_poll_interval: float,
        stop: asyncio.Event,
    ) -> None:
        self._broker = broker
        self._repository = repository
        self._service = Service(repository, metrics)
        self._dead_letters = DeadLetters(broker, metrics)
        self._assignment = assignment
        self._outages = outages
        self._metrics = metrics
        self._hold_seconds = min(LONGEST_HOLD, max_poll_interval / HELD_SHARE)
        self._stop = stop

    async def run(self) -> None:
        """Returns when `stop` is set. Whatever goes wrong, goes on from what is committed."""
        while not self._stop.is_set():
            try:
                await self._wait_for_dependencies()
                await self._join()
            except Aborted:
                continue
            except BrokerUnavailable as error:
                self._outages.failed(error)
            except Exception:
                self._metrics.loop_errors.inc()
                log.exception("consumer_failed")
            await self._outages.pause(REJOIN_SECONDS)

    async def _wait_for_dependencies(self) -> None:
        # A storer that cannot store leaves the partitions to those that can.
        await self._outages.outlast(self._repository.probe, DatabaseUnavailable, TablesMissing)
        await self._outages.outlast(
            self._find_topic, BrokerUnavailable, TopicMissing, longest_pause=1.0
        )
        try:
            await self._dead_letters.prepare()
        except DeadLettersUnavailable as error:
            # It may never be needed.
            self._outages.failed(error)

    async def _find_topic(self) -> None:
        topics = await self._broker.topics()
        self._outages.over(BrokerUnavailable)
        if self._broker.topic not in topics:
            raise TopicMissing(f"no topic {self._broker.topic}; the Scheduler makes it")

    async def _join(self) -> None:
        async with self._broker.consumer() as consumer:
            consumer.subscribe([self._broker.topic], listener=self._assignment)
            inbox = Inbox(
                consumer,
                assignment=self._assignment,
                outages=self._outages,
                metrics=self._metrics,
            )
            try:
                await self._consume(inbox)
            finally:
                await inbox.close()
                self._assignment.on_partitions_revoked(consumer.assignment())

    async def _consume(self, inbox: Inbox) -> None:
        while not self._stop.is_set():
            taken = await inbox.take()
            try:
                await self._deal_with(taken.contents)
            except Aborted:
                if not self._stop.is_set():
                    await inbox.rewind()
                continue
            await self._settle(inbox.acknowledge(taken.batch))
            if self._assignment.joined:
                self._metrics.last_success.set_to_current_time()
        await self._settle(inbox.settle())

    async def _deal_with(self, contents: Sequence[Message | DeadLetter]) -> None:
        """Returns when each of them is a row or a dead letter.

        Raises:
            Aborted: it took too long, or the service is stopping; the batch must come again.
        """
        if not contents:
            return
        dead = await self._outages.outlast(
            lambda: self._service.store(contents),
            DatabaseUnavailable,
            TablesMissing,
            seconds=self._hold_seconds,
        )
        if dead:
            await self._outages.outlast(
                lambda: self._dead_letters.write(dead),
                DeadLettersUnavailable,
                seconds=self._hold_seconds,
            )

    async def _settle(self, committing: Awaitable[None]) -> None:
        try:
            await committing
        except CommitUnavailable as error:
            # The rows are there; should the records come again they are duplicates.
            self._outages.failed(error)
        else:
            self._outages.over(CommitUnavailable)
