"""Publishes due reminders: claim, encode, publish, remove, commit, in one transaction."""

import time
from collections.abc import Sequence
from typing import Final, NamedTuple

import structlog

from calendar_scheduler.errors import (
    BrokerUnavailable,
    ConnectionLost,
    DatabaseUnavailable,
    Unpublishable,
)
from calendar_scheduler.kafka.producer import NotificationProducer
from calendar_scheduler.observability.metrics import Metrics
from calendar_scheduler.reminders.models import (
    Message,
    PublishResult,
    Refusal,
    Reminder,
    Retry,
    encode,
)
from calendar_scheduler.reminders.repository import ReminderRepository

log = structlog.stdlib.get_logger(__name__)

MAX_CLAIM_AGE: Final = 2.0
"""Seconds during which records of a claim may be sent; an older one may have lost its locks."""
MAX_ATTEMPTS: Final = 10
MAX_DELAY: Final = 300.0


class Batch(NamedTuple):
    """The number of reminders that were locked, and of those that were published."""

    claimed: int
    published: int


class ReminderPublisher:
    """Publishes batches of due reminders. Several schedulers may do so at the same time."""

    def __init__(
        self, repository: ReminderRepository, producer: NotificationProducer, metrics: Metrics
    ) -> None:
        self._repository = repository
        self._producer = producer
        self._metrics = metrics

    async def publish_due(self, limit: int) -> Batch:
        """Publish up to `limit` due reminders and remove those that Kafka acknowledged.

        Everything happens inside the claim's transaction, because only the row lock orders a send
        against an edit or delete that the API has acknowledged (docs/adr/0001). Every wait in it
        is bounded.

        Raises:
            BrokerUnavailable: Kafka failed. What it acknowledged is removed, the rest stays.
            DatabaseUnavailable: PostgreSQL failed. What was sent may be sent again.
        """
        claimed_at = time.monotonic()
        is_committing = False
        try:
            async with self._repository.claim(limit) as claim:
                messages, invalid = _encode_all(claim.reminders)
                result = await self._publish(messages, claimed_at=claimed_at)
                acknowledged_at = time.monotonic()
                retries = [_retry(refusal) for refusal in [*invalid, *result.refused]]
                await claim.remove(result.acknowledged)
                await claim.defer(retries)
                is_committing = True
        except ConnectionLost:
            if is_committing:
                self._metrics.commits_in_doubt.inc()
            raise
        self._report(result, retries, seconds=acknowledged_at - claimed_at)
        if result.outage is not None:
            raise BrokerUnavailable(result.outage)
        return Batch(claimed=len(claim.reminders), published=len(result.acknowledged))

    async def _publish(self, messages: Sequence[Message], *, claimed_at: float) -> PublishResult:
        if not messages:
            return PublishResult([], [], None)
        send_until = claimed_at + MAX_CLAIM_AGE
        if time.monotonic() > send_until:
            raise DatabaseUnavailable("the claim took too long")
        return await self._producer.publish(messages, send_until=send_until)

    def _report(self, result: PublishResult, retries: Sequence[Retry], *, seconds: float) -> None:
        self._metrics.published.inc(len(result.acknowledged))
        for reminder in result.acknowledged:
            self._metrics.publish_lag.observe(reminder.waited + seconds)
        if result.outage is not None:
            self._metrics.publish_failures.labels("outage").inc()
        self._metrics.publish_failures.labels("refused").inc(len(retries))
        for retry in retries:
            log.warning(
                "reminder_parked" if retry.is_parked else "reminder_refused",
                event_id=str(retry.refusal.reminder.event_id),
                notification_id=str(retry.refusal.reminder.notification_id),
                attempts=retry.attempts,
                reason=retry.refusal.reason,
            )


def _encode_all(reminders: Sequence[Reminder]) -> tuple[list[Message], list[Refusal]]:
    messages, invalid = [], []
    for reminder in reminders:
        try:
            messages.append(encode(reminder))
        except Unpublishable as error:
            invalid.append(Refusal(reminder, str(error)))
    return messages, invalid


def _retry(refusal: Refusal) -> Retry:
    attempts = refusal.reminder.attempts + 1
    return Retry(
        refusal,
        attempts=attempts,
        delay=min(2.0**attempts, MAX_DELAY),
        is_parked=attempts >= MAX_ATTEMPTS,
    )
