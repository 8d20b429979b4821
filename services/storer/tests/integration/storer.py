"""A running `calendar_storer`: its log, its HTTP port, its signals."""

import asyncio
import json
import re
import signal
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.integration.waiting import DEADLINE, eventually


class Storer:
    """A running `calendar_storer`."""

    def __init__(self, process: asyncio.subprocess.Process, output: Path) -> None:
        self.process = process
        self._output = output

    def lines(self, event: str | None = None, **keys: Any) -> list[dict[str, Any]]:
        """The log so far, or its lines of one event, with these keys."""
        text = self._output.read_text("utf-8")
        lines = [json.loads(line) for line in text.splitlines() if line.endswith("}")]
        return [
            line
            for line in lines
            if event in {None, line["event"]} and keys.items() <= line.items()
        ]

    async def said(self, event: str, **keys: Any) -> dict[str, Any]:
        async def found() -> list[dict[str, Any]]:
            return self.lines(event, **keys)

        return (await eventually(found))[0]

    async def port(self) -> int:
        port: int = (await self.said("service_started"))["port"]
        return port

    async def get(self, path: str) -> tuple[int, str]:
        port = await self.port()

        def ask() -> tuple[int, str]:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
                    return answer.status, answer.read().decode()
            except urllib.error.HTTPError as error:
                with error:
                    return error.code, error.read().decode()

        return await asyncio.to_thread(ask)

    async def is_ready(self) -> None:
        await self.answers(200, database="ok", broker="ok", group="ok")

    async def answers(self, status: int, **needs: str) -> None:
        """Waits for `/readyz` to say this: a machine that stands still is an outage for a moment.

        Of each need it is enough to name some of the words.
        """

        async def answered() -> bool:
            given, text = await self.get("/readyz")
            said = json.loads(text)
            return given == status and all(words in said[need] for need, words in needs.items())

        await eventually(answered)

    async def metric(self, series: str) -> float:
        _, text = await self.get("/metrics")
        found = re.search(rf"^{re.escape(series)} (\S+)$", text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    async def metric_sum(self, name: str) -> float:
        """The sum of all series of a metric."""
        _, text = await self.get("/metrics")
        return sum(map(float, re.findall(rf"^{name}(?:{{.*}})? (\S+)$", text, re.MULTILINE)))

    async def stop(self) -> int:
        """SIGTERM; the exit code. It ends itself hard after 9.5 seconds, and then says nothing."""
        self.process.send_signal(signal.SIGTERM)
        return await self.ended()

    async def ended(self) -> int:
        """The exit code, where it ended in time."""
        async with asyncio.timeout(DEADLINE):
            code = await self.process.wait()
        assert self.lines()[-1]["event"] == "service_stopped"
        return code

    async def kill(self) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()
