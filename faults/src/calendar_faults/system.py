"""One run: its own database and topic, services as processes, users, faults, and the verdict."""

import asyncio
import random
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
from aiokafka.errors import KafkaError  # type: ignore[import-untyped]

from calendar_faults import queries
from calendar_faults.client import Client
from calendar_faults.history import CaughtUp, Seen
from calendar_faults.pairs import Pair
from calendar_faults.points import Points
from calendar_faults.recorder import Recorder
from calendar_faults.service import Service, Settings
from calendar_faults.stage import Stage, through
from calendar_faults.topics import lag_of
from calendar_faults.users import Habits, Person
from calendar_faults.waiting import until

_WATCH_SECONDS: Final = 0.25


@dataclass(frozen=True, slots=True)
class Trio:
    """One process of each service."""

    api: Service
    scheduler: Service
    storer: Service

    @property
    def all(self) -> tuple[Service, ...]:
        """The three."""
        return (self.api, self.scheduler, self.storer)


class System:
    """Calendar, and people who use it."""

    def __init__(self, name: str, *, stage: Stage, dsn: str, recorder: Recorder) -> None:
        self.name = name
        self.stage = stage
        self.network = stage.network
        self.dsn = dsn
        self.recorder = recorder
        self.fault = recorder.fault
        self.folder = stage.home / name
        self.points = Points(self.folder / "points")
        self.topic = f"{name}-{secrets.token_hex(3)}"
        self.group = f"{self.topic}-storer"
        self.client = Client(recorder, [])
        self.seen: set[UUID] = set()
        self.services: list[Service] = []
        self.unpublishable: set[UUID] = set()

    # ---------------------------------------------------------------------------- services

    def make(
        self, kind: str, *, settings: Settings | None = None, hooks: Settings | None = None
    ) -> Service:
        """Another process of a service, not started yet. With hooks it stops at points."""
        number = sum(service.kind == kind for service in self.services) + 1
        network = self.network
        database = {
            "api": network.api_database,
            "scheduler": network.scheduler_database,
            "storer": network.storer_database,
        }[kind]
        broker = network.storer_broker if kind == "storer" else network.scheduler_broker
        common = {
            "api": {},
            "scheduler": {"CALENDAR_KAFKA__TOPIC": self.topic},
            "storer": {
                "CALENDAR_KAFKA__TOPIC": self.topic,
                "CALENDAR_STORER__GROUP_ID": self.group,
            },
        }[kind]
        service = Service(
            kind,
            name=f"{kind}-{number}",
            folder=self.folder,
            servers={
                "DATABASE_DSN": through(database, self.dsn),
                "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{broker.port}",
            },
            settings={**common, **(settings or {})},
            hooks=None if hooks is None else {"FAULTS_POINTS": str(self.points.folder), **hooks},
        )
        self.services.append(service)
        return service

    async def start(
        self, kind: str, *, settings: Settings | None = None, hooks: Settings | None = None
    ) -> Service:
        """Another process of a service, ready; an API is used by everybody from then on."""
        service = self.make(kind, settings=settings, hooks=hooks)
        await service.begin()
        if kind == "api":
            self.client.urls.append(service.url)
        return service

    async def migrate(self, kind: str) -> None:
        """Brings the tables of a service up to date, beside whoever uses them.

        Raises:
            PartFailedError: it did not end well.
        """
        await self.make(kind).migrate()

    async def start_all(self, **hooks: Settings) -> Trio:
        """One process of each service, ready; by name of the service, hooks for some of them."""
        kinds = ("api", "scheduler", "storer")
        return Trio(*await asyncio.gather(*(self.start(k, hooks=hooks.get(k)) for k in kinds)))

    # ------------------------------------------------------------------------------- users

    @asynccontextmanager
    async def people(
        self, count: int = 10, *, pairs: int = 1, habits: Habits | None = None, seed: int = 0
    ) -> AsyncIterator[list[Person]]:
        """So many people use the calendar for as long as the context lasts."""
        stop = asyncio.Event()
        habits = habits or Habits()
        people = [
            Person(
                f"person-{number}@{self.name}",
                client=self.client,
                recorder=self.recorder,
                seen=self.seen,
                habits=habits,
                dice=random.Random(f"{seed} {number}"),  # noqa: S311
            )
            for number in range(count)
        ]
        couples = [
            Pair(
                f"pair-{number}@{self.name}",
                client=self.client,
                recorder=self.recorder,
                pause=habits.pause,
                dice=random.Random(f"{seed} pair {number}"),  # noqa: S311
            )
            for number in range(pairs)
        ]
        async with asyncio.TaskGroup() as tasks:
            for person in people:
                tasks.create_task(person.live(stop))
            for couple in couples:
                tasks.create_task(couple.live(stop))
            try:
                yield people
            finally:
                stop.set()

    def see(self, notification_id: UUID) -> None:
        """Notes that a notification is there."""
        if notification_id not in self.seen:
            self.seen.add(notification_id)
            self.recorder.add(Seen(notification_id=notification_id, at=self.recorder.now()))

    async def sql(self, query: str, *arguments: Any) -> Any:
        """The rows of a statement, by a connection of its own."""
        connection = await asyncpg.connect(self.dsn, timeout=15, command_timeout=30)
        try:
            return await connection.fetch(query, *arguments)
        finally:
            await connection.close()

    @asynccontextmanager
    async def locked(self, query: str, *arguments: Any) -> AsyncIterator[None]:
        """The rows of a statement are locked, as by a forgotten session of an operator."""
        connection = await asyncpg.connect(self.dsn)
        try:
            async with connection.transaction():
                assert await connection.fetch(query, *arguments), "there is nothing to lock"
                yield
        finally:
            await connection.close()

    async def until_caught_up(self, *, seconds: float) -> float:
        """Waits until what is due is sent and stored, and notes that; the seconds that it took."""
        started = asyncio.get_running_loop().time()

        async def look() -> bool:
            now = self.recorder.now()
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, KafkaError):
                if await self.is_done(due_by=now):
                    self.recorder.add(CaughtUp(due_by=now, at=self.recorder.now()))
                    return True
            return False

        await until(look, seconds=seconds, what="what is due is sent and stored")
        return asyncio.get_running_loop().time() - started

    async def is_done(self, *, due_by: datetime) -> bool:
        """Whether what is due by then is sent, and what was sent is stored."""
        [[due]] = await self.sql(queries.DUE_BEFORE, due_by, list(self.unpublishable))
        return not due and not await self.lag()

    async def vacuum_every(self, seconds: int) -> None:
        """Has PostgreSQL look for tables to vacuum so often; it does so for later runs, too."""
        await self.sql(f"ALTER SYSTEM SET autovacuum_naptime = {seconds}")
        await self.sql("SELECT pg_reload_conf()")

    async def lag(self) -> int:
        """How many records of the topic the storers have not committed."""
        servers = self.stage.kafka.bootstrap_servers
        return await lag_of(self.group, self.topic, servers=servers)

    async def stored(self) -> int:
        """How many notifications there are."""
        [[number]] = await self.sql(queries.STORED)
        return int(number)

    async def until_stored(self, count: int, *, seconds: float) -> None:
        """Waits until there are so many notifications."""

        async def look() -> bool:
            return await self.stored() >= count

        await until(look, seconds=seconds, what=f"{count} notifications are stored")


async def _watch_table(system: System) -> None:
    """Notes each new notification soon after it is stored; for ever."""
    since = datetime(1, 1, 1, tzinfo=UTC)
    while True:
        # It may be down on purpose, and comes back.
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            for notification_id, stored_at, _ in await system.sql(queries.SEEN_SINCE, since):
                since = stored_at
                system.see(notification_id)
        await asyncio.sleep(_WATCH_SECONDS)


@asynccontextmanager
async def system(stage: Stage, name: str) -> AsyncIterator[System]:
    """A system without any service yet; at the end all that it has started is killed."""
    stage.network.heal()
    dsn = await stage.databases.create()
    running = System(name, stage=stage, dsn=dsn, recorder=Recorder())
    running.points.folder.mkdir(parents=True)
    watches = [
        asyncio.create_task(each)
        for each in (_watch_table(running), running.recorder.watch_machine())
    ]
    try:
        yield running
    finally:
        for watch in watches:
            watch.cancel()
        stage.network.heal()
        await asyncio.gather(*(service.kill() for service in running.services))
