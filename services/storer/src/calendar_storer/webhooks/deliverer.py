"""Delivers notifications to one endpoint."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from calendar_storer.config import Webhook
from calendar_storer.errors import DatabaseUnavailable
from calendar_storer.observability.metrics import Metrics
from calendar_storer.observability.outages import Outages
from calendar_storer.periodic import jitter, run_periodically
from calendar_storer.webhooks import payload
from calendar_storer.webhooks.breaker import Breaker
from calendar_storer.webhooks.client import WebhookClient
from calendar_storer.webhooks.repository import Deferral, Delivery, WebhookRepository
from calendar_storer.webhooks.results import TIMEOUT_SECONDS, Failure, Result
from calendar_storer.webhooks.schedule import retry_delay
from calendar_storer.webhooks.signing import signed_headers

log = structlog.stdlib.get_logger(__name__)

CONCURRENCY: Final = 64
"""Most deliveries in progress, which is also the most connections to the endpoint."""
CONCURRENCY_BEHIND: Final = 4
"""While storing is behind: it comes first, and shares the process's time with deliveries."""
POLL_SECONDS: Final = 0.25
"""How long a notification or a retry that is due waits at most, where nothing else delays it."""
LINGER_SECONDS: Final = 0.01
"""After a result: others that arrive in this time are recorded with it."""
LEASE_SECONDS: Final = TIMEOUT_SECONDS + 15.0
"""For an attempt and for recording it, also after a short outage of PostgreSQL."""
DRAIN_SECONDS: Final = 2.0
"""For attempts in progress when the service stops. What is left of `app.DRAIN_SECONDS` is for
recording them."""
GONE_REASON: Final = "the receiver answered 410 (gone)"


