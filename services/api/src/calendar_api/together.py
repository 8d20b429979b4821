"""Requests that wait at the same time are carried out together, in one statement.

One commit, and one trip to PostgreSQL, serve them all (docs/adr/0010). Knows no SQL.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

Asked = TypeVar("Asked")
Given = TypeVar("Given")

AT_ONCE: Final = 2
"""Groups under way: while PostgreSQL works on one, the next one is made ready."""

LARGEST: Final = 50
"""Requests in a group: what they carry is bounded, and so is how long one waits for the others."""


class Together(Generic[Asked, Given]):
    """Collects what is asked for while earlier groups are under way.

    `carry_out` gives one result for each request of a group, in order. What it raises is raised to
    all of them. A request that is cancelled leaves the others, and the statement, alone.
    """

    def __init__(self, carry_out: Callable[[list[Asked]], Awaitable[list[Given]]]) -> None:
        self._carry_out = carry_out
        self._waiting: list[tuple[Asked, asyncio.Future[Given]]] = []
        self._groups = set[asyncio.Task[None]]()

    async def __call__(self, asked: Asked) -> Given:
        """Waits for the group that `asked` goes with; the result for it."""
        result: asyncio.Future[Given] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, result))
        if len(self._groups) < AT_ONCE:
            # It starts when those who are about to ask have asked.
            group = asyncio.create_task(self._serve())
            self._groups.add(group)
            group.add_done_callback(self._groups.discard)
        return await result

    async def _serve(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:LARGEST], self._waiting[LARGEST:]
            group = [(asked, result) for asked, result in group if not result.done()]
            if group:
                await self._carry_out_for(group)

    async def _carry_out_for(self, group: list[tuple[Asked, asyncio.Future[Given]]]) -> None:
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
