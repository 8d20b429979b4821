"""A synchronous standby is away, and then promoted: it has everything that was acknowledged."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import uuid4

import pytest

from calendar_faults.checker.report import Kind
from calendar_faults.collection import collect_and_check
from calendar_faults.queries import DUE_BEFORE
from calendar_faults.servers import Servers, through
from calendar_faults.standby import ReplicatedServers, replicated
from calendar_faults.system import System
from calendar_faults.users import Behavior
from calendar_faults.waiting import run_for, wait_until
from tests.faults.conftest import Verify
from tests.faults.test_processes import repeats
from tests.faults.test_series import create_series, series

RECOVERY_SECONDS = 20

# A read may show what only the primary has, and pairs read what the other writer has written.
NO_PAIRS = 0

CANCEL_WAITS = """
SELECT pg_cancel_backend(pid) FROM pg_stat_activity
WHERE wait_event = 'SyncRep' AND application_name = 'calendar'
"""


@pytest.fixture
async def servers(servers: Servers) -> AsyncIterator[ReplicatedServers]:
    async with replicated(servers) as running:
        yield running


@pytest.fixture
def calendar(calendar: System, servers: ReplicatedServers) -> System:
    """A system whose suite follows the primary."""
    calendar.dsn = through(servers.to_database, calendar.dsn)
    return calendar


async def lose_standby_before_storing(calendar: System, servers: ReplicatedServers) -> None:
    """The standby has the removal of the reminders, but not their notifications."""
    calendar.points.request("fetched", "hold")
    fetched = await calendar.points.wait_until_reached("fetched")

    async def are_removed() -> bool:
        [[due]] = await calendar.sql(DUE_BEFORE, fetched, [])
        return not due

    await wait_until(are_removed, seconds=5, what="the reminders of the held batch are removed")
    servers.link.cut()
    calendar.points.release("fetched")


async def fail_over(calendar: System, servers: ReplicatedServers) -> None:
    """The primary is killed, and the standby replaces it."""
    await servers.postgres.kill()
    await servers.promote()
    servers.redirect()
    await calendar.wait_until_caught_up(seconds=RECOVERY_SECONDS)


class Ann:
    """Sends the same write of each kind repeatedly."""

    def __init__(self, calendar: System) -> None:
        self._client = calendar.client
        self._content = calendar.event("First", due_in=1800)
        self.changed, self.deleted, self.created, *self.batch = (uuid4() for _ in range(6))

    async def prepare(self) -> None:
        """Create the events that are changed and deleted."""
        for event in (self.changed, self.deleted):
            await self._client.create_acknowledged("ann", {event: self._content})

    async def write(self) -> list[int | None]:
        """The statuses of two creates, a change and a delete."""
        client, content = self._client, self._content
        operations = await asyncio.gather(
            client.create("ann", {self.created: content}),
            client.create("ann", dict.fromkeys(self.batch, content)),
            client.change("ann", self.changed, content.model_copy(update={"title": "Second"})),
            client.delete("ann", self.deleted),
        )
        return [operation.status for operation in operations]


@asynccontextmanager
async def cancelled_waits(calendar: System) -> AsyncIterator[None]:
    """An operator cancels the API's waits for the standby, which commits on the primary alone."""

    async def cancel() -> None:
        while True:
            await calendar.sql(CANCEL_WAITS)
            await run_for(0.1)

    task = asyncio.create_task(cancel())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_the_standby_is_away_when_the_primary_is_killed(
    calendar: System, servers: ReplicatedServers, verify: Verify
) -> None:
    await calendar.recipients.receive("crm")
    await calendar.start_all(storer={})
    await calendar.recipients.follow(calendar.user_names())
    ann = Ann(calendar)
    await ann.prepare()
    async with calendar.users(pairs=NO_PAIRS):
        await run_for(2)
        async with calendar.fault("standby away, then primary killed", "repeats", "rolled-back"):
            await lose_standby_before_storing(calendar, servers)
            # The second time they find what the first time has left on the primary.
            assert await ann.write() == [503] * 4
            assert await ann.write() == [503] * 4
            await fail_over(calendar, servers)
        assert await ann.write() == [201, 201, 200, 204]
        await run_for(2)
    await verify()


@pytest.mark.weekly
async def test_the_primary_loses_its_standby(
    calendar: System, servers: ReplicatedServers, verify: Verify
) -> None:
    """The services still reach the primary, also for a while after the promotion."""
    await calendar.start_all()
    ann = Ann(calendar)
    await ann.prepare()
    async with calendar.users(pairs=NO_PAIRS):
        await run_for(2)
        async with calendar.fault("primary cut off from its standby", "repeats", "rolled-back"):
            servers.link.cut()
            async with cancelled_waits(calendar):
                assert await ann.write() == [503] * 4
                assert await ann.write() == [503] * 4
                await servers.promote()
                assert await ann.write() == [503] * 4
            servers.redirect()
            await calendar.wait_until_caught_up(seconds=RECOVERY_SECONDS)
        assert await ann.write() == [201, 201, 200, 204]
        await run_for(2)
    await verify()


@pytest.mark.weekly
async def test_what_only_the_primary_has_moved_on_is_sent_again(
    calendar: System, servers: ReplicatedServers, verify: Verify
) -> None:
    """The Scheduler has sent reminders of series, and the standby does not know it."""
    await calendar.start_all(scheduler={})
    await create_series(calendar, series(calendar, due_in=3, count=15, every=0.5), count=4)
    async with calendar.fault("standby cut off, then primary killed", "repeats"):
        calendar.points.request("removed", "hold")
        await calendar.points.wait_until_reached("removed")
        servers.link.cut()
        calendar.points.release("removed")
        await run_for(1)
        await fail_over(calendar, servers)
    await calendar.wait_until_stored(4 * 15, seconds=20)
    report = await verify()
    assert report.expected == 4 * 15
    assert repeats(calendar), "what was sent was sent again"


async def test_an_api_that_does_not_wait_for_the_standby_loses_writes(
    calendar: System, servers: ReplicatedServers
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
    report = await collect_and_check(calendar, max_uncertain=1, wait_seconds=12)
    for event in (ann.created, *ann.batch, ann.deleted):
        assert f"event {event} of ann" in str(report)


@pytest.mark.weekly
async def test_a_storer_that_does_not_wait_for_the_standby_loses_notifications(
    calendar: System, servers: ReplicatedServers
) -> None:
    await calendar.start_all(storer={"FAULTS_BREAKAGE": "skip_standby_for_duplicates"})
    async with (
        calendar.users(pairs=NO_PAIRS, behavior=Behavior(racing=0)),
        calendar.fault("standby away, then primary killed", "repeats"),
    ):
        await lose_standby_before_storing(calendar, servers)

        async def is_committed() -> bool:
            return not await calendar.lag()

        await wait_until(is_committed, seconds=15, what="the storer commits its offsets")
        await fail_over(calendar, servers)
    report = await collect_and_check(calendar, max_uncertain=1, wait_seconds=12)
    assert Kind.LOST in {each.kind for each in report.violations}
