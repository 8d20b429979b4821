"""Controls the system through `docker compose`."""

import json
import os
import shlex
import subprocess
from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg.rows import TupleRow

_ROOT: Final = Path(__file__).parents[3]
_TIMEOUT: Final = 300
"""Seconds, for one compose command."""


class System:
    """A running compose project; the variable `COMPOSE` overrides the command `docker compose`."""

    def __init__(self) -> None:
        self._command = shlex.split(os.environ.get("COMPOSE", "docker compose"))
        self._stopped: set[str] = set()
        self._scaled: set[str] = set()

    def stop(self, part: str) -> None:
        """Stop all containers of a part."""
        self._stopped.add(part)
        self._compose("stop", part)

    def kill(self, part: str) -> None:
        """Kill all containers of a part; compose does not restart them."""
        self._stopped.add(part)
        self._compose("kill", part)

    def start(self, part: str) -> None:
        """Start the containers of a part that were stopped or killed."""
        self._compose("start", part)
        self._stopped.discard(part)

    def restart(self, part: str) -> None:
        """Restart the containers of a part."""
        self._compose("restart", part)

    def scale(self, part: str, count: int) -> None:
        """Run so many containers of a part, and wait until they are healthy."""
        self._scaled.add(part)
        how = ("--detach", "--wait", "--no-build", "--no-deps", "--no-recreate")
        self._compose("up", *how, "--scale", f"{part}={count}", part)

    def containers(self, part: str) -> list[str]:
        """Return the IDs of the running containers of a part."""
        return self._compose("ps", "--quiet", part).split()

    def kill_and_start(self, container: str) -> None:
        """Kill one container, and start it."""
        _run("docker", "kill", container)
        _run("docker", "start", container)

    def log(self, part: str) -> list[str]:
        """Return the lines that the containers of a part have written to STDOUT."""
        logs = [_run("docker", "logs", container) for container in self.containers(part)]
        # Not `splitlines`, which takes more characters for the end of a line.
        return "".join(logs).split("\n")

    def restore(self) -> None:
        """Start what a failed scenario has left stopped, and end additional containers."""
        for part in sorted(self._stopped):
            self.start(part)
        for part in sorted(self._scaled):
            self.scale(part, 1)

    def api_url(self) -> str:
        """Return the URL of the API."""
        return f"http://{self.address('gateway', 8080)}"

    def storer_url(self) -> str:
        """Return the URL of the Storer."""
        return f"http://{self.address('gateway', 8082)}"

    def address(self, part: str, port: int) -> str:
        """Return the published address of a port."""
        return self._compose("port", part, str(port)).strip()

    def rows(self, query: str, parameters: Sequence[Any] = ()) -> list[TupleRow]:
        """Query the database.

        Raises:
            psycopg.OperationalError: the database is unavailable.
        """
        with self._connect() as connection:
            return connection.execute(query.encode(), parameters).fetchall()

    def _connect(self) -> AbstractContextManager[psycopg.Connection[TupleRow]]:
        # Looked up each time: a port that Docker chose changes with a restart.
        host, port = self.address("postgres", 5432).split(":")
        return psycopg.connect(
            host=host,
            port=port,
            dbname=self._database["POSTGRES_DB"],
            user=self._database["POSTGRES_USER"],
            password=self._database["POSTGRES_PASSWORD"],
            connect_timeout=30,
        )

    @cached_property
    def _database(self) -> dict[str, str]:
        configuration = json.loads(self._compose("config", "--format", "json"))
        environment: dict[str, str] = configuration["services"]["postgres"]["environment"]
        return environment

    def _compose(self, *arguments: str) -> str:
        return _run(*self._command, *arguments)


def _run(*command: str) -> str:
    result = subprocess.run(
        command, cwd=_ROOT, capture_output=True, text=True, timeout=_TIMEOUT, check=False
    )
    assert result.returncode == 0, f"{' '.join(command)}: {result.stderr}"
    return result.stdout
