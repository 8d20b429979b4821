import asyncio
import time
from collections.abc import Callable
from typing import Any, Final

import pytest
from aiokafka.errors import (  # type: ignore[import-untyped]
    KafkaError,
    MessageSizeTooLargeError,
    RequestTimedOutError,
    TopicAuthorizationFailedError,
    UnknownError,
    UnknownTopicOrPartitionError,
)

from calendar_scheduler.errors import BrokerUnavailable
from calendar_scheduler.kafka.producer import NotificationProducer
from calendar_scheduler.reminders.models import Reminder, encode
from calendar_scheduler.settings.kafka import Kafka

Build = Callable[..., Reminder]

OF_PARTITION: Final = ("ann", "cat")
"""A user of each partition, if there are two."""


class FakeRecords:
    """A batch that takes a number of records."""

    def __init__(self, size: int) -> None:
        self.values: list[bytes] = []
        self._size = size

    def append(self, *, value: bytes, **_record: Any) -> object | None:
        if len(self.values) == self._size:
            return None
        self.values.append(value)
        return object()


class FakeClient:
    """Answers each batch at once, with an error if there is one for a value in it.

    `groups` has the values that were sent without waiting for an answer.
    """

    def __init__(self, errors: dict[bytes, Exception] | None = None) -> None:
        self.send_until = 0.0
        self.groups: list[list[bytes]] = []
        self.partitions = {0, 1}
        self.batch_size = 1_000
        self.capacity = 1_000
        """The number of batches that are sent before one waits for ever."""
        self.is_closed = False
        self._errors = errors or {}
        self._group: list[bytes] | None = None

    async def partitions_for(self, _topic: str) -> set[int]:
        return self.partitions

    def create_batch(self) -> FakeRecords:
        return FakeRecords(self.batch_size)

    async def send_batch(
        self, batch: FakeRecords, _topic: str, *, partition: int
    ) -> asyncio.Future[None]:
        assert partition in self.partitions
        if not self.capacity:
            await asyncio.Event().wait()
        self.capacity -= 1
        if self._group is None:
            asyncio.get_running_loop().call_soon(self._answer)
            self._group = []
            self.groups.append(self._group)
        self._group += batch.values
        future = asyncio.get_running_loop().create_future()
        if errors := [self._errors[value] for value in batch.values if value in self._errors]:
            future.set_exception(errors[0])
        else:
            future.set_result(None)
        return future

    def _answer(self) -> None:
        self._group = None

    async def close(self) -> None:
        self.is_closed = True


def connected(client: FakeClient) -> NotificationProducer:
    producer = NotificationProducer(Kafka(bootstrap_servers="kafka:9092"), {})
    producer._producer = client  # type: ignore[assignment] # a fake
    return producer


def soon(seconds: float = 60.0) -> float:
    return time.monotonic() + seconds


async def test_batch_is_refused_as_a_whole_and_no_other(reminder: Build) -> None:
    good = encode(reminder(user_id=OF_PARTITION[0]))
    bad, with_it = (encode(reminder(user_id=OF_PARTITION[1])) for _ in range(2))
    client = FakeClient({bad.value: MessageSizeTooLargeError()})

    result = await connected(client).publish([bad, good, with_it], send_until=soon())

    assert result.acknowledged == [good.reminder]
    assert [refusal.reminder for refusal in result.refused] == [bad.reminder, with_it.reminder]
    assert {refusal.reason for refusal in result.refused} == {"MessageSizeTooLargeError"}
    assert result.outage is None


async def test_what_is_acknowledged_before_an_outage_is_reported(reminder: Build) -> None:
    good, lost = (encode(reminder(user_id=user)) for user in OF_PARTITION)
    client = FakeClient({lost.value: RequestTimedOutError()})

    result = await connected(client).publish([lost, good], send_until=soon())

    assert result.acknowledged == [good.reminder]
    assert (result.refused, result.outage) == ([], "RequestTimedOutError")


async def test_full_batch_is_followed_by_another(reminder: Build) -> None:
    messages = [encode(reminder()) for _ in range(5)]
    client = FakeClient({messages[2].value: MessageSizeTooLargeError()})
    client.batch_size = 2

    result = await connected(client).publish(messages, send_until=soon())

    assert client.groups == [[message.value for message in messages]]
    assert result.acknowledged == [messages[i].reminder for i in (0, 1, 4)]
    assert [refusal.reminder for refusal in result.refused] == [
        messages[i].reminder for i in (2, 3)
    ]


