"""A limit of time that many tasks are under at once, kept by one timer."""

import asyncio
from collections.abc import Callable


class TimeLimit:
    """`with limit():` ends the block as `async with asyncio.timeout(seconds)` would.

    A timer for each block takes four times as long to start and stop as all else that a limit
    does. All blocks have the same time, so they end in the order in which they began, and a timer
    for the oldest is enough.
    """

    def __init__(self, seconds: float, error: Callable[[], Exception] = TimeoutError) -> None:
        """`error` makes what is raised from a block whose time is up."""
        self.error = error
        self._seconds = seconds
        self._blocks: dict[Block, float] = {}  # and when they end, the oldest first
        self._timer: asyncio.TimerHandle | None = None

    def __call__(self) -> "Block":
        """A block, to be entered at once, in a task."""
        return Block(self)

    def begin(self, block: "Block", loop: asyncio.AbstractEventLoop) -> None:
        """From now on the time of `block` runs."""
        self._blocks[block] = loop.time() + self._seconds
        if self._timer is None:
            self._timer = loop.call_later(self._seconds, self._look, loop)

    def end(self, block: "Block") -> None:
        """`block` came to its end by itself, or its time is up."""
        self._blocks.pop(block, None)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        while self._blocks:
            oldest, end = next(iter(self._blocks.items()))
            if end > loop.time():
                self._timer = loop.call_at(end, self._look, loop)
                return
            self.end(oldest)
            oldest.interrupt()


class Block:
    """One task, for as long as it is in the block."""

    __slots__ = ("_cancellations", "_is_interrupted", "_limit", "_task")

    def __init__(self, limit: TimeLimit) -> None:
        self._limit = limit
        self._is_interrupted = False

    def __enter__(self) -> None:
        """Starts the time."""
        task = asyncio.current_task()
        assert task is not None, "only a task can be interrupted"
        self._task = task
        self._cancellations = task.cancelling()
        self._limit.begin(self, task.get_loop())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _traceback: object
    ) -> None:
        """Stops it. A cancellation that is not ours is passed on as what it is."""
        self._limit.end(self)
        if self._is_interrupted:
            is_ours = self._task.uncancel() <= self._cancellations
            if is_ours and kind is asyncio.CancelledError:
                raise self._limit.error() from error

    def interrupt(self) -> None:
        """The time is up."""
        self._is_interrupted = True
        self._task.cancel()
