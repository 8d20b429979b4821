import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest

from calendar_scheduler.errors import BrokerUnavailable, ConnectionLost, DatabaseUnavailable
from calendar_scheduler.kafka.producer import NotificationProducer
from calendar_scheduler.observability.metrics import Metrics
from calendar_scheduler.reminders import publish
from calendar_scheduler.reminders.models import Message, PublishResult, Refusal, Reminder, Retry
from calendar_scheduler.reminders.publish import ReminderPublisher
from calendar_scheduler.reminders.repository import Claim, ReminderRepository

Build = Callable[..., Reminder]


class FakeClaim(Claim):
    """Records what is removed and deferred."""

    def __init__(self, reminders: Sequence[Reminder]) -> None:
        self.reminders = reminders
        self.removed: list[Reminder] = []
        self.retries: list[Retry] = []

    async def remove(self, published: Sequence[Reminder]) -> None:
        self.removed.extend(published)

    async def defer(self, retries: Sequence[Retry]) -> None:
        self.retries.extend(retries)


class FakeRepository(ReminderRepository):
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


class FakeProducer(NotificationProducer):
    """Acknowledges everything after `seconds`, unless there is another `answer`."""

    def __init__(
        self,
        answer: Callable[[list[Reminder]], PublishResult] | None = None,
        *,
        seconds: float = 0.0,
    ) -> None:
        self.published: list[Reminder] = []
        self.send_until = 0.0
        self._answer = answer or (lambda reminders: PublishResult(reminders, [], None))
        self._seconds = seconds

    async def publish(self, messages: Sequence[Message], *, send_until: float) -> PublishResult:
        self.send_until = send_until
        self.published = [message.reminder for message in messages]
        await asyncio.sleep(self._seconds)
        return self._answer(self.published)


def value(metrics: Metrics, name: str, **labels: str) -> float:
    found = metrics.registry.get_sample_value(f"calendar_scheduler_{name}", labels)
    assert found is not None, name
    return found


async def test_acknowledged_reminders_are_removed(reminder: Build) -> None:
    due = [reminder(waited=100), reminder(waited=7000)]
    repository, metrics = FakeRepository(*due), Metrics()

    batch = await ReminderPublisher(repository, FakeProducer(), metrics).publish_due(500)

    assert (batch.claimed, batch.published) == (2, 2)
    assert repository.claimed.removed == due
    assert repository.committed
    assert value(metrics, "notifications_published_total") == 2
    assert value(metrics, "publish_lag_seconds_bucket", le="300.0") == 1
    assert value(metrics, "publish_lag_seconds_bucket", le="14400.0") == 2


async def test_publish_lag_includes_the_time_that_kafka_takes(reminder: Build) -> None:
    repository, metrics = FakeRepository(reminder(waited=0.5)), Metrics()

    await ReminderPublisher(repository, FakeProducer(seconds=0.1), metrics).publish_due(500)

    assert value(metrics, "publish_lag_seconds_sum") >= 0.6


async def test_records_may_be_sent_until_the_claim_is_too_old(
    reminder: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "MAX_CLAIM_AGE", 1000.0)
    producer = FakeProducer()

    claimed_after = time.monotonic()
    await ReminderPublisher(FakeRepository(reminder()), producer, Metrics()).publish_due(500)

    assert claimed_after <= producer.send_until - 1000 <= time.monotonic()


async def test_invalid_reminder_is_deferred_and_does_not_block_others(reminder: Build) -> None:
    bad, good = reminder(title="x" * 300), reminder()
    repository, producer, metrics = FakeRepository(bad, good), FakeProducer(), Metrics()

    await ReminderPublisher(repository, producer, metrics).publish_due(500)

    assert producer.published == [good]
    assert repository.claimed.removed == [good]
    assert [retry.refusal.reminder for retry in repository.claimed.retries] == [bad]
    assert value(metrics, "publish_failures_total", kind="refused") == 1


async def test_reminder_that_the_broker_refuses_is_deferred(reminder: Build) -> None:
    due = reminder()
    refuse = FakeProducer(lambda sent: PublishResult([], [Refusal(sent[0], "too large")], None))
    repository = FakeRepository(due)

    await ReminderPublisher(repository, refuse, Metrics()).publish_due(500)

    assert repository.claimed.retries[0].refusal == Refusal(due, "too large")
    assert repository.claimed.removed == []


@pytest.mark.parametrize(
    ("attempts_before", "delay", "is_parked"),
    [(0, 2, False), (1, 4, False), (7, 256, False), (8, 300, False), (9, 300, True)],
)
async def test_retries_back_off_and_stop_after_ten_attempts(
    reminder: Build, attempts_before: int, delay: float, is_parked: bool
) -> None:
    repository = FakeRepository(reminder(title="", attempts=attempts_before))

    await ReminderPublisher(repository, FakeProducer(), Metrics()).publish_due(500)

    (retry,) = repository.claimed.retries
    assert (retry.attempts, retry.delay, retry.is_parked) == (attempts_before + 1, delay, is_parked)


async def test_outage_counts_against_no_reminder(reminder: Build) -> None:
    first, second = reminder(), reminder()
    fail = FakeProducer(lambda sent: PublishResult(sent[:1], [], "RequestTimedOutError"))
    repository, metrics = FakeRepository(first, second), Metrics()

    with pytest.raises(BrokerUnavailable, match="RequestTimedOutError"):
        await ReminderPublisher(repository, fail, metrics).publish_due(500)

    assert repository.committed, "acknowledged reminders must not be published again"
    assert repository.claimed.removed == [first]
    assert repository.claimed.retries == []
    assert value(metrics, "publish_failures_total", kind="outage") == 1


async def test_claim_that_took_too_long_is_not_published(
    reminder: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "MAX_CLAIM_AGE", -1.0)
    repository, producer = FakeRepository(reminder()), FakeProducer()

    with pytest.raises(DatabaseUnavailable, match="took too long"):
        await ReminderPublisher(repository, producer, Metrics()).publish_due(500)

    assert producer.published == []
    assert not repository.committed


async def test_commit_in_doubt_is_counted(reminder: Build) -> None:
    repository = FakeRepository(reminder(), commit_error=ConnectionLost("lost"))
    metrics = Metrics()

    with pytest.raises(ConnectionLost):
        await ReminderPublisher(repository, FakeProducer(), metrics).publish_due(500)

    assert value(metrics, "commits_in_doubt_total") == 1
    assert value(metrics, "notifications_published_total") == 0


async def test_empty_claim_sends_nothing_to_the_broker() -> None:
    producer = FakeProducer()

    batch = await ReminderPublisher(FakeRepository(), producer, Metrics()).publish_due(500)

    assert (batch.claimed, batch.published) == (0, 0)
    assert producer.send_until == 0, "publish() was not called"
