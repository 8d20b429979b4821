"""A synchronous standby that is away, and then takes over: what was acknowledged is there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from uuid import uuid4

import pytest

from calendar_faults.gathering import conclude
from calendar_faults.history import Content
from calendar_faults.queries import DUE_BEFORE
from calendar_faults.replicas import ReplicatedStage, replicated
from calendar_faults.report import Kind
from calendar_faults.stage import Stage, through
from calendar_faults.system import System
from calendar_faults.users import Habits
from calendar_faults.waiting import lasting, until
from tests.faults.conftest import Judge

RECOVERY_SECONDS = 20

# A read may show what only the primary has: pairs read what the other one has written.
NO_PAIRS = 0
CAREFUL = Habits(racing=0)

CANCEL_WAITS = """
SELECT pg_cancel_backend(pid) FROM pg_stat_activity
WHERE wait_event = 'SyncRep' AND application_name = 'calendar'
"""


@pytest.fixture
async def servers(servers: Stage) -> AsyncIterator[ReplicatedStage]:
    async with replicated(servers) as stage:
        yield stage


@pytest.fixture
def calendar(calendar: System, servers: ReplicatedStage) -> System:
    """A system on them, that follows the primary."""
    calendar.dsn = through(servers.to_database, calendar.dsn)
    return calendar


async def lose_standby_before_storing(calendar: System, servers: ReplicatedStage) -> None:
    """The standby has it that reminders are sent, and not that their notifications are stored."""
    calendar.points.ask("fetched", "hold")
    taken = await calendar.points.reached("fetched")

    async def are_removed() -> bool:
        [[due]] = await calendar.sql(DUE_BEFORE, taken, [])
        return not due

    await until(are_removed, seconds=5, what="the reminders of what is held are removed")
    servers.link.cut()
    calendar.points.let_go("fetched")


async def fail_over(calendar: System, servers: ReplicatedStage) -> None:
    """The primary is killed, and the standby takes its place."""
    await servers.postgres.kill()
    await servers.promote()
    servers.move_over()
    await calendar.until_caught_up(seconds=RECOVERY_SECONDS)


class Ann:
    """Writes in each way that there is, the same again and again."""

    def __init__(self, calendar: System) -> None:
        self._calendar = calendar
        starts_at = calendar.recorder.now() + timedelta(minutes=30)
        self._content = Content(title="First", starts_at=starts_at, notify_before=timedelta(0))
        self.changed, self.deleted, self.created, *self.batch = (uuid4() for _ in range(6))

    async def prepare(self) -> None:
        """There is something to change and to delete."""
        for event in (self.changed, self.deleted):
            await self._calendar.client.create_surely("ann", {event: self._content})

    async def write(self) -> list[int | None]:
        """The statuses of the answers: of two creates, a change and a delete."""
        client, content = self._calendar.client, self._content
        operations = await asyncio.gather(
            client.create("ann", {self.created: content}),
            client.create("ann", dict.fromkeys(self.batch, content)),
            client.change("ann", self.changed, content.model_copy(update={"title": "Second"})),
            client.delete("ann", self.deleted),
        )
        return [operation.status for operation in operations]


@asynccontextmanager
async def cancelled_waits(calendar: System) -> AsyncIterator[None]:
    """An operator ends the API's waits for the standby; what has waited is committed then."""

    async def cancel() -> None:
        while True:
            await calendar.sql(CANCEL_WAITS)
            await lasting(0.1)

    task = asyncio.create_task(cancel())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_it_is_away_when_the_primary_dies(
    calendar: System, servers: ReplicatedStage, judge: Judge
) -> None:
    await calendar.start_all(storer={})
    ann = Ann(calendar)
    await ann.prepare()
    async with calendar.people(pairs=NO_PAIRS):
        await lasting(2)
        async with calendar.fault("standby away, then primary killed", "repeats"):
            await lose_standby_before_storing(calendar, servers)
            # The second time they find what the first time has left on the primary.
            assert await ann.write() == [503] * 4
            assert await ann.write() == [503] * 4
            await fail_over(calendar, servers)
        assert await ann.write() == [201, 201, 200, 204]
        await lasting(2)
    await judge()


@pytest.mark.weekly
async def test_the_primary_is_cut_off_from_it(
    calendar: System, servers: ReplicatedStage, judge: Judge
) -> None:
    """The services still reach the primary, for a while also when the standby has taken over."""
    await calendar.start_all()
    ann = Ann(calendar)
    await ann.prepare()
    async with calendar.people(pairs=NO_PAIRS):
        await lasting(2)
        async with calendar.fault("primary cut off from its standby", "repeats"):
            servers.link.cut()
            async with cancelled_waits(calendar):
                assert await ann.write() == [503] * 4
                assert await ann.write() == [503] * 4
                await servers.promote()
                assert await ann.write() == [503] * 4
            servers.move_over()
            await calendar.until_caught_up(seconds=RECOVERY_SECONDS)
        assert await ann.write() == [201, 201, 200, 204]
        await lasting(2)
    await judge()


async def test_what_an_api_acknowledges_because_it_is_there_is_lost(
    calendar: System, servers: ReplicatedStage
) -> None:
    await calendar.start_all(api={"FAULTS_BREAKAGE": "skip_wait_for_standby"})
    ann = Ann(calendar)
    await ann.prepare()
    async with calendar.fault("standby away, then primary killed", "repeats"):
        servers.link.cut()
        async with cancelled_waits(calendar):
            await ann.write()
            assert await ann.write() == [200, 200, 503, 404]
        await fail_over(calendar, servers)
    report = await conclude(calendar, most_uncertain=1, patience=12)
    for event in (ann.created, *ann.batch, ann.deleted):
        assert f"event {event} of ann" in str(report)


@pytest.mark.weekly
async def test_what_a_storer_acknowledges_because_it_is_there_is_lost(
    calendar: System, servers: ReplicatedStage
) -> None:
    await calendar.start_all(storer={"FAULTS_BREAKAGE": "skip_standby_for_duplicates"})
    async with (
        calendar.people(pairs=NO_PAIRS, habits=CAREFUL),
        calendar.fault("standby away, then primary killed", "repeats"),
    ):
        await lose_standby_before_storing(calendar, servers)

        async def is_acknowledged() -> bool:
            return not await calendar.lag()

        await until(is_acknowledged, seconds=15, what="the storer commits its offsets")
        await fail_over(calendar, servers)
    report = await conclude(calendar, most_uncertain=1, patience=12)
    assert Kind.LOST in {each.kind for each in report.violations}
