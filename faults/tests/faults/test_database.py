"""PostgreSQL that crashes, restarts, freezes, fills up, refuses, or is held up by somebody."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from calendar_faults.history import Content, Operation
from calendar_faults.mishaps import (
    Mishap,
    database_backend_killed,
    database_frozen,
    database_killed,
    database_read_only,
    database_restarted,
    excuses_of,
    out_of_connections,
)
from calendar_faults.proxy import Effect
from calendar_faults.system import System
from calendar_faults.waiting import lasting, until
from calendar_local import privileges
from tests.faults.conftest import Judge

RECOVERY_SECONDS = 12


@pytest.mark.parametrize(
    ("away", "seconds"),
    [
        (database_killed, 3),
        pytest.param(database_backend_killed, 2, marks=pytest.mark.weekly),
        pytest.param(database_restarted, 3, marks=pytest.mark.weekly),
        pytest.param(out_of_connections, 3, marks=pytest.mark.weekly),
        pytest.param(database_read_only, 3, marks=pytest.mark.weekly),
    ],
)
async def test_case_9_it_is_away(
    calendar: System, judge: Judge, away: Mishap, seconds: float
) -> None:
    trio = await calendar.start_all()
    async with calendar.people():
        await lasting(2)
        async with calendar.fault(away.__name__, *excuses_of(away)):
            async with away(calendar):
                await lasting(seconds)
                for service in trio.all:
                    assert await service.is_alive(), service.name
            await calendar.until_caught_up(seconds=RECOVERY_SECONDS)
            for service in trio.all:
                await until(service.is_ready, seconds=5, what=f"{service.name} is ready")
        await lasting(2)
    await judge()


LAST_SUCCESS = 'calendar_scheduler_loop_last_success_timestamp_seconds{loop="reminders"}'


async def test_case_10_it_is_frozen(calendar: System, judge: Judge) -> None:
    trio = await calendar.start_all()
    async with calendar.people():
        await lasting(2)
        async with calendar.fault("database frozen", "repeats"):
            async with database_frozen(calendar):
                begin = calendar.recorder.now()
                await lasting(1)
                for service in trio.all:
                    await until(service.is_unready, seconds=8, what=f"{service.name} is unready")
                    assert await service.is_alive(), service.name
                stalled = await trio.scheduler.metric(LAST_SUCCESS)
                await lasting(10)
                assert await trio.scheduler.metric(LAST_SUCCESS) == stalled, "as its alert sees"
                end = calendar.recorder.now()
            await calendar.until_caught_up(seconds=RECOVERY_SECONDS)
        await lasting(2)
    await judge()
    statuses = {
        line.status
        for line in calendar.recorder.lines
        if isinstance(line, Operation) and begin <= line.invoked and line.completed <= end
    }
    assert 503 in statuses
    assert statuses <= {503, 200, 201, 204, 404, 409, 412}


async def test_case_11_the_answer_to_a_commit_is_lost(calendar: System, judge: Judge) -> None:
    await calendar.start_all()
    way = calendar.network.api_database
    client, event = calendar.client, uuid4()
    due = calendar.recorder.now() + timedelta(hours=1)
    content = Content(title="First", starts_at=due, notify_before=timedelta(0))
    moved = content.model_copy(update={"title": "Second"})
    async with calendar.fault("answers to COMMIT lost"):
        trap = way.set_trap(b"First", "cut")
        created = await client.create("ann", {event: content})
        assert trap.sprung.is_set()
        assert created.status == 201, "the API asks once more, by the event's ID"

        trap = way.set_trap(b"COMMIT", "cut")
        assert (await client.change("ann", event, moved)).status == 503
        assert trap.sprung.is_set()
        again = await client.change("ann", event, moved)
        assert again.status == 200

        batch = {uuid4(): content for _ in range(5)}
        way.set_trap(b"COMMIT", "cut")
        assert (await client.create("ann", batch)).status in {201, 503}
        assert (await client.create("ann", batch)).status in {200, 201}

        way.set_trap(b"COMMIT", "cut")
        assert (await client.delete("ann", event)).status == 503
        assert (await client.delete("ann", event)).status in {204, 404}
    async with calendar.people():
        await lasting(2)
    await judge()


@pytest.mark.parametrize("effect", ["cut", pytest.param("silence", marks=pytest.mark.weekly)])
async def test_case_1_the_answer_to_a_scheduler_s_commit_is_lost(
    calendar: System, judge: Judge, effect: Effect
) -> None:
    trio = await calendar.start_all()
    way = calendar.network.scheduler_database
    async with calendar.people():
        await lasting(1)
        async with calendar.fault("answer to the scheduler's COMMIT lost", "repeats"):
            # Also a word of BEGIN ISOLATION LEVEL READ COMMITTED.
            trap = way.set_trap(b"COMMIT\0", effect)
            async with asyncio.timeout(30):
                await trap.sprung.wait()
            await trio.scheduler.until_metric(
                "calendar_scheduler_commits_in_doubt_total", above=0, seconds=10
            )
            way.heal()
            await calendar.until_caught_up(seconds=RECOVERY_SECONDS)
        await lasting(2)
    await judge()


DEAD_ROWS = "SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'reminders'"

FEW_DEAD_ROWS = 2000
"""Autovacuum leaves a threshold of 500, and what has died since."""


@pytest.mark.timeout(900)
@pytest.mark.weekly
async def test_case_17_a_snapshot_is_held_for_long(calendar: System, judge: Judge) -> None:
    """What was deleted cannot be cleaned up, and the Scheduler reads past it."""
    await calendar.vacuum_every(1)
    await calendar.start_all()
    connection = await asyncpg.connect(calendar.dsn)
    async with calendar.people(5):
        async with connection.transaction(isolation="repeatable_read"):
            await connection.fetch("SELECT count(*) FROM events")
            for second in range(180):
                await _remind_of(200, calendar, user=f"user-{second}")
            [[dead]] = await calendar.sql(DEAD_ROWS)
        await connection.close()
        assert dead > 10 * FEW_DEAD_ROWS, "the snapshot was in the way"

        async def is_clean() -> bool:
            [[dead]] = await calendar.sql(DEAD_ROWS)
            return int(dead) < FEW_DEAD_ROWS

        await until(is_clean, seconds=60, what="autovacuum removes the dead rows")
    await judge()


async def _remind_of(count: int, calendar: System, *, user: str) -> None:
    """So many reminders, spread over the second after the next one; takes a second."""
    begin = calendar.recorder.now() + timedelta(seconds=1)
    batch = {}
    for number in range(count):
        due = begin + timedelta(seconds=number / count)
        batch[uuid4()] = Content(
            title="Stream", starts_at=due + timedelta(hours=1), notify_before=timedelta(hours=1)
        )
    await asyncio.gather(lasting(1), calendar.client.create_surely(user, batch))


SLOW_DOWN = """
CREATE FUNCTION sleep_long() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_sleep(20); RETURN NULL; END';
CREATE TRIGGER slow AFTER INSERT ON events EXECUTE FUNCTION sleep_long();
CREATE TRIGGER slow AFTER DELETE ON reminders EXECUTE FUNCTION sleep_long();
CREATE TRIGGER slow AFTER INSERT ON notifications EXECUTE FUNCTION sleep_long();
"""


@pytest.mark.weekly
async def test_statements_take_too_long(calendar: System, judge: Judge) -> None:
    """PostgreSQL answers, but not in time: each service's `statement_timeout` ends it."""
    trio = await calendar.start_all()
    async with calendar.people():
        await lasting(2)
        async with calendar.fault("slow statements", "repeats"):
            connection = await asyncpg.connect(calendar.dsn)
            await connection.execute(SLOW_DOWN)
            begin = calendar.recorder.now()
            await trio.scheduler.until_metric(
                'calendar_scheduler_loop_failures_total{loop="reminders"}', above=0, seconds=15
            )
            await trio.storer.until_metric(
                'calendar_storer_waiting{dependency="database"}', above=0, seconds=15
            )
            for service in trio.all:
                assert await service.is_alive(), service.name
            end = calendar.recorder.now()
            await connection.execute("DROP FUNCTION sleep_long() CASCADE")
            await connection.close()
            await calendar.until_caught_up(seconds=RECOVERY_SECONDS)
            for service in trio.all:
                await until(service.is_ready, seconds=5, what=f"{service.name} is ready")
        await lasting(2)
    await judge()
    statuses = {
        line.status
        for line in calendar.recorder.lines
        if isinstance(line, Operation) and line.call == "create" and begin <= line.invoked <= end
    }
    assert 503 in statuses
    assert statuses <= {503, 200, 201}


