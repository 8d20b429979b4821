"""The least that a reminder could need: once to PostgreSQL, once through Kafka."""

import asyncio
import secrets
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition  # type: ignore[import-untyped]

from calendar_benchmarks.stage import Stage
from calendar_benchmarks.topic import create_topic, messages


class RoundTrips:
    """A connection to each server."""

    def __init__(self, database: Any, producer: Any, consumer: Any, topic: str) -> None:
        self._database = database
        self._producer = producer
        self._consumer = consumer
        self._topic = topic

    async def measure(self, seconds: float, *, pace: float) -> dict[str, float]:
        """Goes there and back `pace` times a second; in milliseconds."""
        took = []
        for message in messages(round(seconds * pace)):
            await asyncio.sleep(1 / pace)
            began = time.perf_counter()
            await self._database.fetchval("SELECT 1")
            await self._producer.send(self._topic, message.value, key=message.key, partition=0)
            await self._consumer.getone()
            took.append((time.perf_counter() - began) * 1000)
        return {"median": statistics.median(took), "p99": _p99(took)}


@asynccontextmanager
async def round_trips(stage: Stage, *, dsn: str) -> AsyncIterator[RoundTrips]:
    """Connects, until the block ends."""
    servers, topic = stage.kafka.bootstrap_servers, f"bench-{secrets.token_hex(4)}"
    await create_topic(servers, topic)
    database = await asyncpg.connect(dsn)
    try:
        async with (
            AIOKafkaProducer(bootstrap_servers=servers, acks="all") as producer,
            AIOKafkaConsumer(bootstrap_servers=servers, enable_auto_commit=False) as consumer,
        ):
            consumer.assign([TopicPartition(topic, 0)])
            yield RoundTrips(database, producer, consumer, topic)
    finally:
        await database.close()


def _p99(values: list[float]) -> float:
    """Between the two values nearest to it, as PostgreSQL's `percentile_cont`."""
    return statistics.quantiles(values, n=100, method="inclusive")[98]
