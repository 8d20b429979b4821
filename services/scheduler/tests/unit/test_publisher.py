import asyncio
from typing import Any

import pytest
from aiokafka.errors import (  # type: ignore[import-untyped]
    KafkaError,
    MessageSizeTooLargeError,
    RequestTimedOutError,
    TopicAuthorizationFailedError,
    UnknownError,
)

from calendar_scheduler.config import Kafka
from calendar_scheduler.errors import BrokerUnavailable
from calendar_scheduler.publisher import Publisher
from calendar_scheduler.reminders import encode


class FakeProducer:
    """Answers each value at once as it was told; remembers what was on its way together."""

    def __init__(self, answers: dict[bytes, Exception | None] | None = None) -> None:
        self.groups: list[list[bytes]] = []
        self.full_after = 1_000
        self._answers = answers or {}
        self._open: list[bytes] = []

    async def send(self, _topic: str, value: bytes, **_rest: Any) -> asyncio.Future[None]:
        if sum(map(len, self.groups)) >= self.full_after:
            await asyncio.Event().wait()
        if not self._open:
            asyncio.get_running_loop().call_soon(self._deliver)
            self.groups.append(self._open)
        self._open.append(value)
        future = asyncio.get_running_loop().create_future()
        answer = self._answers.get(value)
        if answer is None:
            future.set_result(None)
        else:
            future.set_exception(answer)
        return future

    def _deliver(self) -> None:
        self._open = []


def connected(producer: FakeProducer) -> Publisher:
    publisher = Publisher(Kafka(bootstrap_servers="kafka:9092"), {})
    publisher._producer = producer  # type: ignore[assignment] # a fake
    return publisher


def soon(seconds: float = 2.0) -> float:
    return asyncio.get_running_loop().time() + seconds


async def test_each_reminder_is_acknowledged_by_itself(reminder: Any) -> None:
    good, bad = encode(reminder()), encode(reminder())
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


async def test_a_full_buffer_is_waited_for_no_longer_than_allowed(reminder: Any) -> None:
    messages = [encode(reminder()) for _ in range(5)]
    producer = FakeProducer()
    producer.full_after = 2

    receipt = await connected(producer).publish(messages, send_until=soon(0.05))

    assert receipt.acknowledged == [message.reminder for message in messages[:2]]
    assert receipt.outage == "TimeoutError"


async def test_who_wakes_too_late_sends_nothing(reminder: Any) -> None:
    producer = FakeProducer()

    receipt = await connected(producer).publish([encode(reminder())], send_until=soon(-0.001))

    assert producer.groups == []
    assert (receipt.acknowledged, receipt.refused, receipt.outage) == ([], [], None)


async def test_without_a_connection_nothing_is_ready() -> None:
    publisher = Publisher(Kafka(bootstrap_servers="kafka:9092"), {})

    with pytest.raises(BrokerUnavailable, match="not connected"):
        await publisher.probe()
