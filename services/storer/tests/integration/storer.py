"""A running `calendar_storer` as its operator sees it: log, ports, signals."""

import asyncio
import json
import re
import signal
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.integration.waiting import eventually


class Storer:
    """A running `calendar_storer`."""

    def __init__(self, process: asyncio.subprocess.Process, output: Path) -> None:
        self.process = process
        self._output = output

    def lines(self, event: str | None = None) -> list[dict[str, Any]]:
        """The log so far, or its lines of one event."""
        text = self._output.read_text("utf-8")
        lines = [json.loads(line) for line in text.splitlines() if line.endswith("}")]
        return [line for line in lines if event in {None, line["event"]}]

    async def said(self, event: str, **keys: Any) -> dict[str, Any]:
        async def found() -> list[dict[str, Any]]:
            return [line for line in self.lines(event) if keys.items() <= line.items()]

        return (await eventually(found))[0]

    async def get(self, path: str) -> tuple[int, str]:
        port = (await self.said("listening"))["port"]

        def ask() -> tuple[int, str]:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                    return answer.status, answer.read().decode()
            except urllib.error.HTTPError as error:
                with error:
                    return error.code, error.read().decode()

        return await asyncio.to_thread(ask)

    async def is_ready(self) -> None:
        async def ready() -> bool:
            return (await self.get("/readyz"))[0] == 200

        await eventually(ready)

    async def metric(self, series: str) -> float:
        _, text = await self.get("/metrics")
        found = re.search(rf"^{re.escape(series)} (\S+)$", text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    async def stop(self, *, within: float = 10.0) -> int:
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(within):
            return await self.process.wait()

    async def kill(self) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()
