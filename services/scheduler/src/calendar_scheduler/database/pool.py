"""Connections to PostgreSQL: for how long they are used, and when one is not used again."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import asyncpg
from asyncpg.connect_utils import SessionAttribute
from pydantic import SecretStr

from calendar_scheduler.database.errors import translated, translated_errors
from calendar_scheduler.errors import ConfigError, ConnectionLost, DatabaseReadOnly

Connection = asyncpg.pool.PoolConnectionProxy
Initialize = Callable[["asyncpg.Connection[asyncpg.Record]"], Coroutine[Any, Any, None]]

SYNCHRONOUS_REPLICATION: Final = "SyncRepWaitForLSN"
"""The function in PostgreSQL that warns where a commit did not wait for its standby. The text of
the warning depends on the server's language, and its SQLSTATE (01000) is that of most warnings."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PoolOptions:
    """How a service uses PostgreSQL. Times are in seconds."""

    acquire_seconds: float
    """The wait for a connection; also bounds giving it back."""
    connect_seconds: float
    command_seconds: float
    """For one statement: just over the server's own limit, for a server that does not answer."""
    use_seconds: float
    """For all that is done with a connection at one time."""
    close_seconds: float
    session: Mapping[str, str]
    """Settings of each session."""
    initialize: Initialize | None = None
    """Called with each new connection."""
    begin: str = "BEGIN"
    """Begins each transaction."""


@asynccontextmanager
async def open_pool(dsn: SecretStr, options: PoolOptions, *, size: int) -> AsyncIterator["Pool"]:
    """At most `size` connections. It starts empty: the service starts without its database, too."""
    connections = await asyncpg.create_pool(
        **_address(dsn),
        min_size=0,
        max_size=size,
        timeout=options.connect_seconds,
        command_timeout=options.command_seconds,
        server_settings=dict(options.session),
        init=options.initialize,
        # No statement changes the session, so there is nothing to reset.
        reset=_keep,
    )
    try:
        yield Pool(connections, options)
    finally:
        try:
            await asyncio.wait_for(connections.close(), options.close_seconds)
        except TimeoutError:
            connections.terminate()


async def connect(dsn: SecretStr, *, seconds: float) -> "asyncpg.Connection[asyncpg.Record]":
    """A connection outside of any pool, to a server that accepts writes."""
    return await asyncpg.connect(**_address(dsn), timeout=seconds)


async def check_dsn(dsn: SecretStr) -> None:
    """Lets the driver parse the DSN, which it does only in `connect`, without time to connect.

    Raises:
        ConfigError: the driver cannot parse it, or cannot read a certificate that it names.
    """
    try:
        await connect(dsn, seconds=0)
    except TimeoutError:
        return
    except (ValueError, OSError, asyncpg.InterfaceError) as error:
        # The driver's message may quote the DSN, and with it the password.
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise ConfigError(f"database.dsn: cannot be used: {reason}") from None


def _address(dsn: SecretStr) -> dict[str, Any]:
    address = dsn.get_secret_value()
    # A DSN that names target_session_attrs wins; the argument would override it.
    is_named = "target_session_attrs" in parse_qs(urlsplit(address).query)
    attribute = None if is_named else SessionAttribute.read_write
    return {"dsn": address, "target_session_attrs": attribute}


async def _keep(_connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    return None


class Pool:
    """Hands out connections, never for longer than its options say."""

    def __init__(self, connections: "asyncpg.Pool[asyncpg.Record]", options: PoolOptions) -> None:
        self._connections = connections
        self._options = options

    @asynccontextmanager
    async def acquire(self, *, reads_only: bool = False) -> AsyncIterator[Connection]:
        """A connection for the block. If it `reads_only`, no commit has to be confirmed.

        Raises:
            DatabaseUnavailable: there was none, or PostgreSQL failed in a way that passes.
            ConnectionLost: what the block did may be committed, or not.
            RowRejected: PostgreSQL refuses what was to be written.
        """
        options = self._options
        with translated_errors():
            async with asyncio.timeout(options.acquire_seconds) as limit:
                connection = await self._connections.acquire()
                try:
                    limit.reschedule(asyncio.get_running_loop().time() + options.use_seconds)
                    with nullcontext() if reads_only else _confirmed_commits(connection):
                        yield connection
                except BaseException as error:
                    await self._drop_after(error, connection)
                    raise
                finally:
                    await self._connections.release(connection, timeout=options.acquire_seconds)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection in a transaction, which is committed where the block succeeds.

        Raises:
            DatabaseUnavailable, RowRejected: nothing was committed.
            ConnectionLost: it may be committed, or not.
        """
        async with self.acquire() as connection:
            await connection.execute(self._options.begin)
            try:
                yield connection
            except Exception as error:
                # The server rolls back what it lost. It may also be frozen: do not wait for it.
                if not _is_unusable_after(error):
                    await connection.execute("ROLLBACK")
                raise
            try:
                await connection.execute("COMMIT")
            except TimeoutError as error:
                raise ConnectionLost("COMMIT was not answered in time") from error

    async def probe(self, statement: str) -> None:
        """Returns where PostgreSQL accepts writes and `statement` finds the tables.

        Raises:
            DatabaseUnavailable: it does not.
        """
        async with self.acquire(reads_only=True) as connection:
            if await connection.fetchval(statement) == "on":
                raise DatabaseReadOnly("the server accepts no writes (transaction_read_only)")

    def size(self) -> int:
        """Open connections."""
        return self._connections.get_size()

    def idle(self) -> int:
        """Open connections that nobody uses."""
        return self._connections.get_idle_size()

    async def _drop_after(self, error: BaseException, connection: Connection) -> None:
        if _is_unusable_after(error):
            # Closing cancels the statement on the server, which would otherwise go on with it: a
            # COMMIT that waits for a standby for ever. Where the driver has noticed the end itself,
            # the pool has the connection back already, which is an InterfaceError.
            with suppress(asyncpg.InterfaceError, OSError):
                await connection.close(timeout=self._options.acquire_seconds)
        if _is_server_gone(error):
            # The other connections are of no use either.
            await self._connections.expire_connections()


def _is_unusable_after(error: BaseException) -> bool:
    """Whether the connection is dropped: its use was cancelled, timed out or lost."""
    is_cancelled = not isinstance(error, Exception)
    return is_cancelled or isinstance(error, TimeoutError) or _is_server_gone(error)


def _is_server_gone(error: BaseException) -> bool:
    return isinstance(translated(error) or error, ConnectionLost | DatabaseReadOnly)


@contextmanager
def _confirmed_commits(connection: Connection) -> Iterator[None]:
    """Raises `ConnectionLost` where a commit in the block did not wait for its standby.

    Where the wait is cancelled, PostgreSQL reports success and only warns: the commit is lost if
    the standby takes over.
    """
    is_in_doubt = False

    def listen(_connection: object, message: asyncpg.PostgresLogMessage) -> None:
        nonlocal is_in_doubt
        is_in_doubt |= message.server_source_function == SYNCHRONOUS_REPLICATION

    connection.add_log_listener(listen)
    try:
        yield
    finally:
        with suppress(asyncpg.InterfaceError):  # A closed connection has no listeners left.
            connection.remove_log_listener(listen)
    if is_in_doubt:
        raise ConnectionLost("committed, but not confirmed by a standby")
