"""Two clients that change the same events at the same time."""

import asyncio
import random
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from calendar_faults.client import EventsClient, Revision
from calendar_faults.history import Content
from calendar_faults.recorder import Recorder
from calendar_faults.waiting import pause

WRITES_PER_EVENT: Final = 10
"""Of each writer of a pair; more have too many possible orders to be checked."""


class WriterPair:
    """Two clients that change the same event with If-Match; after some writes, another event."""

    def __init__(
        self,
        name: str,
        *,
        client: EventsClient,
        recorder: Recorder,
        pause: float,
        rng: random.Random,
    ) -> None:
        self.name = name
        self._client = client
        self._recorder = recorder
        self._mean_pause = pause
        self._rng = rng

    async def run(self, stop: asyncio.Event) -> None:
        """Write until `stop` is set."""
        while not stop.is_set():
            event = uuid4()
            await self._client.create(self.name, {event: self._content()})
            async with asyncio.TaskGroup() as both:
                both.create_task(self._write(event, stop))
                both.create_task(self._write(event, stop))

    async def _write(self, event: UUID, stop: asyncio.Event) -> None:
        for _ in range(WRITES_PER_EVENT):
            found = await self._client.read(self.name, event)
            if found.etag is not None:
                seen = Revision(found.versions[event], found.etag)
                await self._client.change(self.name, event, self._content(), if_match=seen)
            await pause(stop, self._mean_pause, self._rng)
            if stop.is_set():
                return

    def _content(self) -> Content:
        # Not due during the run: pairs test the API.
        return Content(
            title=f"Ours {uuid4().hex[:6]}",
            starts_at=self._recorder.now() + timedelta(days=1),
            notify_before=timedelta(minutes=5),
        )
