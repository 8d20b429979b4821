import asyncio
import json
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import closing
from functools import partial
from http.client import HTTPConnection
from typing import Any

import pytest
from structlog.testing import capture_logs

from calendar_scheduler import app, lifecycle
from calendar_scheduler.config import Http, Settings
from calendar_scheduler.reminders.poller import ReminderPoller


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
    monkeypatch.setattr(ReminderPoller, "step", step)
    hard_exit = lifecycle.hard_exit_timer()
    try:
        with capture_logs() as lines:
            async with asyncio.timeout(10):
                await lifecycle.serve_until_signal(
                    partial(app.serve, settings), Http(port=0), hard_exit
                )
    finally:
        hard_exit.cancel()
    return [line["event"] for line in lines]


async def test_a_step_that_hangs_is_cut_short(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, exits: list[int]
) -> None:
    monkeypatch.setattr(app, "DRAIN_SECONDS", 0.1)

    async def hang(_poller: ReminderPoller) -> float:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.Event().wait()
        return 0

    events = await run_with_step(hang, settings, monkeypatch)

    assert events[-2:] == ["service_stopping", "drain_cut_short"]
    assert exits == []


async def test_readiness_says_that_the_service_is_stopping(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, exits: list[int]
) -> None:
    answers = []

    async def ask_while_stopping(_poller: ReminderPoller) -> float:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0)  # Lets the signal's handler run.
        answers.append(await asyncio.to_thread(get, "/readyz"))
        answers.append(await asyncio.to_thread(get, "/healthz"))
        return 0

    def get(path: str) -> tuple[int, str]:
        with closing(HTTPConnection("127.0.0.1", ports[0], timeout=10)) as connection:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, json.load(response)["status"]

    ports = []
    serve = app.serve

    async def serve_and_note_port(
        settings: Settings, listener: socket.socket, stop: asyncio.Event
    ) -> None:
        ports.append(listener.getsockname()[1])
        await serve(settings, listener, stop)

    monkeypatch.setattr(app, "serve", serve_and_note_port)
    await run_with_step(ask_while_stopping, settings, monkeypatch)

    assert answers == [(503, "stopping"), (200, "alive")]
    assert exits == []


async def test_a_part_that_breaks_ends_the_process(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, exits: list[int]
) -> None:
    async def break_(*_arguments: object, **_keywords: object) -> None:
        raise LookupError

    monkeypatch.setattr("calendar_scheduler.periodic.run_periodically", break_)

    with pytest.raises(ExceptionGroup) as caught:
        await lifecycle.serve_until_signal(
            partial(app.serve, settings), Http(port=0), lifecycle.hard_exit_timer()
        )

    assert caught.group_contains(LookupError)
    assert exits == []
