"""Who gets notifications in a run: receivers of webhooks, and followers of streams."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

import asyncpg

from calendar_faults import history, queries
from calendar_faults.follower import Follower
from calendar_faults.receiver import Receiver
from calendar_faults.recorder import Recorder
from calendar_faults.waiting import TIME_FACTOR, wait_until

_BEGIN_SECONDS: Final = 10.0

Sql = Callable[..., Awaitable[Any]]


class Recipients:
    """The receivers and followers of one run; without any, everything is received."""

    def __init__(
        self, recorder: Recorder, *, sql: Sql, storers: Callable[[], Sequence[str]]
    ) -> None:
        self.receivers: list[Receiver] = []
        self.followers: list[Follower] = []
        self._recorder = recorder
        self._sql = sql
        self._storers = storers
        self._tasks: list[asyncio.Task[None]] = []

    async def receive(self, *names: str) -> list[Receiver]:
        """Receivers of webhooks, one for each endpoint of the storers that are added later."""
        receivers = [Receiver(name, recorder=self._recorder) for name in names]
        self.receivers += receivers
        await self._begin(receiver.run for receiver in receivers)
        return receivers

    async def follow(self, users: Iterable[str]) -> list[Follower]:
        """A follower of each of these users, none of whom has a notification yet.

        Every second one breaks off its connections by itself.
        """
        followers: list[Follower] = []
        for number, user in enumerate(users):
            name = f"client-{len(self.followers) + number}"
            is_restless = number % 2 == 1
            followers.append(Follower(name, user, is_restless=is_restless, recorder=self._recorder))
            self._recorder.add(history.Follower(client=name, user=user))
        self.followers += followers
        await self._begin(partial(follower.run, self._storers) for follower in followers)
        return followers

    async def _begin(
        self, runs: Iterable[Callable[[asyncio.Event], Coroutine[Any, Any, None]]]
    ) -> None:
        """Start tasks, and wait until each has set its event."""
        for run in runs:
            begun = asyncio.Event()
            self._tasks.append(asyncio.create_task(run(begun)))
            async with asyncio.timeout(_BEGIN_SECONDS * TIME_FACTOR):
                await begun.wait()

    async def end(self) -> None:
        """Nobody receives anything any more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def pending(self, *, stored_by: datetime) -> dict[str, set[UUID]]:
        """What is still to be delivered to each endpoint, or is parked."""
        found: dict[str, set[UUID]] = {receiver.name: set() for receiver in self.receivers}
        for endpoint, notification_id in await self._sql(queries.PENDING, stored_by):
            found[endpoint].add(notification_id)
        return found

    async def missing(self, *, stored_by: datetime) -> dict[str, int]:
        """How many of the notifications stored by then each has yet to get; not if it has all.

        Receivers that refuse are left out. Raises the error of one that has ended.
        """
        for task in self._tasks:
            if task.done():
                await task
        pending = await self.pending(stored_by=stored_by)
        stored = dict(await self._sql(queries.STORED_OF_USERS, stored_by))
        missing = {
            **{each.name: len(pending[each.name]) for each in self.receivers if not each.refuses},
            **{each.client: stored.get(each.user, 0) - each.count for each in self.followers},
        }
        return {name: number for name, number in missing.items() if number > 0}

    async def wait_for_everything(self, *, seconds: float) -> None:
        """Wait until all have got what is stored by now."""
        now = self._recorder.now()
        missing: dict[str, int] | None = None

        async def is_received() -> bool:
            nonlocal missing
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                missing = await self.missing(stored_by=now)
            return missing == {}

        try:
            await wait_until(is_received, seconds=seconds, what="everything is received")
        except AssertionError as error:
            error.add_note(f"missing: {missing}")
            raise
