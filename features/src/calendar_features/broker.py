"""The Kafka topics: what is written to them, and writing to them as somebody else might."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, cast
from uuid import uuid4

from confluent_kafka import Consumer, Message, Producer, TopicPartition

Headers = Sequence[tuple[str, bytes]]

_SECONDS: Final = 60.0
"""For one answer of the broker."""


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
    """Reads what is written to a topic after it began to listen."""

    def __init__(self, consumer: Consumer, patience: float) -> None:
        self._consumer = consumer
        self._patience = patience
        self._heard: list[Record] = []

    def wait_for(self, wanted: Callable[[Record], bool], what: str) -> Record:
        """The first record that is wanted, among those heard already and those to come.

        Raises:
            AssertionError: it did not come in time.
        """
        deadline = time.monotonic() + self._patience
        checked = 0
        while True:
            for record in self._heard[checked:]:
                if wanted(record):
                    return record
            checked = len(self._heard)
            assert time.monotonic() < deadline, f"Waited {self._patience:g} s in vain: {what}"
            self._hear(0.1)

    def _hear(self, seconds: float) -> None:
        message = self._consumer.poll(seconds)
        if message is not None:
            assert message.error() is None, message.error()
            self._heard.append(_record(message))


class Broker:
    """One Kafka cluster, with the topic of notifications and that of dead letters."""

    def __init__(self, bootstrap_servers: str, *, topic: str, patience: float) -> None:
        self.topic = topic
        self.dead_letter_topic = f"{topic}.dlq"
        self._patience = patience
        self._servers = {"bootstrap.servers": bootstrap_servers}
        self._producer = Producer(self._servers)

    def write(self, *, key: str, value: bytes | None, headers: Headers) -> Record:
        """Writes one record to the first partition of the topic of notifications.

        Returns it with its place.
        """
        places: list[Message] = []

        def delivered(error: object, message: Message) -> None:
            assert error is None, error
            places.append(message)

        self._producer.produce(
            self.topic, value, key, 0, on_delivery=delivered, headers=list(headers)
        )
        assert self._producer.flush(_SECONDS) == 0, f"Kafka took no record for {self.topic}"
        return _record(places[0])

    @contextmanager
    def listen(self, topic: str) -> Iterator[Listener]:
        """Listens to all partitions of a topic, from now on."""
        consumer = Consumer(
            self._servers
            | {"group.id": f"calendar-features-{uuid4()}", "enable.auto.commit": False}
        )
        try:
            partitions = consumer.list_topics(topic, _SECONDS).topics[topic].partitions
            assert partitions, f"there is no topic {topic}"
            consumer.assign([_end(consumer, TopicPartition(topic, each)) for each in partitions])
            yield Listener(consumer, self._patience)
        finally:
            consumer.close()


def _end(consumer: Consumer, partition: TopicPartition) -> TopicPartition:
    watermarks = consumer.get_watermark_offsets(partition, _SECONDS)
    assert watermarks, f"Kafka does not say where {partition} ends"
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
        # The library's type speaks of what may be sent; what arrives is a list of these.
        headers=dict(cast("list[tuple[str, bytes]]", message.headers() or [])),
    )
