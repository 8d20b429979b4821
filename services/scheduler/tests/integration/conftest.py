import asyncio
import json
import os
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer  # type: ignore[import-untyped]
from aiokafka.admin import AIOKafkaAdminClient  # type: ignore[import-untyped]
from aiokafka.admin.config_resource import (  # type: ignore[import-untyped]
    ConfigResource,
    ConfigResourceType,
)

from calendar_scheduler import database as scheduler_database
from calendar_scheduler.config import Database, Settings
from calendar_scheduler.errors import Unavailable
from calendar_scheduler.metrics import Metrics
from calendar_scheduler.publisher import Publisher, publisher
from calendar_scheduler.repository import Repository
from calendar_scheduler.sender import Sender

MIGRATIONS = Path(__file__).parents[3] / "api" / "src" / "calendar_api" / "migrations"
ADD_EVENT = """
INSERT INTO events (user_id, id, title, starts_at, ends_at, notify_before)
VALUES ($1, $2, $3, now() + make_interval(secs => $4), now() + make_interval(secs => $5), '1 hour')
"""
ADD_REMINDER = """
INSERT INTO reminders (user_id, event_id, notification_id, due_at, ready_at, next_try_at)
SELECT $1, $2, $3, due, due, due FROM (SELECT now() + make_interval(secs => $4) AS due) AS plan
"""

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


def pytest_configure() -> None:
    if missing := {"DATABASE_DSN", "KAFKA_BOOTSTRAP_SERVERS"} - os.environ.keys():
        pytest.exit(
            f"{', '.join(sorted(missing))} not set: run `make test`, or `make stack` for servers",
            returncode=2,
        )


@pytest.fixture(scope="session")
async def dsn() -> AsyncIterator[str]:
    """A database of this session's own, with the API's tables."""
    server = await asyncpg.connect(os.environ["DATABASE_DSN"])
    name = f"calendar_scheduler_{uuid4().hex}"
    await server.execute(f"CREATE DATABASE {name}")
    own = urlunsplit(urlsplit(os.environ["DATABASE_DSN"])._replace(path=f"/{name}"))
    await migrate(own)
    yield own
    await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await server.close()


async def migrate(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    for path in sorted(MIGRATIONS.glob("*.sql")):
        await connection.execute(path.read_text(encoding="utf-8"))
    await connection.close()


class Tables:
    """The API's tables, as the API and a test see them."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def add_event(
        self,
        *,
        title: str = "Dentist",
        user_id: str = "ann",
        due_in: float | None = None,
        starts_in: float = 3600,
        ends_in: float = 7200,
    ) -> UUID:
        """Writes an event and, where `due_in` (seconds) is given, its reminder."""
        event_id = uuid4()
        async with self.connection.transaction():
            await self.connection.execute(ADD_EVENT, user_id, event_id, title, starts_in, ends_in)
            if due_in is not None:
                await self.connection.execute(ADD_REMINDER, user_id, event_id, uuid4(), due_in)
        return event_id

    async def pending(self) -> int:
        count: int = await self.connection.fetchval("SELECT count(*) FROM reminders")
        return count

    async def attempts(self) -> list[int]:
        rows = await self.connection.fetch("SELECT attempts FROM reminders")
        return [row["attempts"] for row in rows]

    async def events(self) -> set[UUID]:
        return {row["id"] for row in await self.connection.fetch("SELECT id FROM events")}


@pytest.fixture
async def tables(dsn: str) -> AsyncIterator[Tables]:
    """The tables, empty, through a connection of the test's own."""
    connection = await asyncpg.connect(dsn, server_settings={"timezone": "UTC"})
    await connection.execute("TRUNCATE events CASCADE")
    yield Tables(connection)
    await connection.close()


@pytest.fixture
def settings(dsn: str) -> Settings:
    """Settings with a topic of the test's own."""
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


@dataclass
class Running:
    """A sender that a test steps by hand, and its parts."""

    sender: Sender
    repository: Repository
    publisher: Publisher
    metrics: Metrics

    def metric(self, name: str, **labels: str) -> float:
        value = self.metrics.registry.get_sample_value(f"calendar_scheduler_{name}", labels)
        assert value is not None, name
        return value

    async def send_all(self, tables: Tables) -> None:
        """Steps, through outages, until nothing is left to be sent."""

        async def is_sent() -> bool:
            with suppress(Unavailable):
                await self.sender.step()
            return not await tables.pending()

        await eventually(is_sent)


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Running]:
    async with (
        scheduler_database.pool(settings.database) as pool,
        publisher(settings.kafka) as opened,
    ):
        repository, metrics = Repository(pool), Metrics()
        sender = Sender(
            settings.scheduler, repository=repository, publisher=opened, metrics=metrics
        )
        yield Running(sender, repository, opened, metrics)


