"""Messages in batches of aiokafka's. These tests fail if it changes when a batch is full."""

from collections.abc import Callable, Sequence

from aiokafka.producer.message_accumulator import BatchBuilder  # type: ignore[import-untyped]
from aiokafka.record.memory_records import MemoryRecords  # type: ignore[import-untyped]

from calendar_scheduler.kafka.batches import HEADERS, Batch, pack
from calendar_scheduler.reminders.models import Message, Reminder, encode

Build = Callable[..., Reminder]


def packed(
    messages: Sequence[Message], partitions: Sequence[int] = (0, 1), *, size: int = 262_144
) -> list[Batch]:
    return pack(messages, partitions, new_records=lambda: BatchBuilder(size, 0))


def values(batch: Batch) -> list[bytes]:
    data = bytes(batch.records._build())
    return [record.value for record in MemoryRecords(data).next_batch()]


def test_each_partition_has_a_batch_of_its_own_in_the_order_of_the_messages(
    reminder: Build,
) -> None:
    messages = [encode(reminder(user_id=f"user-{i % 7}")) for i in range(50)]

    batches = packed(messages)

    assert sorted(batch.partition for batch in batches) == [0, 1]
    assert sum(len(batch.reminders) for batch in batches) == len(messages)
    for batch in batches:
        users = {reminder.user_id for reminder in batch.reminders}
        own = [message for message in messages if message.reminder.user_id in users]
        assert batch.reminders == [message.reminder for message in own]
        assert values(batch) == [message.value for message in own]


def test_record_has_the_key_and_the_headers_of_the_message(reminder: Build) -> None:
    message = encode(reminder(user_id="ann@example.org"))

    (batch,) = packed([message])

    (record,) = MemoryRecords(bytes(batch.records._build())).next_batch()
    assert (record.key, record.value) == (b"ann@example.org", message.value)
    assert list(record.headers) == HEADERS


def test_full_batch_is_followed_by_another_of_its_partition(reminder: Build) -> None:
    messages = [encode(reminder()) for _ in range(50)]

    batches = packed(messages, size=4096)

    assert len(batches) > 2
    assert all(batch.records.size() <= 4096 for batch in batches)
    assert [value for batch in batches for value in values(batch)] == [
        message.value for message in messages
    ]
    assert [reminder for batch in batches for reminder in batch.reminders] == [
        message.reminder for message in messages
    ]


def test_message_that_is_larger_than_a_batch_is_alone_in_one(reminder: Build) -> None:
    large = encode(reminder(title="🦷" * 255))
    small = [encode(reminder()) for _ in range(2)]

    batches = packed([small[0], large, small[1]], size=600)

    assert len(large.value) > 600
    assert [batch.reminders for batch in batches] == [
        [small[0].reminder],
        [large.reminder],
        [small[1].reminder],
    ]


def test_users_stay_in_the_partitions_that_exist(reminder: Build) -> None:
    messages = [encode(reminder(user_id=f"user-{i}")) for i in range(50)]

    assert {batch.partition for batch in packed(messages, [0])} == {0}
    assert {batch.partition for batch in packed(messages, range(6))} == set(range(6))
