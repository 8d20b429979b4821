"""Two people who write into one calendar and take care of each other by If-Match."""

import asyncio
import random
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from calendar_faults.client import Client
from calendar_faults.history import Content
from calendar_faults.recorder import Recorder

AHEAD: Final = timedelta(days=1)
"""Their events are far off: it is the API's promises that they try."""

WRITES: Final = 10
"""What each does with one event; of a longer story there are too many orders to judge."""


class Pair:
    """Both know the same event; when they are done with it, they go on with another."""

    def __init__(
        self, name: str, *, client: Client, recorder: Recorder, pause: float, dice: random.Random
    ) -> None:
        self.name = name
        self._client = client
        self._recorder = recorder
        self._pause = pause
        self._dice = dice

    async def live(self, stop: asyncio.Event) -> None:
        """Writes until `stop` is set."""
        while not stop.is_set():
            event = uuid4()
            await self._client.create(self.name, {event: self._content()})
            async with asyncio.TaskGroup() as both:
                both.create_task(self._write(event, stop))
                both.create_task(self._write(event, stop))

    async def _write(self, event: UUID, stop: asyncio.Event) -> None:
        for _ in range(WRITES):
            found = await self._client.read(self.name, event)
            if version := found.versions.get(event):
                await self._client.change(self.name, event, self._content(), if_match=version)
            try:
                async with asyncio.timeout(self._dice.expovariate(1 / self._pause)):
                    await stop.wait()
                    return
            except TimeoutError:
                continue

    def _content(self) -> Content:
        return Content(
            title=f"Ours {uuid4().hex[:6]}",
            starts_at=self._recorder.now() + AHEAD,
            notify_before=timedelta(minutes=5),
        )
