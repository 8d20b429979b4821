"""The test's topic, as an operator and a consumer see it."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer  # type: ignore[import-untyped]
from aiokafka.admin import NewPartitions, NewTopic  # type: ignore[import-untyped]
from aiokafka.admin.config_resource import (  # type: ignore[import-untyped]
    ConfigResource,
    ConfigResourceType,
)
from tests.integration.waiting import eventually

from calendar_scheduler.config import Settings


class Topic:
    """The test's topic, as an operator and a consumer see it."""

    def __init__(self, settings: Settings, admin: Any) -> None:
        self.name = settings.kafka.topic
        self._servers = settings.kafka.bootstrap_servers
        self._partitions = settings.kafka.partitions
        self._admin = admin

    async def records(self) -> list[Any]:
        """All records of the topic."""
        consumer = AIOKafkaConsumer(
            self.name, bootstrap_servers=self._servers, auto_offset_reset="earliest"
        )
        await consumer.start()
        try:
            ends = await consumer.end_offsets(consumer.assignment())
            records: list[Any] = []
            while len(records) < sum(ends.values()):
                for some in (await consumer.getmany(timeout_ms=200)).values():
                    records += some
            return records
        finally:
            await consumer.stop()

    async def messages(self) -> list[dict[str, Any]]:
        """All messages, with their IDs and times parsed. Those of one user are in order."""
        messages = [json.loads(record.value) for record in await self.records()]
        for message in messages:
            message |= {name: UUID(message[name]) for name in ("notification_id", "event_id")}
            for name in ("event_date", "notify_at"):
                message[name] = datetime.fromisoformat(message[name])
        return messages

    async def values(self, field: str) -> list[Any]:
        """One field of all messages."""
        return [json.loads(record.value)[field] for record in await self.records()]

    async def create(self, **configs: str) -> None:
        """Create it before a scheduler does: a change of its configuration takes effect late."""
        made = await self._admin.create_topics(
            [NewTopic(self.name, self._partitions, 1, topic_configs=configs)]
        )
        assert [code for _, code, _ in made.topic_errors] == [0]

    async def add_partitions(self, count: int) -> None:
        """Increase the number of partitions to `count`."""
        await self._admin.create_partitions({self.name: NewPartitions(count)})

    async def delete(self) -> None:
        """Delete it and wait until it is gone, which is some time after Kafka's answer."""
        await self._admin.delete_topics([self.name])

        async def is_gone() -> bool:
            return self.name not in await self._admin.list_topics()

        await eventually(is_gone)

    async def describe(self, name: str) -> tuple[int, dict[str, str]]:
        """Partitions and configuration of a topic."""
        (topic,) = await self._admin.describe_topics([name])
        (response,) = await self._admin.describe_configs(
            [ConfigResource(ConfigResourceType.TOPIC, name)]
        )
        configuration = {key: value for key, value, *_ in response.resources[0][4]}
        return len(topic["partitions"]), configuration
