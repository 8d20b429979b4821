"""A service's executable as a test runs it: with the settings given, and all that it ever says."""

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
    """One process, which logs at `debug`; `settings` are variables without their `CALENDAR_`."""

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
        """What `/readyz` says; nothing while the service does not listen yet."""
        assert self._process.poll() is None, self._log.read_text()
        try:
            answer: dict[str, str] = json.loads(self.get("/readyz"))
        except OSError:
            return {}
        return answer

    def get(self, path: str) -> str:
        """The body of an answer; of a 503 too, as one that is not ready gives it."""
        try:
            with urllib.request.urlopen(f"{self._url}{path}", timeout=60) as response:  # noqa: S310
                body: bytes = response.read()
        except urllib.error.HTTPError as refusal:
            with refusal:
                body = refusal.read()
        return body.decode()

    def told(self) -> str:
        """The reasons that the log gives for what is away, one a line."""
        # The last line may not be complete yet.
        complete = self._log.read_text().rpartition("\n")[0].splitlines()
        lines: list[dict[str, Any]] = [*map(json.loads, complete)]
        return "\n".join(line["reason"] for line in lines if "reason" in line)

    def everything(self) -> str:
        """All that anybody can read of it."""
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
