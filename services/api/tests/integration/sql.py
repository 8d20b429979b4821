"""A look into the database, beside the service's own connections."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg

MOVE_ON = """
UPDATE reminders
SET due_at = upcoming_due[upcoming_from], occurs_at = upcoming_starts[upcoming_from],
    recurrence_id = upcoming_ids[upcoming_from], upcoming_from = upcoming_from + 1,
    ready_at = greatest(upcoming_due[upcoming_from], ready_at),
    next_try_at = upcoming_due[upcoming_from]
WHERE user_id = $1 AND event_id = $2 AND upcoming_due[upcoming_from] IS NOT NULL
"""
"""What the Scheduler does once the broker has a reminder that others follow
(`reminders/statements.py` there)."""


class Sql:
    """One connection, for tests that are not asynchronous."""

    def __init__(self, runner: asyncio.Runner, connection: Any) -> None:
        self._runner = runner
        self._connection = connection

    def rows(self, query: str, *args: Any) -> list[Any]:
        """The rows of a query."""
        rows: list[Any] = self._runner.run(self._connection.fetch(query, *args))
        return rows

    def value(self, query: str, *args: Any) -> Any:
        """The first column of the first row."""
        return self._runner.run(self._connection.fetchval(query, *args))

    def run(self, query: str, *args: Any) -> None:
        """Runs a statement, or several where there are no arguments."""
        self._runner.run(self._connection.execute(query, *args))

    def many(self, query: str, rows: list[Any]) -> None:
        """Runs a statement for each row of arguments."""
        self._runner.run(self._connection.executemany(query, rows))

    def times_out(self, query: str, *, seconds: float) -> bool:
        """Whether a statement, with its commit, takes longer than that."""
        try:
            self._runner.run(self._connection.execute(query, timeout=seconds))
        except TimeoutError:
            return True
        return False

    def prepared(self, query: str) -> Any:
        """The statement, as the server understands it."""
        return self._runner.run(self._connection.prepare(query))


@contextmanager
def connected(dsn: str, **session: str) -> Iterator[Sql]:
    """A connection of the test's own."""
    with asyncio.Runner() as runner:
        settings = {"timezone": "UTC", "application_name": "test"} | session
        connection = runner.run(asyncpg.connect(dsn, server_settings=settings))
        try:
            yield Sql(runner, connection)
        finally:
            runner.run(connection.close())


@contextmanager
def new_database(server: str) -> Iterator[str]:
    """The DSN of an empty database, which is dropped with the block."""
    name = f"calendar_api_{uuid4().hex[:12]}"
    with connected(server) as admin:
        admin.run(f"CREATE DATABASE {name}")
        try:
            yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        finally:
            admin.run(f"DROP DATABASE {name} WITH (FORCE)")


def with_password(dsn: str) -> str:
    """The same address; a server that asks for no password takes any."""
    address = urlsplit(dsn)
    if address.password:
        return dsn
    netloc = f"{address.username}:sesame@{address.hostname}:{address.port}"
    return address._replace(netloc=netloc).geturl()
