"""A user's notifications lie in one partition, and what is too much is left."""

from collections.abc import Sequence
from typing import Any

from calendar_scheduler.packing import pack
from calendar_scheduler.producer import Producer
from calendar_scheduler.reminders import Message

PARTITIONS = range(6)


class FakeBatch(list[bytes]):
    """Takes two records."""

    def append(self, *, key: bytes, **_rest: Any) -> bool:  # type: ignore[override]
        if len(self) == 2:
            return False
        super().append(key)
        return True


class FakeProducer(Producer):
    def __init__(self) -> None:
        self._closed = True  # It was never started, and would complain.

    def create_batch(self) -> FakeBatch:
        return FakeBatch()


def messages(reminder: Any, keys: Sequence[bytes]) -> list[Message]:
    return [Message(reminder(), key, b"{}") for key in keys]


# Where librdkafka put these keys in a topic of six partitions.
PLACES = {b"ann": 3, b"bob": 2, b"user-1@example.org": 5, b"user-2@example.org": 5}


def test_a_user_has_the_partition_that_librdkafka_gives_it(reminder: Any) -> None:
    batches = pack(messages(reminder, list(PLACES)), producer=FakeProducer(), partitions=PARTITIONS)

    found = {key: partition for partition, batch in batches.items() for key in batch.records}
    assert found == PLACES


def test_what_does_not_fit_is_left(reminder: Any) -> None:
    due = messages(reminder, [b"ann"] * 3)

    (batch,) = pack(due, producer=FakeProducer(), partitions=PARTITIONS).values()

    assert batch.records == [b"ann", b"ann"]
    assert batch.reminders == [message.reminder for message in due[:2]]
