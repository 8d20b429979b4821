"""The executable, run as a process."""

import asyncio
import json
import signal
import urllib.error
import urllib.request
from contextlib import suppress
from typing import Any

from tests.integration.waiting import eventually


class Process:
    """The executable, running."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.lines: list[dict[str, Any]] = []
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self.lines.append(json.loads(line))

    def logged(self, event: str, **values: object) -> list[dict[str, Any]]:
        return [
            line for line in self.lines if line["event"] == event and values.items() <= line.items()
        ]

    async def until_logged(self, event: str, **values: object) -> dict[str, Any]:
        async def is_logged() -> bool:
            assert self._process.returncode is None, self.lines
            return bool(self.logged(event, **values))

        await eventually(is_logged)
        return self.logged(event, **values)[0]

    async def get(self, path: str) -> tuple[int, str]:
        port = (await self.until_logged("service_started"))["port"]
        return await asyncio.to_thread(_get, f"http://127.0.0.1:{port}{path}")

    async def readiness(self) -> tuple[int, dict[str, str]]:
        status, body = await self.get("/readyz")
        return status, json.loads(body)

    async def until_readiness(self, status: int, body: dict[str, str]) -> None:
        """Wait for this answer: on a machine that stalls it may be another one for a moment."""

        async def is_given() -> bool:
            return await self.readiness() == (status, body)

        await eventually(is_given)

    async def until_missing(self, names: set[str]) -> None:
        """Wait until readiness reports exactly these as unavailable."""

        async def are_named() -> bool:
            _, body = await self.readiness()
            return {name for name in ("broker", "database") if body[name] != "ok"} == names

        await eventually(are_named)

    async def until_ready(self) -> None:
        await self.until_missing(set())

    async def metric(self, series: str) -> float:
        _, text = await self.get("/metrics")
        start = f"calendar_scheduler_{series} "
        (line,) = [line for line in text.splitlines() if line.startswith(start)]
        return float(line.removeprefix(start))

    async def until_metric(self, series: str, *, least: float) -> None:
        async def is_reached() -> bool:
            return await self.metric(series) >= least

        await eventually(is_reached)

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Stop the process; return its exit code. Fails if it did not stop by itself in time."""
        self._process.send_signal(number)
        code = await asyncio.wait_for(self._process.wait(), 30)
        await self._reading
        assert self.lines[-1]["event"] == "service_stopped", self.lines
        return code

    async def wait(self) -> int:
        return await self._process.wait()

    async def kill(self) -> None:
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        await self._reading


def _get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 - our own process
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
