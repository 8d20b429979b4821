"""One process of one service: started, frozen, killed, and asked how it is."""

import json
import os
import re
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from calendar_faults import http
from calendar_faults.waiting import SLOWER, until
from calendar_local.ports import HOST, free_port
from calendar_local.processes import Child, run_tool
from calendar_local.services import SERVICES, environment

ROOT: Final = Path(__file__).parents[3]
_HOOKS: Final = Path(__file__).parents[1]
_KINDS: Final = {service.name: service for service in SERVICES}

START_SECONDS: Final = 90.0
STOP_SECONDS: Final = 10.0
"""By the contract."""

Settings = Mapping[str, str]


class Service(Child):
    """A service with settings of its own; with hooks, run by `calendar_faults_hooks`."""

    def __init__(
        self,
        kind: str,
        *,
        name: str,
        folder: Path,
        servers: Mapping[str, str],
        settings: Settings,
        hooks: Settings | None,
    ) -> None:
        super().__init__(name, log=folder / f"{name}.log", record=folder / f"{name}.process")
        self.kind = kind
        self._port = free_port()
        self.url = f"http://{HOST}:{self._port}"
        given = {k: v for k, v in os.environ.items() if not k.startswith("CALENDAR_")}
        self._environment = environment(
            _KINDS[kind], port=self._port, servers=servers, given={**given, **settings}
        )
        self._command: tuple[str | Path, ...] = (_KINDS[kind].program(ROOT),)
        if hooks is not None:
            python = ROOT / "services" / kind / ".venv/bin/python"
            self._command = (python, "-m", "calendar_faults_hooks", kind)
            self._environment |= {"PYTHONPATH": str(_HOOKS), **hooks}

    async def migrate(self) -> None:
        """Runs the executable's `migrate` to its end.

        Raises:
            PartFailedError: it failed.
        """
        command = (*self._command, "migrate")
        await run_tool(f"{self.name} migrate", *command, log=self.log, env=self._environment)

    async def run(self) -> None:
        """Starts the process, and does not wait until it is ready."""
        await self.start(*self._command, env=self._environment, end_signal=signal.SIGTERM)

    async def begin(self) -> None:
        """Starts the process and waits until it is ready."""
        await self.run()
        await self.until_ready(self.is_ready, seconds=START_SECONDS)

    async def stop(self) -> tuple[int | None, float]:
        """Sends SIGTERM; the exit code, and how many seconds it took.

        Raises:
            AssertionError: it took longer than the contract allows.
        """
        started = time.monotonic()
        await self.end(seconds=STOP_SECONDS * SLOWER)
        took = time.monotonic() - started
        assert took < STOP_SECONDS * SLOWER, f"{self.name} did not stop"
        return self.code, took

    async def until_ended(self, *, seconds: float = STOP_SECONDS) -> int | None:
        """Waits until the process ends by itself; its exit code."""

        async def look() -> bool:
            return self.pid is None

        await until(look, seconds=seconds, what=f"{self.name} ends")
        return self.code

    @property
    def code(self) -> int | None:
        """The exit code; `None` while it runs."""
        return self._process.returncode if self._process else None

    def send(self, number: signal.Signals) -> None:
        """Sends a signal to the process, which must be running."""
        assert self.pid is not None, f"{self.name} does not run"
        os.kill(self.pid, number)

    async def ask(self, path: str, *, seconds: float = 5.0 * SLOWER) -> http.Answer | None:
        """The answer to a GET; `None` where there is none."""
        try:
            return await http.call("GET", f"{self.url}{path}", seconds=seconds)
        except (http.Unsent, http.NoAnswer):
            return None

    async def is_ready(self) -> bool:
        """What `/readyz` says."""
        answer = await self.ask("/readyz")
        return answer is not None and answer.status == 200

    async def is_unready(self) -> bool:
        """Whether `/readyz` says that it is not."""
        answer = await self.ask("/readyz")
        return answer is not None and answer.status == 503

    async def is_alive(self) -> bool:
        """What `/healthz` says."""
        answer = await self.ask("/healthz")
        return answer is not None and answer.status == 200

    async def metric(self, name: str) -> float:
        """The sum of all series of a metric whose name and labels begin like this; 0 for none."""
        answer = await self.ask("/metrics")
        assert answer, f"{self.name} does not tell its metrics"
        values = re.findall(rf"^{re.escape(name)}\S* (\S+)$", answer.body.decode(), re.MULTILINE)
        return sum(map(float, values))

    async def until_metric(self, name: str, *, above: float, seconds: float) -> float:
        """Waits until a metric is above a value; returns it."""

        async def look() -> float | None:
            value = await self.metric(name)
            return value if value > above else None

        return await until(look, seconds=seconds, what=f"{name} of {self.name} above {above}")

    def logged(self, event: str) -> list[dict[str, Any]]:
        """The lines of its log about one event."""
        lines = self.log.read_text(errors="replace").rpartition("\n")[0].splitlines()
        documents = (json.loads(line) for line in lines if line.startswith("{"))
        return [line for line in documents if line.get("event") == event]
