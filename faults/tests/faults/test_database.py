"""PostgreSQL crashes, restarts, freezes, fills its disk, refuses, or is blocked by a session."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from calendar_faults.history import Content, Operation
from calendar_faults.injectors import (
    Injector,
    database_backend_killed,
    database_frozen,
    database_killed,
    database_read_only,
    database_restarted,
    out_of_connections,
    waivers_of,
)
from calendar_faults.proxy import Effect
from calendar_faults.system import Services, System
from calendar_faults.waiting import run_for, wait_until
from calendar_local import privileges
from tests.faults.conftest import Verify

RECOVERY_SECONDS = 12


async def check_recovery(calendar: System, services: Services) -> None:
    await calendar.wait_until_caught_up(seconds=RECOVERY_SECONDS)
    for service in services.all:
        await service.wait_until_ready()


async def check_alive(services: Services) -> None:
    for service in services.all:
        assert await service.is_alive(), service.name


def statuses(calendar: System, *, begin: datetime, end: datetime) -> set[int | None]:
    """Of the requests between two instants."""
    return {
        line.status
        for line in calendar.recorder.lines
        if isinstance(line, Operation) and begin <= line.invoked and line.completed <= end
    }


@pytest.mark.parametrize(
    "away",
    [
        database_killed,
        pytest.param(database_backend_killed, marks=pytest.mark.weekly),
        pytest.param(database_restarted, marks=pytest.mark.weekly),
        pytest.param(out_of_connections, marks=pytest.mark.weekly),
        pytest.param(database_read_only, marks=pytest.mark.weekly),
    ],
)
async def test_case_9_it_is_away(calendar: System, verify: Verify, away: Injector) -> None:
    """Streams stay open. A delivery whose record did not reach the disk is repeated."""
    await calendar.recipients.receive("crm", "mail")
    services = await calendar.start_all()
    await calendar.recipients.follow(calendar.user_names())
    async with calendar.users():
        await run_for(2)
        async with calendar.fault(away.__name__, *waivers_of(away)):
            async with away(calendar):
                await run_for(3)
                await check_alive(services)
            await check_recovery(calendar, services)
        await run_for(2)
    await verify()


LAST_SUCCESS = 'calendar_scheduler_loop_last_success_timestamp_seconds{loop="reminders"}'


async def test_case_10_it_is_frozen(calendar: System, verify: Verify) -> None:
    services = await calendar.start_all()
    async with calendar.users():
        await run_for(2)
        async with calendar.fault("database frozen", "repeats"):
            async with database_frozen(calendar):
                begin = calendar.recorder.now()
                await run_for(1)
                for service in services.all:
                    await service.wait_until_unready(seconds=8)
                await check_alive(services)
                stalled = await services.scheduler.metric(LAST_SUCCESS)
                await run_for(10)
                last_success = await services.scheduler.metric(LAST_SUCCESS)
                assert last_success == stalled, "the metric of its alert"
                end = calendar.recorder.now()
            await calendar.wait_until_caught_up(seconds=RECOVERY_SECONDS)
        await run_for(2)
    await verify()
    found = statuses(calendar, begin=begin, end=end)
    assert 503 in found
    assert found <= {503, 200, 201, 204, 404, 409, 412}


async def test_case_11_the_answer_to_a_commit_is_lost(calendar: System, verify: Verify) -> None:
    await calendar.start_all()
    proxy = calendar.network.api_database
    client, event = calendar.client, uuid4()
    content = calendar.event("First", due_in=3600)
    changed = content.model_copy(update={"title": "Second"})
    async with calendar.fault("answers to COMMIT lost"):
        trap = proxy.set_trap(b"First", "cut")
        created = await client.create("ann", {event: content})
        assert trap.triggered.is_set()
        assert created.status == 201, "the API looks for the event's ID"

        trap = proxy.set_trap(b"COMMIT", "cut")
        assert (await client.change("ann", event, changed)).status == 503
        assert trap.triggered.is_set()
        assert (await client.change("ann", event, changed)).status == 200

        batch = {uuid4(): content for _ in range(5)}
        proxy.set_trap(b"COMMIT", "cut")
        assert (await client.create("ann", batch)).status in {201, 503}
        assert (await client.create("ann", batch)).status in {200, 201}

        proxy.set_trap(b"COMMIT", "cut")
        assert (await client.delete("ann", event)).status == 503
        assert (await client.delete("ann", event)).status in {204, 404}
    async with calendar.users():
        await run_for(2)
    await verify()


@pytest.mark.parametrize("effect", ["cut", pytest.param("silence", marks=pytest.mark.weekly)])
async def test_case_1_the_answer_to_a_commit_of_the_scheduler_is_lost(
    calendar: System, verify: Verify, effect: Effect
) -> None:
    services = await calendar.start_all()
    proxy = calendar.network.scheduler_database
    async with calendar.users():
        await run_for(1)
        async with calendar.fault("answer to the scheduler's COMMIT lost", "repeats"):
            # With its end: BEGIN ISOLATION LEVEL READ COMMITTED has the same letters.
            trap = proxy.set_trap(b"COMMIT\0", effect)
            async with asyncio.timeout(30):
                await trap.triggered.wait()
            await services.scheduler.wait_for_metric(
                "calendar_scheduler_commits_in_doubt_total", above=0, seconds=10
            )
            proxy.heal()
            await calendar.wait_until_caught_up(seconds=RECOVERY_SECONDS)
        await run_for(2)
    await verify()


DEAD_ROWS = "SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'reminders'"

FEW_DEAD_ROWS = 2000
"""Autovacuum leaves up to 500, and there are those of the last seconds."""


@pytest.mark.weekly
@pytest.mark.timeout(900)
async def test_case_17_a_snapshot_is_held_for_long(calendar: System, verify: Verify) -> None:
    """Deleted reminders cannot be vacuumed, and the Scheduler reads past them."""
    await calendar.vacuum_every(1)
    await calendar.start_all()
    connection = await asyncpg.connect(calendar.dsn)
    async with calendar.users(5):
        async with connection.transaction(isolation="repeatable_read"):
            await connection.fetch("SELECT count(*) FROM events")
            for second in range(180):
                # Spread over the second after the next one.
                batch = {
                    uuid4(): calendar.event("Stream", due_in=1 + number / 200)
                    for number in range(200)
                }
                create = calendar.client.create_acknowledged(f"user-{second}", batch)
                await asyncio.gather(run_for(1), create)
            [[dead]] = await calendar.sql(DEAD_ROWS)
        await connection.close()
        assert dead > 10 * FEW_DEAD_ROWS, "the snapshot prevents the vacuum"

        async def is_vacuumed() -> bool:
            [[dead]] = await calendar.sql(DEAD_ROWS)
            return int(dead) < FEW_DEAD_ROWS

        await wait_until(is_vacuumed, seconds=60, what="autovacuum removes the dead rows")
    await verify()


SLOW_DOWN = """
CREATE FUNCTION sleep_long() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_sleep(20); RETURN NULL; END';
CREATE TRIGGER slow AFTER INSERT ON events EXECUTE FUNCTION sleep_long();
CREATE TRIGGER slow AFTER DELETE ON reminders EXECUTE FUNCTION sleep_long();
CREATE TRIGGER slow AFTER INSERT ON notifications EXECUTE FUNCTION sleep_long();
"""


@pytest.mark.weekly
async def test_statements_take_too_long(calendar: System, verify: Verify) -> None:
    """PostgreSQL answers too late: each service's `statement_timeout` ends the statement."""
    services = await calendar.start_all()
    async with calendar.users():
        await run_for(2)
        async with calendar.fault("slow statements", "repeats"):
            connection = await asyncpg.connect(calendar.dsn)
            await connection.execute(SLOW_DOWN)
            begin = calendar.recorder.now()
            await services.scheduler.wait_for_metric(
                'calendar_scheduler_loop_failures_total{loop="reminders"}', above=0, seconds=15
            )
            await services.storer.wait_for_metric(
                'calendar_storer_waiting{dependency="database"}', above=0, seconds=15
            )
            await check_alive(services)
            end = calendar.recorder.now()
            await connection.execute("DROP FUNCTION sleep_long() CASCADE")
            await connection.close()
            await check_recovery(calendar, services)
        await run_for(2)
    await verify()
    found = statuses(calendar, begin=begin, end=end)
    assert 503 in found
    assert found <= {503, 200, 201, 204, 404, 409, 412}


