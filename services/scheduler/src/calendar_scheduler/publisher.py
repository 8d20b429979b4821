"""Publishes messages, and says of each what became of it. Knows Kafka, knows no database."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import structlog
from aiokafka.errors import (  # type: ignore[import-untyped]
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
)

from calendar_scheduler import broker
from calendar_scheduler.clock import now
from calendar_scheduler.errors import BrokerUnavailable
from calendar_scheduler.packing import pack
from calendar_scheduler.producer import BATCH_BYTES, Producer
from calendar_scheduler.reminders import Message, Refusal, Reminder
from calendar_scheduler.settings.kafka import Kafka

log = structlog.stdlib.get_logger(__name__)

RECORD_OVERHEAD_BYTES: Final = 128
"""More than headers and framing add to a record."""
ACKNOWLEDGE_SECONDS: Final = 3.5
"""How long after the last send answers are waited for; by themselves they end sooner."""
FRESH_SECONDS: Final = 1.0
"""A broker that answered so lately is not asked before a batch whether it is still there."""
CONNECT_SECONDS: Final = 10.0
"""For all of it: several brokers are tried, one after the other."""
ANSWER_SECONDS: Final = 5.0

# The broker's word on the records themselves. All else, what aiokafka has no name for too, would
# befall any other record of the topic: that is an outage, and must not count against a reminder.
REFUSALS: Final = (MessageSizeTooLargeError, RecordListTooLargeError)


Outcome = tuple[list[Reminder], BaseException | None]
"""Reminders whose records were acknowledged together (`None`), or what came in place of that."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a batch. What is in neither list was not sent, or perhaps."""

    acknowledged: list[Reminder]
    refused: list[Refusal]
    outage: str | None
    """Why the broker as a whole is to blame for the rest, where it is."""


@asynccontextmanager
async def publisher(settings: Kafka) -> AsyncIterator["Publisher"]:
    """A publisher that is not connected yet, so that the service starts without its broker too.

    Raises:
        ConfigError: a certificate or key cannot be used.
    """
    opened = Publisher(settings, broker.client_arguments(settings))
    try:
        yield opened
    finally:
        await opened.disconnect()


