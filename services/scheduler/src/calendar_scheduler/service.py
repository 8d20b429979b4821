"""Sends what is due: claim, publish, remove, in one transaction. Knows neither SQL nor Kafka."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from calendar_scheduler.clock import now
from calendar_scheduler.errors import (
    BrokerUnavailable,
    ConnectionLost,
    DatabaseUnavailable,
    Unpublishable,
)
from calendar_scheduler.metrics import Metrics
from calendar_scheduler.publisher import Publisher, Receipt
from calendar_scheduler.reminders import Message, Refusal, Reminder, encode
from calendar_scheduler.repository import Repository, Retry

log = structlog.stdlib.get_logger(__name__)

SEND_SECONDS: Final = 2.0
"""How old a claim may be when a record of it is sent. Older ones may be somebody else's by now."""
MAX_ATTEMPTS: Final = 10
MAX_DELAY_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True)
class Batch:
    """How many reminders were locked, and how many of them were sent."""

    claimed: int
    sent: int


class Service:
    """Sends reminders. Any number of schedulers may do so at once."""

    def __init__(self, repository: Repository, publisher: Publisher, metrics: Metrics) -> None:
        self._repository = repository
        self._publisher = publisher
        self._metrics = metrics

    async def send_due(self, limit: int) -> Batch:
        """Sends up to `limit` reminders that are due.

        Why inside the claim's transaction: only the row's lock orders a send against an edit or a
        delete that the API has acknowledged (docs/adr/0001). So all that happens here has a limit.

        Raises:
            BrokerUnavailable: Kafka failed; what it had acknowledged is removed, the rest waits.
            DatabaseUnavailable: PostgreSQL failed; what was sent may be sent again.
        """
        claimed_at = now()
        is_sent = False
        try:
            async with self._repository.claim(limit) as claim:
                receipt = await self._publish(claim.reminders, claimed_at=claimed_at)
                acknowledged_at = now()
                retries = [_retry(refusal) for refusal in receipt.refused]
                await claim.remove(receipt.acknowledged)
                await claim.push_back(retries)
                is_sent = True
        except ConnectionLost:
            if is_sent:
                self._metrics.commits_in_doubt.inc()
            raise
        self._tell(receipt, retries, took=acknowledged_at - claimed_at)
        if receipt.outage is not None:
            raise BrokerUnavailable(receipt.outage)
        return Batch(claimed=len(claim.reminders), sent=len(receipt.acknowledged))

    async def _publish(self, reminders: Sequence[Reminder], *, claimed_at: float) -> Receipt:
        messages, refused = _encode(reminders)
        if not messages:
            return Receipt(acknowledged=[], refused=refused, outage=None)
        if now() - claimed_at > SEND_SECONDS:
            raise DatabaseUnavailable("the claim took too long")
        receipt = await self._publisher.publish(messages, send_until=claimed_at + SEND_SECONDS)
        return Receipt(receipt.acknowledged, refused + receipt.refused, receipt.outage)

    def _tell(self, receipt: Receipt, retries: Sequence[Retry], *, took: float) -> None:
        self._metrics.published.inc(len(receipt.acknowledged))
        for reminder in receipt.acknowledged:
            self._metrics.publish_lag.observe(reminder.waited + took)
        if receipt.outage is not None:
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


def _encode(reminders: Sequence[Reminder]) -> tuple[list[Message], list[Refusal]]:
    messages, refused = [], []
    for reminder in reminders:
        try:
            messages.append(encode(reminder))
        except Unpublishable as error:
            refused.append(Refusal(reminder, str(error)))
    return messages, refused


def _retry(refusal: Refusal) -> Retry:
    attempts = refusal.reminder.attempts + 1
    return Retry(
        refusal,
        attempts=attempts,
        delay=min(2.0**attempts, MAX_DELAY_SECONDS),
        is_parked=attempts >= MAX_ATTEMPTS,
    )
