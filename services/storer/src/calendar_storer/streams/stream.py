"""One client's stream: first what it has missed, then what arrives."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Final, NamedTuple, Protocol

from calendar_storer.database.time_limit import repeat_read, time_limit
from calendar_storer.errors import DatabaseUnavailable
from calendar_storer.inbox.cursors import Position
from calendar_storer.observability.outages import Outages
from calendar_storer.retry import pause
from calendar_storer.streams import events
from calendar_storer.streams.hub import READER, RETRY_SECONDS, Event, Hub, Subscription

COMMENT_SECONDS: Final = 15.0

BEGINNING_AT_ONCE: Final = 2
"""Streams whose history is read at the same time, however many begin."""

POOL_SIZE: Final = BEGINNING_AT_ONCE + 1  # The hub.


class Page(NamedTuple):
    """Notifications of one user, in the order of arrival."""

    events: Sequence[Event]
    last: Position
    """The position after them."""
    has_more: bool


class History(Protocol):
    """The part of the repository that streams use."""

    async def end(self) -> Position:
        """The position after all notifications."""

    async def page(self, user: str, *, after: Position) -> Page:
        """A user's notifications after a position."""


class Streams:
    """Opens streams."""

    def __init__(
        self, hub: Hub, history: History, *, outages: Outages, stop: asyncio.Event
    ) -> None:
        self.outages = outages
        self.stop = stop
        self._hub = hub
        self._history = history
        self._turn = asyncio.Semaphore(BEGINNING_AT_ONCE)

    async def open(self, user: str, after: Position | None) -> "Stream":
        """A user's stream from a position on, or from now on.

        Raises:
            StreamRefused: there are too many, or the service is stopping.
            DatabaseUnavailable: PostgreSQL is away or too slow.
        """
        async with time_limit():
            return await self._open(user, after)

    async def _open(self, user: str, after: Position | None) -> "Stream":
        # First the subscription, then the query: between them, nothing is lost.
        subscription = await self._hub.subscribe(user)
        try:
            if after is not None:
                missed = await self.page(user, after=after)
            else:
                async with self._turn:
                    after = await repeat_read(self._history.end)
                missed = Page([], after, has_more=False)
        except BaseException:
            self._hub.remove(subscription)
            raise
        return Stream(self, subscription, after, missed)

    async def page(self, user: str, *, after: Position) -> Page:
        """See `History.page`."""
        async with self._turn:
            return await repeat_read(lambda: self._history.page(user, after=after))


class Stream:
    """What one client gets. Its subscription must be ended."""

    def __init__(
        self, streams: Streams, subscription: Subscription, start: Position, missed: Page
    ) -> None:
        self.subscription = subscription
        self._streams = streams
        self._start = start
        self._missed = missed

    async def blocks(self) -> AsyncIterator[bytes]:
        """What the client gets, until the service stops or the client is too slow."""
        yield events.opening(self._start)
        async for block in self._catch_up():
            yield block
        async for block in self._follow():
            yield block

    async def _catch_up(self) -> AsyncIterator[bytes]:
        page = self._missed
        if page.events:
            yield _joined(page.events)
        while page.has_more and not self.subscription.is_over:
            try:
                page = await self._streams.page(self.subscription.user, after=page.last)
            except DatabaseUnavailable as error:
                self._streams.outages.failed(error, by=READER)
                yield events.COMMENT
                await pause(RETRY_SECONDS, self._streams.stop)
            else:
                self._missed = page
                yield _joined(page.events)

    async def _follow(self) -> AsyncIterator[bytes]:
        sent = self._missed.last.arrival
        clock = asyncio.get_running_loop().time
        next_comment = clock() + COMMENT_SECONDS
        while not self.subscription.is_over:
            arrived = await self.subscription.take(until=next_comment)
            # The history may have had those that arrived before its query.
            if new := [event for event in arrived if event.arrival > sent]:
                yield _joined(new)
            if clock() >= next_comment:
                yield events.COMMENT
                next_comment = clock() + COMMENT_SECONDS


def _joined(blocks: Sequence[Event]) -> bytes:
    return b"".join(event.block for event in blocks)
