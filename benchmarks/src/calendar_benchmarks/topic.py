"""A topic seen from outside: made, filled, and watched as it grows."""

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
"""As many as the Scheduler makes."""
HEADERS: Final = (("content-type", b"application/json"), ("schema-version", b"1"))

_LOOK_SECONDS: Final = 0.05


@dataclass(frozen=True, slots=True)
class Message:
    """A notification as it travels."""

    key: bytes
    value: bytes


def messages(count: int, *, seed: int = 7) -> Iterator[Message]:
    """Notifications like those that `fill_reminders` leads to, never twice the same of one seed."""
    numbers = random.Random(seed)  # noqa: S311 - not for secrets
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
    """Makes a topic as the Scheduler does."""
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    try:
        await admin.start()
        configs = {"message.timestamp.type": "LogAppendTime"}
        await admin.create_topics([NewTopic(name, PARTITIONS, 1, topic_configs=configs)])
    finally:
        await admin.close()


@asynccontextmanager
async def producer(servers: str) -> AsyncIterator[AIOKafkaProducer]:
    """A producer as bare as can be, which waits for acknowledgements as the Scheduler does."""
    async with AIOKafkaProducer(
        bootstrap_servers=servers, acks="all", linger_ms=5, max_batch_size=262_144
    ) as opened:
        yield opened


async def send_all(sender: AIOKafkaProducer, topic: str, batch: list[Message]) -> None:
    """Returns when each message is acknowledged."""
    headers = list(HEADERS)
    sent = [
        await sender.send(topic, message.value, key=message.key, headers=headers)
        for message in batch
    ]
    await asyncio.gather(*sent)


class Watch:
    """How far a topic reaches, and how far a consumer group is with it."""

    def __init__(self, admin: Any, consumer: Any, partitions: list[TopicPartition]) -> None:
        self._admin = admin
        self._consumer = consumer
        self._partitions = partitions

    async def end(self) -> int:
        """How many records were ever appended."""
        return sum((await self._consumer.end_offsets(self._partitions)).values())

    async def until_appended(self, count: int, *, seconds: float) -> float:
        """Waits until so many records were appended; when the last was, in seconds since 1970.

        By the broker's clock, so that nobody has to look often.

        Raises:
            TimeoutError: it took too long.
        """
        async with asyncio.timeout(seconds):
            while await self.end() < count:  # noqa: ASYNC110 - of another process
                await asyncio.sleep(_LOOK_SECONDS)
        return await self._last_append()

    async def until_committed(self, count: int, *, group: str, seconds: float) -> None:
        """Waits until a group is done with so many records.

        Raises:
            TimeoutError: it took too long.
        """
        async with asyncio.timeout(seconds):
            while await self._committed(group) < count:  # noqa: ASYNC110 - as above
                await asyncio.sleep(_LOOK_SECONDS)

    async def _committed(self, group: str) -> int:
        offsets = await self._admin.list_consumer_group_offsets(group)
        return sum(max(0, each.offset) for each in offsets.values())

    async def _last_append(self) -> float:
        newest = 0
        ends = await self._consumer.end_offsets(self._partitions)
        for partition in [each for each in self._partitions if ends[each]]:
            self._consumer.seek(partition, ends[partition] - 1)
            record = await self._consumer.getone(partition)
            newest = max(newest, record.timestamp)
        return newest / 1000


@asynccontextmanager
async def watch(servers: str, topic: str) -> AsyncIterator[Watch]:
    """Looks at a topic that exists."""
    partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    try:
        await admin.start()
        async with AIOKafkaConsumer(bootstrap_servers=servers, enable_auto_commit=False) as reader:
            reader.assign(partitions)
            yield Watch(admin, reader, partitions)
    finally:
        await admin.close()
