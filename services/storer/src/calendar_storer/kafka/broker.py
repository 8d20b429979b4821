"""The Kafka cluster of the settings: its topics, and the lifetimes of its clients."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from calendar_storer.kafka.connection import (
    admin_client,
    client_arguments,
    create_missing_topics,
    new_dead_letter_topic,
    translate_errors,
)
from calendar_storer.settings.kafka import Kafka

PROBE_SECONDS: Final = 1.0
PROBE_MILLISECONDS: Final = 900
CREATE_MILLISECONDS: Final = 1500

START_SECONDS: Final = 3.0
STOP_SECONDS: Final = 1.5
CLOSE_SECONDS: Final = 0.5
CLIENT_STOP_SECONDS: Final = STOP_SECONDS + CLOSE_SECONDS


class Broker:
    """The Kafka cluster of the settings."""

    def __init__(self, settings: Kafka) -> None:
        """Reads the certificates.

        Raises:
            ConfigError: one of them cannot be used.
        """
        self.topic: Final = settings.topic
        self.client_arguments: Final = client_arguments(settings)
        self._settings = settings

    async def topics(self) -> list[str]:
        """The names of all topics. A request for one topic by its name might create it.

        Raises:
            BrokerUnavailable: no answer within a second.
        """
        with translate_errors():
            async with (
                asyncio.timeout(PROBE_SECONDS),
                admin_client(self.client_arguments, request_timeout_ms=PROBE_MILLISECONDS) as admin,
            ):
                names: list[str] = await admin.list_topics()
                return names

    async def create_dead_letter_topic(self) -> None:
        """Creates the topic, unless it exists: the Scheduler creates it, too.

        Raises:
            BrokerUnavailable: Kafka does not answer, or refuses.
        """
        async with admin_client(
            self.client_arguments, request_timeout_ms=CREATE_MILLISECONDS
        ) as admin:
            await create_missing_topics(admin, [new_dead_letter_topic(self._settings)])


@asynccontextmanager
async def running(client: Any, connections: Any) -> AsyncIterator[None]:
    """Starts a client of aiokafka, and stops it within seconds, whatever its state.

    Raises:
        BrokerUnavailable: it cannot be started.
    """
    try:
        with translate_errors():
            async with asyncio.timeout(START_SECONDS):
                await client.start()
        yield
    finally:
        # While the broker is away, stop() waits for as long as a request may take, or ends with the
        # cancellation of one of its own tasks and leaves the connections open.
        for close, seconds in ((client.stop, STOP_SECONDS), (connections.close, CLOSE_SECONDS)):
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await asyncio.gather(close(), return_exceptions=True)
