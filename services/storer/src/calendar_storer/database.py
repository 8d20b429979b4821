"""Connections to PostgreSQL, their limits, and the one place that knows what its errors mean."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

import asyncpg

from calendar_storer.config import Database
from calendar_storer.errors import ConfigError, DatabaseUnavailable, RowRefused, TableMissing

ACQUIRE_SECONDS: Final = 1.0
"""How long to wait for a connection; also bounds giving it back."""

CONNECT_SECONDS: Final = 2.0
COMMAND_SECONDS: Final = 2.5
CLOSE_SECONDS: Final = 1.0

USE_SECONDS: Final = 4.5
"""For all of one use, whatever asyncpg makes of its own limits where a server is black-holed."""

SESSION: Final = {
    "application_name": "calendar_storer",
    "timezone": "UTC",
    "statement_timeout": "2300ms",
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "5s",
}

# Classes of SQLSTATE for which the row's content is to blame: data, integrity constraint.
_REFUSALS = frozenset({"22", "23"})
# What passes by itself, or by an operator's hand: connection, log-in, transaction rollback,
# resources, state of an object, operator, system, no such database.
_PASSING = frozenset({"08", "28", "40", "53", "55", "57", "58", "3D"})
# Read-only (a replica took over), idle in transaction, no privilege.
_PASSING_STATES = frozenset({"25006", "25P03", "42501"})
_NO_SUCH_TABLE = "42P01"

Connection = asyncpg.pool.PoolConnectionProxy


@asynccontextmanager
async def pool(settings: Database) -> AsyncIterator["Pool"]:
    """A pool that starts empty, so that the service starts without its database too."""
    connections = await asyncpg.create_pool(
        settings.dsn.get_secret_value(),
        min_size=0,
        max_size=settings.pool_size,
        timeout=CONNECT_SECONDS,
        command_timeout=COMMAND_SECONDS,
        server_settings=SESSION,
        # No statement here changes the session, so there is nothing to reset.
        reset=_keep,
    )
    try:
        yield Pool(connections)
    finally:
        try:
            await asyncio.wait_for(connections.close(), CLOSE_SECONDS)
        except TimeoutError:
            connections.terminate()


async def check(settings: Database) -> None:
    """Has the driver read the DSN, which it does only where it connects, but no time to connect.

    Raises:
        ConfigError: the driver cannot make sense of it, or cannot read a certificate that it names.
    """
    try:
        await asyncpg.connect(settings.dsn.get_secret_value(), timeout=0)
    except TimeoutError:
        return
    except (ValueError, OSError, asyncpg.InterfaceError) as error:
        # The driver's words may quote the DSN, and with it the password.
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise ConfigError(f"database.dsn: cannot be used: {reason}") from None


async def _keep(_connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    return None


class Pool:
    """Hands out connections, never for longer than the limits above."""

    def __init__(self, connections: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._connections = connections

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Connection]:
        """A connection, for as long as the block lasts.

        Raises:
            DatabaseUnavailable: none could be had, or PostgreSQL failed in a way that passes.
            RowRefused: PostgreSQL refuses what was to be written.
        """
        with translate_errors():
            async with (
                asyncio.timeout(USE_SECONDS),
                self._connections.acquire(timeout=ACQUIRE_SECONDS) as connection,
            ):
                yield connection


@contextmanager
def translate_errors() -> Iterator[None]:
    """Turns what the driver raises into words of the Storer; what is left is a bug."""
    try:
        yield
    except asyncpg.PostgresError as error:
        state: Any = error.sqlstate or ""
        if state == _NO_SUCH_TABLE:
            raise TableMissing("no such table; run calendar_storer migrate") from error
        if state[:2] in _REFUSALS:
            raise RowRefused(f"{type(error).__name__} ({state})") from error
        if state[:2] in _PASSING or state in _PASSING_STATES:
            raise DatabaseUnavailable(f"{type(error).__name__} ({state})") from error
        raise
    except OSError as error:
        # A certificate that is refused, say. TimeoutError is one too, and has no words.
        raise DatabaseUnavailable(str(error) or type(error).__name__) from error
    except (asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        # The second is what a query meets that finds the server's farewell on the line.
        # Its words may quote the DSN, and with it the password.
        raise DatabaseUnavailable(type(error).__name__) from error
