"""A database and topics of each test's own, and storers as real processes."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
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
from calendar_storer.notifications.repository import Repository
from tests.integration.black_hole import BlackHole
from tests.integration.inserting import Inserter
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


@pytest.fixture
async def empty_dsn(server: asyncpg.Connection) -> AsyncIterator[str]:
    """A database of the test's own, without tables."""
    name = f"calendar_storer_{uuid4().hex[:12]}"
    await server.execute(f"CREATE DATABASE {name}")
    yield named(needed("DATABASE_DSN"), name)
    await server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def dsn(empty_dsn: str) -> str:
    """A database of the test's own, migrated."""
    await migrations.run(SecretStr(empty_dsn))
    return empty_dsn


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
def inserter(repository: Repository) -> Inserter:
    return Inserter(repository)


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


Start = Callable[..., Awaitable[Storer]]


@pytest.fixture
async def start(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Start]:
    """Starts storers of the test's topic and database; ends them with the test."""
    started: list[Storer] = []

    async def start_one(topic: Topic, dsn: str, *, code: str = "", **settings: str) -> Storer:
        """`code` runs in the process before the Storer does; `settings` are variables."""
        environment = {
            "CALENDAR_DATABASE__DSN": dsn,
            "CALENDAR_KAFKA__BOOTSTRAP_SERVERS": needed("KAFKA_BOOTSTRAP_SERVERS"),
            "CALENDAR_KAFKA__TOPIC": topic.name,
            "CALENDAR_STORER__GROUP_ID": topic.group,
            "CALENDAR_HTTP__PORT": "0",
        }
        clean = {name: v for name, v in os.environ.items() if not name.startswith("CALENDAR_")}
        output = tmp_path / f"storer-{len(started)}.log"
        with output.open("wb") as stdout:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                f"{code}\nfrom calendar_storer.cli import main\nmain()",
                env=clean | environment | settings,
                stdout=stdout,
                stderr=stdout,
            )
        storer = Storer(process, output)
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
