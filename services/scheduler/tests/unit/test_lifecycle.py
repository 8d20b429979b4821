"""From start to stop: the port, the signals, the exit codes and the log lines."""

import asyncio
import os
import signal
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from calendar_scheduler import __version__, app, lifecycle
from calendar_scheduler.errors import ConfigError
from calendar_scheduler.settings.types import Http

ANY_PORT = Http(port=0)


def refusal(http: Http) -> str:
    async def serve(_listener: socket.socket, _stop: asyncio.Event) -> None:
        raise AssertionError

    with pytest.raises(ConfigError) as raised:
        lifecycle.run(serve, http)
    return str(raised.value)


@pytest.fixture
def lines() -> Iterator[list[Any]]:
    with capture_logs() as lines:
        yield lines


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_stops_the_service_and_is_logged(number: signal.Signals, lines: list[Any]) -> None:
    ports = []

    async def serve(listener: socket.socket, stop: asyncio.Event) -> None:
        ports.append(listener.getsockname()[1])
        os.kill(os.getpid(), number)
        os.kill(os.getpid(), number)
        await stop.wait()

    assert lifecycle.run(serve, ANY_PORT, topic="a topic") == 0

    assert [line["event"] for line in lines] == [
        "service_started",
        "service_stopping",
        "service_stopped",
    ]
    started = lines[0]
    assert (started["version"], started["topic"]) == (__version__, "a topic")
    assert (started["host"], started["port"]) == ("127.0.0.1", ports[0])


def test_bug_ends_the_service_with_1(lines: list[Any]) -> None:
    async def serve(_listener: socket.socket, _stop: asyncio.Event) -> None:
        raise ZeroDivisionError

    assert lifecycle.run(serve, ANY_PORT) == 1
    assert lines[-1]["event"] == "service_failed"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_taken_port_is_an_error_of_the_settings(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as taken:
        port = taken.getsockname()[1]
        message = refusal(Http(host=host, port=port))

    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    assert message == (
        f"http.port: cannot listen on {where}: Address already in use;"
        " set another port in the file or as CALENDAR_HTTP__PORT"
    )


@pytest.mark.parametrize("host", ["203.0.113.1", "a..b"])
def test_host_of_another_machine_is_an_error_of_the_settings(host: str) -> None:
    message = refusal(Http(host=host, port=8080))

    assert message.startswith(f"http.host: cannot listen on {host}:8080: ")
    assert message.endswith("; set another host in the file or as CALENDAR_HTTP__HOST")


def test_all_that_may_take_its_time_to_stop_is_done_a_second_before_the_hard_exit() -> None:
    assert app.STOP_SECONDS <= lifecycle.HARD_EXIT_SECONDS - 1


def test_what_hangs_after_a_signal_is_cut_off(
    monkeypatch: pytest.MonkeyPatch, lines: list[Any]
) -> None:
    codes: list[int] = []
    monkeypatch.setattr(os, "_exit", codes.append)
    monkeypatch.setattr(lifecycle, "HARD_EXIT_SECONDS", 0.01)

    async def serve(_listener: socket.socket, _stop: asyncio.Event) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        async with asyncio.timeout(10):
            while not codes:  # noqa: ASYNC110 - another thread fills it
                await asyncio.sleep(0.01)

    lifecycle.run(serve, ANY_PORT)

    assert codes == [0]
    assert [line["event"] for line in lines][1] == "service_stopping"


@pytest.mark.usefixtures("lines")
def test_hard_exit_is_called_off_when_the_service_has_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    codes: list[int] = []
    monkeypatch.setattr(os, "_exit", codes.append)
    monkeypatch.setattr(lifecycle, "HARD_EXIT_SECONDS", 0.5)

    async def serve(_listener: socket.socket, stop: asyncio.Event) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        await stop.wait()

    assert lifecycle.run(serve, ANY_PORT) == 0

    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.join(timeout=10)
    assert codes == []