LOCK_WITH_REMINDER = """
SELECT FROM events JOIN reminders ON id = event_id WHERE id = $1 FOR UPDATE
"""


@pytest.mark.weekly
async def test_case_18_somebody_holds_a_lock(calendar: System, judge: Judge) -> None:
    await calendar.start_all()
    soon = calendar.recorder.now() + timedelta(seconds=10)
    content = Content(
        title="Held", starts_at=soon + timedelta(hours=1), notify_before=timedelta(hours=1)
    )
    event = uuid4()
    await calendar.client.create_surely("ann", {event: content})
    async with calendar.people(), calendar.fault("event locked, for this event alone"):
        async with calendar.locked(LOCK_WITH_REMINDER, event):
            for _ in range(3):
                done = await calendar.client.change("ann", event, content)
                assert done.status == 503
            others = [line for line in calendar.recorder.lines if isinstance(line, Operation)]
            assert {line.status for line in others if line.user != "ann"} <= {200, 201, 204, 412}
            # The reminder falls due, and waits alone.
            await lasting((soon - calendar.recorder.now()).total_seconds())
            await calendar.until_stored(await calendar.stored() + 30, seconds=10)
        await calendar.until_caught_up(seconds=3)
    await judge()


@asynccontextmanager
async def small_disk(folder: Path) -> AsyncIterator[None]:
    """A file system of its own for the tables, that PostgreSQL may write to."""
    folder.mkdir()  # noqa: ASYNC240
    code = await _run("mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(folder))
    if code:
        pytest.skip("this machine lets nobody mount a small file system")
    privileges.hand_over(folder)
    try:
        yield
    finally:
        await _run("umount", "-l", str(folder))


async def _run(*command: str) -> int:
    return await (await asyncio.create_subprocess_exec(*command)).wait()


@pytest.mark.weekly
async def test_the_disk_is_full(calendar: System, judge: Judge) -> None:
    disk = calendar.folder / "small"
    async with small_disk(disk), tables_on(disk, calendar):
        trio = await calendar.start_all()
        async with calendar.people():
            await lasting(2)
            async with calendar.fault("disk full", "repeats"):
                filler = disk / "filler"
                fill(filler)
                await lasting(5)
                for service in trio.all:
                    assert await service.is_alive(), service.name
                filler.unlink()
                await calendar.until_caught_up(seconds=RECOVERY_SECONDS)
            await lasting(2)
        await judge()
        await asyncio.gather(*(service.kill() for service in calendar.services))


@asynccontextmanager
async def tables_on(disk: Path, calendar: System) -> AsyncIterator[None]:
    """Moves the run's database there, and away with it at the end."""
    name = calendar.dsn.rpartition("/")[2]
    connection = await asyncpg.connect(calendar.stage.postgres.dsn)
    await connection.execute(f"CREATE TABLESPACE {name} LOCATION '{disk}'")
    await connection.execute(END_SESSIONS, name)
    await connection.execute(f"ALTER DATABASE {name} SET TABLESPACE {name}")
    try:
        yield
    finally:
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await connection.execute(f"DROP TABLESPACE {name}")
        await connection.close()


END_SESSIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1"


def fill(file: Path) -> None:
    with file.open("wb", buffering=0) as filler, suppress(OSError):
        while True:
            filler.write(b"x" * 65536)
