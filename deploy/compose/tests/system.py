"""The system in its containers, driven from outside through `docker compose`."""

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
_SECONDS: Final = 300
"""For one command of compose."""


class System:
    """One compose project, which runs already; `COMPOSE` may name another command for it."""

    def __init__(self) -> None:
        self._command = shlex.split(os.environ.get("COMPOSE", "docker compose"))
        self._away: set[str] = set()

    def stop(self, part: str) -> None:
        """Stop all containers of a part in good order."""
        self._away.add(part)
        self._compose("stop", part)

    def kill(self, part: str) -> None:
        """End all containers of a part as a crash would; compose does not start them again."""
        self._away.add(part)
        self._compose("kill", part)

    def start(self, part: str) -> None:
        """Start the containers of a part that were stopped or killed."""
        self._compose("start", part)
        self._away.discard(part)

    def restart(self, part: str) -> None:
        """Stop the containers of a part, and start them."""
        self._compose("restart", part)

    def bring_back(self) -> None:
        """Start whatever a scenario that failed has left away."""
        for part in sorted(self._away):
            self.start(part)

    def api_url(self) -> str:
        """The address of the API."""
        return f"http://{self.address('gateway', 8080)}"

    def address(self, part: str, port: int) -> str:
        """Where a port of a part is published."""
        return self._compose("port", part, str(port)).strip()

    def rows(self, query: str, parameters: Sequence[Any] = ()) -> list[TupleRow]:
        """Ask the database.

        Raises:
            psycopg.OperationalError: it does not answer.
        """
        with self._connect() as connection:
            return connection.execute(query.encode(), parameters).fetchall()

    def _connect(self) -> AbstractContextManager[psycopg.Connection[TupleRow]]:
        # Asked each time: a port that Docker chose is another one after a restart.
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
        done = subprocess.run(
            [*self._command, *arguments],
            cwd=_ROOT,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"docker compose {' '.join(arguments)}: {done.stderr}"
        return done.stdout
