"""One run: its database and topic, the services as processes, users and faults."""

import asyncio
import random
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
from aiokafka.errors import KafkaError  # type: ignore[import-untyped]

from calendar_faults import queries
from calendar_faults.client import EventsClient
from calendar_faults.history import CaughtUp, Content, Seen
from calendar_faults.kafka import lag_of
from calendar_faults.pairs import WriterPair
from calendar_faults.receiver import webhooks_setting
from calendar_faults.recipients import Recipients
from calendar_faults.recorder import Recorder
from calendar_faults.servers import Servers, through
from calendar_faults.service import Points, Service, Settings
from calendar_faults.users import Behavior, User
from calendar_faults.waiting import wait_until

_POLL_SECONDS: Final = 0.25
_LEAD: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Services:
    """One process of each service."""

    api: Service
    scheduler: Service
    storer: Service

    @property
    def all(self) -> tuple[Service, ...]:
        """The three."""
        return (self.api, self.scheduler, self.storer)


class System:
    """Calendar, and its users."""

    def __init__(self, name: str, *, servers: Servers, dsn: str, recorder: Recorder) -> None:
        self.name = name
        self.servers = servers
        self.network = servers.network
        self.dsn = dsn
        self.recorder = recorder
        self.fault = recorder.fault
        self.folder = servers.home / name
        self.points = Points(self.folder / "points")
        self.topic = f"{name}-{secrets.token_hex(3)}"
        self.group = f"{self.topic}-storer"
        self.client = EventsClient(recorder, [])
        self.seen: set[UUID] = set()
        self.services: list[Service] = []
        self.recipients = Recipients(recorder, sql=self.sql, storers=self._storers)
        self.unpublishable: set[UUID] = set()
        self.unchecked: set[UUID] = set()
        """Events that the run itself checks: they change without a request."""

    # ---------------------------------------------------------------------------- services

    def add(
        self, kind: str, *, settings: Settings | None = None, hooks: Settings | None = None
    ) -> Service:
        """Another process of a service, not started yet. With hooks it has points."""
        number = sum(service.kind == kind for service in self.services) + 1
        network = self.network
        database = {
            "api": network.api_database,
            "scheduler": network.scheduler_database,
            "storer": network.storer_database,
        }[kind]
        broker = network.storer_broker if kind == "storer" else network.scheduler_broker
        common = {} if kind == "api" else {"CALENDAR_KAFKA__TOPIC": self.topic}
        if kind == "storer":
            common["CALENDAR_STORER__GROUP_ID"] = self.group
            common["CALENDAR_STORER__WEBHOOKS"] = webhooks_setting(self.recipients.receivers)
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
        """Another process of a service, ready; an API is used by all users from then on."""
        service = self.add(kind, settings=settings, hooks=hooks)
        await service.start_and_wait()
        if kind == "api":
            self.client.urls.append(service.url)
        return service

    async def start_all(self, **hooks: Settings) -> Services:
        """One process of each service, ready; hooks by the name of the service."""
        kinds = ("api", "scheduler", "storer")
        return Services(*await asyncio.gather(*(self.start(k, hooks=hooks.get(k)) for k in kinds)))

    def _storers(self) -> list[str]:
        """The URLs between which a load balancer chooses: those of processes that run."""
        return [each.url for each in self.services if each.kind == "storer" and each.pid]

    # ------------------------------------------------------------------------------- users

    def user_names(self, count: int = 10) -> list[str]:
        """The names of the first users of `users`."""
        return [f"user-{number}@{self.name}" for number in range(count)]

    @asynccontextmanager
    async def users(
        self, count: int = 10, *, pairs: int = 1, behavior: Behavior | None = None, seed: int = 0
    ) -> AsyncIterator[None]:
        """Users write events for as long as the context lasts."""
        stop = asyncio.Event()
        behavior = behavior or Behavior()
        async with asyncio.TaskGroup() as tasks:
            for number, name in enumerate(self.user_names(count)):
                user = User(
                    name,
                    client=self.client,
                    recorder=self.recorder,
                    seen=self.seen,
                    behavior=behavior,
                    rng=random.Random(f"{seed} {number}"),  # noqa: S311
                )
                tasks.create_task(user.run(stop))
            for number in range(pairs):
                pair = WriterPair(
                    f"pair-{number}@{self.name}",
                    client=self.client,
                    recorder=self.recorder,
                    pause=behavior.pause,
                    rng=random.Random(f"{seed} pair {number}"),  # noqa: S311
                )
                tasks.create_task(pair.run(stop))
            try:
                yield
            finally:
                stop.set()

    def event(self, title: str, *, due_in: float) -> Content:
        """An event with a reminder that is due in some seconds, an hour before the start."""
        starts_at = self.recorder.now() + timedelta(seconds=due_in) + _LEAD
        return Content(title=title, starts_at=starts_at, notify_before=_LEAD)

    async def create_events(self, user: str, content: Content, *, count: int) -> list[UUID]:
        """Create equal events in one batch; returns their IDs."""
        ids = [uuid4() for _ in range(count)]
        await self.client.create_acknowledged(user, dict.fromkeys(ids, content))
        return ids

    # ------------------------------------------------------------------ database and topic

    async def sql(self, query: str, *arguments: Any) -> Any:
        """The rows of a statement, on a connection of its own."""
        connection = await asyncpg.connect(self.dsn, timeout=15, command_timeout=30)
        try:
            return await connection.fetch(query, *arguments)
        finally:
            await connection.close()

    @asynccontextmanager
    async def locked(self, query: str, *arguments: Any) -> AsyncIterator[None]:
        """Holds the row locks of a statement, as a forgotten session of an operator does."""
        connection = await asyncpg.connect(self.dsn)
        try:
            async with connection.transaction():
                assert await connection.fetch(query, *arguments), "no rows to lock"
                yield
        finally:
            await connection.close()

    async def vacuum_every(self, seconds: int) -> None:
        """Set the interval of autovacuum, for later runs too."""
        await self.sql(f"ALTER SYSTEM SET autovacuum_naptime = {seconds}")
        await self.sql("SELECT pg_reload_conf()")

    async def lag(self) -> int:
        """The number of records that the storers have not committed."""
        servers = self.servers.kafka.bootstrap_servers
        return await lag_of(self.group, self.topic, servers=servers)

    async def is_done(self, *, due_by: datetime) -> bool:
        """Whether what is due by then is sent, and what was sent is stored."""
        [[due]] = await self.sql(queries.DUE_BEFORE, due_by, list(self.unpublishable))
        return not due and not await self.lag()

    async def wait_until_caught_up(self, *, seconds: float) -> float:
        """Wait until what is due is stored, and record that; the seconds that it took."""
        started = asyncio.get_running_loop().time()

        async def has_caught_up() -> bool:
            now = self.recorder.now()
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, KafkaError):
                if await self.is_done(due_by=now):
                    self.recorder.add(CaughtUp(due_by=now, at=self.recorder.now()))
                    return True
            return False

        await wait_until(has_caught_up, seconds=seconds, what="what is due is sent and stored")
        return asyncio.get_running_loop().time() - started

    async def stored(self) -> int:
        """The number of notifications."""
        [[number]] = await self.sql(queries.STORED)
        return int(number)

    async def wait_until_stored(self, count: int, *, seconds: float) -> None:
        """Wait until there are this many notifications."""

        async def are_stored() -> bool:
            return await self.stored() >= count

        await wait_until(are_stored, seconds=seconds, what=f"{count} notifications are stored")

    async def watch_table(self) -> None:
        """Record forever each new notification soon after it is stored."""
        since = datetime(1, 1, 1, tzinfo=UTC)
        while True:
            # A test may have stopped PostgreSQL.
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                rows = await self.sql(queries.SEEN_SINCE, since, list(self.unchecked))
                for notification_id, stored_at, _ in rows:
                    since = stored_at
                    if notification_id not in self.seen:
                        self.seen.add(notification_id)
                        now = self.recorder.now()
                        self.recorder.add(Seen(notification_id=notification_id, at=now))
            await asyncio.sleep(_POLL_SECONDS)


@asynccontextmanager
async def new_system(servers: Servers, name: str) -> AsyncIterator[System]:
    """A system without services; at the end all that it has started are killed."""
    servers.network.heal()
    dsn = await servers.databases.create()
    system = System(name, servers=servers, dsn=dsn, recorder=Recorder())
    system.points.folder.mkdir(parents=True)
    watches = [
        asyncio.create_task(each)
        for each in (system.watch_table(), system.recorder.watch_machine())
    ]
    try:
        yield system
    finally:
        for watch in watches:
            watch.cancel()
        await system.recipients.end()
        servers.network.heal()
        await asyncio.gather(*(service.kill() for service in system.services))
