"""aiokafka's producer, with an end to everything: to batches, to closing, to what is late."""

import asyncio
from contextlib import suppress
from typing import Any, Final

from aiokafka import AIOKafkaProducer  # type: ignore[import-untyped]
from aiokafka.errors import KafkaError  # type: ignore[import-untyped]
from aiokafka.protocol.produce import ProduceRequest  # type: ignore[import-untyped]

from calendar_scheduler.clock import now

BATCH_BYTES: Final = 262_144
CLOSE_SECONDS: Final = 1.5


class SentTooLate(KafkaError):  # type: ignore[misc] # noqa: N818
    """A record lay in the buffer until its reminder may have been somebody else's."""


class Producer(AIOKafkaProducer):  # type: ignore[misc]
    """Sends no record after `send_until`, by the event loop's clock."""

    def __init__(self, arguments: dict[str, Any]) -> None:
        super().__init__(
            **arguments,
            acks="all",
            # With idempotence a batch never expires: futures and stop() would hang as long as
            # the broker is away. Repeats are dropped by the Storer's primary key.
            enable_idempotence=False,
            # A batch is put into the buffer at once: to wait for more would only cost time.
            linger_ms=0,
            max_batch_size=BATCH_BYTES,
        )
        self.send_until = 0.0
        self._send_request = self.client.send
        self.client.send = self._send_in_time

    async def close(self) -> None:
        """Ends it, though its broker may be frozen: what is not sent by then never is."""
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.stop()
        except TimeoutError:
            # stop() flushes, for as long as that takes, and there is no other public end.
            self._sender.sender_task.cancel()
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self.client.close()

    async def _send_in_time(self, node_id: int, request: Any, **options: Any) -> Any:
        """Looks at the clock where a request goes out, as late as can be.

        `send()` only fills a buffer. A scheduler that was frozen then, and woke up, would send for
        an event that has been deleted since.
        """
        if isinstance(request, ProduceRequest):
            # Connects, so that nothing is waited for between the look and the sending.
            await self.client.ready(node_id)
            if now() > self.send_until:
                raise SentTooLate
        return await self._send_request(node_id, request, **options)
