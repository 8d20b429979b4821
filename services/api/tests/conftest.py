"""Time in the tests: none is taken from properties, and loops need not wait for theirs."""

import asyncio
import os
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import HealthCheck, settings

# A machine that pauses has not broken a property.
settings.register_profile(
    "untimed",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=500 if os.environ.get("WEEKLY") else 50,
)
settings.load_profile("untimed")

PassTime = Callable[[float], Awaitable[None]]


@pytest.fixture
async def pass_time(monkeypatch: pytest.MonkeyPatch) -> PassTime:
    """Lets seconds pass on the clock of the running loop, at once: what is due by then is done.

    So a limit can be one that no pause of the machine reaches.
    """
    loop = asyncio.get_running_loop()
    real_time = loop.time
    skipped = 0.0

    async def passing(seconds: float) -> None:
        nonlocal skipped
        await asyncio.sleep(0)  # Who was started before has begun by then.
        end = loop.create_future()
        loop.call_later(seconds, end.set_result, None)
        skipped += seconds
        await end

    monkeypatch.setattr(loop, "time", lambda: real_time() + skipped)
    return passing
