"""Packs messages into batches of Kafka's own, one for each partition. Sends nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from zlib import crc32

from calendar_contracts.headers import NOTIFICATION_HEADERS
from calendar_scheduler.producer import Producer
from calendar_scheduler.reminders import Message, Reminder

_HEADERS: Final = list(NOTIFICATION_HEADERS)


@dataclass(frozen=True, slots=True)
class Batch:
    """Records that are acknowledged, or refused, together."""

    records: Any
    reminders: list[Reminder] = field(default_factory=list)


def pack(
    messages: Sequence[Message], *, producer: Producer, partitions: Sequence[int]
) -> dict[int, Batch]:
    """The batches by partition. What does not fit into them is left for the next claim."""
    batches: dict[int, Batch] = {}
    for message in messages:
        partition = _partition(message.key, partitions)
        if partition not in batches:
            batches[partition] = Batch(producer.create_batch())
        batch = batches[partition]
        if batch.records.append(
            timestamp=None, key=message.key, value=message.value, headers=_HEADERS
        ):
            batch.reminders.append(message.reminder)
    return batches


def _partition(key: bytes, partitions: Sequence[int]) -> int:
    """By the key, as librdkafka's clients do.

    Java's hash, which aiokafka has in Python, would take a tenth of all the time.
    """
    return partitions[crc32(key) % len(partitions)]
