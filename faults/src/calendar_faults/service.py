"""A process of one service: started, frozen, killed, and asked for its state."""

import json
import os
import re
import signal
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from calendar_faults import http
from calendar_faults.waiting import TIME_FACTOR, wait_until
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
    """A service with its own settings; with hooks it is run by `calendar_faults_hooks`."""

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
        """Run the executable's `migrate` to its end.

        Raises:
            PartFailedError: it failed.
        """
        command = (*self._command, "migrate")
        await run_tool(f"{self.name} migrate", *command, log=self.log, env=self._environment)

    async def launch(self) -> None:
        """Start the process without waiting until it is ready."""
        await self.start(*self._command, env=self._environment, end_signal=signal.SIGTERM)

    async def start_and_wait(self) -> None:
        """Start the process, and wait until it is ready."""
        await self.launch()
        await self.until_ready(self.is_ready, seconds=START_SECONDS)

    async def stop(self) -> None:
        """Send SIGTERM, and wait for the end.

        Raises:
            AssertionError: the exit code is not 0, or it took too long and was killed.
        """
        await self.end(seconds=STOP_SECONDS * TIME_FACTOR)
        assert self.code == 0, f"{self.name} ended with {self.code}"

    async def wait_until_ended(self) -> int | None:
        """Wait until the process ends by itself; its exit code."""

        async def has_ended() -> bool:
            return self.pid is None

        await wait_until(has_ended, seconds=STOP_SECONDS, what=f"{self.name} ends")
        return self.code

    @property
    def code(self) -> int | None:
        """The exit code; `None` while it runs."""
        return self._process.returncode if self._process else None

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process, which must be running."""
        assert self.pid is not None, f"{self.name} does not run"
        os.kill(self.pid, number)

    async def get(self, path: str) -> http.Answer | None:
        """The answer to a GET; `None` if there is none."""
        try:
            return await http.call("GET", f"{self.url}{path}", seconds=5 * TIME_FACTOR)
        except (http.NotSent, http.NoAnswer):
            return None

    async def is_ready(self) -> bool:
        """Whether `/readyz` answers 200."""
        answer = await self.get("/readyz")
        return answer is not None and answer.status == 200

    async def is_unready(self) -> bool:
        """Whether `/readyz` answers 503."""
        answer = await self.get("/readyz")
        return answer is not None and answer.status == 503

    async def is_alive(self) -> bool:
        """Whether `/healthz` answers 200."""
        answer = await self.get("/healthz")
        return answer is not None and answer.status == 200

    async def wait_until_ready(self, *, seconds: float = 5) -> None:
        """Wait for `/readyz`."""
        await wait_until(self.is_ready, seconds=seconds, what=f"{self.name} is ready")

    async def wait_until_unready(self, *, seconds: float = 5) -> None:
        """Wait until `/readyz` answers 503."""
        await wait_until(self.is_unready, seconds=seconds, what=f"{self.name} is not ready")

    async def metric(self, name: str) -> float:
        """The sum of all series whose name and labels begin like this; 0 if there are none."""
        answer = await self.get("/metrics")
        assert answer, f"{self.name} does not return its metrics"
        values = re.findall(rf"^{re.escape(name)}\S* (\S+)$", answer.body.decode(), re.MULTILINE)
        return sum(map(float, values))

    async def wait_for_metric(self, name: str, *, above: float, seconds: float) -> float:
        """Wait until a metric is above a value; returns the metric."""

        async def is_above() -> float | None:
            value = await self.metric(name)
            return value if value > above else None

        what = f"{name} of {self.name} is above {above}"
        return await wait_until(is_above, seconds=seconds, what=what)

    def logged(self, event: str) -> list[dict[str, Any]]:
        """The lines of its log with this event."""
        lines = self.log.read_text(errors="replace").rpartition("\n")[0].splitlines()
        documents = (json.loads(line) for line in lines if line.startswith("{"))
        return [line for line in documents if line.get("event") == event]


class Points:
    """The suite's side of `calendar_faults_hooks.points`; files in `folder` connect the two."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def request(self, point: str, action: str) -> None:
        """The next process that reaches the point performs the action there."""
        # Renamed when it is complete: the process must not read a file without the action.
        written = self.folder / f"{point}.written"
        written.write_text(action)
        written.rename(self.folder / point)

    async def wait_until_reached(self, point: str, *, seconds: float = 15) -> datetime:
        """Wait until a process has reached the point; when it did, by the machine's clock."""
        file = self.folder / f"{point}.reached"

        async def is_reached() -> bool:
            return file.exists()

        await wait_until(is_reached, seconds=seconds, what=f"a process reaches {point}")
        # A rename changes the time of the file's status, not that of its content.
        return datetime.fromtimestamp(file.stat().st_ctime, UTC)

    def release(self, point: str) -> None:
        """Let a process continue that is held at the point."""
        (self.folder / f"{point}.reached").unlink()
