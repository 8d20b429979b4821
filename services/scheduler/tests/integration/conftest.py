"""Databases, topics, schedulers and proxies for the tests."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient  # type: ignore[import-untyped]
from tests.integration.process import Process
from tests.integration.proxy import Proxy
from tests.integration.running import Running, running
from tests.integration.tables import Tables, create_tables
from tests.integration.topic import Topic

from calendar_scheduler.config import Database, Settings
from calendar_scheduler.database import options


def pytest_configure() -> None:
    if missing := {"DATABASE_DSN", "KAFKA_BOOTSTRAP_SERVERS"} - os.environ.keys():
        pytest.exit(
            f"{', '.join(sorted(missing))} not set: run `make test`, or `make stack` for servers",
            returncode=2,
        )


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that a machine that stalls for seconds does not reach."""
    patient = replace(options.POOL, acquire_seconds=30.0, connect_seconds=30.0, use_seconds=60.0)
    monkeypatch.setattr(options, "POOL", patient)
    monkeypatch.setattr("calendar_scheduler.reminders.publish.MAX_CLAIM_AGE", 30.0)
    monkeypatch.setattr("calendar_scheduler.kafka.producer.REQUEST_MILLISECONDS", 5_000)


@pytest.fixture(scope="session")
async def dsn() -> AsyncIterator[str]:
    """A database for this session, with the API's tables."""
    server = await asyncpg.connect(os.environ["DATABASE_DSN"])
    name = f"calendar_scheduler_{uuid4().hex}"
    await server.execute(f"CREATE DATABASE {name}")
    own = urlunsplit(urlsplit(os.environ["DATABASE_DSN"])._replace(path=f"/{name}"))
    await create_tables(own)
    yield own
    await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await server.close()


@pytest.fixture
async def tables(dsn: str) -> AsyncIterator[Tables]:
    """The tables, empty, through a separate connection."""
    connection = await asyncpg.connect(dsn, server_settings={"timezone": "UTC"})
    await connection.execute("TRUNCATE events CASCADE")
    yield Tables(connection)
    await connection.close()


@pytest.fixture
def settings(dsn: str) -> Settings:
    """Settings with a topic for this test."""
    return Settings.model_validate(
        {
            "database": {"dsn": dsn},
            "kafka": {
                "bootstrap_servers": os.environ["KAFKA_BOOTSTRAP_SERVERS"],
                "topic": f"test-{uuid4().hex}",
                "partitions": 2,
            },
        }
    )


Start = Callable[..., Awaitable[Running]]


@pytest.fixture
async def start_scheduler(settings: Settings) -> AsyncIterator[Start]:
    """Starts schedulers with the test's settings, or others."""
    async with AsyncExitStack() as stack:

        async def start(other: Settings | None = None) -> Running:
            return await stack.enter_async_context(running(other or settings))

        yield start


@pytest.fixture
async def topic(settings: Settings) -> AsyncIterator[Topic]:
    """The topic of the test's settings; a scheduler creates it."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka.bootstrap_servers)
    await admin.start()
    yield Topic(settings, admin)
    await admin.close()


@pytest.fixture
async def start_process(settings: Settings) -> AsyncIterator[Callable[..., Awaitable[Process]]]:
    """Starts the executable with the test's settings; keywords override its variables."""
    started: list[Process] = []

    async def start(**variables: str) -> Process:
        environment = {
            "PATH": os.environ["PATH"],
            "CALENDAR_DATABASE__DSN": settings.database.dsn.get_secret_value(),
            "CALENDAR_KAFKA__BOOTSTRAP_SERVERS": settings.kafka.bootstrap_servers,
            "CALENDAR_KAFKA__TOPIC": settings.kafka.topic,
            "CALENDAR_HTTP__PORT": "0",
            **{f"CALENDAR_{name}": value for name, value in variables.items()},
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "calendar_scheduler",
            env=environment,
            stdout=asyncio.subprocess.PIPE,
        )
        started.append(Process(process))
        return started[-1]

    yield start
    for process in started:
        await process.kill()


@pytest.fixture
async def proxy(settings: Settings) -> AsyncIterator[Proxy]:
    """A proxy in front of PostgreSQL."""
    parts = urlsplit(settings.database.dsn.get_secret_value())
    proxy = Proxy(parts.hostname or "127.0.0.1", parts.port or 5432)
    server = await asyncio.start_server(proxy.handle, "127.0.0.1", 0)
    user, at, _ = parts.netloc.rpartition("@")
    port = server.sockets[0].getsockname()[1]
    proxy.dsn = urlunsplit(parts._replace(netloc=f"{user}{at}127.0.0.1:{port}"))
    proxy.settings = settings.model_copy(
        update={"database": Database.model_validate({"dsn": proxy.dsn})}
    )
    yield proxy
    server.close()
    await proxy.close()


@pytest.fixture
def closed_port() -> Iterator[str]:
    """An address at which nothing listens. The port is bound, so that nothing else can."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{held.getsockname()[1]}"


@pytest.fixture
async def silent_port() -> AsyncIterator[str]:
    """An address that accepts connections and never answers, like a frozen server."""
    writers = []

    async def keep(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)

    server = await asyncio.start_server(keep, "127.0.0.1", 0)
    yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    for writer in writers:
        writer.transport.abort()
