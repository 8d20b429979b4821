"""Requests that wait at the same time are carried out together, in one statement.

One commit, and one trip to PostgreSQL, serve them all (docs/adr/0010). Knows no SQL.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

Asked = TypeVar("Asked")
Given = TypeVar("Given")

LARGEST: Final = 50
"""Requests in a group: what they carry is bounded, and so is how long one waits for the others."""

PATIENCE_SECONDS: Final = 0.05
"""How long others wait for a group before the next one goes beside it, on its own connection."""


class Together(Generic[Asked, Given]):
    """Collects what is asked for while a group is under way; that is the next group.

    `carry_out` gives one result for each request of a group, in order. What it raises is raised to
    all of them. A request that is cancelled leaves the others, and the statement, alone.
    """

    def __init__(self, carry_out: Callable[[list[Asked]], Awaitable[list[Given]]]) -> None:
        self._carry_out = carry_out
        self._waiting: list[tuple[Asked, asyncio.Future[Given]]] = []
        self._tasks = set[asyncio.Task[None]]()
        # Of these, the one that the others wait for: none, or none that is in time.
        self._current: asyncio.Task[None] | None = None

    async def __call__(self, asked: Asked) -> Given:
        """Waits for the group that `asked` goes with; the result for it."""
        result: asyncio.Future[Given] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, result))
        if self._current is None:
            self._start()
        return await result

    def _start(self) -> None:
        # A task begins when all those have asked who are about to.
        self._current = asyncio.create_task(self._serve())
        self._tasks.add(self._current)
        self._current.add_done_callback(self._tasks.discard)

    async def _serve(self) -> None:
        """Carries out one group after the other, until none waits or one takes too long."""
        this = asyncio.current_task()
        try:
            while self._waiting and self._current is this:
                group, self._waiting = self._waiting[:LARGEST], self._waiting[LARGEST:]
                await self._serve_group([each for each in group if not each[1].done()])
        finally:
            if self._current is this:
                self._current = None

    def _overtake(self) -> None:
        self._current = None
        if self._waiting:
            self._start()

    async def _serve_group(self, group: list[tuple[Asked, asyncio.Future[Given]]]) -> None:
        if not group:  # All have given up.
            return
        overdue = asyncio.get_running_loop().call_later(PATIENCE_SECONDS, self._overtake)
        try:
            given = await self._carry_out([asked for asked, _ in group])
        except Exception as error:  # noqa: BLE001 - each of those who wait raises it
            for _, result in group:
                if not result.done():
                    result.set_exception(error)
        else:
            for (_, result), each in zip(group, given, strict=True):
                if not result.done():
                    result.set_result(each)
        finally:
            overdue.cancel()
            for _, result in group:
                result.cancel()  # Only where the group itself was cancelled: nobody waits on.