LOCK_WITH_REMINDER = """
SELECT FROM events JOIN reminders ON id = event_id WHERE id = $1 FOR UPDATE
"""


@pytest.mark.weekly
async def test_case_18_a_session_holds_a_lock(calendar: System, verify: Verify) -> None:
    await calendar.start_all()
    content: Content = calendar.event("Held", due_in=10)
    due = calendar.recorder.now() + timedelta(seconds=10)
    [event] = await calendar.create_events("ann", content, count=1)
    async with calendar.users(), calendar.fault("event locked, for this event alone"):
        async with calendar.locked(LOCK_WITH_REMINDER, event):
            for _ in range(3):
                assert (await calendar.client.change("ann", event, content)).status == 503
            lines = [line for line in calendar.recorder.lines if isinstance(line, Operation)]
            assert {line.status for line in lines if line.user != "ann"} <= {200, 201, 204, 412}
            # Its reminder falls due, and holds up no other.
            await run_for((due - calendar.recorder.now()).total_seconds())
            await calendar.wait_until_stored(await calendar.stored() + 30, seconds=10)
        await calendar.wait_until_caught_up(seconds=3)
    await verify()


@pytest.mark.weekly
async def test_the_disk_is_full(calendar: System, verify: Verify) -> None:
    disk = calendar.folder / "small"
    async with small_disk(disk), tables_on(disk, calendar):
        services = await calendar.start_all()
        async with calendar.users():
            await run_for(2)
            async with calendar.fault("disk full", "repeats"):
                filler = disk / "filler"
                fill(filler)
                await run_for(5)
                await check_alive(services)
                filler.unlink()
                await calendar.wait_until_caught_up(seconds=RECOVERY_SECONDS)
            await run_for(2)
        await verify()
        await asyncio.gather(*(service.kill() for service in calendar.services))


