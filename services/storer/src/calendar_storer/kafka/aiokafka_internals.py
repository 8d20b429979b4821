"""The private part of aiokafka that the Storer uses. A test fails if a new version changes it."""

from typing import Any

from aiokafka import AIOKafkaConsumer  # type: ignore[import-untyped]


def connections(consumer: AIOKafkaConsumer) -> Any:
    """The consumer's connections, which its stop() may leave open. A producer's are public."""
    return consumer._client  # noqa: SLF001
