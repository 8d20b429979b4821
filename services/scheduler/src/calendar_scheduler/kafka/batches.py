"""Packs messages into Kafka's record batches. Sends nothing."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple

from aiokafka.partitioner import DefaultPartitioner  # type: ignore[import-untyped]

from calendar_contracts.headers import NOTIFICATION_HEADERS
from calendar_scheduler.reminders.models import Message, Reminder

HEADERS: Final = list(NOTIFICATION_HEADERS)
choose_partition: Final = DefaultPartitioner()
"""By the key (murmur2), as in Kafka's other clients."""


class Batch(NamedTuple):
    """Records of one partition, which Kafka acknowledges or refuses together."""

    partition: int
    records: Any
    reminders: list[Reminder]


def pack(
    messages: Iterable[Message], partitions: Sequence[int], *, new_records: Callable[[], Any]
) -> list[Batch]:
    """Pack messages into one batch for each partition; a full one is followed by another."""
    batches: list[Batch] = []
    unfilled: dict[int, Batch] = {}
    for reminder, key, value in messages:
        partition = choose_partition(key, partitions, partitions)
        batch = unfilled.get(partition)
        # A batch that is empty takes a record of any size.
        while batch is None or not batch.records.append(
            timestamp=None, key=key, value=value, headers=HEADERS
        ):
            batch = unfilled[partition] = Batch(partition, new_records(), [])
            batches.append(batch)
        batch.reminders.append(reminder)
    return batches
