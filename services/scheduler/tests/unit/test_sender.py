import asyncio
import math
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from calendar_scheduler.config import Scheduler
from calendar_scheduler.errors import BrokerUnavailable
from calendar_scheduler.metrics import Metrics
from calendar_scheduler.publisher import Publisher, Receipt
from calendar_scheduler.reminders import Message, Reminder
from calendar_scheduler.repository import Claim, Repository, Retry
from calendar_scheduler.sender import Sender


class FakeClaim(Claim):
    """Has taken its reminders off the queue; what is left of them goes back to it."""

    def __init__(self, queue: list[Reminder], limit: int) -> None:
        self.reminders = queue[:limit]
        self.left = list(self.reminders)
        del queue[:limit]

    async def remove(self, sent: Sequence[Reminder]) -> None:
        for reminder in sent:
            self.left.remove(reminder)

    async def push_back(self, retries: Sequence[Retry]) -> None:
        for retry in retries:
            self.left.remove(retry.refusal.reminder)


class FakeRepository(Repository):
    """A queue of due reminders; where it is empty, the next is due in `next_in` seconds."""

    def __init__(self, queue: list[Reminder], *, next_in: float = math.inf) -> None:
        self.queue = queue
        self.next_in = next_in
        self.limits: list[int] = []
        self.are_locked = False
        self.looks = 0

    async def next_due_in(self) -> float:
        self.looks += 1
        return 0.0 if self.queue else self.next_in

    @asynccontextmanager
    async def claim(self, limit: int) -> AsyncIterator[Claim]:
        self.limits.append(limit)
        claim = FakeClaim([] if self.are_locked else self.queue, limit)
        yield claim
        self.queue += claim.left


class FakePublisher(Publisher):
    """A broker that is there, is away, or takes connections and no records."""

    def __init__(self) -> None:
        self.is_away = False
        self.takes_records = True
        self.takes = math.inf
        self.asked = 0
        self.disconnects = 0
        self.on_their_way = 0
        self.most_on_their_way = 0

    async def ensure_ready(self) -> None:
        self.asked += 1
        if self.is_away:
            raise BrokerUnavailable("away")

    async def publish(self, messages: Sequence[Message], *, send_until: float) -> Receipt:  # noqa: ARG002
        self.on_their_way += 1
        self.most_on_their_way = max(self.most_on_their_way, self.on_their_way)
        await asyncio.sleep(0)
        self.on_their_way -= 1
        self.takes -= 1
        if self.takes_records and self.takes >= 0:
            return Receipt([message.reminder for message in messages], [], None)
        return Receipt([], [], "NotEnoughReplicasError")

    async def disconnect(self) -> None:
        self.disconnects += 1


class System:
    """A sender of batches of 5 among fakes."""

    def __init__(self, queue: list[Reminder], *, next_in: float = math.inf) -> None:
        self.repository = FakeRepository(queue, next_in=next_in)
        self.publisher = FakePublisher()
        self.metrics = Metrics()
        self.sender = Sender(
            Scheduler(batch_size=5),
            repository=self.repository,
            publisher=self.publisher,
            metrics=self.metrics,
        )

    def is_open(self) -> bool:
        return self.metrics.registry.get_sample_value("calendar_scheduler_breaker_open") == 1


async def test_sleeps_until_the_next_is_due() -> None:
    assert 0 <= await System([], next_in=0.2).sender.step() < 0.2


async def test_sleeps_no_longer_than_the_poll_interval() -> None:
    delays = [await System([]).sender.step() for _ in range(100)]

    assert all(0.225 <= delay <= 0.275 for delay in delays)
    assert len(set(delays)) > 1, "several schedulers must not go in step"


async def test_what_it_slept_for_is_claimed_at_once(reminder: Any) -> None:
    system = System([], next_in=0.1)
    await system.sender.step()
    system.repository.queue.append(reminder())

    assert await system.sender.step() == 0

    assert system.repository.queue == []
    assert (system.repository.looks, system.publisher.asked) == (1, 1), "it asked nobody again"


