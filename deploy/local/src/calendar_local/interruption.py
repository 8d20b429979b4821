"""Signal handling: SIGINT, SIGTERM and SIGHUP shut down gracefully."""

import asyncio
import os
import signal
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

_Result = TypeVar("_Result")

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_WATCH_SECONDS = 0.5


class Interruption:
    """The first signal cancels the work; later signals do not interrupt the clean-up."""

    def __init__(self) -> None:
        self.signal: signal.Signals | None = None

    async def run(self, work: Coroutine[Any, Any, _Result]) -> _Result | None:
        """Return the result of the work, or None if a signal cancelled it."""
        task = asyncio.ensure_future(work)

        def interrupt(received: signal.Signals) -> None:
            if self.signal is None:
                self.signal = received
                task.cancel()

        for each in _SIGNALS:
            asyncio.get_running_loop().add_signal_handler(each, interrupt, each)
        watch = asyncio.ensure_future(_parent_is_interrupted())
        watch.add_done_callback(lambda _: interrupt(signal.SIGINT))
        try:
            return await task
        except asyncio.CancelledError:
            if self.signal is None:
                raise
            return None
        finally:
            watch.cancel()


async def _parent_is_interrupted() -> None:
    """Return when the parent `make` has received a SIGINT that was sent only to it.

    Make forwards SIGTERM to its children but not SIGINT, which a terminal sends to all processes.
    It then waits for its children and no longer catches the signal, which `/proc` shows.
    """
    status = Path(f"/proc/{os.getppid()}/status")
    # A make in the background of a script ignores the signal.
    if not _is_of_make(status) or not _catches_interrupts(status):
        await asyncio.Event().wait()
    while _catches_interrupts(status):  # noqa: ASYNC110 - there is no event
        await asyncio.sleep(_WATCH_SECONDS)


def _is_of_make(status: Path) -> bool:
    return status.exists() and status.read_text().startswith(("Name:\tmake\n", "Name:\tgmake\n"))


def _catches_interrupts(status: Path) -> bool:
    """Whether the process exists and catches SIGINT."""
    if not status.exists():
        return False
    [mask] = (
        line.split()[1] for line in status.read_text().splitlines() if line.startswith("SigCgt:")
    )
    return bool(int(mask, 16) & 1 << (signal.SIGINT - 1))


def interrupt_before_the_loop() -> None:
    """Raise KeyboardInterrupt for the signals until the event loop handles them."""
    for each in _SIGNALS:
        signal.signal(each, signal.default_int_handler)
