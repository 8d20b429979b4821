"""What can happen to the parts of a running system, each for as long as a context lasts."""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

import asyncpg
import psutil

from calendar_faults.history import Excuse
from calendar_faults.proxy import Proxy
from calendar_faults.service import Service
from calendar_faults.system import System

Mishap = Callable[[System], AbstractAsyncContextManager[None]]

_TAKEN_FIRST: Final = 250
"""Connections, of three hundred, before the services lose theirs."""


@asynccontextmanager
async def broker_dead(system: System) -> AsyncIterator[None]:
    """Kafka is killed, and started again."""
    await system.stage.kafka.kill()
    try:
        yield
    finally:
        await system.stage.kafka.start()


@asynccontextmanager
async def broker_restarted(system: System) -> AsyncIterator[None]:
    """Kafka is stopped in good order, and started again."""
    await system.stage.kafka.stop()
    try:
        yield
    finally:
        await system.stage.kafka.start()


@asynccontextmanager
async def broker_frozen(system: System) -> AsyncIterator[None]:
    """Kafka takes connections and does nothing."""
    process = psutil.Process(system.stage.kafka.child.pid)
    process.suspend()
    try:
        yield
    finally:
        process.resume()


@asynccontextmanager
async def broker_cut_off(system: System) -> AsyncIterator[None]:
    """No service reaches Kafka."""
    for way in (system.network.scheduler_broker, system.network.storer_broker):
        way.cut()
    try:
        yield
    finally:
        system.network.heal()


@asynccontextmanager
async def database_backend_killed(system: System) -> AsyncIterator[None]:
    """One session dies; PostgreSQL answers that by restarting all of itself."""
    [[pid]] = await system.sql(
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'calendar' LIMIT 1"
    )
    os.kill(pid, signal.SIGKILL)
    yield


@asynccontextmanager
async def database_restarted(system: System) -> AsyncIterator[None]:
    """PostgreSQL closes all sessions, stops, and starts again."""
    await system.stage.postgres.stop()
    try:
        yield
    finally:
        await system.stage.postgres.start()


@asynccontextmanager
async def database_killed(system: System) -> AsyncIterator[None]:
    """PostgreSQL and its sessions are killed, and start again with a recovery."""
    await system.stage.postgres.kill()
    try:
        yield
    finally:
        await system.stage.postgres.start()


@asynccontextmanager
async def database_frozen(system: System) -> AsyncIterator[None]:
    """PostgreSQL takes connections and does nothing."""
    postmaster = psutil.Process(system.stage.postgres.child.pid)
    # From here on no session begins, and one that ends stays in the list of processes.
    postmaster.suspend()
    sessions = postmaster.children(recursive=True)
    for process in sessions:
        process.suspend()
    try:
        yield
    finally:
        for process in [*sessions, postmaster]:
            process.resume()


@asynccontextmanager
async def database_read_only(system: System) -> AsyncIterator[None]:
    """As after a failover to a replica that is not promoted yet."""
    await _set_read_only(system, "on")
    try:
        yield
    finally:
        await _set_read_only(system, "off")


async def _set_read_only(system: System, setting: str) -> None:
    database = system.dsn.rpartition("/")[2]
    connection = await asyncpg.connect(system.stage.postgres.dsn)
    try:
        await connection.execute(
            f"ALTER DATABASE {database} SET default_transaction_read_only TO {setting}"
        )
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", database
        )
    finally:
        await connection.close()


@asynccontextmanager
async def out_of_connections(system: System) -> AsyncIterator[None]:
    """Somebody else takes every connection of PostgreSQL, and the services have to begin anew."""
    taken: list[asyncpg.Connection[asyncpg.Record]] = []
    try:
        while True:
            try:
                taken.append(await asyncpg.connect(system.stage.postgres.dsn))
            except asyncpg.TooManyConnectionsError:
                break
            if len(taken) == _TAKEN_FIRST:
                await taken[0].execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name LIKE 'calendar%'"
                )
        yield
    finally:
        await asyncio.gather(*(connection.close() for connection in taken))


BREAKS: Final[dict[str, Callable[[Proxy], None]]] = {
    "cut": Proxy.cut,
    "packets-lost": Proxy.swallow,
    "half-open": Proxy.swallow_answers,
    "slow": lambda proxy: proxy.slow_down(0.3),
}
"""What a network can do to a connection."""


def network_broken(dice: random.Random) -> Mishap:
    """Some way between a service and a server is broken in some way."""
    number, name = dice.randrange(5), dice.choice(list(BREAKS))

    @asynccontextmanager
    async def way_broken(system: System) -> AsyncIterator[None]:
        BREAKS[name](system.network.all[number])
        try:
            yield
        finally:
            system.network.heal()

    way_broken.__name__ = f"way {number} {name}"
    return way_broken


def service_hit(dice: random.Random, kind: str) -> Mishap:
    """Some process of a service is killed, told to stop, or frozen; it comes back at the end."""
    how = dice.choice(["killed", "stopped", "frozen"])

    @asynccontextmanager
    async def hit(system: System) -> AsyncIterator[None]:
        service = dice.choice([s for s in system.services if s.kind == kind and s.pid])
        await _hit(service, how)
        try:
            yield
        finally:
            if how == "frozen":
                service.send(signal.SIGCONT)
            else:
                await service.begin()

    hit.__name__ = f"{kind} {how}"
    return hit


async def _hit(service: Service, how: str) -> None:
    if how == "frozen":
        service.send(signal.SIGSTOP)
    elif how == "killed":
        await service.kill()
    else:
        code, _ = await service.stop()
        assert code == 0, f"{service.name} ended with {code}"


SERVERS: Final[tuple[Mishap, ...]] = (
    broker_dead,
    broker_restarted,
    broker_frozen,
    broker_cut_off,
    database_backend_killed,
    database_restarted,
    database_killed,
    database_frozen,
    database_read_only,
    out_of_connections,
)


def anything(dice: random.Random) -> Mishap:
    """Some mishap."""
    services = [service_hit(dice, kind) for kind in ("api", "scheduler", "storer")]
    return dice.choice([*SERVERS, *services, network_broken(dice), network_broken(dice)])


def excuses_of(mishap: Mishap) -> list[Excuse]:
    """What need not hold while it happens."""
    name: str = mishap.__name__
    excuses: list[Excuse] = ["repeats"]
    # What is on the wire of a frozen broker, or of a way that loses packets, arrives later.
    if "frozen" in name or "lost" in name or "half-open" in name:
        excuses.append("in-flight")
    if name.startswith("api"):
        excuses.append("answers")
    return excuses