async def test_after_a_whole_poll_it_looks_before_it_claims() -> None:
    system = System([], next_in=0.3)
    await system.sender.step()

    await system.sender.step()

    assert system.repository.limits == []


async def test_where_what_it_slept_for_is_gone_it_looks_for_the_next_at_once() -> None:
    system = System([], next_in=0.1)
    await system.sender.step()

    assert await system.sender.step() == 0
    await system.sender.step()

    assert system.repository.looks == 2
    assert system.repository.limits == [5], "claimed only once"


async def test_after_a_failure_it_looks_before_it_claims(reminder: Any) -> None:
    system = System([], next_in=0.1)
    await system.sender.step()
    system.repository.queue.append(reminder())
    system.publisher.takes_records = False
    with pytest.raises(BrokerUnavailable):
        await system.sender.step()

    system.publisher.is_away = True
    with pytest.raises(BrokerUnavailable):
        await system.sender.step()

    assert system.repository.limits == [5], "the second step asked the broker first"


async def test_a_backlog_is_sent_without_pause(reminder: Any) -> None:
    system = System([reminder() for _ in range(52)])

    assert await system.sender.step() == 0
    assert system.repository.queue == []
    assert await system.sender.step() > 0


async def test_of_a_backlog_three_batches_are_on_their_way_at_once(reminder: Any) -> None:
    system = System([reminder() for _ in range(52)])

    await system.sender.step()

    assert system.publisher.most_on_their_way == 3


async def test_what_fits_into_one_batch_is_claimed_once(reminder: Any) -> None:
    system = System([reminder() for _ in range(4)])

    await system.sender.step()

    assert system.repository.limits == [5]


async def test_an_outage_amid_a_backlog_begins_no_more_batches(reminder: Any) -> None:
    system = System([reminder() for _ in range(52)])
    system.publisher.takes = 1

    with pytest.raises(BrokerUnavailable):
        await system.sender.step()

    assert system.repository.limits == [5] * 4, "one that was sent, and the three that met it"
    assert len(system.repository.queue) == 47
    assert system.is_open()


async def test_what_others_have_locked_is_not_asked_for_without_pause(reminder: Any) -> None:
    system = System([reminder()])
    system.repository.are_locked = True

    assert await system.sender.step() >= 0.225


async def test_while_the_broker_is_away_nothing_is_claimed(reminder: Any) -> None:
    system = System([reminder()])
    system.publisher.is_away = True

    with pytest.raises(BrokerUnavailable):
        await system.sender.step()

    assert system.repository.limits == []
    assert system.publisher.disconnects == 1
    assert system.is_open()


async def test_after_an_outage_one_goes_first(reminder: Any) -> None:
    system = System([reminder() for _ in range(12)])
    system.publisher.takes_records = False
    for _ in range(3):
        with pytest.raises(BrokerUnavailable):
            await system.sender.step()
    assert system.repository.limits == [5, 1, 1]

    system.publisher.takes_records = True
    await system.sender.step()
    assert system.repository.limits == [5, 1, 1, 1]
    await system.sender.step()

    assert system.repository.limits[4] == 5
    assert not system.is_open()


async def test_a_refused_reminder_proves_nothing_of_the_broker(reminder: Any) -> None:
    system = System([reminder()])
    system.publisher.takes_records = False
    with pytest.raises(BrokerUnavailable):
        await system.sender.step()

    system.repository.queue[:] = [reminder(title="")]
    await system.sender.step()

    assert system.is_open()


async def test_an_outage_without_reminders_ends_when_the_broker_answers() -> None:
    system = System([])
    system.publisher.is_away = True
    with pytest.raises(BrokerUnavailable):
        await system.sender.step()

    system.publisher.is_away = False
    await system.sender.step()

    assert not system.is_open()
