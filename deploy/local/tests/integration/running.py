"""Runs a service executable with given settings and collects its output."""

import json
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from calendar_local.ports import HOST, free_port
from calendar_local.services import SERVICES, Service

ROOT = Path(__file__).parents[4]
API, SCHEDULER, STORER = SERVICES


class Running:
    """A process that logs at `debug`; `settings` are variables without the prefix `CALENDAR_`."""

    def __init__(self, service: Service, folder: Path, settings: dict[str, str]) -> None:
        self._url = f"http://{HOST}:{(port := free_port())}"
        self._log = folder / f"{service.name}-{port}.log"
        given = settings | {"HTTP__PORT": str(port), "LOG__LEVEL": "debug"}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [service.program(ROOT)],
                env={f"CALENDAR_{name}": value for name, value in given.items()},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def readiness(self) -> dict[str, str]:
        """Return the body of `/readyz`; empty while the service does not listen."""
        assert self._process.poll() is None, self._log.read_text()
        try:
            body: dict[str, str] = json.loads(self.get("/readyz"))
        except OSError:
            return {}
        return body

    def get(self, path: str) -> str:
        """Return the body of a response, also of an error such as 503."""
        try:
            with urllib.request.urlopen(f"{self._url}{path}", timeout=60) as response:  # noqa: S310
                body: bytes = response.read()
        except urllib.error.HTTPError as refusal:
            with refusal:
                body = refusal.read()
        return body.decode()

    def logged_reasons(self) -> str:
        """Return the logged reasons of outages, one per line."""
        # The last line may not be complete yet.
        complete = self._log.read_text().rpartition("\n")[0].splitlines()
        lines: list[dict[str, Any]] = [*map(json.loads, complete)]
        return "\n".join(line["reason"] for line in lines if "reason" in line)

    def all_output(self) -> str:
        """Return the log, readiness and metrics."""
        return self._log.read_text() + json.dumps(self.readiness()) + self.get("/metrics")

    def stop(self) -> None:
        self._process.terminate()
        assert self._process.wait(timeout=60) == 0, self._log.read_text()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


def migrate(service: Service, dsn: str) -> None:
    subprocess.run(
        [service.program(ROOT), "migrate"],
        env={"CALENDAR_DATABASE__DSN": dsn},
        stdout=subprocess.DEVNULL,
        check=True,
    )