Start = Callable[..., Awaitable[Running]]


@pytest.fixture
async def start_sender(settings: Settings) -> AsyncIterator[Start]:
    """Starts senders with the test's settings, or others."""
    async with AsyncExitStack() as stack:

        async def start(other: Settings | None = None) -> Running:
            return await stack.enter_async_context(running(other or settings))

        yield start


class Topic:
    """The test's topic, as an operator and a consumer see it."""

    def __init__(self, settings: Settings, admin: Any) -> None:
        self.name = settings.kafka.topic
        self._servers = settings.kafka.bootstrap_servers
        self._admin = admin

    async def records(self) -> list[Any]:
        """All that it holds now."""
        consumer = AIOKafkaConsumer(
            self.name, bootstrap_servers=self._servers, auto_offset_reset="earliest"
        )
        await consumer.start()
        try:
            ends = await consumer.end_offsets(consumer.assignment())
            records: list[Any] = []
            while len(records) < sum(ends.values()):
                for some in (await consumer.getmany(timeout_ms=200)).values():
                    records += some
            return records
        finally:
            await consumer.stop()

    async def values(self, field: str) -> list[Any]:
        """One field of all messages."""
        return [json.loads(record.value)[field] for record in await self.records()]

    async def configure(self, values: dict[str, str]) -> None:
        resource = ConfigResource(ConfigResourceType.TOPIC, self.name, values)
        await self._admin.alter_configs([resource])

    async def refuse_everything(self) -> None:
        """Kafka answers, but takes no record: all are too old for it."""
        await self.configure(
            {"message.timestamp.type": "CreateTime", "message.timestamp.before.max.ms": "0"}
        )

    async def take_everything(self) -> None:
        await self.configure({"message.timestamp.type": "LogAppendTime"})

    async def delete(self) -> None:
        await self._admin.delete_topics([self.name])

    async def describe(self, name: str) -> tuple[int, dict[str, str]]:
        """Partitions and configuration of a topic."""
        (topic,) = await self._admin.describe_topics([name])
        (response,) = await self._admin.describe_configs(
            [ConfigResource(ConfigResourceType.TOPIC, name)]
        )
        configuration = {key: value for key, value, *_ in response.resources[0][4]}
        return len(topic["partitions"]), configuration


