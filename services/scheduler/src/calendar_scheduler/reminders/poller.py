"""The loop "reminders": publishes when something is due, with a circuit breaker around Kafka."""

import asyncio
import time
from typing import Final

from calendar_scheduler.config import Scheduler
from calendar_scheduler.errors import BrokerUnavailable, Unavailable
from calendar_scheduler.kafka.producer import NotificationProducer
from calendar_scheduler.observability.metrics import Metrics
from calendar_scheduler.periodic import jitter
from calendar_scheduler.reminders.publish import Batch, ReminderPublisher
from calendar_scheduler.reminders.repository import ReminderRepository

PROBE_SIZE: Final = 1
"""Reminders in the first batch after an outage of the broker."""
CONCURRENT_BATCHES: Final = 3
"""Of a backlog: one is claimed and one is removed by PostgreSQL while Kafka takes a third."""
BACKLOG_SECONDS: Final = 1.0
"""How long a step goes on with a backlog before it returns."""


class ReminderPoller:
    """Sleeps until the next reminder is due, then publishes everything that is due.

    While Kafka is unavailable nothing is claimed, so no row is locked.
    """

    def __init__(
        self,
        settings: Scheduler,
        *,
        repository: ReminderRepository,
        producer: NotificationProducer,
        metrics: Metrics,
    ) -> None:
        self._poll_seconds = settings.poll_interval.total_seconds()
        self._batch_size = settings.batch_size
        self._repository = repository
        self._producer = producer
        self._publisher = ReminderPublisher(repository, producer, metrics)
        self._metrics = metrics
        self._is_open = False

    async def step(self) -> float:
        """Publish a batch if one is due; return the seconds until the next step.

        Raises:
            BrokerUnavailable: Kafka failed; the breaker is open.
            DatabaseUnavailable: PostgreSQL failed; a batch may have been published.
        """
        try:
            await self._producer.ensure_ready()
            due_in = await self._repository.next_due_in()
            if due_in > 0:
                self._set_open(False)
                return min(due_in, jitter(self._poll_seconds))
            batch = await self._publish_batch()
        except BrokerUnavailable:
            self._set_open(True)
            raise
        # A due reminder that cannot be claimed is locked by another transaction.
        return 0 if batch.claimed else jitter(self._poll_seconds)

    async def _publish_batch(self) -> Batch:
        batch = await self._publisher.publish_due(PROBE_SIZE if self._is_open else self._batch_size)
        if batch.published:
            self._set_open(False)
        if batch.claimed == self._batch_size and not self._is_open:
            await self._publish_backlog()
        return batch

    async def _publish_backlog(self) -> None:
        """Publish several batches at a time until one is not full.

        After a failure no other batch starts, and none is cancelled: Kafka may have its records.
        """
        until = time.monotonic() + BACKLOG_SECONDS
        is_done = False

        async def publish_batches() -> None:
            nonlocal is_done
            while not is_done and time.monotonic() < until:
                try:
                    batch = await self._publisher.publish_due(self._batch_size)
                except Unavailable:
                    is_done = True
                    raise
                if batch.claimed < self._batch_size:
                    is_done = True

        workers = (publish_batches() for _ in range(CONCURRENT_BATCHES))
        results = await asyncio.gather(*workers, return_exceptions=True)
        for error in filter(None, results):
            raise error

    def _set_open(self, is_open: bool) -> None:
        self._is_open = is_open
        self._metrics.breaker_open.set(is_open)
