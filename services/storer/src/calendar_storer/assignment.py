"""Which partitions are this storer's, and how far what it stored of them goes."""

from collections.abc import Mapping, Sequence

import structlog
from aiokafka import ConsumerRebalanceListener, TopicPartition  # type: ignore[import-untyped]

from calendar_storer.metrics import Metrics
from calendar_storer.records import Record

log = structlog.stdlib.get_logger(__name__)

Batch = Mapping[TopicPartition, Sequence[Record]]
"""Records by partition, each partition's in the order of their offsets; none is empty."""


def next_offsets(batch: Batch) -> dict[TopicPartition, int]:
    """Where to go on after `batch`: past the last record of each partition."""
    return {partition: records[-1].offset + 1 for partition, records in batch.items()}


class Assignment(ConsumerRebalanceListener):  # type: ignore[misc]
    """Kept up to date by aiokafka while the group rebalances, which happens beside the loop."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self.joined = False
        """Whether this storer is in its group. A storer too many is, with no partition."""
        self.revocations = 0
        """How often partitions were taken away: what was taken before that is for others."""
        self.uncommitted: dict[TopicPartition, int] = {}
        """Offsets up to which all is stored but which Kafka has not taken yet."""

    def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Forgets everything: what others do with these partitions from here on is not known.

        What was not committed is read again, by whoever gets the partition.
        """
        self.joined = False
        self.revocations += 1
        self.uncommitted.clear()
        self._metrics.lag.clear()
        if revoked:
            log.info("partitions_revoked", partitions=_numbers(revoked))

    def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Takes the place in the group."""
        self.joined = True
        self._metrics.rebalances.inc()
        log.info("partitions_assigned", partitions=_numbers(assigned))


def _numbers(partitions: set[TopicPartition]) -> list[int]:
    return sorted(partition.partition for partition in partitions)
