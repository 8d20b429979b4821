import asyncio
import math
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest

from calendar_scheduler.config import Scheduler
from calendar_scheduler.errors import BrokerUnavailable
from calendar_scheduler.kafka.producer import NotificationProducer
from calendar_scheduler.observability.metrics import Metrics
from calendar_scheduler.reminders.models import Message, PublishResult, Reminder, Retry
from calendar_scheduler.reminders.poller import ReminderPoller
from calendar_scheduler.reminders.repository import Claim, ReminderRepository

Build = Callable[..., Reminder]


class FakeClaim(Claim):
    """Takes reminders from the queue; the repository puts back those that are left."""

    def __init__(self, queue: list[Reminder], limit: int) -> None:
        self.reminders = queue[:limit]
        self.left = list(self.reminders)
        del queue[:limit]

    async def remove(self, published: Sequence[Reminder]) -> None:
        for reminder in published:
            self.left.remove(reminder)

    async def defer(self, retries: Sequence[Retry]) -> None:
        for retry in retries:
            self.left.remove(retry.refusal.reminder)


class FakeRepository(ReminderRepository):
    """A queue of due reminders. If it is empty, the next one is due in `next_in` seconds."""

    def __init__(self, queue: list[Reminder], *, next_in: float) -> None:
        self.queue = queue
        self.next_in = next_in
        self.limits: list[int] = []
        self.is_locked = False

    async def next_due_in(self) -> float:
        return 0.0 if self.queue else self.next_in

    @asynccontextmanager
    async def claim(self, limit: int) -> AsyncIterator[Claim]:
        self.limits.append(limit)
        claim = FakeClaim([] if self.is_locked else self.queue, limit)
        yield claim
        self.queue += claim.left


class FakeProducer(NotificationProducer):
    """A broker that is available, unavailable, or accepts no more batches."""

    def __init__(self) -> None:
        self.is_available = True
        self.accepted_batches = math.inf
        self.most_concurrent = 0
        self._concurrent = 0

    async def ensure_ready(self) -> None:
        if not self.is_available:
            raise BrokerUnavailable("unavailable")

    async def publish(self, messages: Sequence[Message], *, send_until: float) -> PublishResult:  # noqa: ARG002
        self._concurrent += 1
        self.most_concurrent = max(self.most_concurrent, self._concurrent)
        await asyncio.sleep(0)
        self._concurrent -= 1
        self.accepted_batches -= 1
        if self.accepted_batches >= 0:
            return PublishResult([message.reminder for message in messages], [], None)
        return PublishResult([], [], "NotEnoughReplicasError")


class System:
    """A poller with a batch size of 5, between fakes."""

    def __init__(self, queue: list[Reminder], *, next_in: float = math.inf) -> None:
        self.repository = FakeRepository(queue, next_in=next_in)
        self.producer = FakeProducer()
        self.metrics = Metrics()
        self.poller = ReminderPoller(
            Scheduler(batch_size=5),
            repository=self.repository,
            producer=self.producer,
            metrics=self.metrics,
        )

    def is_open(self) -> bool:
        return self.metrics.registry.get_sample_value("calendar_scheduler_breaker_open") == 1


async def test_sleeps_until_the_next_reminder_is_due() -> None:
    assert await System([], next_in=0.2).poller.step() == 0.2


async def test_sleeps_no_longer_than_the_poll_interval() -> None:
    delays = [await System([]).poller.step() for _ in range(100)]

    assert all(0.225 <= delay <= 0.275 for delay in delays)
    assert len(set(delays)) > 1, "several schedulers must not poll in step"


async def test_nothing_is_claimed_before_it_is_due() -> None:
    system = System([], next_in=0.001)

    await system.poller.step()

    assert system.repository.limits == []


async def test_backlog_is_published_without_pause(reminder: Build) -> None:
    system = System([reminder() for _ in range(52)])

    assert await system.poller.step() == 0
    assert system.repository.queue == []
    assert await system.poller.step() > 0


async def test_three_batches_of_a_backlog_are_published_concurrently(reminder: Build) -> None:
    system = System([reminder() for _ in range(52)])

    await system.poller.step()

    assert system.producer.most_concurrent == 3


async def test_batch_that_is_not_full_is_the_only_one(reminder: Build) -> None:
    system = System([reminder() for _ in range(4)])

    await system.poller.step()

    assert system.repository.limits == [5]


async def test_no_batch_starts_after_an_outage_during_a_backlog(reminder: Build) -> None:
    system = System([reminder() for _ in range(52)])
    system.producer.accepted_batches = 1

    with pytest.raises(BrokerUnavailable):
        await system.poller.step()

    assert system.repository.limits == [5] * 4, "one that was published, and three that failed"
    assert len(system.repository.queue) == 47
    assert system.is_open()


async def test_locked_reminders_are_polled_at_the_poll_interval(reminder: Build) -> None:
    system = System([reminder()])
    system.repository.is_locked = True

    assert await system.poller.step() >= 0.225


async def test_nothing_is_claimed_while_the_broker_is_unavailable(reminder: Build) -> None:
    system = System([reminder()])
    system.producer.is_available = False

    with pytest.raises(BrokerUnavailable):
        await system.poller.step()

    assert system.repository.limits == []
    assert system.is_open()


async def test_one_reminder_is_tried_first_after_an_outage(reminder: Build) -> None:
    system = System([reminder() for _ in range(12)])
    system.producer.accepted_batches = 0
    for _ in range(3):
        with pytest.raises(BrokerUnavailable):
            await system.poller.step()
    assert system.repository.limits == [5, 1, 1]

    system.producer.accepted_batches = math.inf
    await system.poller.step()
    assert system.repository.limits == [5, 1, 1, 1]
    await system.poller.step()

    assert system.repository.limits[4] == 5
    assert not system.is_open()


async def test_refused_reminder_does_not_close_the_breaker(reminder: Build) -> None:
    system = System([reminder()])
    system.producer.accepted_batches = 0
    with pytest.raises(BrokerUnavailable):
        await system.poller.step()

    system.repository.queue[:] = [reminder(title="")]
    await system.poller.step()

    assert system.is_open()


async def test_breaker_closes_without_reminders_when_the_broker_is_back() -> None:
    system = System([])
    system.producer.is_available = False
    with pytest.raises(BrokerUnavailable):
        await system.poller.step()

    system.producer.is_available = True
    await system.poller.step()

    assert not system.is_open()
