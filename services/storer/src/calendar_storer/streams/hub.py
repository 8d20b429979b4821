"""Hands notifications that arrive to the streams of their users: one query serves all streams."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple, Protocol, Self

import structlog

from calendar_storer.errors import Aborted, DatabaseUnavailable, StreamRefused
from calendar_storer.inbox.cursors import Position
from calendar_storer.observability.metrics import Metrics
from calendar_storer.observability.outages import Outages
from calendar_storer.retry import pause, retry_until_available

log = structlog.stdlib.get_logger(__name__)

READER: Final = "streams"
"""For outages: streams may be able to read while nothing can be stored."""

MAX_STREAMS: Final = 1000
"""Of one process. A stream more is refused."""

TICK_SECONDS: Final = 0.1
"""Between two queries."""

RETRY_SECONDS: Final = 1.0
"""The longest pause between queries while the database is unavailable, and after a bug."""

MAX_QUEUED_BYTES: Final = 4 * 1024 * 1024
"""Of one stream: events that its client has not begun to read. A slower client is dropped."""

MAX_TOTAL_BYTES: Final = 64 * 1024 * 1024
"""Of all streams together. Beyond it, those with the most are dropped."""


class Event(NamedTuple):
    """A notification as streams send it."""

    arrival: int
    """Its number in the order of arrival."""
    block: bytes
    """In the format of server-sent events."""


class Arrivals(NamedTuple):
    """What arrived after a number."""

    last: int
    """The last number that was read, of all users' notifications."""
    has_more: bool
    events: Mapping[str, Sequence[Event]]
    """By user, in the order of arrival."""
    delays: Sequence[float]
    """Seconds from `stored_at` to the query, of each of these notifications."""


class Source(Protocol):
    """The part of the repository that the hub uses."""

    async def end(self) -> Position:
        """The position of the notification that arrived last."""

    async def arrivals(self, *, after: int, users: Collection[str]) -> Arrivals:
        """The notifications of these users that arrived after a number: a page of them."""


class Subscription:
    """The events of one user that arrive from now on, until one side ends it.

    A context manager, which ends it.
    """

    def __init__(self, hub: "Hub", user: str) -> None:
        self.user = user
        self.is_over = False
        """No more events come: the client is too slow, or the service is stopping."""
        self.queued_bytes = 0
        self._hub = hub
        self._events: list[Event] = []
        self._changed = asyncio.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._hub.remove(self)

    def put(self, events: Sequence[Event]) -> None:
        """Add events to the queue."""
        if self.is_over:
            return
        self._events += events
        self.queued_bytes += sum(len(each.block) for each in events)
        self._changed.set()

    async def take(self, *, until: float) -> Sequence[Event]:
        """The events in the queue, as soon as there is one; none at `until`, or if it is over."""
        try:
            async with asyncio.timeout_at(until):
                await self._changed.wait()
        except TimeoutError:
            return ()
        events, self._events, self.queued_bytes = self._events, [], 0
        if not self.is_over:
            self._changed.clear()
        return events

    def end(self) -> None:
        """Nothing more comes, and what is in the queue is dropped."""
        self.is_over = True
        self._events, self.queued_bytes = [], 0
        self._changed.set()


class Hub:
    """The streams of this process, and the position up to which they have all notifications."""

    def __init__(
        self, source: Source, *, outages: Outages, metrics: Metrics, stop: asyncio.Event
    ) -> None:
        self._source = source
        self._outages = outages
        self._metrics = metrics
        self._stop = stop
        self._subscriptions: set[Subscription] = set()
        """Also those that are about to begin."""
        self._by_user: dict[str, list[Subscription]] = defaultdict(list)
        self._position: int | None = None
        """Notifications with higher numbers are still to be read; `None` without streams."""
        self._reading = asyncio.Lock()
        """Held during a query: a subscription must not begin between its snapshot and its end."""
        self._has_streams = asyncio.Event()

    async def subscribe(self, user: str) -> Subscription:
        """Begin a subscription: it gets all that a query made after this one returns cannot see.

        Raises:
            StreamRefused: there are too many, or the service is stopping.
            DatabaseUnavailable: the position is not known.
        """
        if self._stop.is_set():
            raise StreamRefused("The service is stopping; connect again.")
        if len(self._subscriptions) >= MAX_STREAMS:
            self._metrics.streams_refused.inc()
            raise StreamRefused(f"There are {MAX_STREAMS} streams already; try again later.")
        subscription = Subscription(self, user)
        self._subscriptions.add(subscription)
        self._metrics.streams.inc()
        try:
            async with self._reading:
                if self._position is None:
                    self._position = (await self._source.end()).arrival
                self._by_user[user].append(subscription)
        except BaseException:
            self.remove(subscription)
            raise
        self._has_streams.set()
        return subscription

    def remove(self, subscription: Subscription) -> None:
        """End a subscription from the side of its client."""
        if subscription not in self._subscriptions:
            return
        self._subscriptions.remove(subscription)
        self._metrics.streams.dec()
        of_user = self._by_user[subscription.user]
        if subscription in of_user:
            of_user.remove(subscription)
        if not of_user:
            del self._by_user[subscription.user]
        if not self._by_user:
            self._position = None
            self._has_streams.clear()
            # Nobody is left who would find out that an outage is over.
            self._outages.over(by=READER)

    async def run(self) -> None:
        """Serve the streams until `stop` is set, then end them at once."""
        reading = asyncio.create_task(self._read())
        try:
            await self._stop.wait()
        finally:
            reading.cancel()
            for subscription in self._subscriptions:
                subscription.end()
            await asyncio.gather(reading, return_exceptions=True)

    async def _read(self) -> None:
        while True:
            await self._has_streams.wait()
            has_more = False
            try:
                has_more = await retry_until_available(
                    self._hand_out,
                    DatabaseUnavailable,
                    outages=self._outages,
                    stop=self._stop,
                    longest_pause=RETRY_SECONDS,
                    by=READER,
                )
            except Aborted:
                return
            except Exception:
                self._metrics.loop_errors.inc()
                log.exception("streams_failed")
                await pause(RETRY_SECONDS, self._stop)
            if not has_more:
                await asyncio.sleep(TICK_SECONDS)

    async def _hand_out(self) -> bool:
        """Reads what has arrived, and hands it out. Returns whether there is more."""
        async with self._reading:
            if self._position is None:
                return False
            page = await self._source.arrivals(after=self._position, users=self._by_user.keys())
            # The last stream may have ended meanwhile.
            self._position = page.last if self._by_user else None
        for user, events in page.events.items():
            for subscription in self._by_user.get(user, ()):
                subscription.put(events)
        for delay in page.delays:
            self._metrics.stream_delay.observe(delay)
        if page.events:
            self._drop_slow_readers()
        return page.has_more

    def _drop_slow_readers(self) -> None:
        fullest_first = sorted(
            self._subscriptions, key=lambda each: each.queued_bytes, reverse=True
        )
        total = sum(each.queued_bytes for each in fullest_first)
        for subscription in fullest_first:
            if subscription.queued_bytes <= MAX_QUEUED_BYTES and total <= MAX_TOTAL_BYTES:
                break
            total -= subscription.queued_bytes
            log.info("slow_stream_dropped", queued_bytes=subscription.queued_bytes)
            self._metrics.streams_dropped.inc()
            subscription.end()
