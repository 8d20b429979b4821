"""Connections to PostgreSQL, their limits, and the one place that knows what its errors mean."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Final

import asyncpg

from calendar_scheduler import queries
from calendar_scheduler.config import Database
from calendar_scheduler.errors import ConfigError, DatabaseUnavailable, TablesMissing

ACQUIRE_SECONDS: Final = 1.0
"""How long a connection is waited for; also bounds giving it back."""
CONNECT_SECONDS: Final = 2.0
COMMAND_SECONDS: Final = 5.5
"""Just over the server's own limit: for a server that does not answer at all."""
CLOSE_SECONDS: Final = 1.0

LIMITS_TRANSACTIONS_SINCE: Final = 17
"""The version of PostgreSQL that first knows `transaction_timeout`."""

SESSION: Final = {
    "application_name": "calendar_scheduler",
    "timezone": "UTC",
    "lock_timeout": "1s",
    "statement_timeout": "5s",
    # While a batch is published the session is idle in its transaction. Of a scheduler that is
    # frozen there, the server takes the rows back: this is the fence.
    "idle_in_transaction_session_timeout": "6s",
}

# Classes of SQLSTATE that pass by themselves, or by an operator's hand: connection, log-in,
# transaction rollback, resources, state of an object, operator, system, wrong database.
_PASSING = frozenset({"08", "28", "40", "53", "55", "57", "58", "3D"})
# Read-only (a replica took over), idle in transaction, transaction too long, no privilege.
_PASSING_STATES = frozenset({"25006", "25P03", "25P04", "42501"})
# No such table, no such column.
_MISSING_STATES = frozenset({"42P01", "42703"})

Connection = asyncpg.pool.PoolConnectionProxy


@asynccontextmanager
async def pool(settings: Database) -> AsyncIterator["Pool"]:
    """A pool that starts empty, so that the service starts without its database too.

    Raises:
        ConfigError: the driver cannot make sense of the DSN.
    """
    dsn = settings.dsn.get_secret_value()
    await _check(dsn)
    connections = await asyncpg.create_pool(
        dsn,
        min_size=0,
        max_size=settings.pool_size,
        timeout=CONNECT_SECONDS,
        command_timeout=COMMAND_SECONDS,
        server_settings=SESSION,
        init=_limit_transactions,
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


async def _check(dsn: str) -> None:
    """Has the driver read the DSN, which it does only where it connects, but no time to connect."""
    try:
        await asyncpg.connect(dsn, timeout=0)
    except TimeoutError:
        return
    except (ValueError, OSError, asyncpg.InterfaceError) as error:
        # The driver's words may quote the DSN, and with it the password.
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise ConfigError(f"database.dsn: cannot be used: {reason}") from None


async def _limit_transactions(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    if connection.get_server_version().major >= LIMITS_TRANSACTIONS_SINCE:
        await connection.execute(queries.LIMIT_TRANSACTIONS)


async def _keep(_connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    return None


class Pool:
    """Hands out connections, never for longer than the limits above."""

    def __init__(self, connections: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._connections = connections

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Connection]:
        """A connection, for as long as the block lasts; dropped where the block fails.

        Raises:
            DatabaseUnavailable: none could be had, or PostgreSQL failed in a way that passes.
        """
        with translate_errors():
            async with self._connections.acquire(timeout=ACQUIRE_SECONDS) as connection:
                try:
                    yield connection
                except BaseException:
                    # The server rolls back what it loses touch of. A ROLLBACK would have to be
                    # waited for, and the server may be frozen.
                    # One that is lost has left the pool already, and cannot be told.
                    with suppress(asyncpg.InterfaceError):
                        connection.terminate()
                    raise


@contextmanager
def translate_errors() -> Iterator[None]:
    """Turns what the driver raises for an outage into `DatabaseUnavailable`; the rest is a bug."""
    try:
        yield
    except asyncpg.PostgresError as error:
        state: str = error.sqlstate or ""
        if state in _MISSING_STATES:
            raise TablesMissing(f"{error.args[0]}: `calendar migrate` makes the tables") from error
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