class Publisher:
    """Sends to one topic. A connection that failed is thrown away, never mended."""

    def __init__(self, settings: Kafka, arguments: dict[str, Any]) -> None:
        self._settings = settings
        self._arguments = arguments
        self._producer: Producer | None = None
        self._answered_at = 0.0
        self._turn = asyncio.Lock()
        self._has_failed = False

    async def ensure_ready(self) -> None:
        """Connects where it is not connected, and asks the broker where it was silent.

        Raises:
            BrokerUnavailable: it does not answer, or has no topic to send to.
        """
        if self._producer is None:
            await self._connect()
        elif now() - self._answered_at > FRESH_SECONDS:
            await self.probe()
        else:
            return
        self._answered_at = now()

    async def probe(self) -> None:
        """Returns where the broker answers and has the topic.

        Raises:
            BrokerUnavailable: it does not, or there is no connection.
        """
        if self._producer is None:
            raise BrokerUnavailable("not connected")
        client = self._producer.client
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                answered = await client.force_metadata_update()
        except TimeoutError:
            answered = False
        if not answered:
            raise BrokerUnavailable("no answer")
        if client.cluster.partitions_for_topic(self._settings.topic) is None:
            raise BrokerUnavailable("the topic is gone")

    async def publish(self, messages: Sequence[Message], *, send_until: float) -> Receipt:
        """Sends what it can until `send_until` (the event loop's clock), and waits for the answers.

        Every future is awaited to its end: one that is given up could still be sent, for a
        reminder that is deleted by then. One call at a time, because each has its own
        `send_until`; one whose turn does not come in time sends nothing.
        """
        try:
            async with asyncio.timeout_at(send_until):
                await self._turn.acquire()
        except TimeoutError:
            return Receipt([], [], None)
        try:
            return await self._publish(messages, send_until=send_until)
        finally:
            self._turn.release()

    async def _publish(self, messages: Sequence[Message], *, send_until: float) -> Receipt:
        outcomes: list[Outcome] = []
        # The batches of one partition are sent one by one. Of a broker that freezes each would be
        # waited for, so there is one only; what does not fit is left for the next claim.
        messages = _fitting(messages)
        # A broker refuses whole batches. What was refused before travels alone, so that it cannot
        # take the others with it a second time.
        together = [message for message in messages if not message.reminder.attempts]
        alone = [[message] for message in messages if message.reminder.attempts]
        for group in [together, *alone]:
            outcomes += await self._publish_together(group, send_until=send_until)
            if _outage(outcomes):
                break
        receipt = Receipt(
            acknowledged=[
                reminder for reminders, error in outcomes if error is None for reminder in reminders
            ],
            refused=[
                Refusal(reminder, type(error).__name__)
                for reminders, error in outcomes
                if isinstance(error, REFUSALS)
                for reminder in reminders
            ],
            outage=_outage(outcomes),
        )
        self._has_failed = receipt.outage is not None
        if receipt.acknowledged:
            self._answered_at = now()
        return receipt

    async def disconnect(self) -> None:
        """Throws the connection away."""
        producer, self._producer = self._producer, None
        self._has_failed = False
        if producer is not None:
            await producer.close()

    async def _connect(self) -> None:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                self._producer = await self._started()
        except TimeoutError:
            raise BrokerUnavailable("no answer") from None

    async def _started(self) -> Producer:
        for topic in await broker.create_missing_topics(self._settings, self._arguments):
            log.info("topic_created", topic=topic)
        producer = Producer(self._arguments)
        try:
            await producer.start()
            await producer.partitions_for(self._settings.topic)
        except BaseException as error:
            await producer.close()
            if isinstance(error, KafkaError):
                raise BrokerUnavailable(type(error).__name__) from error
            raise
        return producer

    async def _publish_together(
        self, messages: Sequence[Message], *, send_until: float
    ) -> list[Outcome]:
        sent, outcomes = await self._send(messages, send_until=send_until)
        if sent:
            await asyncio.wait(sent, timeout=send_until + ACKNOWLEDGE_SECONDS - now())
        for future, reminders in sent.items():
            error = future.exception() if future.done() else TimeoutError()
            outcomes.append((reminders, error))
        return outcomes

    async def _send(
        self, messages: Sequence[Message], *, send_until: float
    ) -> tuple[dict[asyncio.Future[Any], list[Reminder]], list[Outcome]]:
        """Sends a batch for each partition: one future for each of them, not for each record."""
        # What a connection that failed has in its buffer must not go out in another's time.
        if self._producer is None or self._has_failed:
            raise BrokerUnavailable("not connected")
        self._producer.send_until = send_until
        sent: dict[asyncio.Future[Any], list[Reminder]] = {}
        failed: list[Outcome] = []
        topic = self._settings.topic
        try:
            async with asyncio.timeout_at(send_until):
                partitions = sorted(await self._producer.partitions_for(topic))
        except (KafkaError, TimeoutError) as error:
            return {}, [([message.reminder for message in messages], error)]
        batches = pack(messages, producer=self._producer, partitions=partitions)
        for partition, batch in batches.items():
            # Who was frozen for so long holds the rows no longer.
            if _outage(failed) or now() > send_until:
                break
            try:
                # Where the buffer is full this waits; cancelled while it waits, it sends nothing.
                async with asyncio.timeout_at(send_until):
                    future = await self._producer.send_batch(
                        batch.records, topic, partition=partition
                    )
            except (KafkaError, TimeoutError) as error:
                failed.append((batch.reminders, error))
            else:
                sent[future] = batch.reminders
        return sent, failed


def _outage(outcomes: Sequence[Outcome]) -> str | None:
    """What happened to records that would have happened to any other."""
    for _, error in outcomes:
        if error is not None and not isinstance(error, REFUSALS):
            return type(error).__name__
    return None


def _fitting(messages: Sequence[Message]) -> Sequence[Message]:
    """As many of the first as surely fit into one batch of Kafka, whatever their partitions."""
    size = 0
    for number, message in enumerate(messages):
        size += len(message.key) + len(message.value) + RECORD_OVERHEAD_BYTES
        if size > BATCH_BYTES:
            return messages[:number]
    return messages
