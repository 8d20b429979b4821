import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from calendar_scheduler.errors import BrokerUnavailable, ConnectionLost, DatabaseUnavailable
from calendar_scheduler.metrics import Metrics
from calendar_scheduler.publisher import Publisher, Receipt
from calendar_scheduler.reminders import Message, Refusal, Reminder
from calendar_scheduler.repository import Claim, Repository, Retry
from calendar_scheduler.service import Service


class FakeClaim(Claim):
    """Remembers what it was told."""

    def __init__(self, reminders: Sequence[Reminder]) -> None:
        self.reminders = reminders
        self.removed: list[Reminder] = []
        self.retries: list[Retry] = []

    async def remove(self, sent: Sequence[Reminder]) -> None:
        self.removed.extend(sent)

    async def push_back(self, retries: Sequence[Retry]) -> None:
        self.retries.extend(retries)


class FakeRepository(Repository):
    """Holds one batch."""

    def __init__(self, *reminders: Reminder, commit_error: Exception | None = None) -> None:
        self.claimed = FakeClaim(reminders)
        self.committed = False
        self._commit_error = commit_error

    @asynccontextmanager
    async def claim(self, limit: int) -> AsyncIterator[Claim]:
        self.claimed.reminders = self.claimed.reminders[:limit]
        yield self.claimed
        if self._commit_error:
            raise self._commit_error
        self.committed = True


class FakePublisher(Publisher):
    """Acknowledges everything, unless told otherwise."""

    def __init__(self, answer: Callable[[list[Reminder]], Receipt] | None = None) -> None:
        self.sent: list[Reminder] = []
        self._answer = answer or (lambda reminders: Receipt(reminders, [], None))

    async def publish(self, messages: Sequence[Message], *, send_until: float) -> Receipt:
        assert send_until > asyncio.get_running_loop().time()
        self.sent = [message.reminder for message in messages]
        return self._answer(self.sent)


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


async def test_what_is_acknowledged_is_removed(reminder: Any) -> None:
    due = [reminder(waited=100), reminder(waited=7000)]
    repository, metrics = FakeRepository(*due), Metrics()

    batch = await Service(repository, FakePublisher(), metrics).send_due(500)

    assert (batch.claimed, batch.sent) == (2, 2)
    assert repository.claimed.removed == due
    assert repository.committed
    assert value(metrics, "calendar_scheduler_notifications_published_total") == 2
    assert value(metrics, "calendar_scheduler_publish_lag_seconds_bucket", le="300.0") == 1
    assert value(metrics, "calendar_scheduler_publish_lag_seconds_bucket", le="14400.0") == 2


async def test_what_makes_no_notification_is_put_off_and_holds_up_nothing(reminder: Any) -> None:
    bad, good = reminder(title="x" * 300), reminder()
    repository, publisher, metrics = FakeRepository(bad, good), FakePublisher(), Metrics()

    await Service(repository, publisher, metrics).send_due(500)

    assert publisher.sent == [good]
    assert repository.claimed.removed == [good]
    assert [retry.refusal.reminder for retry in repository.claimed.retries] == [bad]
    assert value(metrics, "calendar_scheduler_publish_failures_total", kind="refused") == 1


async def test_what_the_broker_refuses_is_put_off(reminder: Any) -> None:
    due = reminder()
    publisher = FakePublisher(lambda sent: Receipt([], [Refusal(sent[0], "too large")], None))
    repository = FakeRepository(due)

    await Service(repository, publisher, Metrics()).send_due(500)

    assert repository.claimed.retries[0].refusal == Refusal(due, "too large")
    assert repository.claimed.removed == []


@pytest.mark.parametrize(
    ("attempts_before", "delay", "is_parked"),
    [(0, 2, False), (1, 4, False), (7, 256, False), (8, 300, False), (9, 300, True)],
)
async def test_tries_grow_apart_and_end_after_ten(
    reminder: Any, attempts_before: int, delay: float, is_parked: bool
) -> None:
    repository = FakeRepository(reminder(title="", attempts=attempts_before))

    await Service(repository, FakePublisher(), Metrics()).send_due(500)

    (retry,) = repository.claimed.retries
    assert (retry.attempts, retry.delay, retry.is_parked) == (attempts_before + 1, delay, is_parked)


async def test_an_outage_counts_against_no_reminder(reminder: Any) -> None:
    first, second = reminder(), reminder()
    publisher = FakePublisher(lambda sent: Receipt(sent[:1], [], "RequestTimedOutError"))
    repository, metrics = FakeRepository(first, second), Metrics()

    with pytest.raises(BrokerUnavailable, match="RequestTimedOutError"):
        await Service(repository, publisher, metrics).send_due(500)

    assert repository.committed, "what was acknowledged must not be sent again"
    assert repository.claimed.removed == [first]
    assert repository.claimed.retries == []
    assert value(metrics, "calendar_scheduler_publish_failures_total", kind="outage") == 1


async def test_a_claim_that_took_too_long_is_not_sent(
    reminder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("calendar_scheduler.service.SEND_SECONDS", -1.0)
    repository, publisher = FakeRepository(reminder()), FakePublisher()

    with pytest.raises(DatabaseUnavailable, match="took too long"):
        await Service(repository, publisher, Metrics()).send_due(500)

    assert publisher.sent == []
    assert not repository.committed


async def test_a_commit_in_doubt_is_counted(reminder: Any) -> None:
    repository = FakeRepository(reminder(), commit_error=ConnectionLost("lost"))
    metrics = Metrics()

    with pytest.raises(ConnectionLost):
        await Service(repository, FakePublisher(), metrics).send_due(500)

    assert value(metrics, "calendar_scheduler_commits_in_doubt_total") == 1
    assert value(metrics, "calendar_scheduler_notifications_published_total") == 0


async def test_nothing_due_asks_nothing_of_the_broker() -> None:
    publisher = FakePublisher()

    batch = await Service(FakeRepository(), publisher, Metrics()).send_due(500)

    assert (batch.claimed, batch.sent) == (0, 0)
    assert publisher.sent == []
