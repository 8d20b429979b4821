"""Reads whole topics, and what a consumer group has committed of them."""

from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition  # type: ignore[import-untyped]
from aiokafka.admin import AIOKafkaAdminClient  # type: ignore[import-untyped]

_WAIT_MILLISECONDS: Final = 500


async def records_of(topic: str, *, servers: str) -> list[Any]:
    """All records of a topic; none if it does not exist."""
    partitions = await partitions_of(topic, servers=servers)
    if not partitions:
        return []
    async with AIOKafkaConsumer(
        bootstrap_servers=servers,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=2**21,
    ) as consumer:
        consumer.assign(partitions)
        ends: dict[TopicPartition, int] = await consumer.end_offsets(partitions)
        found: list[Any] = []
        while any([await consumer.position(each) < ends[each] for each in partitions]):
            batches = await consumer.getmany(timeout_ms=_WAIT_MILLISECONDS)
            found += [record for batch in batches.values() for record in batch]
        return found


async def lag_of(group: str, topic: str, *, servers: str) -> int:
    """The number of records of a topic that a group has not committed."""
    partitions = await partitions_of(topic, servers=servers)
    if not partitions:
        return 0
    async with AIOKafkaConsumer(bootstrap_servers=servers) as consumer:
        ends = await consumer.end_offsets(partitions)
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    try:
        await admin.start()
        committed = await admin.list_consumer_group_offsets(group)
    finally:
        await admin.close()
    offsets = {partition: found.offset for partition, found in committed.items()}
    return sum(end - max(0, offsets.get(partition, 0)) for partition, end in ends.items())


async def partitions_of(topic: str, *, servers: str) -> list[TopicPartition]:
    """The partitions of a topic; none if it does not exist."""
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    try:
        await admin.start()
        # A request by name could create the topic.
        if topic not in await admin.list_topics():
            return []
        [description] = await admin.describe_topics([topic])
    finally:
        await admin.close()
    return [TopicPartition(topic, each["partition"]) for each in description["partitions"]]
