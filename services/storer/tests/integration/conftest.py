"""A database and topics of each test's own, and storers as real processes."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer  # type: ignore[import-untyped]
from aiokafka.admin import AIOKafkaAdminClient  # type: ignore[import-untyped]
from pydantic import SecretStr

from calendar_storer.database import migrations, options
from calendar_storer.database.pool import open_pool
from calendar_storer.inbox.repository import InboxRepository
from calendar_storer.notifications.repository import Repository
from tests.integration.black_hole import BlackHole
from tests.integration.outage import Outage
from tests.integration.rest import Client, Rest
from tests.integration.storer import Storer
from tests.integration.table import Table
from tests.integration.topic import Topic


def needed(name: str) -> str:
    if name not in os.environ:
        pytest.fail(
            f"{name} is not set: run `make test`, or `make stack` and set it", pytrace=False
        )
    return os.environ[name]


def named(dsn: str, database: str) -> str:
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{database}"))


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a machine stands still for seconds, a migration that a test runs is not given up."""
    monkeypatch.setattr(options, "POOL", replace(options.POOL, connect_seconds=60.0))


@pytest.fixture(scope="session")
async def server() -> AsyncIterator[asyncpg.Connection]:
    """A connection to the server that creates databases, and cuts them off."""
    connection = await asyncpg.connect(needed("DATABASE_DSN"))
    yield connection
    await connection.close()


@asynccontextmanager
async def new_database(server: asyncpg.Connection) -> AsyncIterator[str]:
    name = f"calendar_storer_{uuid4().hex[:12]}"
    await server.execute(f"CREATE DATABASE {name}")
    yield named(needed("DATABASE_DSN"), name)
    await server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def empty_dsn(server: asyncpg.Connection) -> AsyncIterator[str]:
    """A database of the test's own, without tables."""
    async with new_database(server) as dsn:
        yield dsn


@pytest.fixture
async def dsn(empty_dsn: str) -> str:
    """A database of the test's own, migrated."""
    await migrations.run(SecretStr(empty_dsn))
    return empty_dsn


@pytest.fixture
def outage(server: asyncpg.Connection, dsn: str) -> Outage:
    return Outage(server, dsn)


@pytest.fixture
async def table(dsn: str) -> AsyncIterator[Table]:
    connection = await asyncpg.connect(dsn)
    yield Table(connection)
    # The test may have cut it off.
    connection.terminate()


@pytest.fixture
async def repository(dsn: str) -> AsyncIterator[Repository]:
    async with open_pool(SecretStr(dsn), options.POOL, size=2) as pool:
        yield Repository(pool)


@pytest.fixture
async def inbox(dsn: str) -> AsyncIterator[InboxRepository]:
    async with open_pool(SecretStr(dsn), options.POOL, size=2) as pool:
        yield InboxRepository(pool)


@pytest.fixture(scope="session")
async def rest(
    server: asyncpg.Connection, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Rest]:
    """One running Storer for the tests of the REST API. It needs no topic to answer."""
    output = tmp_path_factory.mktemp("rest") / "storer.log"
    async with new_database(server) as dsn:
        await migrations.run(SecretStr(dsn))
        storer = await start_storer(
            dsn,
            output,
            CALENDAR_KAFKA__TOPIC="none",
            CALENDAR_HTTP__CORS_ORIGINS="https://calendar.example.org",
        )
        connection = await asyncpg.connect(dsn)
        port = (await storer.said("service_started"))["port"]
        yield Rest(f"http://127.0.0.1:{port}", connection)
        await connection.close()
        await storer.kill()


@pytest.fixture
def ann(rest: Rest) -> Client:
    """A user without notifications."""
    return rest.user()


@pytest.fixture
def ben(rest: Rest) -> Client:
    """Another one."""
    return rest.user()


@pytest.fixture(scope="session")
async def admin() -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(bootstrap_servers=needed("KAFKA_BOOTSTRAP_SERVERS"))
    await client.start()
    yield client
    await client.close()


@pytest.fixture(scope="session")
async def producer() -> AsyncIterator[AIOKafkaProducer]:
    client = AIOKafkaProducer(
        bootstrap_servers=needed("KAFKA_BOOTSTRAP_SERVERS"), max_request_size=2_000_000
    )
    await client.start()
    yield client
    await client.stop()


@pytest.fixture
async def no_topic(admin: AIOKafkaAdminClient, producer: AIOKafkaProducer) -> AsyncIterator[Topic]:
    """A topic that does not exist yet."""
    topic = Topic(needed("KAFKA_BOOTSTRAP_SERVERS"), admin, producer)
    yield topic
    await topic.delete()


@pytest.fixture
async def topic(no_topic: Topic) -> Topic:
    await no_topic.create()
    return no_topic


async def start_storer(dsn: str, output: Path, *, code: str = "", **settings: str) -> Storer:
    """`code` runs in the process before the Storer does; `settings` are variables."""
    environment = {
        "CALENDAR_DATABASE__DSN": dsn,
        "CALENDAR_KAFKA__BOOTSTRAP_SERVERS": needed("KAFKA_BOOTSTRAP_SERVERS"),
        "CALENDAR_HTTP__PORT": "0",
    }
    clean = {name: v for name, v in os.environ.items() if not name.startswith("CALENDAR_")}
    with output.open("wb") as stdout:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            f"{code}\nfrom calendar_storer.cli import main\nmain()",
            env=clean | environment | settings,
            stdout=stdout,
            stderr=stdout,
        )
    return Storer(process, output)


Start = Callable[..., Awaitable[Storer]]


@pytest.fixture
async def start(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Start]:
    """Starts storers of the test's topic and database; ends them with the test."""
    started: list[Storer] = []

    async def start_one(topic: Topic, dsn: str, *, code: str = "", **settings: str) -> Storer:
        output = tmp_path / f"storer-{len(started)}.log"
        own = {"CALENDAR_KAFKA__TOPIC": topic.name, "CALENDAR_STORER__GROUP_ID": topic.group}
        storer = await start_storer(dsn, output, code=code, **(own | settings))
        started.append(storer)
        return storer

    yield start_one
    for storer in started:
        await storer.kill()
        text = "".join(json.dumps(line) + "\n" for line in storer.lines())
        request.node.add_report_section("teardown", "storer", text)


@pytest.fixture
def black_hole() -> BlackHole:
    return BlackHole()
