"""The only module that uses private parts of aiokafka; its version is pinned for that (0.14.*)."""

import asyncio
import time
from contextlib import suppress
from typing import Any, Final

from aiokafka import AIOKafkaProducer  # type: ignore[import-untyped]
from aiokafka.errors import KafkaError  # type: ignore[import-untyped]
from aiokafka.protocol.produce import ProduceRequest  # type: ignore[import-untyped]

CLOSE_SECONDS: Final = 1.5


class SentTooLate(KafkaError):  # type: ignore[misc] # noqa: N818
    """A record was still in the buffer when its claim had become too old."""


class FencedProducer(AIOKafkaProducer):  # type: ignore[misc]
    """A producer with a fence at the socket: no record leaves after `send_until`.

    `send_batch()` only fills a buffer. A scheduler that is frozen after that, and resumes later,
    would otherwise publish reminders of events that have been deleted meanwhile.
    """

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.send_until = 0.0
        """By `time.monotonic()`; in the past until it is set."""
        self._unfenced_send = self.client.send
        self.client.send = self._fenced_send

    async def _fenced_send(self, node_id: int, request: Any, **options: Any) -> Any:
        if isinstance(request, ProduceRequest):
            # Connect first, so that nothing is awaited between the comparison and the send.
            await self.client.ready(node_id)
            if time.monotonic() > self.send_until:
                raise SentTooLate
        return await self._unfenced_send(node_id, request, **options)

    async def has_topic(self, topic: str) -> bool:
        """Ask the broker whether the topic exists.

        Raises:
            TimeoutError: the broker does not answer.
        """
        if not await self.client.force_metadata_update():
            raise TimeoutError
        return self.client.cluster.partitions_for_topic(topic) is not None

    async def close(self) -> None:
        """Stop within seconds, even if the broker is frozen. Buffered records are not sent."""
        self.send_until = 0.0
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.stop()
        except TimeoutError:
            # stop() waits for its flush without a limit.
            self._sender.sender_task.cancel()
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self.client.close()
