"""A Kafka topic: create it, fill it, and watch its progress."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition  # type: ignore[import-untyped]
from aiokafka.admin import AIOKafkaAdminClient, NewTopic  # type: ignore[import-untyped]

PARTITIONS: Final = 6
"""As many as the Scheduler creates."""
HEADERS: Final = (("content-type", b"application/json"), ("schema-version", b"1"))

_POLL_SECONDS: Final = 0.05


@dataclass(frozen=True, slots=True)
class Message:
    """A notification as the Scheduler sends it."""

    key: bytes
    value: bytes


def messages(count: int) -> Iterator[Message]:
    """Notifications like those of the reminders that `fill_reminders` writes, always the same."""
    numbers = random.Random(7)  # noqa: S311 - not for secrets
    now = datetime.now(UTC)
    for number in range(count):
        user = f"user-{number % max(count // 10, 1)}"
        value = {
            "notification_id": str(UUID(int=numbers.getrandbits(128), version=4)),
            "event_id": str(UUID(int=numbers.getrandbits(128), version=4)),
            "title": f"Planning of week {number}",
            "event_date": now.isoformat(),
            "user_id": user,
            "notify_at": now.isoformat(),
        }
        yield Message(user.encode(), json.dumps(value, separators=(",", ":")).encode())


async def create_topic(servers: str, name: str) -> None:
    """Creates a topic with the Scheduler's settings."""
    async with _admin(servers) as admin:
        configs = {"message.timestamp.type": "LogAppendTime"}
        await admin.create_topics([NewTopic(name, PARTITIONS, 1, topic_configs=configs)])


@asynccontextmanager
async def producer(servers: str) -> AsyncIterator[AIOKafkaProducer]:
    """A producer that waits for the same acknowledgements as the Scheduler."""
    async with AIOKafkaProducer(
        bootstrap_servers=servers, acks="all", linger_ms=5, max_batch_size=262_144
    ) as opened:
        yield opened


async def send_all(sender: AIOKafkaProducer, topic: str, batch: list[Message]) -> None:
    """Returns when every message is acknowledged."""
    headers = list(HEADERS)
    sent = [
        await sender.send(topic, message.value, key=message.key, headers=headers)
        for message in batch
    ]
    await asyncio.gather(*sent)


class TopicProbe:
    """Reads the end of a topic and the offsets of a consumer group."""

    def __init__(self, admin: Any, consumer: Any, partitions: list[TopicPartition]) -> None:
        self._admin = admin
        self._consumer = consumer
        self._partitions = partitions

    async def end(self) -> int:
        """The number of records that were ever appended."""
        return sum((await self._consumer.end_offsets(self._partitions)).values())

    async def until_appended(self, count: int, *, seconds: float) -> float:
        """Waits for `count` records; the time of the last, in seconds since 1970.

        It is the broker's timestamp, so the interval of this poll does not matter.

        Raises:
            TimeoutError: it took too long.
        """
        async with asyncio.timeout(seconds):
            while await self.end() < count:  # noqa: ASYNC110 - of another process
                await asyncio.sleep(_POLL_SECONDS)
        return await self._last_timestamp()

    async def until_committed(self, count: int, *, group: str, seconds: float) -> None:
        """Waits until a consumer group has committed `count` records.

        Raises:
            TimeoutError: it took too long.
        """
        async with asyncio.timeout(seconds):
            while await self._committed(group) < count:  # noqa: ASYNC110 - as above
                await asyncio.sleep(_POLL_SECONDS)

    async def _committed(self, group: str) -> int:
        offsets = await self._admin.list_consumer_group_offsets(group)
        return sum(max(0, each.offset) for each in offsets.values())

    async def _last_timestamp(self) -> float:
        newest = 0
        ends = await self._consumer.end_offsets(self._partitions)
        for partition in [each for each in self._partitions if ends[each]]:
            self._consumer.seek(partition, ends[partition] - 1)
            record = await self._consumer.getone(partition)
            newest = max(newest, record.timestamp)
        return newest / 1000


@asynccontextmanager
async def probe(servers: str, topic: str) -> AsyncIterator[TopicProbe]:
    """Connects to a topic that exists."""
    partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
    async with (
        _admin(servers) as admin,
        AIOKafkaConsumer(bootstrap_servers=servers, enable_auto_commit=False) as consumer,
    ):
        consumer.assign(partitions)
        yield TopicProbe(admin, consumer, partitions)


@asynccontextmanager
async def _admin(servers: str) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(bootstrap_servers=servers)
    try:
        await client.start()
        yield client
    finally:
        await client.close()
