"""Runs requests that arrive at the same time as one batch, such as one SQL statement.

A batch costs one commit and one round trip to PostgreSQL (docs/adr/0010). Knows no SQL.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

Request = TypeVar("Request")
Result = TypeVar("Result")

MAX_REQUESTS: Final = 50
"""Requests in a batch. Limits its size, and how long a request waits for the others in it."""

STALL_TIMEOUT: Final = 0.05
"""Seconds after which a batch no longer holds up the next one, which uses its own connection."""


class RequestBatcher(Generic[Request, Result]):
    """Runs one batch at a time; requests that arrive meanwhile form the next one.

    `run` returns one result for each request of a batch, in order. An error that it raises is
    raised to each of these requests. A request that is cancelled does not affect the others.
    """

    def __init__(self, run: Callable[[list[Request]], Awaitable[list[Result]]]) -> None:
        self._run = run
        self._waiting: list[tuple[Request, asyncio.Future[Result]]] = []
        self._tasks = set[asyncio.Task[None]]()
        # The task that runs the batch after this one; none if there is none, or if it has stalled.
        self._current: asyncio.Task[None] | None = None

    async def __call__(self, request: Request) -> Result:
        """The result of the request, which is run with the next batch."""
        result: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, result))
        if self._current is None:
            self._start()
        return await result

    def _start(self) -> None:
        # A task begins after the callbacks that are ready now, so their requests join the batch.
        self._current = asyncio.create_task(self._run_batches())
        self._tasks.add(self._current)
        self._current.add_done_callback(self._tasks.discard)

    async def _run_batches(self) -> None:
        """Runs one batch after the other, until no request is waiting or a batch has stalled."""
        this = asyncio.current_task()
        try:
            while self._waiting and self._current is this:
                batch = self._waiting[:MAX_REQUESTS]
                self._waiting = self._waiting[MAX_REQUESTS:]
                await self._run_batch([each for each in batch if not each[1].done()])
        finally:
            if self._current is this:
                self._current = None

    def _start_next_batch(self) -> None:
        self._current = None
        if self._waiting:
            self._start()

    async def _run_batch(self, batch: list[tuple[Request, asyncio.Future[Result]]]) -> None:
        if not batch:  # All requests were cancelled.
            return
        stall = asyncio.get_running_loop().call_later(STALL_TIMEOUT, self._start_next_batch)
        try:
            results = await self._run([request for request, _ in batch])
        except Exception as error:  # noqa: BLE001 - raised to each request
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
        else:
            for (_, future), result in zip(batch, results, strict=True):
                if not future.done():
                    future.set_result(result)
        finally:
            stall.cancel()
            for _, future in batch:
                future.cancel()  # Has an effect only if the batch itself was cancelled.
