"""Faults of the parts of a running system, each for as long as a context lasts."""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

import asyncpg
import psutil

from calendar_faults.history import Waiver
from calendar_faults.proxy import Proxy
from calendar_faults.system import System

Injector = Callable[[System], AbstractAsyncContextManager[None]]

_TAKEN_FIRST: Final = 250
"""Connections, of three hundred, before the services lose theirs."""


def _server_away(
    name: str,
    begin: Callable[[System], Awaitable[None]],
    end: Callable[[System], Awaitable[None]],
) -> Injector:
    @asynccontextmanager
    async def away(system: System) -> AsyncIterator[None]:
        await begin(system)
        try:
            yield
        finally:
            await end(system)

    away.__name__ = name
    return away


broker_killed = _server_away(
    "broker_killed", lambda s: s.servers.kafka.kill(), lambda s: s.servers.kafka.start()
)
broker_restarted = _server_away(
    "broker_restarted", lambda s: s.servers.kafka.stop(), lambda s: s.servers.kafka.start()
)
database_killed = _server_away(
    "database_killed", lambda s: s.servers.postgres.kill(), lambda s: s.servers.postgres.start()
)
database_restarted = _server_away(
    "database_restarted", lambda s: s.servers.postgres.stop(), lambda s: s.servers.postgres.start()
)


@asynccontextmanager
async def broker_frozen(system: System) -> AsyncIterator[None]:
    """Kafka accepts connections and does nothing."""
    async with _suspended(psutil.Process(system.servers.kafka.child.pid)):
        yield


@asynccontextmanager
async def database_frozen(system: System) -> AsyncIterator[None]:
    """PostgreSQL accepts connections and does nothing."""
    async with _suspended(psutil.Process(system.servers.postgres.child.pid)):
        yield


@asynccontextmanager
async def _suspended(process: psutil.Process) -> AsyncIterator[None]:
    # Afterwards it starts no child, and a child that ends stays in the list of processes.
    process.suspend()
    children = process.children(recursive=True)
    for child in children:
        child.suspend()
    try:
        yield
    finally:
        for each in [*children, process]:
            each.resume()


@asynccontextmanager
async def broker_unreachable(system: System) -> AsyncIterator[None]:
    """No service reaches Kafka."""
    for proxy in (system.network.scheduler_broker, system.network.storer_broker):
        proxy.cut()
    try:
        yield
    finally:
        system.network.heal()


@asynccontextmanager
async def database_backend_killed(system: System) -> AsyncIterator[None]:
    """One session is killed, and PostgreSQL ends all others and recovers."""
    [[pid]] = await system.sql(
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'calendar' LIMIT 1"
    )
    os.kill(pid, signal.SIGKILL)
    yield


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
    connection = await asyncpg.connect(system.servers.postgres.dsn)
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
    """Other clients take every connection of PostgreSQL, and the services lose theirs."""
    taken: list[asyncpg.Connection[asyncpg.Record]] = []
    try:
        while True:
            try:
                taken.append(await asyncpg.connect(system.servers.postgres.dsn))
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


NETWORK_FAULTS: Final[dict[str, Callable[[Proxy], None]]] = {
    "cut": Proxy.cut,
    "packets-lost": Proxy.drop_packets,
    "half-open": Proxy.drop_answers,
    "slow": lambda proxy: proxy.delay(0.3),
}


def network_fault(rng: random.Random) -> Injector:
    """A random network fault between a random service and its server."""
    number, name = rng.randrange(5), rng.choice(list(NETWORK_FAULTS))

    @asynccontextmanager
    async def network_faulty(system: System) -> AsyncIterator[None]:
        NETWORK_FAULTS[name](system.network.all[number])
        try:
            yield
        finally:
            system.network.heal()

    network_faulty.__name__ = f"network {number} {name}"
    return network_faulty


def service_fault(rng: random.Random, kind: str) -> Injector:
    """A random process of a service is killed, stopped or frozen, and comes back at the end."""
    how = rng.choice(["killed", "stopped", "frozen"])

    @asynccontextmanager
    async def service_away(system: System) -> AsyncIterator[None]:
        service = rng.choice([s for s in system.services if s.kind == kind and s.pid])
        if how == "frozen":
            service.send(signal.SIGSTOP)
        elif how == "killed":
            await service.kill()
        else:
            await service.stop()
        try:
            yield
        finally:
            if how == "frozen":
                service.send(signal.SIGCONT)
            else:
                await service.start_and_wait()

    service_away.__name__ = f"{kind} {how}"
    return service_away


SERVER_FAULTS: Final[tuple[Injector, ...]] = (
    broker_killed,
    broker_restarted,
    broker_frozen,
    broker_unreachable,
    database_backend_killed,
    database_restarted,
    database_killed,
    database_frozen,
    database_read_only,
    out_of_connections,
)


def random_fault(rng: random.Random) -> Injector:
    """A fault of a server, a service or the network."""
    services = [service_fault(rng, kind) for kind in ("api", "scheduler", "storer")]
    return rng.choice([*SERVER_FAULTS, *services, network_fault(rng), network_fault(rng)])


def waivers_of(injector: Injector) -> list[Waiver]:
    """The promises that do not hold during a fault."""
    name: str = injector.__name__
    waivers: list[Waiver] = ["repeats"]
    # What was sent to a frozen broker, or over a network that loses packets, arrives later.
    if "frozen" in name or "lost" in name or "half-open" in name:
        waivers.append("in-flight")
    if name.startswith("api"):
        waivers.append("answers")
    return waivers
