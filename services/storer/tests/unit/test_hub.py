"""The hub, over a table in memory."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

import pytest

from calendar_storer.errors import DatabaseReadOnly, DatabaseUnavailable, StreamRefused
from calendar_storer.inbox.cursors import START, Position
from calendar_storer.observability.metrics import Metrics
from calendar_storer.observability.outages import Outages
from calendar_storer.streams import hub as hub_module
from calendar_storer.streams.hub import Arrivals, Event, Hub, Subscription
from tests.integration.waiting import DEADLINE, eventually


class FakeTable:
    """Notifications by user, numbered as they arrive. A query can be held up at its end."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, bytes]] = []
        self.queries = 0
        self.page = 100
        self.error: Exception | None = None
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.has_read = asyncio.Event()

    def add(self, user: str, *blocks: bytes) -> None:
        self.rows += [(user, block) for block in blocks]

    async def end(self) -> Position:
        return START._replace(arrival=len(self.rows))

    async def arrivals(self, *, after: int, users: Collection[str]) -> Arrivals:
        self.queries += 1
        watched = set(users)
        rows = list(enumerate(self.rows, start=1))[after : after + self.page]
        self.has_read.set()
        await self.may_answer.wait()
        if self.error:
            raise self.error
        events: dict[str, list[Event]] = {}
        for number, (user, block) in rows:
            if user in watched:
                events.setdefault(user, []).append(Event(number, block))
        delays = [0.05 for user, _ in self.rows if user in watched]
        return Arrivals(after + len(rows), len(rows) == self.page, events, delays)


class Fixture:
    def __init__(self) -> None:
        self.table = FakeTable()
        self.metrics = Metrics()
        self.stop = asyncio.Event()
        self.outages = Outages(failures=self.metrics.failures, away=self.metrics.waiting)
        self.hub = Hub(self.table, outages=self.outages, metrics=self.metrics, stop=self.stop)

    def value(self, name: str) -> float:
        return self.metrics.registry.get_sample_value(f"calendar_storer_{name}") or 0.0


@pytest.fixture
async def running() -> AsyncIterator[Fixture]:
    fixture = Fixture()
    task = asyncio.create_task(fixture.hub.run())
    yield fixture
    fixture.stop.set()
    async with asyncio.timeout(DEADLINE):
        await task


async def received(subscription: Subscription, count: int) -> list[bytes]:
    """The next events, as many as this, or all up to the end of the subscription."""
    blocks: list[bytes] = []
    until = asyncio.get_running_loop().time() + DEADLINE
    while len(blocks) < count and not subscription.is_over:
        blocks += [event.block for event in await subscription.take(until=until)]
    return blocks


async def eventually_queries(table: FakeTable, count: int) -> None:
    async def made() -> bool:
        return table.queries >= count

    await eventually(made)


@asynccontextmanager
async def held(table: FakeTable) -> AsyncIterator[None]:
    """The block begins when a query has read the table, and ends before it answers."""
    table.may_answer.clear()
    table.has_read.clear()
    async with asyncio.timeout(DEADLINE):
        await table.has_read.wait()
    yield
    table.may_answer.set()


async def test_streams_get_what_arrives_for_their_user_only(running: Fixture) -> None:
    running.table.add("ann", b"before")
    with await running.hub.subscribe("ann") as ann, await running.hub.subscribe("bob") as bob:
        running.table.add("bob", b"b1")
        running.table.add("ann", b"a1", b"a2")
        running.table.add("bob", b"b2")

        assert await received(ann, 2) == [b"a1", b"a2"]
        assert await received(bob, 2) == [b"b1", b"b2"]


async def test_all_streams_of_a_user_get_each_event(running: Fixture) -> None:
    with await running.hub.subscribe("ann") as one, await running.hub.subscribe("ann") as other:
        running.table.add("ann", b"a1")

        assert await received(one, 1) == await received(other, 1) == [b"a1"]


async def test_a_backlog_is_read_page_by_page(running: Fixture) -> None:
    running.table.page = 2
    blocks = [b"%d" % number for number in range(7)]
    with await running.hub.subscribe("ann") as ann:
        running.table.add("ann", *blocks)

        assert await received(ann, 7) == blocks


async def test_stream_that_begins_during_a_query_misses_nothing_that_the_query_has_seen(
    running: Fixture,
) -> None:
    """That query does not look for its user. A query that the stream makes afterwards sees it."""
    with await running.hub.subscribe("ann"):
        running.table.add("bob", b"seen by the query")
        async with held(running.table):
            beginning = asyncio.create_task(running.hub.subscribe("bob"))
            await asyncio.sleep(0)
            assert not beginning.done()
        with await beginning as bob:
            assert await running.table.end() == START._replace(arrival=1)
            running.table.add("bob", b"b2")

            assert await received(bob, 1) == [b"b2"]


async def test_no_query_without_streams(running: Fixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "TICK_SECONDS", 0.0)
    with await running.hub.subscribe("ann"):
        await eventually_queries(running.table, 10)
    made = running.table.queries
    for _ in range(1000):
        await asyncio.sleep(0)

    assert running.table.queries == made


async def test_one_query_serves_many_streams(running: Fixture) -> None:
    streams = [await running.hub.subscribe(f"user-{number}") for number in range(100)]
    running.table.queries = 0
    running.table.add("user-0", b"first")
    running.table.add("user-99", b"last")

    assert await received(streams[0], 1) == [b"first"]
    assert await received(streams[99], 1) == [b"last"]
    assert running.table.queries <= 3
    for stream in streams:
        running.hub.remove(stream)