async def test_topic_whose_partitions_are_not_known_is_an_outage(
    reminder: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def find_none(_topic: str) -> set[int]:
        raise UnknownTopicOrPartitionError

    client = FakeClient()
    monkeypatch.setattr(client, "partitions_for", find_none)

    result = await connected(client).publish([encode(reminder())], send_until=soon())

    assert (result.acknowledged, result.refused) == ([], [])
    assert result.outage == "UnknownTopicOrPartitionError"
    assert client.groups == []


@pytest.mark.parametrize(
    "error", [RequestTimedOutError(), TopicAuthorizationFailedError(), UnknownError()]
)
async def test_error_that_is_not_about_the_record_is_an_outage(
    reminder: Build, error: KafkaError
) -> None:
    message = encode(reminder())

    result = await connected(FakeClient({message.value: error})).publish(
        [message], send_until=soon()
    )

    assert result.outage == type(error).__name__
    assert (result.acknowledged, result.refused) == ([], [])


async def test_records_that_were_refused_before_are_sent_alone(reminder: Build) -> None:
    new = [encode(reminder()) for _ in range(3)]
    again = [encode(reminder(attempts=1)) for _ in range(2)]
    client = FakeClient()

    result = await connected(client).publish([again[0], *new, again[1]], send_until=soon())

    assert client.groups == [
        [message.value for message in new],
        [again[0].value],
        [again[1].value],
    ]
    assert len(result.acknowledged) == 5


async def test_outage_ends_the_batch(reminder: Build) -> None:
    first, second = encode(reminder(attempts=1)), encode(reminder(attempts=1))
    client = FakeClient({first.value: RequestTimedOutError()})

    result = await connected(client).publish([first, second], send_until=soon())

    assert result.outage == "RequestTimedOutError"
    assert client.groups == [[first.value]]


async def test_full_buffer_is_waited_for_until_send_until(reminder: Build) -> None:
    messages = [encode(reminder()) for _ in range(3)]
    client = FakeClient()
    client.batch_size = 1
    client.capacity = 2

    result = await connected(client).publish(messages, send_until=soon(0.2))

    assert result.acknowledged == [message.reminder for message in messages[:2]]
    assert result.outage == "TimeoutError"


async def test_client_gets_the_limit_of_the_claim(reminder: Build) -> None:
    client, until = FakeClient(), soon()

    await connected(client).publish([encode(reminder())], send_until=until)

    assert client.send_until == until


async def test_one_batch_is_published_at_a_time(reminder: Build) -> None:
    first, second = encode(reminder()), encode(reminder())
    client = FakeClient()
    producer = connected(client)

    results = await asyncio.gather(
        producer.publish([first], send_until=soon()),
        producer.publish([second], send_until=soon(90)),
    )

    assert [result.acknowledged for result in results] == [[first.reminder], [second.reminder]]
    assert client.groups == [[first.value], [second.value]]


async def test_batch_that_waits_too_long_for_its_turn_sends_nothing(reminder: Build) -> None:
    client = FakeClient()
    client.capacity = 0
    producer = connected(client)

    first = asyncio.create_task(producer.publish([encode(reminder())], send_until=soon()))
    await asyncio.sleep(0)
    second = await producer.publish([encode(reminder())], send_until=soon(0.05))

    assert not first.done()
    assert (second.acknowledged, second.refused, second.outage) == ([], [], None)
    first.cancel()


async def test_connection_that_failed_is_not_used_again(reminder: Build) -> None:
    bad, good = encode(reminder()), encode(reminder())
    client = FakeClient({bad.value: RequestTimedOutError()})
    producer = connected(client)
    await producer.publish([bad], send_until=soon())

    with pytest.raises(BrokerUnavailable, match="not connected"):
        await producer.publish([good], send_until=soon())
    with pytest.raises(BrokerUnavailable, match="not connected"):
        await producer.check()

    assert client.groups == [[bad.value]]


async def test_connection_of_a_cancelled_batch_is_not_used_again(reminder: Build) -> None:
    client = FakeClient()
    client.capacity = 0
    producer = connected(client)
    cancelled = asyncio.create_task(producer.publish([encode(reminder())], send_until=soon()))
    await asyncio.sleep(0)
    cancelled.cancel()
    await asyncio.wait([cancelled])

    assert client.send_until < time.monotonic(), "its buffer may have records of the claim"
    with pytest.raises(BrokerUnavailable, match="not connected"):
        await producer.publish([encode(reminder())], send_until=soon())


async def test_connection_that_failed_is_replaced(
    reminder: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = encode(reminder()), encode(reminder())
    failed, fresh = FakeClient({bad.value: RequestTimedOutError()}), FakeClient()
    producer = connected(failed)
    await producer.publish([bad], send_until=soon())

    async def connect() -> None:
        producer._producer = fresh  # type: ignore[assignment] # a fake

    monkeypatch.setattr(producer, "_connect", connect)
    await producer.ensure_ready()
    result = await producer.publish([good], send_until=soon())

    assert failed.is_closed
    assert result.acknowledged == [good.reminder]


async def test_without_a_connection_nothing_is_ready() -> None:
    producer = NotificationProducer(Kafka(bootstrap_servers="kafka:9092"), {})

    with pytest.raises(BrokerUnavailable, match="not connected"):
        await producer.check()
