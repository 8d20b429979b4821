"""Reads and writes deliveries and endpoints. Knows SQL, knows no HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from calendar_contracts import Notification
from calendar_storer.database.pool import Pool
from calendar_storer.webhooks import statements


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A notification that is to be sent to an endpoint, claimed by this Storer."""

    notification: Notification
    stored_at: datetime
    claim: int
    failures: int
    age: float
    """Seconds from when it was stored to the claim, by the database's clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deferral:
    """A delivery that goes back: to be tried again, or parked."""

    delivery: Delivery
    failures: int
    delay: float | None
    """Seconds until the next attempt; `None` parks it."""
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointState:
    """What an endpoint has not accepted yet."""

    name: str
    disabled_at: datetime | None
    disabled_reason: str | None
    waiting: int
    """Notifications that no Storer has claimed yet, up to a limit."""
    retrying: int
    """Deliveries in progress, or waiting for another attempt."""
    parked: int
    oldest: float | None
    """When the oldest that is not parked was stored, in seconds since 1970."""
    last_error: str | None


class WebhookRepository:
    """The tables `deliveries` and `webhook_endpoints`.

    Every method raises `DatabaseUnavailable` where PostgreSQL fails; the same may be tried again.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def register(self, names: Sequence[str]) -> None:
        """Let new endpoints get the notifications that are stored from now on."""
        async with self._pool.acquire() as connection:
            await connection.execute(statements.REGISTER_ENDPOINTS, names)

    async def claim(self, endpoint: str, *, limit: int, lease: float) -> list[Delivery]:
        """At most `limit` deliveries that nobody else sends for `lease` seconds."""
        async with self._pool.acquire() as connection:
            rows = await connection.fetch(statements.CLAIM_DUE_DELIVERIES, endpoint, limit, lease)
            if len(rows) < limit:
                rows += await connection.fetch(
                    statements.CLAIM_ARRIVED_NOTIFICATIONS, endpoint, limit - len(rows), lease
                )
        return [_delivery(row) for row in rows]

    async def delete(self, endpoint: str, deliveries: Sequence[Delivery]) -> None:
        """The endpoint has accepted these."""
        ids = [each.notification.notification_id for each in deliveries]
        claims = [each.claim for each in deliveries]
        async with self._pool.acquire() as connection:
            await connection.execute(statements.DELETE_DELIVERED, endpoint, ids, claims)

    async def defer(self, endpoint: str, deferrals: Sequence[Deferral]) -> None:
        """Give back the claims."""
        async with self._pool.acquire() as connection:
            await connection.execute(
                statements.DEFER_DELIVERIES,
                endpoint,
                [each.delivery.notification.notification_id for each in deferrals],
                [each.delivery.claim for each in deferrals],
                [each.failures for each in deferrals],
                [each.delay for each in deferrals],
                [each.error for each in deferrals],
            )

    async def disable(self, endpoint: str, *, reason: str) -> bool:
        """Claim nothing more for an endpoint until it is enabled; whether it was enabled before."""
        return await self._change(statements.DISABLE_ENDPOINT, endpoint, reason) > 0

    async def enable(self, endpoint: str) -> None:
        """Go on where the endpoint was disabled."""
        await self._change(statements.ENABLE_ENDPOINT, endpoint)

    async def states(self, *, counted: int) -> list[EndpointState]:
        """All endpoints that were ever configured and not forgotten, by name.

        What waits is counted up to `counted`.
        """
        async with self._pool.acquire(reads_only=True) as connection:
            rows = await connection.fetch(statements.ENDPOINT_STATES, counted)
        return [EndpointState(**dict(row)) for row in rows]

    async def retry_parked(self, endpoint: str) -> int:
        """Let all parked deliveries start anew; returns their number."""
        return await self._change(statements.RETRY_PARKED, endpoint)

    async def drop_parked(self, endpoint: str) -> int:
        """Give up all parked deliveries; returns their number."""
        return await self._change(statements.DROP_PARKED, endpoint)

    async def skip_waiting(self, endpoint: str) -> None:
        """Give up all that the endpoint has not accepted yet."""
        await self._change(statements.SKIP_ARRIVED, endpoint)
        await self._change(statements.DROP_DELIVERIES, endpoint)

    async def forget(self, endpoint: str) -> None:
        """Remove the endpoint, with all that it has not accepted yet."""
        await self._change(statements.FORGET_ENDPOINT, endpoint)
        await self._change(statements.DROP_DELIVERIES, endpoint)

    async def _change(self, statement: str, *arguments: str) -> int:
        async with self._pool.acquire() as connection:
            status = await connection.execute(statement, *arguments)
        return int(status.rpartition(" ")[2])


def _delivery(row: Any) -> Delivery:
    fields = {name: row[name] for name in Notification.model_fields}
    return Delivery(
        # It was checked before it was stored.
        notification=Notification.model_construct(**fields),
        stored_at=row["stored_at"],
        claim=row["claim"],
        failures=row["failures"],
        age=row["age"],
    )