async def test_after_a_pause_without_streams_the_hub_begins_at_the_end(running: Fixture) -> None:
    with await running.hub.subscribe("ann"):
        await eventually_queries(running.table, 1)
    running.table.add("ann", b"while there was no stream")
    with await running.hub.subscribe("ann") as ann:
        running.table.add("ann", b"a2")

        assert await received(ann, 1) == [b"a2"]


async def test_position_is_forgotten_where_the_last_stream_ends_during_a_query(
    running: Fixture,
) -> None:
    last = await running.hub.subscribe("ann")
    async with held(running.table):
        running.hub.remove(last)
    running.table.add("ann", b"while there was no stream")
    with await running.hub.subscribe("ann") as ann:
        running.table.add("ann", b"a2")

        assert await received(ann, 1) == [b"a2"]


async def test_outage_delays_events_and_loses_none(running: Fixture) -> None:
    with await running.hub.subscribe("ann") as ann:
        running.table.error = DatabaseUnavailable("away")
        running.table.add("ann", b"a1")
        await eventually_queries(running.table, 3)
        running.table.error = None

        assert await received(ann, 1) == [b"a1"]


async def test_reading_does_not_end_an_outage_of_storing(running: Fixture) -> None:
    with await running.hub.subscribe("ann"):
        running.outages.failed(DatabaseReadOnly("a standby"))
        await eventually_queries(running.table, running.table.queries + 2)

        assert running.outages.is_away(DatabaseReadOnly)


async def test_outage_that_only_streams_know_of_ends_with_the_last_of_them(
    running: Fixture,
) -> None:
    last = await running.hub.subscribe("ann")
    async with held(running.table):
        running.outages.failed(DatabaseUnavailable("away"), by=hub_module.READER)
        running.hub.remove(last)

        assert not running.outages.is_away(DatabaseUnavailable)


async def test_bug_is_counted_and_the_hub_goes_on(
    running: Fixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "RETRY_SECONDS", 0.01)
    with await running.hub.subscribe("ann") as ann:
        running.table.error = ValueError("a bug")

        async def counted() -> bool:
            return running.value("loop_errors_total") > 0

        await eventually(counted)
        running.table.error = None
        running.table.add("ann", b"a1")

        assert await received(ann, 1) == [b"a1"]


async def test_slow_reader_is_dropped_and_others_are_not(
    running: Fixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "MAX_QUEUED_BYTES", 10)
    with await running.hub.subscribe("ann") as slow, await running.hub.subscribe("bob") as bob:
        running.table.add("ann", b"12345", b"678901")
        running.table.add("bob", b"b1")

        assert await received(bob, 1) == [b"b1"]
        assert await received(slow, 2) == []
        assert slow.is_over
        assert slow.queued_bytes == 0
        assert not bob.is_over
        assert running.value("streams_dropped_total") == 1


async def test_memory_of_all_queues_is_bounded_at_the_expense_of_the_fullest(
    running: Fixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "MAX_TOTAL_BYTES", 10)
    with await running.hub.subscribe("ann") as ann, await running.hub.subscribe("bob") as bob:
        running.table.add("ann", b"12345", b"67")
        running.table.add("bob", b"12345")

        assert await received(ann, 2) == []
        assert await received(bob, 1) == [b"12345"]


async def test_ended_stream_queues_nothing(running: Fixture) -> None:
    with await running.hub.subscribe("ann") as ended, await running.hub.subscribe("ann") as ann:
        ended.end()
        running.table.add("ann", b"a1")

        assert await received(ann, 1) == [b"a1"]
        assert ended.queued_bytes == 0


async def test_one_stream_too_many_is_refused_until_another_ends(
    running: Fixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "MAX_STREAMS", 1)
    with await running.hub.subscribe("ann"):
        with pytest.raises(StreamRefused):
            await running.hub.subscribe("bob")
        assert running.value("streams") == 1
        assert running.value("streams_refused_total") == 1
    with await running.hub.subscribe("bob"):
        assert running.value("streams") == 1
    assert running.value("streams") == 0


async def test_subscription_that_fails_frees_its_place(running: Fixture) -> None:
    async def away() -> Position:
        raise DatabaseUnavailable("away")

    running.table.end = away  # type: ignore[method-assign]
    with pytest.raises(DatabaseUnavailable):
        await running.hub.subscribe("ann")

    assert running.value("streams") == 0


async def test_stop_ends_all_streams_at_once_and_refuses_others() -> None:
    fixture = Fixture()
    task = asyncio.create_task(fixture.hub.run())
    with await fixture.hub.subscribe("ann") as ann:
        async with held(fixture.table):  # A frozen database does not delay the end.
            fixture.stop.set()
            async with asyncio.timeout(DEADLINE):
                await task
            assert await received(ann, 1) == []
        assert ann.is_over
        with pytest.raises(StreamRefused):
            await fixture.hub.subscribe("bob")


async def test_nothing_new_until_the_deadline(running: Fixture) -> None:
    with await running.hub.subscribe("ann") as ann:
        assert await ann.take(until=asyncio.get_running_loop().time() + 0.01) == ()
        assert not ann.is_over
