"""When reminders are sent: as soon as they are due, and one at a time after an outage."""

import asyncio
import time
from typing import Final

from calendar_scheduler.clock import now
from calendar_scheduler.config import Scheduler
from calendar_scheduler.errors import BrokerUnavailable, Unavailable
from calendar_scheduler.loop import spread
from calendar_scheduler.metrics import Metrics
from calendar_scheduler.publisher import Publisher
from calendar_scheduler.repository import Repository
from calendar_scheduler.service import Service

PROBE_SIZE: Final = 1
IN_FLIGHT: Final = 3
"""Batches at once of a backlog: PostgreSQL gives one, Kafka takes one, PostgreSQL removes one."""
BACKLOG_SECONDS: Final = 1.0
"""How long a step goes on with a backlog; then the loop looks whether it is to stop."""
TIMER_SECONDS: Final = 0.001
"""By so much the event loop's timers are late: epoll counts whole milliseconds, and rounds up."""


class Sender:
    """The loop "reminders", with a circuit breaker around the broker.

    While the broker is away nothing is claimed, so nothing is locked; when it is back, one
    reminder goes first. The loop's back-off paces the tries.
    """

    def __init__(
        self,
        settings: Scheduler,
        *,
        repository: Repository,
        publisher: Publisher,
        metrics: Metrics,
    ) -> None:
        self._poll_seconds = settings.poll_interval.total_seconds()
        self._batch_size = settings.batch_size
        self._repository = repository
        self._publisher = publisher
        self._service = Service(repository, publisher, metrics)
        self._metrics = metrics
        self._is_open = False
        self._next_due_at: float | None = None
        """What the loop sleeps for, by its clock, where that is a reminder."""

    async def step(self) -> float:
        """Sends what is due, a backlog for a second; the seconds until there may be more.

        Raises:
            BrokerUnavailable: the breaker is open.
            DatabaseUnavailable: nothing was sent, or perhaps.
        """
        try:
            # Who has slept until a reminder is due asked Kafka and PostgreSQL before, less than a
            # poll ago: to ask again would only make the reminder late.
            if self._next_due_at is not None:
                self._wake_up_at(self._next_due_at)
                await self._send()
                return 0
            await self._publisher.ensure_ready()
            asked_at = now()
            due_in = await self._repository.next_due_in()
            if due_in > 0:
                return self._sleep(until=asked_at + due_in)
            # What is due and cannot be claimed is locked by somebody else.
            return 0 if await self._send() else spread(self._poll_seconds)
        except BrokerUnavailable:
            self._set_open(True)
            await self._publisher.disconnect()
            raise

    def _sleep(self, *, until: float) -> float:
        """The seconds to sleep: until then, or for a poll."""
        self._set_open(False)
        seconds, poll = until - now() - TIMER_SECONDS, spread(self._poll_seconds)
        if seconds > poll:
            return poll
        self._next_due_at = until
        return max(0.0, seconds)

    def _wake_up_at(self, instant: float) -> None:
        """Sleeps what the timer left of it: for the whole process, but too shortly to matter."""
        self._next_due_at = None
        time.sleep(min(max(0.0, instant - now()), TIMER_SECONDS))

    async def _send(self) -> int:
        """Sends what is due; how much was claimed first."""
        size = PROBE_SIZE if self._is_open else self._batch_size
        batch = await self._service.send_due(size)
        if batch.sent:
            self._set_open(False)
        if batch.claimed == self._batch_size and not self._is_open:
            await self._send_backlog()
        return batch.claimed

    async def _send_backlog(self) -> None:
        """Sends batch after batch until one is not full.

        After a failure none is begun, and none is cancelled: what Kafka has of it may be sent.
        """
        until = now() + BACKLOG_SECONDS
        is_over = False

        async def send() -> None:
            nonlocal is_over
            while not is_over and now() < until:
                try:
                    batch = await self._service.send_due(self._batch_size)
                except Unavailable:
                    is_over = True
                    raise
                if batch.claimed < self._batch_size:
                    is_over = True

        ends = await asyncio.gather(*(send() for _ in range(IN_FLIGHT)), return_exceptions=True)
        for error in filter(None, ends):
            raise error

    def _set_open(self, is_open: bool) -> None:
        self._is_open = is_open
        self._metrics.breaker_open.set(is_open)
