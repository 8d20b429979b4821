"""The pool against a real PostgreSQL: whom it writes to, and which connections it keeps."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest
from pydantic import SecretStr

from calendar_scheduler.database import options, pool
from calendar_scheduler.database.pool import Connection, Pool, open_pool
from calendar_scheduler.errors import ConnectionLost, DatabaseReadOnly, DatabaseUnavailable

# Limits that no pause of the machine reaches.
OPTIONS = replace(options.POOL, acquire_seconds=30.0, connect_seconds=30.0, use_seconds=60.0)
READ_ONLY = "SELECT current_setting('transaction_read_only')"
WRITE = "INSERT INTO numbers VALUES (1)"
WARN = "DO $$ BEGIN RAISE WARNING 'canceled'; END $$"
SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = $1"
Use = Callable[[Pool], AbstractAsyncContextManager[Connection]]


class Numbers:
    """A database with one table, which can be made to accept no writes, as a standby does."""

    def __init__(self, admin: "asyncpg.Connection[asyncpg.Record]", name: str) -> None:
        self.admin = admin
        self.name = name
        address = urlsplit(os.environ["DATABASE_DSN"])
        self.dsn = urlunsplit(address._replace(path=f"/{name}"))
        self.any_dsn = urlunsplit(
            address._replace(path=f"/{name}", query="target_session_attrs=any")
        )

    async def set_read_only(self, value: str) -> None:
        """For all sessions that begin from now on."""
        await self.admin.execute(
            f"ALTER DATABASE {self.name} SET default_transaction_read_only = {value}"
        )


@pytest.fixture
async def numbers() -> AsyncIterator[Numbers]:
    admin = await asyncpg.connect(os.environ["DATABASE_DSN"])
    numbers = Numbers(admin, f"calendar_pool_{uuid4().hex[:12]}")
    await admin.execute(f"CREATE DATABASE {numbers.name}")
    connection = await asyncpg.connect(numbers.dsn)
    await connection.execute("CREATE TABLE numbers (n integer)")
    await connection.close()
    yield numbers
    await admin.execute(f"DROP DATABASE {numbers.name} WITH (FORCE)")
    await admin.close()


async def backend(connection: Connection) -> int:
    pid: int = await connection.fetchval("SELECT pg_backend_pid()")
    return pid


async def count(opened: Pool) -> int:
    async with opened.acquire() as connection:
        n: int = await connection.fetchval("SELECT count(*) FROM numbers")
    return n


async def test_a_server_that_accepts_no_writes_is_not_connected_to(numbers: Numbers) -> None:
    await numbers.set_read_only("on")
    async with open_pool(SecretStr(numbers.dsn), OPTIONS, size=2) as opened:
        with pytest.raises(DatabaseReadOnly, match="no server accepts writes"):
            await count(opened)
        assert opened.size() == 0

        await numbers.set_read_only("off")
        assert await count(opened) == 0


async def test_a_dsn_that_names_target_session_attrs_wins(numbers: Numbers) -> None:
    await numbers.set_read_only("on")
    async with open_pool(SecretStr(numbers.any_dsn), OPTIONS, size=2) as opened:
        assert await count(opened) == 0


async def write(opened: Pool) -> None:
    async with opened.acquire() as connection:
        await connection.execute(WRITE)


async def probe(opened: Pool) -> None:
    await opened.probe(READ_ONLY)


@pytest.mark.parametrize("use", [write, probe])
async def test_no_connection_to_a_server_that_accepts_no_writes_is_kept(
    numbers: Numbers, use: Callable[[Pool], Awaitable[None]]
) -> None:
    """Behind one address another server can answer at any time."""
    await numbers.set_read_only("on")
    async with open_pool(SecretStr(numbers.any_dsn), OPTIONS, size=2) as opened:
        async with opened.acquire() as one, opened.acquire() as other:
            assert [await c.fetchval(READ_ONLY) for c in (one, other)] == ["on", "on"]
        await numbers.set_read_only("off")
        with pytest.raises(DatabaseReadOnly):
            await use(opened)

        await opened.probe(READ_ONLY)
        async with opened.acquire() as one, opened.acquire() as other:
            await one.execute(WRITE)
            await other.execute(WRITE)


async def fail(use: AbstractAsyncContextManager[Connection], error: BaseException) -> None:
    async with use as connection:
        await connection.execute(WRITE)
        raise error


async def test_a_transaction_is_committed_where_its_block_succeeds(numbers: Numbers) -> None:
    async with open_pool(SecretStr(numbers.dsn), OPTIONS, size=2) as opened:
        async with opened.transaction() as connection:
            await connection.execute(WRITE)
        assert await count(opened) == 1


async def test_a_transaction_that_fails_is_rolled_back_and_keeps_its_connection(
    numbers: Numbers,
) -> None:
    async with open_pool(SecretStr(numbers.dsn), OPTIONS, size=2) as opened:
        async with opened.acquire() as connection:
            before = await backend(connection)
        with pytest.raises(LookupError):
            await fail(opened.transaction(), LookupError())
        assert await count(opened) == 0
        async with opened.acquire() as connection:
            assert await backend(connection) == before


@pytest.mark.parametrize("use", [Pool.acquire, Pool.transaction])
@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (TimeoutError, DatabaseUnavailable),
        (asyncio.CancelledError, asyncio.CancelledError),
    ],
)
async def test_a_use_that_is_cut_short_drops_its_connection(
    numbers: Numbers, use: Use, error: type[BaseException], raised: type[BaseException]
) -> None:
    async with open_pool(SecretStr(numbers.dsn), OPTIONS, size=2) as opened:
        with pytest.raises(raised):
            await fail(use(opened), error())
        assert opened.size() == 0


async def test_a_use_has_a_limit(numbers: Numbers) -> None:
    limited = replace(OPTIONS, use_seconds=0.2)
    async with open_pool(SecretStr(numbers.dsn), limited, size=2) as opened:
        with pytest.raises(DatabaseUnavailable):
            async with opened.acquire():
                await asyncio.Event().wait()
        assert opened.size() == 0


async def time_out(use: AbstractAsyncContextManager[Connection]) -> None:
    async with use as connection:
        await connection.execute("SET statement_timeout = 0")
        await connection.execute("SELECT pg_sleep(600)", timeout=0.1)


@pytest.mark.parametrize("use", [Pool.acquire, Pool.transaction])
async def test_a_statement_that_times_out_does_not_go_on_at_the_server(
    numbers: Numbers, use: Use
) -> None:
    async with open_pool(SecretStr(numbers.dsn), OPTIONS, size=2) as opened:
        with pytest.raises(DatabaseUnavailable):
            await time_out(use(opened))
        assert opened.size() == 0

        async with asyncio.timeout(30):
            while await numbers.admin.fetchval(SESSIONS, numbers.name):  # noqa: ASYNC110
                await asyncio.sleep(0.02)


@pytest.mark.parametrize("use", [Pool.acquire, Pool.transaction])
async def test_a_commit_that_did_not_wait_for_its_standby_is_in_doubt(
    numbers: Numbers, use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PL/pgSQL's RAISE stands for the function that waits for a standby."""
    async with open_pool(SecretStr(numbers.dsn), OPTIONS, size=2) as opened:
        async with use(opened) as connection:
            await connection.execute(WARN)

        monkeypatch.setattr(pool, "SYNCHRONOUS_REPLICATION", "exec_stmt_raise")
        with pytest.raises(ConnectionLost, match="not confirmed by a standby"):
            async with use(opened) as connection:
                await connection.execute(WARN)
