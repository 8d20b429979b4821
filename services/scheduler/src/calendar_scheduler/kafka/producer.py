"""Publishes notifications to Kafka and reports the outcome for each of them."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from aiokafka.errors import (  # type: ignore[import-untyped]
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
)

from calendar_scheduler.errors import BrokerUnavailable
from calendar_scheduler.kafka.batches import pack
from calendar_scheduler.kafka.connection import (
    admin_client,
    client_arguments,
    create_missing_topics,
    new_dead_letter_topic,
    new_topic,
    translate_errors,
)
from calendar_scheduler.kafka.producer_internals import FencedProducer
from calendar_scheduler.reminders.models import Message, PublishResult, Refusal, Reminder
from calendar_scheduler.settings.kafka import Kafka

REQUEST_MILLISECONDS: Final = 1500
"""One limit for connecting, for a request and for a batch in the buffer."""
CONNECT_SECONDS: Final = 10.0
"""For all brokers together: they are tried one after another."""
CHECK_SECONDS: Final = 5.0
FRESH_SECONDS: Final = 1.0
"""A broker that answered this recently is not checked again before the next batch."""
ACKNOWLEDGE_SECONDS: Final = 3.5
"""How long acknowledgements are awaited after `send_until`; usually they end sooner."""
NOTIFICATION_RETENTION_DAYS: Final = 30
"""How long Kafka keeps a notification that is not read; the limit of "never dropped"."""

# Errors about the records themselves. Any other error, known to aiokafka or not, would happen to
# every record of the topic: that is an outage, and does not count against a reminder.
REFUSALS: Final = (MessageSizeTooLargeError, RecordListTooLargeError)

Outcome = tuple[Sequence[Reminder], BaseException | None]
"""The reminders of a batch and its error; `None` if Kafka acknowledged it."""


@asynccontextmanager
async def notification_producer(settings: Kafka) -> AsyncIterator["NotificationProducer"]:
    """A producer that connects later, so that the service starts without Kafka too.

    Raises:
        ConfigError: a certificate or key cannot be used.
    """
    producer = NotificationProducer(settings, client_arguments(settings))
    try:
        yield producer
    finally:
        await producer.disconnect()


class NotificationProducer:
    """Publishes to one topic. A connection that failed is replaced, never used again."""

    def __init__(self, settings: Kafka, arguments: dict[str, Any]) -> None:
        self._settings = settings
        self._arguments = arguments
        self._producer: FencedProducer | None = None
        self._has_failed = False
        """The connection may still have records in its buffer, which must not leave any more."""
        self._answered_at = 0.0
        self._turn = asyncio.Lock()

    async def ensure_ready(self) -> None:
        """Connect if there is no usable connection; check the broker if it was silent.

        Raises:
            BrokerUnavailable: it does not answer, or the topic is missing.
        """
        if self._has_failed:
            await self.disconnect()
        if self._producer is None:
            await self._connect()
        elif time.monotonic() - self._answered_at > FRESH_SECONDS:
            try:
                await self.check()
            except BrokerUnavailable:
                self._has_failed = True
                raise
        else:
            return
        self._answered_at = time.monotonic()

    async def check(self) -> None:
        """Return if the broker answers and has the topic.

        Raises:
            BrokerUnavailable: otherwise, or if there is no connection.
        """
        producer = self._connected()
        with translate_errors():
            async with asyncio.timeout(CHECK_SECONDS):
                has_topic = await producer.has_topic(self._settings.topic)
        if not has_topic:
            raise BrokerUnavailable("the topic is missing")

    async def publish(self, messages: Sequence[Message], *, send_until: float) -> PublishResult:
        """Send what can be sent until `send_until` (monotonic time) and await the answers.

        Every record is awaited to its end: one that is given up could still be sent later, when
        its reminder may be deleted. Batches take turns, because each has its own `send_until`; one
        that does not get its turn in time sends nothing.

        Raises:
            BrokerUnavailable: there is no connection.
        """
        try:
            async with asyncio.timeout(send_until - time.monotonic()):
                await self._turn.acquire()
        except TimeoutError:
            return PublishResult([], [], None)
        try:
            return await self._publish(messages, send_until=send_until)
        except BaseException:
            self._has_failed = True
            if self._producer is not None:
                # The claim ends, and its records may still be in the buffer.
                self._producer.send_until = 0.0
            raise
        finally:
            self._turn.release()

    async def _publish(self, messages: Sequence[Message], *, send_until: float) -> PublishResult:
        outcomes: list[Outcome] = []
        for group in _groups(messages):
            outcomes += await self._publish_group(group, send_until=send_until)
            if _outage(outcomes):
                break
        result = PublishResult(
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
        self._has_failed = result.outage is not None
        if result.acknowledged:
            self._answered_at = time.monotonic()
        return result

    async def disconnect(self) -> None:
        """Close the connection; buffered records are not sent."""
        producer, self._producer = self._producer, None
        self._has_failed = False
        if producer is not None:
            await producer.close()

    async def _connect(self) -> None:
        with translate_errors():
            async with asyncio.timeout(CONNECT_SECONDS):
                await self._create_topics()
                self._producer = await self._start_producer()

    async def _create_topics(self) -> None:
        topics = [
            new_topic(
                self._settings, self._settings.topic, retention_days=NOTIFICATION_RETENTION_DAYS
            ),
            new_dead_letter_topic(self._settings),
        ]
        async with admin_client(self._arguments, request_timeout_ms=REQUEST_MILLISECONDS) as admin:
            await create_missing_topics(admin, topics)

    async def _start_producer(self) -> FencedProducer:
        producer = FencedProducer(
            **self._arguments,
            request_timeout_ms=REQUEST_MILLISECONDS,
            # New partitions and leaders are seen within half a minute.
            metadata_max_age_ms=30_000,
            acks="all",
            # With idempotence a batch never expires: futures and stop() would hang for as long as
            # the broker is away. The Storer's primary key drops repeats.
            enable_idempotence=False,
            max_batch_size=262_144,
        )
        try:
            await producer.start()
            await producer.partitions_for(self._settings.topic)
        except BaseException:
            await producer.close()
            raise
        return producer

    async def _publish_group(
        self, messages: Sequence[Message], *, send_until: float
    ) -> list[Outcome]:
        """Send messages together, as batches: `send()` would make a future for each record."""
        topic = self._settings.topic
        producer = self._connected()
        producer.send_until = send_until
        outcomes: list[Outcome] = []
        sent: list[tuple[list[Reminder], asyncio.Future[Any]]] = []
        try:
            async with asyncio.timeout(send_until - time.monotonic()):
                partitions = sorted(await producer.partitions_for(topic))
                for batch in pack(messages, partitions, new_records=producer.create_batch):
                    # Waits while the partition's last batch is in the buffer. If send_batch() is
                    # cancelled, it sends nothing.
                    future = await producer.send_batch(
                        batch.records, topic, partition=batch.partition
                    )
                    sent.append((batch.reminders, future))
        except (KafkaError, TimeoutError) as error:
            outcomes.append(([], error))
        if sent:
            remaining = send_until + ACKNOWLEDGE_SECONDS - time.monotonic()
            await asyncio.wait([future for _, future in sent], timeout=remaining)
        for reminders, future in sent:
            outcomes.append((reminders, future.exception() if future.done() else TimeoutError()))
        return outcomes

    def _connected(self) -> FencedProducer:
        if self._producer is None or self._has_failed:
            raise BrokerUnavailable("not connected")
        return self._producer


def _groups(messages: Sequence[Message]) -> Iterator[Sequence[Message]]:
    """All new messages together, then each that was refused before alone.

    Kafka refuses whole batches, so a bad record would take the others with it again.
    """
    if new := [message for message in messages if not message.reminder.attempts]:
        yield new
    for message in messages:
        if message.reminder.attempts:
            yield [message]


def _outage(outcomes: Sequence[Outcome]) -> str | None:
    """The first error that would have happened to any other record too."""
    for _, error in outcomes:
        if error is not None and not isinstance(error, REFUSALS):
            return type(error).__name__
    return None