class Deliverer:
    """Claims, sends and records, for as long as the service runs.

    A delivery occupies one of `CONCURRENCY` slots from its claim until it is recorded.
    """

    def __init__(
        self,
        endpoint: Webhook,
        *,
        repository: WebhookRepository,
        client: WebhookClient,
        is_storing_behind: Callable[[], bool],
        metrics: Metrics,
    ) -> None:
        self.loop = f"webhook {endpoint.name}"
        """The name in logs and metrics of loops."""
        self._name = endpoint.name
        self._url = str(endpoint.url)
        self._keys = endpoint.keys
        self._repository = repository
        self._client = client
        self._is_storing_behind = is_storing_behind
        self._breaker = Breaker()
        self._metrics = metrics
        self._sending: dict[asyncio.Task[None], Delivery] = {}
        self._delivered: list[Delivery] = []
        self._deferred: list[Deferral] = []
        self._is_gone = False
        self._any_result = asyncio.Event()

    async def run(self, *, stop: asyncio.Event, outages: Outages) -> None:
        """Returns after `stop` is set and what was in progress is recorded or given back."""
        try:
            await run_periodically(
                self.loop, self.step, stop=stop, outages=outages, metrics=self._metrics
            )
            await self._finish()
        finally:
            await self._cancel()

    async def step(self) -> float:
        """Record results, start what is due, and wait until there is more to do.

        Raises:
            DatabaseUnavailable: results are kept, and recorded by a later step.
        """
        await self._record()
        for delivery in await self._claim():
            task = asyncio.create_task(self._attempt(delivery))
            self._sending[task] = delivery
            task.add_done_callback(self._sending.pop)
        await self._wait()
        return 0.0

    async def _claim(self) -> Sequence[Delivery]:
        in_progress = len(self._sending) + len(self._delivered) + len(self._deferred)
        most = CONCURRENCY_BEHIND if self._is_storing_behind() else CONCURRENCY
        limit = self._breaker.allowed(most, in_progress=in_progress)
        if limit <= 0:
            return ()
        return await self._repository.claim(self._name, limit=limit, lease=LEASE_SECONDS)

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(jitter(POLL_SECONDS)):
                await self._any_result.wait()
        except TimeoutError:
            return
        self._any_result.clear()
        await asyncio.sleep(LINGER_SECONDS)

    async def _attempt(self, delivery: Delivery) -> None:
        started = time.monotonic()
        self._metrics.webhooks.attempts.labels(self._name).inc()
        try:
            result = await self._send(delivery)
        except Exception as error:
            self._metrics.loop_errors.inc()
            log.exception("webhook_attempt_failed", endpoint=self._name)
            result = Result(failure=Failure.BUG, detail=type(error).__name__)
        if result.failure:
            self._failed(delivery, result, result.failure)
        else:
            self._succeeded(delivery, seconds=delivery.age + time.monotonic() - started)
        self._any_result.set()

    async def _send(self, delivery: Delivery) -> Result:
        body = payload.encode(delivery.notification, stored_at=delivery.stored_at)
        headers = signed_headers(
            self._keys,
            message_id=str(delivery.notification.notification_id),
            timestamp=int(time.time()),
            body=body,
        )
        return await self._client.post(self._url, body=body, headers=headers)

    def _failed(self, delivery: Delivery, result: Result, failure: Failure) -> None:
        self._metrics.webhooks.failures.labels(self._name, failure).inc()
        if failure == Failure.GONE:
            # It waits until an operator enables the endpoint.
            self._is_gone = True
            self._defer(delivery, delay=0.0, error=result.detail)
            return
        failures = delivery.failures + 1
        delay = retry_delay(failures, retry_after=result.retry_after)
        self._defer(delivery, failures=failures, delay=delay, error=result.detail)
        if delay is None:
            log.error(
                "webhook_delivery_parked",
                endpoint=self._name,
                notification_id=str(delivery.notification.notification_id),
                reason=result.detail,
            )
        was_open = self._breaker.is_open
        self._breaker.failed(retry_after=result.retry_after)
        if self._breaker.is_open and not was_open:
            self._metrics.webhooks.breaker_open.labels(self._name).set(1)
            log.warning("webhook_endpoint_failing", endpoint=self._name, reason=result.detail)

    def _succeeded(self, delivery: Delivery, *, seconds: float) -> None:
        self._metrics.webhooks.delivery_seconds.labels(self._name).observe(seconds)
        self._delivered.append(delivery)
        if self._breaker.is_open:
            self._metrics.webhooks.breaker_open.labels(self._name).set(0)
            log.info("webhook_endpoint_recovered", endpoint=self._name)
        self._breaker.succeeded()

    def _defer(
        self,
        delivery: Delivery,
        *,
        delay: float | None,
        failures: int | None = None,
        error: str | None = None,
    ) -> None:
        if failures is None:
            failures = delivery.failures
        self._deferred.append(
            Deferral(delivery=delivery, failures=failures, delay=delay, error=error)
        )

    async def _record(self) -> None:
        """If this fails it is repeated; what is recorded already does not change again."""
        if self._is_gone:
            if await self._repository.disable(self._name, reason=GONE_REASON):
                log.error("webhook_endpoint_disabled", endpoint=self._name, reason=GONE_REASON)
            self._is_gone = False
        if delivered := self._delivered[:]:
            await self._repository.delete(self._name, delivered)
            del self._delivered[: len(delivered)]
        if deferred := self._deferred[:]:
            await self._repository.defer(self._name, deferred)
            del self._deferred[: len(deferred)]

    async def _finish(self) -> None:
        """Record what ends within `DRAIN_SECONDS`; let others send the rest at once."""
        if self._sending:
            await asyncio.wait(self._sending, timeout=DRAIN_SECONDS)
        for delivery in await self._cancel():
            self._defer(delivery, delay=0.0)
        try:
            await self._record()
        except DatabaseUnavailable as error:
            # Their leases run out.
            log.warning("webhook_results_lost", endpoint=self._name, reason=str(error))

    async def _cancel(self) -> list[Delivery]:
        """Cancels all attempts; returns the deliveries without a result."""
        sending = dict(self._sending)
        for task in sending:
            task.cancel()
        await asyncio.gather(*sending, return_exceptions=True)
        return [delivery for task, delivery in sending.items() if task.cancelled()]
