"""Kafka client: produces to the notification topic and reads topics."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, cast
from uuid import uuid4

from confluent_kafka import Consumer, Message, Producer, TopicPartition

Headers = Sequence[tuple[str, bytes]]

_TIMEOUT: Final = 60.0
"""Seconds, for one broker request."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """One record of a topic."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: dict[str, bytes]


class Listener:
    """Reads the records that are written to a topic from now on."""

    def __init__(self, consumer: Consumer, timeout: float) -> None:
        self._consumer = consumer
        self._timeout = timeout
        self._records: list[Record] = []

    def wait_for(self, matches: Callable[[Record], bool], what: str) -> Record:
        """Returns the first matching record, received already or later.

        Raises:
            AssertionError: no record matched in time.
        """
        deadline = time.monotonic() + self._timeout
        checked = 0
        while True:
            for record in self._records[checked:]:
                if matches(record):
                    return record
            checked = len(self._records)
            assert time.monotonic() < deadline, f"Timed out after {self._timeout:g} s: {what}"
            self._poll(0.1)

    def _poll(self, seconds: float) -> None:
        message = self._consumer.poll(seconds)
        if message is not None:
            assert message.error() is None, message.error()
            self._records.append(_record(message))


class Broker:
    """A Kafka cluster with the notification topic and its dead-letter topic."""

    def __init__(self, bootstrap_servers: str, *, topic: str, timeout: float) -> None:
        self.topic = topic
        self.dead_letter_topic = f"{topic}.dlq"
        self._timeout = timeout
        self._servers = {"bootstrap.servers": bootstrap_servers}
        self._producer = Producer(self._servers)

    def write(self, *, key: str, value: bytes | None, headers: Headers) -> Record:
        """Produces one record to partition 0 of the notification topic.

        Returns the record with its offset.
        """
        delivered: list[Message] = []

        def on_delivery(error: object, message: Message) -> None:
            assert error is None, error
            delivered.append(message)

        self._producer.produce(
            self.topic, value, key, 0, on_delivery=on_delivery, headers=list(headers)
        )
        assert self._producer.flush(_TIMEOUT) == 0, (
            f"Kafka did not accept a record for {self.topic}"
        )
        return _record(delivered[0])

    @contextmanager
    def listen(self, topic: str) -> Iterator[Listener]:
        """Reads all partitions of a topic, from their current ends."""
        consumer = Consumer(
            self._servers
            | {"group.id": f"calendar-features-{uuid4()}", "enable.auto.commit": False}
        )
        try:
            partitions = consumer.list_topics(topic, _TIMEOUT).topics[topic].partitions
            assert partitions, f"topic {topic} does not exist"
            consumer.assign([_end(consumer, TopicPartition(topic, each)) for each in partitions])
            yield Listener(consumer, self._timeout)
        finally:
            consumer.close()


def _end(consumer: Consumer, partition: TopicPartition) -> TopicPartition:
    watermarks = consumer.get_watermark_offsets(partition, _TIMEOUT)
    assert watermarks, f"no watermark offsets for {partition}"
    return TopicPartition(partition.topic, partition.partition, watermarks[1])


def _record(message: Message) -> Record:
    topic, partition, offset = message.topic(), message.partition(), message.offset()
    assert topic is not None
    assert partition is not None
    assert offset is not None
    return Record(
        topic=topic,
        partition=partition,
        offset=offset,
        key=message.key(),
        value=message.value(),
        # The library's type also covers what may be sent; received headers are a list of pairs.
        headers=dict(cast("list[tuple[str, bytes]]", message.headers() or [])),
    )
