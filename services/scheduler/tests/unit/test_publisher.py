import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from aiokafka.errors import (  # type: ignore[import-untyped]
    KafkaError,
    MessageSizeTooLargeError,
    RequestTimedOutError,
    TopicAuthorizationFailedError,
    UnknownError,
)

from calendar_scheduler.errors import BrokerUnavailable
from calendar_scheduler.publisher import Publisher, Receipt
from calendar_scheduler.reminders import encode
from calendar_scheduler.settings.kafka import Kafka


class FakeBatch(list[bytes]):
    """The values of a partition's records."""

    def append(self, value: bytes, **_rest: Any) -> bool:  # type: ignore[override]
        super().append(value)
        return True


class FakeProducer:
    """Answers each batch at once as it was told of one of its values.

    Remembers what was on its way together.
    """

    def __init__(self, answers: dict[bytes, Exception | None] | None = None) -> None:
        self.groups: list[list[bytes]] = []
        self.full_after = 1_000
        self.when_full: Callable[[], None] = lambda: None
        self._answers = answers or {}
        self._open: list[bytes] = []
        self._batches = 0

    async def partitions_for(self, _topic: str) -> set[int]:
        return {0, 1, 2}

    def create_batch(self) -> FakeBatch:
        return FakeBatch()

    async def send_batch(
        self, batch: FakeBatch, _topic: str, *, partition: int
    ) -> asyncio.Future[None]:
        assert partition in {0, 1, 2}
        if self._batches >= self.full_after:
            self.when_full()
            await asyncio.Event().wait()
        self._batches += 1
        if not self._open:
            asyncio.get_running_loop().call_soon(self._deliver)
            self.groups.append(self._open)
        self._open += batch
        future = asyncio.get_running_loop().create_future()
        errors = [error for value in batch if (error := self._answers.get(value)) is not None]
        if errors:
            future.set_exception(errors[0])
        else:
            future.set_result(None)
        return future

    def _deliver(self) -> None:
        self._open = []


def connected(producer: FakeProducer) -> Publisher:
    publisher = Publisher(Kafka(bootstrap_servers="kafka:9092"), {})
    publisher._producer = producer  # type: ignore[assignment] # a fake
    return publisher


def soon(seconds: float = 60.0) -> float:
    return asyncio.get_running_loop().time() + seconds


@pytest.fixture
async def an_hour_passes(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """When it is called, at once, by the event loop's clock."""
    loop = asyncio.get_running_loop()
    clock = loop.time
    return lambda: monkeypatch.setattr(loop, "time", lambda: clock() + 3600)


async def test_each_partition_is_acknowledged_by_itself(reminder: Any) -> None:
    good, bad = encode(reminder(user_id="ann")), encode(reminder(user_id="bob"))
    producer = FakeProducer({bad.value: MessageSizeTooLargeError()})

    receipt = await connected(producer).publish([good, bad], send_until=soon())

    assert receipt.acknowledged == [good.reminder]
    assert [refusal.reminder for refusal in receipt.refused] == [bad.reminder]
    assert receipt.refused[0].reason == "MessageSizeTooLargeError"
    assert receipt.outage is None


@pytest.mark.parametrize(
    "error", [RequestTimedOutError(), TopicAuthorizationFailedError(), UnknownError()]
)
async def test_what_would_befall_any_record_is_an_outage(reminder: Any, error: KafkaError) -> None:
    message = encode(reminder())

    receipt = await connected(FakeProducer({message.value: error})).publish(
        [message], send_until=soon()
    )

    assert receipt.outage == type(error).__name__
    assert (receipt.acknowledged, receipt.refused) == ([], [])


async def test_what_was_refused_before_travels_alone(reminder: Any) -> None:
    fresh = [encode(reminder()) for _ in range(3)]
    again = [encode(reminder(attempts=1)) for _ in range(2)]
    producer = FakeProducer()

    receipt = await connected(producer).publish([again[0], *fresh, again[1]], send_until=soon())

    assert producer.groups == [
        [message.value for message in fresh],
        [again[0].value],
        [again[1].value],
    ]
    assert len(receipt.acknowledged) == 5


async def test_an_outage_ends_the_batch(reminder: Any) -> None:
    first, second = encode(reminder(attempts=1)), encode(reminder(attempts=1))
    producer = FakeProducer({first.value: RequestTimedOutError()})

    receipt = await connected(producer).publish([first, second], send_until=soon())

    assert receipt.outage == "RequestTimedOutError"
    assert producer.groups == [[first.value]]


async def test_no_more_is_sent_than_one_batch_of_kafka_holds(reminder: Any) -> None:
    messages = [encode(reminder(title="🦷" * 255)) for _ in range(500)]

    receipt = await connected(FakeProducer()).publish(messages, send_until=soon())

    sent = [len(message.value) for message in messages[: len(receipt.acknowledged)]]
    assert 100_000 < sum(sent) < 262_144
    assert receipt.outage is None


async def test_a_full_buffer_is_waited_for_no_longer_than_allowed(
    reminder: Any, an_hour_passes: Callable[[], None]
) -> None:
    messages = [encode(reminder(user_id=user)) for user in ("ann", "bob", "cyd")]
    producer = FakeProducer()
    producer.full_after, producer.when_full = 2, an_hour_passes

    receipt = await connected(producer).publish(messages, send_until=soon())

    assert receipt.acknowledged == [message.reminder for message in messages[:2]]
    assert receipt.outage == "TimeoutError"


async def test_who_wakes_too_late_sends_nothing(reminder: Any) -> None:
    producer = FakeProducer()

    receipt = await connected(producer).publish([encode(reminder())], send_until=soon(-0.001))

    assert producer.groups == []
    assert (receipt.acknowledged, receipt.refused, receipt.outage) == ([], [], None)


async def test_one_batch_is_sent_at_a_time(reminder: Any) -> None:
    first, second = encode(reminder()), encode(reminder())
    producer = FakeProducer()
    publisher = connected(producer)

    receipts = await asyncio.gather(
        publisher.publish([first], send_until=soon()),
        publisher.publish([second], send_until=soon(90)),
    )

    assert [receipt.acknowledged for receipt in receipts] == [[first.reminder], [second.reminder]]
    assert producer.groups == [[first.value], [second.value]]


async def test_after_a_failure_nothing_is_sent_until_there_is_another_connection(
    reminder: Any,
) -> None:
    bad, good = encode(reminder()), encode(reminder())
    producer = FakeProducer({bad.value: RequestTimedOutError()})
    publisher = connected(producer)

    receipt, after = await asyncio.gather(
        publisher.publish([bad], send_until=soon()),
        publisher.publish([good], send_until=soon()),
        return_exceptions=True,
    )

    assert isinstance(receipt, Receipt)
    assert receipt.outage == "RequestTimedOutError"
    assert isinstance(after, BrokerUnavailable)
    assert producer.groups == [[bad.value]]


async def test_who_is_not_served_in_time_sends_nothing(reminder: Any) -> None:
    producer = FakeProducer()
    producer.full_after = 0
    publisher = connected(producer)

    ahead = asyncio.create_task(publisher.publish([encode(reminder())], send_until=soon()))
    await asyncio.sleep(0)
    behind = await publisher.publish([encode(reminder())], send_until=soon(0.05))

    assert not ahead.done()
    assert (behind.acknowledged, behind.refused, behind.outage) == ([], [], None)
    ahead.cancel()


async def test_without_a_connection_nothing_is_ready() -> None:
    publisher = Publisher(Kafka(bootstrap_servers="kafka:9092"), {})

    with pytest.raises(BrokerUnavailable, match="not connected"):
        await publisher.probe()
