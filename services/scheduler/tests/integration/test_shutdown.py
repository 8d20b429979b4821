import asyncio
import os
import signal
from collections.abc import AsyncIterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from calendar_scheduler import server
from calendar_scheduler.config import Http, Settings
from calendar_scheduler.sender import Sender


@pytest.fixture
async def exits(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[int]]:
    """Codes of hard exits, which would end the tests too."""
    codes: list[int] = []
    monkeypatch.setattr(os, "_exit", codes.append)
    yield codes
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().remove_signal_handler(number)


async def run_with_step(
    step: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    monkeypatch.setattr(Sender, "step", step)
    with capture_logs() as lines:
        async with asyncio.timeout(10):
            await server._run(settings.model_copy(update={"http": Http(port=0)}))
    return [line["event"] for line in lines]


async def test_a_step_that_hangs_is_cut_short(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, exits: list[int]
) -> None:
    monkeypatch.setattr(server, "DRAIN_SECONDS", 0.1)

    async def hang(_sender: Sender) -> float:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.Event().wait()
        return 0

    events = await run_with_step(hang, settings, monkeypatch)

    assert events[-2:] == ["drain_cut_short", "scheduler_stopped"]
    assert exits == []


async def test_what_cannot_be_cut_short_is_ended_hard(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, exits: list[int]
) -> None:
    monkeypatch.setattr(server, "HARD_EXIT_SECONDS", 0.1)

    async def hang_until_ended(_sender: Sender) -> float:
        os.kill(os.getpid(), signal.SIGTERM)
        while not exits:  # noqa: ASYNC110 - another thread fills it
            await asyncio.sleep(0.01)
        return 0

    await run_with_step(hang_until_ended, settings, monkeypatch)

    assert exits == [0]


async def test_a_part_that_breaks_ends_the_process(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, exits: list[int]
) -> None:
    async def break_(*_arguments: object, **_keywords: object) -> None:
        raise LookupError

    monkeypatch.setattr("calendar_scheduler.loop.repeat", break_)

    with pytest.raises(ExceptionGroup) as caught:
        await server._run(settings.model_copy(update={"http": Http(port=0)}))

    assert caught.group_contains(LookupError)
    assert exits == []
