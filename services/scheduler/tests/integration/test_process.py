import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest
from tests.integration.tables import create_tables
from tests.integration.waiting import eventually


@pytest.fixture
async def empty_database() -> AsyncIterator[str]:
    """The DSN of a database without tables."""
    server = await asyncpg.connect(os.environ["DATABASE_DSN"])
    name = f"calendar_scheduler_{uuid4().hex}"
    await server.execute(f"CREATE DATABASE {name}")
    yield urlunsplit(urlsplit(os.environ["DATABASE_DSN"])._replace(path=f"/{name}"))
    await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await server.close()


async def test_starts_serves_and_stops(tables: Any, start_process: Any, topic: Any) -> None:
    process = await start_process()
    await process.until_readiness(200, {"status": "ready", "database": "ok", "broker": "ok"})
    assert await process.get("/healthz") == (200, '{"status":"alive"}')

    await tables.add_event(due_in=0.3)
    await process.until_metric("notifications_published_total", least=1)
    assert await process.stop() == 0

    assert len(await topic.records()) == 1
    # On a machine that stalls for a second, an outage may be logged.
    lines = [line for line in process.lines if line["event"] != "dependency_unavailable"]
    assert {line["level"] for line in lines} == {"info"}
    assert all(line.keys() >= {"timestamp", "level", "logger"} for line in process.lines)


async def test_sigint_stops_the_process(start_process: Any) -> None:
    process = await start_process()
    await process.until_logged("service_started")

    assert await process.stop(signal.SIGINT) == 0


async def test_waits_for_the_tables(start_process: Any, empty_database: str) -> None:
    process = await start_process(DATABASE__DSN=empty_database)
    await process.until_logged("dependency_unavailable", dependency="tables")
    await process.until_metric('loop_failures_total{loop="reminders"}', least=3)

    async def readiness_names_the_migration() -> bool:
        status, body = await process.readiness()
        return status == 503 and "calendar migrate" in body["database"]

    await eventually(readiness_names_the_migration)

    await create_tables(empty_database)

    await process.until_ready()
    await process.until_logged("dependency_available", dependency="tables")
    assert len(process.logged("dependency_unavailable", dependency="tables")) == 1


async def test_is_not_ready_on_tables_that_are_older(
    start_process: Any, empty_database: str
) -> None:
    await create_tables(empty_database)
    connection = await asyncpg.connect(empty_database)
    await connection.execute("ALTER TABLE reminders RENAME upcoming_from TO not_yet")
    process = await start_process(DATABASE__DSN=empty_database)

    async def readiness_names_the_migration() -> bool:
        status, body = await process.readiness()
        return status == 503 and "calendar migrate" in body["database"]

    await eventually(readiness_names_the_migration)

    await connection.execute("ALTER TABLE reminders RENAME not_yet TO upcoming_from")
    await connection.close()
    await process.until_ready()


async def test_outage_of_the_broker_logs_one_line_and_does_not_stop_retention(
    tables: Any, start_process: Any, closed_port: str
) -> None:
    due = await tables.add_event(due_in=-1)
    await tables.add_event(starts_in=-7200, ends_in=-3600)
    process = await start_process(
        KAFKA__BOOTSTRAP_SERVERS=closed_port,
        SCHEDULER__RETENTION="PT2S",
        SCHEDULER__CLEANUP_INTERVAL="PT0.1S",
    )
    await process.until_metric('loop_failures_total{loop="reminders"}', least=4)

    await process.until_readiness(
        503, {"status": "not ready", "database": "ok", "broker": "not connected"}
    )
    assert (await process.get("/healthz"))[0] == 200
    await process.until_metric("events_deleted_total", least=1)
    assert await tables.events() == {due}
    assert await process.stop() == 0
    # On a machine that stalls, the database may be unavailable for a moment too.
    warnings = [
        (line["event"], line["dependency"])
        for line in process.lines
        if line["level"] != "info" and line.get("dependency") != "database"
    ]
    assert warnings == [("dependency_unavailable", "broker")]


async def test_retention_that_fails_does_not_stop_reminders(
    tables: Any, dsn: str, start_process: Any, topic: Any
) -> None:
    await tables.add_event(starts_in=-7200, ends_in=-3600)
    await tables.add_event(due_in=3600)
    other = await asyncpg.connect(dsn)
    async with other.transaction():
        await other.execute("LOCK TABLE events IN SHARE MODE")
        process = await start_process(
            SCHEDULER__RETENTION="PT2S", SCHEDULER__CLEANUP_INTERVAL="PT0.1S"
        )
        await process.until_metric('loop_failures_total{loop="retention"}', least=1)
        await tables.connection.execute("UPDATE reminders SET next_try_at = now()")
        await process.until_metric("notifications_published_total", least=1)
    await other.close()

    assert len(await topic.records()) == 1


@pytest.mark.parametrize("frozen", ["broker", "database", "both"])
async def test_stops_in_time_while_a_dependency_is_frozen(
    tables: Any, start_process: Any, proxy: Any, silent_port: str, frozen: str
) -> None:
    away = {"broker", "database"} if frozen == "both" else {frozen}
    broker = {"KAFKA__BOOTSTRAP_SERVERS": silent_port} if "broker" in away else {}
    process = await start_process(DATABASE__DSN=proxy.dsn, **broker)
    await process.until_missing(away - {"database"})
    if "database" in away:
        proxy.freeze()
    await process.until_missing(away)
    await tables.add_event(due_in=-1)

    assert await process.stop() == 0

    assert await tables.pending() == 1


async def test_stops_in_time_while_no_dependency_answers(
    start_process: Any, closed_port: str
) -> None:
    process = await start_process(
        DATABASE__DSN=f"postgresql://calendar:hunter2@{closed_port}/calendar",
        KAFKA__BOOTSTRAP_SERVERS=closed_port,
    )
    line = await process.until_logged("dependency_unavailable", dependency="database")
    assert line["address"] == closed_port

    assert await process.stop() == 0

    assert not process.logged("drain_cut_short")
    assert "hunter2" not in json.dumps(process.lines)


async def test_address_in_use_is_a_configuration_error(start_process: Any) -> None:
    first = await start_process()
    port = (await first.until_logged("service_started"))["port"]

    second = await start_process(HTTP__PORT=str(port))

    assert await asyncio.wait_for(second.wait(), 30) == 2
