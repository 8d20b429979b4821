"""The service's place in the consumer group."""

import structlog
from aiokafka import ConsumerRebalanceListener, TopicPartition  # type: ignore[import-untyped]

from calendar_storer.observability.metrics import Metrics

log = structlog.stdlib.get_logger(__name__)


class Assignment(ConsumerRebalanceListener):  # type: ignore[misc]
    """The service's place in the group, kept up to date by aiokafka."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self.joined = False
        """Whether this storer is in its group; it may have no partition there."""
        self.uncommitted: dict[TopicPartition, int] = {}
        """Offsets up to which all is processed but which Kafka has not accepted yet."""

    def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Forgets the offsets: the next owner of a partition goes on from what is committed."""
        self.joined = False
        self.uncommitted.clear()
        self._metrics.lag.clear()
        if revoked:
            log.info("partitions_revoked", partitions=_numbers(revoked))

    def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Notes that the group has a place for this storer."""
        self.joined = True
        self._metrics.rebalances.inc()
        log.info("partitions_assigned", partitions=_numbers(assigned))


def _numbers(partitions: set[TopicPartition]) -> list[int]:
    return sorted(partition.partition for partition in partitions)