@asynccontextmanager
async def small_disk(folder: Path) -> AsyncIterator[None]:
    """A small file system that PostgreSQL may write to."""
    folder.mkdir()  # noqa: ASYNC240
    if await run("mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(folder)):
        pytest.skip("a small file system cannot be mounted on this machine")
    privileges.hand_over(folder)
    try:
        yield
    finally:
        await run("umount", "-l", str(folder))


async def run(*command: str) -> int:
    return await (await asyncio.create_subprocess_exec(*command)).wait()


END_SESSIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1"


@asynccontextmanager
async def tables_on(disk: Path, calendar: System) -> AsyncIterator[None]:
    """The run's database is moved to the disk, and dropped at the end."""
    name = calendar.dsn.rpartition("/")[2]
    connection = await asyncpg.connect(calendar.servers.postgres.dsn)
    await connection.execute(f"CREATE TABLESPACE {name} LOCATION '{disk}'")
    await connection.execute(END_SESSIONS, name)
    await connection.execute(f"ALTER DATABASE {name} SET TABLESPACE {name}")
    try:
        yield
    finally:
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await connection.execute(f"DROP TABLESPACE {name}")
        await connection.close()


def fill(file: Path) -> None:
    with file.open("wb", buffering=0) as filler, suppress(OSError):
        while True:
            filler.write(b"x" * 65536)
