"""Connections to PostgreSQL, their limits, and the one place that knows what its errors mean."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import asyncpg

from calendar_api.config import Database
from calendar_api.errors import ConfigError, ConnectionLost, DatabaseUnavailable
from calendar_api.replication import replicated
from calendar_api.time_limit import TimeLimit

ACQUIRE_SECONDS: Final = 1.0
"""How long a request waits for a connection; also bounds giving it back."""

CONNECT_SECONDS: Final = 2.0
COMMAND_SECONDS: Final = 2.5
CLOSE_SECONDS: Final = 2.0

SESSION: Final = {
    "application_name": "calendar",
    # Intervals leave PostgreSQL as text, in the JSON of an event.
    "intervalstyle": "iso_8601",
    "timezone": "UTC",
    # Every query was tried with its generic plan; a plan of its own costs more than it gains.
    "plan_cache_mode": "force_generic_plan",
    "statement_timeout": "2300ms",
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "5s",
}

# SQLSTATEs that end the connection: the next one may work at once.
_LOST = frozenset({"08"})
_LOST_STATES = frozenset({"57P01", "57P02", "57P05", "25P03"})
# Classes that pass by themselves, or by an operator's hand: log-in, transaction rollback,
# resources, state of an object, operator, system, no such database.
_PASSING = frozenset({"28", "40", "53", "55", "57", "58", "3D"})
# Read-only (a replica took over), no privilege, no such table (not migrated).
_PASSING_STATES = frozenset({"25006", "42501", "42P01"})

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Connection = asyncpg.pool.PoolConnectionProxy


@asynccontextmanager
async def pool(settings: Database, *, size: int) -> AsyncIterator["Pool"]:
    """A pool that starts empty, so that the service starts without its database too."""
    connections = await asyncpg.create_pool(
        settings.dsn.get_secret_value(),
        min_size=0,
        max_size=size,
        timeout=CONNECT_SECONDS,
        command_timeout=COMMAND_SECONDS,
        server_settings=SESSION,
        # No statement here changes the session, so there is nothing to reset.
        reset=_keep,
        init=_use_whole_calendar,
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


async def _use_whole_calendar(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    # The driver takes the first and the last instant of Python's calendar for infinity, and gives
    # infinity back without a time zone.
    await connection.set_type_codec(
        "timestamptz",
        schema="pg_catalog",
        format="tuple",
        encoder=lambda instant: ((instant - _EPOCH) // _MICROSECOND,),
        decoder=lambda row: _EPOCH + row[0] * _MICROSECOND,
    )


class Pool:
    """Hands out connections, never for longer than the limits above."""

    def __init__(self, connections: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._connections = connections
        self._in_time = TimeLimit(ACQUIRE_SECONDS)

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Connection]:
        """A connection, for as long as the block lasts.

        Raises:
            DatabaseUnavailable: none could be had, or PostgreSQL failed in a way that passes.
        """
        with TranslatedErrors():
            with self._in_time():
                connection = await self._connections.acquire()
            try:
                with TranslatedErrors(), replicated(connection):
                    yield connection
            except ConnectionLost:
                # The driver may not have noticed, and would hand the connection out again. As
                # a rule it is the server that went: the other connections are dead, too.
                _terminate(connection)
                await self._connections.expire_connections()
                raise
            finally:
                await self._connections.release(connection, timeout=ACQUIRE_SECONDS)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection in a transaction, which ends with the block.

        Raises:
            DatabaseUnavailable: as above.
        """
        async with self.acquire() as connection:
            transaction = connection.transaction()
            try:
                await transaction.start()
                yield connection
                await transaction.commit()
            except (asyncio.CancelledError, TimeoutError):
                # The request's time is up. A rollback would wait for the same silent server.
                _terminate(connection)
                raise
            except BaseException:
                await transaction.rollback()
                raise

    def size(self) -> int:
        """Open connections."""
        return self._connections.get_size()

    def idle(self) -> int:
        """Open connections that nobody uses."""
        return self._connections.get_idle_size()


def _terminate(connection: Connection) -> None:
    # Where the driver has seen the end itself, the pool has the connection back already.
    with suppress(asyncpg.InterfaceError):
        connection.terminate()


class TranslatedErrors:
    """In this block, what the driver raises for an outage is raised as `DatabaseUnavailable`.

    The rest is a bug, and stays what it is. A class, because each request passes it twice.
    """

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        """Looks at how the block ended."""
        if isinstance(error, asyncpg.PostgresError):
            _translate_answer(error)
        elif isinstance(error, asyncpg.InterfaceError | asyncpg.InternalClientError | OSError):
            # InternalClientError is what a query meets that finds the server's farewell on the
            # line. TimeoutError is an OSError, but the connection is not lost: it was too slow.
            lost = not isinstance(error, TimeoutError)
            # A certificate that is refused, say. Others' words may quote the DSN with its password.
            words = str(error) if isinstance(error, OSError) else ""
            reason = words or type(error).__name__
            raise (ConnectionLost if lost else DatabaseUnavailable)(reason) from error


def _translate_answer(error: asyncpg.PostgresError) -> None:
    state: Any = error.sqlstate or ""
    reason = f"{type(error).__name__} ({state})"
    if state[:2] in _LOST or state in _LOST_STATES:
        raise ConnectionLost(reason) from error
    if state[:2] in _PASSING or state in _PASSING_STATES:
        raise DatabaseUnavailable(reason) from error
