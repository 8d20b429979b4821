"""Starts and stops the parts of the system: PostgreSQL, Kafka and the three services."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

from calendar_local.console import Console
from calendar_local.jars import kafka_version
from calendar_local.kafka import Kafka
from calendar_local.layout import Layout
from calendar_local.ports import HOST
from calendar_local.postgres import Postgres, postgres_version
from calendar_local.processes import Child
from calendar_local.services import SERVICES, RunningService


class Part(Protocol):
    """A part of the system."""

    @property
    def child(self) -> Child:
        """The process of the part."""


class Servers:
    """Running PostgreSQL and Kafka."""

    def __init__(self, postgres: Postgres, kafka: Kafka) -> None:
        self.postgres = postgres
        self.kafka = kafka

    @property
    def parts(self) -> Sequence[Part]:
        """Both servers."""
        return (self.postgres, self.kafka)

    @property
    def addresses(self) -> dict[str, str]:
        """Environment variables with the addresses."""
        return {
            "DATABASE_DSN": self.postgres.dsn,
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka.bootstrap_servers,
        }


@asynccontextmanager
async def servers(
    layout: Layout, *, jars: Sequence[Path], console: Console, throw_away: bool = False
) -> AsyncIterator[Servers]:
    """Run PostgreSQL and Kafka; `throw_away` is for temporary data."""
    postgres = Postgres(layout, throw_away=throw_away)
    kafka = Kafka(layout, jars=jars)

    async def start(part: Postgres | Kafka, version: str) -> None:
        done = console.timer()
        await part.start()
        done(f"{part.name} {version} is ready on {HOST}:{part.port}")

    try:
        await together(start(postgres, postgres_version()), start(kafka, kafka_version()))
        yield Servers(postgres, kafka)
    finally:
        done = console.timer()
        await kafka.stop()
        await postgres.stop()
        done("Stopped Kafka and PostgreSQL")


@asynccontextmanager
async def services(
    layout: Layout,
    *,
    root: Path,
    ports: Mapping[str, int],
    addresses: Mapping[str, str],
    console: Console,
) -> AsyncIterator[list[RunningService]]:
    """Run the three services on running servers."""
    running = [
        RunningService(each, layout=layout, root=root, port=ports[each.name], servers=addresses)
        for each in SERVICES
    ]

    async def start(service: RunningService) -> None:
        done = console.timer()
        await service.start()
        done(f"{service.service.name} is ready on {service.url}")

    try:
        done = console.timer()
        await together(*(each.migrate() for each in running if each.service.migrates))
        done("The tables are up to date")
        await together(*(start(each) for each in running))
        yield running
    finally:
        done = console.timer()
        await asyncio.gather(*(each.stop() for each in running))
        done("Stopped the services")


async def until_one_ends(parts: Sequence[Part]) -> None:
    """Wait until a part exits unexpectedly, and raise PartFailedError."""
    await together(*(part.child.watch() for part in parts))


async def together(*work: Coroutine[Any, Any, None]) -> None:
    """Run coroutines concurrently; the first failure cancels the others and is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            for each in work:
                group.create_task(each)
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
