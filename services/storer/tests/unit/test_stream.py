"""What one client gets, over a history in memory."""

import asyncio
from collections.abc import AsyncIterator, Collection
from uuid import UUID

import pytest

from calendar_storer.errors import DatabaseUnavailable
from calendar_storer.inbox import cursors
from calendar_storer.inbox.cursors import START, Position
from calendar_storer.observability.metrics import Metrics
from calendar_storer.observability.outages import Outages
from calendar_storer.streams import events, stream
from calendar_storer.streams.hub import Arrivals, Event, Hub
from calendar_storer.streams.stream import Page, Stream, Streams
from tests.integration.waiting import DEADLINE

USER = "ann"


def position(arrival: int) -> Position:
    return START._replace(arrival=arrival, notification_id=UUID(int=arrival))


def event(arrival: int) -> Event:
    return Event(arrival, events.notification(position(arrival), f'{{"n": {arrival}}}'))


class FakeHistory:
    """The notifications of one user, numbered from 1 on; what arrives is handed out at once."""

    def __init__(self) -> None:
        self.arrived = 0
        self.page_size = 2
        self.error: Exception | None = None
        self.arriving = 0
        """What arrives just before the next page is read."""

    async def end(self) -> Position:
        return position(self.arrived)

    async def page(self, _user: str, *, after: Position) -> Page:
        if self.error:
            error, self.error = self.error, None
            raise error
        self.arrived, self.arriving = self.arrived + self.arriving, 0
        last = min(self.arrived, after.arrival + self.page_size)
        found = [event(number) for number in range(after.arrival + 1, last + 1)]
        return Page(found, position(last), has_more=len(found) == self.page_size)

    async def arrivals(self, *, after: int, users: Collection[str]) -> Arrivals:
        new = [event(number) for number in range(after + 1, self.arrived + 1)]
        return Arrivals(self.arrived, has_more=False, events=dict.fromkeys(users, new), delays=[])


class Fixture:
    def __init__(self) -> None:
        self.history = FakeHistory()
        self.stop = asyncio.Event()
        self.outages = Outages()
        self.metrics = Metrics()
        self.hub = Hub(self.history, outages=self.outages, metrics=self.metrics, stop=self.stop)
        self.streams = Streams(self.hub, self.history, outages=self.outages, stop=self.stop)


@pytest.fixture
async def running() -> AsyncIterator[Fixture]:
    fixture = Fixture()
    task = asyncio.create_task(fixture.hub.run())
    yield fixture
    fixture.stop.set()
    async with asyncio.timeout(DEADLINE):
        await task


async def read(opened: Stream, count: int) -> list[bytes]:
    """The first blocks, as many as this, or all up to the end of the stream."""
    blocks: list[bytes] = []
    async with asyncio.timeout(DEADLINE):
        async for sent in opened.blocks():
            blocks += [block + b"\n\n" for block in sent.split(b"\n\n")[:-1]]
            if len(blocks) >= count:
                break
    return blocks


async def test_stream_without_a_position_starts_at_the_end(running: Fixture) -> None:
    running.history.arrived = 5
    opened = await running.streams.open(USER, None)
    running.history.arrived = 6
    with opened.subscription:
        first, second = await read(opened, 2)

    assert f"id: {cursors.encode(position(5))}\n".encode() in first
    assert second == event(6).block


async def test_history_is_read_page_by_page_before_what_arrives(running: Fixture) -> None:
    running.history.arrived = 5
    opened = await running.streams.open(USER, position(0))
    running.history.arrived = 7
    with opened.subscription:
        blocks = await read(opened, 8)

    assert blocks[1:] == [event(number).block for number in range(1, 8)]


async def test_event_in_history_and_in_the_queue_is_sent_once(running: Fixture) -> None:
    """It arrives after the subscription, and before the query of the history."""
    running.history.arrived = running.history.arriving = 1
    opened = await running.streams.open(USER, position(1))
    with opened.subscription:
        assert await opened.subscription.take(until=asyncio.get_running_loop().time() + DEADLINE)
        opened.subscription.put([event(2), event(3)])
        blocks = await read(opened, 3)

    assert blocks[1:] == [event(2).block, event(3).block]


async def test_event_on_a_later_page_and_in_the_queue_is_sent_once(running: Fixture) -> None:
    running.history.arrived = 4
    opened = await running.streams.open(USER, position(0))
    opened.subscription.put([event(3), event(4), event(5)])
    with opened.subscription:
        blocks = await read(opened, 6)

    assert blocks[1:] == [event(number).block for number in range(1, 6)]


async def test_outage_during_the_history_is_bridged_with_comments(
    running: Fixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "RETRY_SECONDS", 0.01)
    running.history.arrived = 3
    opened = await running.streams.open(USER, position(0))
    running.history.error = DatabaseUnavailable("away")
    with opened.subscription:
        blocks = await read(opened, 5)

    assert blocks[1:] == [event(1).block, event(2).block, events.COMMENT, event(3).block]


async def test_comments_are_regular_beside_events(
    running: Fixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stream.COMMENT_SECONDS == 15
    monkeypatch.setattr(stream, "COMMENT_SECONDS", 0.01)
    opened = await running.streams.open(USER, None)
    running.history.arrived = 1
    with opened.subscription:
        blocks = await read(opened, 50)

    assert blocks.count(events.COMMENT) >= 48
    assert blocks.count(event(1).block) == 1


async def test_stream_ends_when_its_subscription_is_over(running: Fixture) -> None:
    running.history.arrived = 100
    opened = await running.streams.open(USER, position(0))
    with opened.subscription:
        opened.subscription.end()
        blocks = await read(opened, 1000)

    # The page that was read before the start, and no more.
    assert len(blocks) == 1 + running.history.page_size


async def test_stream_that_cannot_begin_frees_its_place(running: Fixture) -> None:
    running.history.error = DatabaseUnavailable("away")
    with pytest.raises(DatabaseUnavailable):
        await running.streams.open(USER, position(0))

    assert running.metrics.registry.get_sample_value("calendar_storer_streams") == 0
