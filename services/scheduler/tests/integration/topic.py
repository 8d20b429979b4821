"""The test's topic, as an operator and a consumer see it."""

import json
from typing import Any

from aiokafka import AIOKafkaConsumer  # type: ignore[import-untyped]
from aiokafka.admin.config_resource import (  # type: ignore[import-untyped]
    ConfigResource,
    ConfigResourceType,
)

from calendar_scheduler.config import Settings


class Topic:
    """The test's topic, as an operator and a consumer see it."""

    def __init__(self, settings: Settings, admin: Any) -> None:
        self.name = settings.kafka.topic
        self._servers = settings.kafka.bootstrap_servers
        self._admin = admin

    async def records(self) -> list[Any]:
        """All that it holds now."""
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

    async def values(self, field: str) -> list[Any]:
        """One field of all messages."""
        return [json.loads(record.value)[field] for record in await self.records()]

    async def configure(self, values: dict[str, str]) -> None:
        resource = ConfigResource(ConfigResourceType.TOPIC, self.name, values)
        await self._admin.alter_configs([resource])

    async def refuse_everything(self) -> None:
        """Kafka answers, but takes no record: all are too old for it."""
        await self.configure(
            {"message.timestamp.type": "CreateTime", "message.timestamp.before.max.ms": "0"}
        )

    async def take_everything(self) -> None:
        await self.configure({"message.timestamp.type": "LogAppendTime"})

    async def delete(self) -> None:
        await self._admin.delete_topics([self.name])

    async def describe(self, name: str) -> tuple[int, dict[str, str]]:
        """Partitions and configuration of a topic."""
        (topic,) = await self._admin.describe_topics([name])
        (response,) = await self._admin.describe_configs(
            [ConfigResource(ConfigResourceType.TOPIC, name)]
        )
        configuration = {key: value for key, value, *_ in response.resources[0][4]}
        return len(topic["partitions"]), configuration
