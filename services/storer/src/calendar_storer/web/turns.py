"""Long computations on the event loop, in turns: short requests are answered in between."""

import asyncio
from time import monotonic
from typing import Final

TURN_SECONDS: Final = 0.005
"""How long a computation may run before it waits for its next turn."""

_turnstile: Final = asyncio.Lock()


async def next_turn() -> None:
    """Waits until everything else that is ready has run.

    Of all long computations only one runs in each iteration of the event loop, so that many of them
    do not add up to a long pause.
    """
    async with _turnstile:
        await asyncio.sleep(0)


class Turns:
    """For a long computation: it calls `pause` between its steps."""

    def __init__(self) -> None:
        self._end = monotonic() + TURN_SECONDS

    async def pause(self) -> None:
        """Waits for the next turn if this one is over."""
        if monotonic() > self._end:
            await next_turn()
            self._end = monotonic() + TURN_SECONDS
