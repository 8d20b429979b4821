"""The loops "refill" and "zone_rules": they plan ahead, in any number of processes."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Final

import structlog

from calendar_api.errors import Unavailable
from calendar_api.events.models import EventKey
from calendar_api.events.plans import schedule_of
from calendar_api.events.series import ParsedEvent
from calendar_api.observability.metrics import Metrics
from calendar_api.periodic import jitter
from calendar_api.planning import zone_rules
from calendar_api.planning.lists import continued
from calendar_api.planning.models import PlannedEvent
from calendar_api.planning.pending import moved_list
from calendar_api.planning.repository import Batch, PlanningRepository

log = structlog.stdlib.get_logger(__name__)

POLL_SECONDS: Final = 1.0
"""A list that is sent within seconds goes on before it ends. Each look is one step in an index."""
ZONE_RULES_SECONDS: Final = 60.0
"""Between two looks for events under old rules of their zone."""
WORK_SECONDS: Final = 1.0
"""How long a step follows new rules before it returns."""
FIRST_RETRY_SECONDS: Final = 60.0
LAST_RETRY_SECONDS: Final = 3600.0


@dataclass(slots=True)
class _Failure:
    """An event that could not be planned."""

    attempts: int
    retry_at: float
    """On the monotonic clock."""


class Planner:
    """Plans for all events, in small batches, each in a transaction that never waits for a lock.

    It uses one connection at a time. An event that cannot be planned is left alone for some time,
    longer after each failure, and does not hold up the others.
    """

    def __init__(self, repository: PlanningRepository, metrics: Metrics) -> None:
        self._repository = repository
        self._metrics = metrics
        self._one_at_a_time = asyncio.Lock()
        self._newer_rules: list[str] = []
        self._failures: dict[EventKey, _Failure] = {}

    async def refill(self) -> float:
        """Continue lists of which half is sent; return the seconds until the next step.

        Raises:
            DatabaseUnavailable: PostgreSQL failed; a batch may have been written.
        """
        async with self._one_at_a_time:
            until = await self._repository.planned_until()
            self._metrics.planned_until.set(until.timestamp() if until else 0)
            self._count_failures()
            keys = await self._repository.due(except_under=self._newer_rules)
            planned = await self._plan(keys)
        # What cannot be planned now is locked by others.
        return 0 if planned else jitter(POLL_SECONDS)

    async def follow_zone_rules(self) -> float:
        """Let events follow new rules of their zones; return the seconds until the next step.

        Raises:
            DatabaseUnavailable: PostgreSQL failed; a batch may have been written.
        """
        work_until = monotonic() + WORK_SECONDS
        delay = ZONE_RULES_SECONDS
        async with self._one_at_a_time:
            found = await self._repository.zone_rules()
            self._newer_rules = list(filter(zone_rules.are_newer, found))
            marked = list(filter(zone_rules.are_not_followed, found))
            count = await self._repository.count_under_zone_rules(marked) if marked else 0
            self._metrics.planning_failing.labels("zone_rules").set(count)
            for old in filter(zone_rules.are_outdated, found):
                while keys := await self._repository.under_zone_rules(old):
                    if not await self._plan(keys):
                        delay = POLL_SECONDS
                        break
                    if monotonic() > work_until:
                        return 0
        return jitter(delay)

    async def _plan(self, keys: Sequence[EventKey]) -> int:
        """Plan some of the events; return how many."""
        if not keys:
            return 0
        try:
            return await self._plan_batch(keys)
        except Unavailable:
            raise
        except Exception:  # noqa: BLE001 - logged below, with the event that causes it
            return await self._plan_singly(keys)

    async def _plan_singly(self, keys: Sequence[EventKey]) -> int:
        planned = 0
        for key in keys:
            try:
                planned += await self._plan_batch([key])
            except Unavailable:
                raise
            except Exception:
                log.exception("planning_failed", user_id=key.user_id, event_id=str(key.event_id))
                await self._postpone(key)
                planned += 1
        return planned

    async def _plan_batch(self, keys: Sequence[EventKey]) -> int:
        reminders = followed = 0
        planned: list[EventKey] = []
        async with self._repository.locked(keys) as batch:
            for event in batch.events:
                if _is_to_follow(event):
                    await _follow(batch, event)
                    followed += 1
                elif event.is_due and not zone_rules.are_newer(event.zone_rules):
                    reminders += await _refill(batch, event)
                else:
                    continue
                planned.append(event.key)
        self._metrics.reminders_planned.inc(reminders)
        self._metrics.zone_updates.inc(followed)
        for key in planned:
            self._failures.pop(key, None)
        return len(planned)

    async def _postpone(self, key: EventKey) -> None:
        self._metrics.planning_failures.inc()
        failure = self._failures.get(key)
        attempts = failure.attempts + 1 if failure else 1
        seconds = min(FIRST_RETRY_SECONDS * 2.0 ** (attempts - 1), LAST_RETRY_SECONDS)
        self._failures[key] = _Failure(attempts, monotonic() + seconds)
        await self._repository.postpone(key, seconds=seconds, version=zone_rules.current_version())

    def _count_failures(self) -> None:
        # Another process may have planned it since, or the event is gone.
        oldest = monotonic() - LAST_RETRY_SECONDS
        self._failures = {
            key: each for key, each in self._failures.items() if each.retry_at > oldest
        }
        self._metrics.planning_failing.labels("refill").set(len(self._failures))


def _is_to_follow(event: PlannedEvent) -> bool:
    rules = event.zone_rules
    # Rules that could not be followed are tried again with each refill.
    return zone_rules.are_outdated(rules) or (event.is_due and zone_rules.are_not_followed(rules))


async def _refill(batch: Batch, event: PlannedEvent) -> int:
    continuation = await continued(event)
    await batch.append(event, continuation)
    return len(continuation.reminders)


async def _follow(batch: Batch, event: PlannedEvent) -> None:
    fields = zone_rules.follow(event.fields, now=event.now)
    after = ParsedEvent.of(fields)
    if fields != event.fields or event.fields.recurrence is not None:
        await batch.update_event(event, fields)
        await batch.replace(event, await moved_list(event, after))
    await batch.set_span(event, schedule_of(after, now=event.now))
