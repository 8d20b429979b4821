"""The producer of the dead letters."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaProducer  # type: ignore[import-untyped]

from calendar_storer.kafka.broker import Broker, running
from calendar_storer.kafka.connection import MAX_DEAD_LETTER_BYTES


@asynccontextmanager
async def producer(broker: Broker) -> AsyncIterator[AIOKafkaProducer]:
    """A producer whose sends are acknowledged by all replicas in sync, or fail, within seconds.

    Raises:
        BrokerUnavailable: Kafka does not answer.
    """
    client = AIOKafkaProducer(
        **broker.client_arguments,
        acks="all",
        # With idempotence aiokafka retries for as long as the broker is away.
        enable_idempotence=False,
        request_timeout_ms=1500,
        max_request_size=MAX_DEAD_LETTER_BYTES,
    )
    async with running(client, client.client):
        yield client