@pytest.fixture
async def topic(settings: Settings) -> AsyncIterator[Topic]:
    """The topic that the test's settings name; a scheduler makes it."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka.bootstrap_servers)
    await admin.start()
    yield Topic(settings, admin)
    await admin.close()


async def eventually(holds: Callable[[], Awaitable[bool]], *, within: float = 10) -> None:
    """Waits for a condition; fails where it does not hold in time."""
    async with asyncio.timeout(within):
        while not await holds():  # noqa: ASYNC110 - what is waited for happens elsewhere
            await asyncio.sleep(0.02)


class Process:
    """The executable, running."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.lines: list[dict[str, Any]] = []
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self.lines.append(json.loads(line))

    def logged(self, event: str, **values: object) -> list[dict[str, Any]]:
        return [
            line for line in self.lines if line["event"] == event and values.items() <= line.items()
        ]

    async def until_logged(self, event: str, **values: object) -> dict[str, Any]:
        async def is_logged() -> bool:
            assert self._process.returncode is None, self.lines
            return bool(self.logged(event, **values))

        await eventually(is_logged)
        return self.logged(event, **values)[0]

    async def get(self, path: str) -> tuple[int, str]:
        port = (await self.until_logged("listening"))["port"]
        return await asyncio.to_thread(_get, f"http://127.0.0.1:{port}{path}")

    async def readiness(self) -> tuple[int, dict[str, str]]:
        status, body = await self.get("/readyz")
        return status, json.loads(body)

    async def until_missing(self, names: set[str]) -> None:
        """Waits until readiness names these as away, and nothing else."""

        async def are_named() -> bool:
            _, body = await self.readiness()
            return {name for name in ("broker", "database") if body[name] != "ok"} == names

        await eventually(are_named)

    async def until_ready(self) -> None:
        await self.until_missing(set())

    async def metric(self, series: str) -> float:
        _, text = await self.get("/metrics")
        start = f"calendar_scheduler_{series} "
        (line,) = [line for line in text.splitlines() if line.startswith(start)]
        return float(line.removeprefix(start))

    async def until_metric(self, series: str, *, least: float) -> None:
        async def is_reached() -> bool:
            return await self.metric(series) >= least

        await eventually(is_reached)

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Exit code, and the seconds that it took."""
        started = asyncio.get_running_loop().time()
        self._process.send_signal(number)
        code = await asyncio.wait_for(self._process.wait(), 15)
        await self._reading
        return code, asyncio.get_running_loop().time() - started

    async def wait(self) -> int:
        return await self._process.wait()

    async def kill(self) -> None:
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        await self._reading


def _get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 - our own process
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.fixture
async def start_process(settings: Settings) -> AsyncIterator[Callable[..., Awaitable[Process]]]:
    """Starts the executable with the test's settings; keywords are variables over them."""
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


class Proxy:
    """A TCP proxy in front of PostgreSQL that can freeze, or cut at a chosen point."""

    dsn: str
    """Leads through the proxy."""
    settings: Settings
    """The test's settings, with that DSN."""

    def __init__(self, host: str, port: int) -> None:
        self._upstream = (host, port)
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._connections: set[asyncio.Task[None]] = set()
        self.cut_at: bytes | None = None
        """The connection is cut where the client sends these bytes, before the answer..."""
        self.delivers_cut = True
        """... and after the server has had them, or before."""

    def freeze(self) -> None:
        self._flowing.clear()

    def cut(self) -> None:
        for connection in self._connections:
            connection.cancel()

    async def close(self) -> None:
        self.cut()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        server_reader, server_writer = await asyncio.open_connection(*self._upstream)
        upwards = asyncio.create_task(self._pump(reader, server_writer, is_client=True))
        downwards = asyncio.create_task(self._pump(server_reader, writer, is_client=False))
        try:
            await asyncio.wait([upwards, downwards], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in (upwards, downwards):
                pump.cancel()
            # What is written still arrives at the server; the client hears no more.
            server_writer.close()
            writer.transport.abort()
            self._connections.discard(task)

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_client: bool
    ) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65_536):
                await self._flowing.wait()
                is_cut = is_client and self.cut_at is not None and self.cut_at in data
                if not is_cut or self.delivers_cut:
                    writer.write(data)
                    await writer.drain()
                if is_cut:
                    self.cut_at = None
                    return


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
async def closed_port() -> str:
    """An address at which nobody answers."""
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return f"127.0.0.1:{port}"


@pytest.fixture
async def silent_port() -> AsyncIterator[str]:
    """An address at which connections are taken and nothing is ever said, as by a frozen server."""
    writers = []

    async def keep(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)

    server = await asyncio.start_server(keep, "127.0.0.1", 0)
    yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    for writer in writers:
        writer.transport.abort()
