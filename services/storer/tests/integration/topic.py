"""A topic, its consumer group and its dead letter topic."""

import asyncio
from typing import Any
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition  # type: ignore[import-untyped]
from aiokafka.admin import AIOKafkaAdminClient, NewTopic  # type: ignore[import-untyped]

from calendar_contracts import Notification
from calendar_contracts.headers import NOTIFICATION_HEADERS
from tests.integration.storer import Storer
from tests.integration.waiting import DEADLINE, eventually


class Topic:
    """A topic of the test's own and the consumer group that reads it."""

    def __init__(
        self, servers: str, admin: AIOKafkaAdminClient, producer: AIOKafkaProducer
    ) -> None:
        self._servers = servers
        self.name = f"test-{uuid4().hex[:12]}"
        self.group = f"{self.name}-group"
        self._admin = admin
        self._producer = producer

    async def create(self, *, partitions: int = 3) -> None:
        response = await self._admin.create_topics([NewTopic(self.name, partitions, 1)])
        assert [code for _, code, _ in response.topic_errors] == [0]

    async def send(self, *notifications: Notification) -> None:
        for sent in notifications:
            await self._producer.send(
                self.name,
                sent.encode(),
                key=sent.user_id.encode(),
                headers=list(NOTIFICATION_HEADERS),
            )
        await self._producer.flush()

    async def send_raw(self, value: bytes | None, **options: Any) -> int:
        """Sends to partition 0 by default; returns the offset."""
        options = {"key": b"ann", "partition": 0} | options
        sent = await self._producer.send_and_wait(self.name, value, **options)
        offset: int = sent.offset
        return offset

    async def committed(self) -> int:
        """The sum of the group's committed offsets: how many records it is done with."""
        offsets = await self._admin.list_consumer_group_offsets(self.group)
        return sum(each.offset for tp, each in offsets.items() if tp.topic == self.name)

    async def is_done_with(self, records: int) -> None:
        async def done() -> bool:
            return await self.committed() == records

        await eventually(done)

    async def dead_letters(self, count: int, *, once_by: Storer | None = None) -> list[Any]:
        """One dead letter of each record, when there are `count` of them.

        A batch that fails after its dead letters were written has them written again. `once_by` is
        the storer that wrote each once: unless it counted a failure, a repeat is a defect.
        """
        letters: dict[bytes, Any] = {}
        written = 0
        name = f"{self.name}.dlq"
        async with AIOKafkaConsumer(
            name, bootstrap_servers=self._servers, auto_offset_reset="earliest"
        ) as consumer:
            async with asyncio.timeout(DEADLINE):
                while len(letters) < count:
                    for batch in (await consumer.getmany(timeout_ms=200)).values():
                        for record in batch:
                            origin = b"%b/%b" % (
                                dict(record.headers)["dead-letter-partition"],
                                dict(record.headers)["dead-letter-offset"],
                            )
                            letters.setdefault(origin, record)
            if once_by is not None:
                partitions = [TopicPartition(name, n) for n in consumer.partitions_for_topic(name)]
                written = sum((await consumer.end_offsets(partitions)).values())
        if once_by is not None and not await once_by.metric_sum("calendar_storer_failures_total"):
            assert written == count
        return list(letters.values())

    async def delete(self) -> None:
        await self._admin.delete_topics([self.name, f"{self.name}.dlq"])
