import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest
from aiokafka.admin import AIOKafkaAdminClient  # type: ignore[import-untyped]
from aiokafka.producer.message_accumulator import BatchBuilder  # type: ignore[import-untyped]
from structlog.testing import capture_logs
from tests.integration.waiting import eventually

from calendar_scheduler.config import Settings
from calendar_scheduler.errors import BrokerUnavailable
from calendar_scheduler.kafka.connection import client_arguments
from calendar_scheduler.kafka.producer import NotificationProducer
from calendar_scheduler.reminders.models import encode

LARGE_MESSAGES: Final = """
WITH event AS (
    INSERT INTO events (user_id, id, title, starts_at, ends_at)
    SELECT 'ann', gen_random_uuid(), repeat('🦷', 255), now() + interval '1 hour',
           now() + interval '2 hours'
    FROM generate_series(1, 400) AS i
    RETURNING user_id, id
)
INSERT INTO reminders (user_id, event_id, due_at, ready_at, next_try_at)
SELECT user_id, id, now(), now(), now() FROM event
"""

CREATE_TIME: Final = {"message.timestamp.type": "CreateTime"}
"""A topic whose records carry the producer's time. Kafka refuses times in the future."""


@contextmanager
def all_refused() -> Iterator[None]:
    """Kafka answers but refuses every record for such a topic: they are dated in the year 3000."""
    append = BatchBuilder.append

    def in_the_future(builder: BatchBuilder, **record: Any) -> Any:
        return append(builder, **record | {"timestamp": 32_503_680_000_000})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BatchBuilder, "append", in_the_future)
        yield


async def test_both_topics_are_created(start_scheduler: Any, topic: Any) -> None:
    await (await start_scheduler()).poller.step()

    for name, days in ((topic.name, 30), (f"{topic.name}.dlq", 90)):
        partitions, made = await topic.describe(name)
        assert partitions == 2
        assert made["retention.ms"] == str(days * 24 * 60 * 60 * 1000)
        assert made["min.insync.replicas"] == "1"
        assert made["message.timestamp.type"] == "LogAppendTime"


async def test_schedulers_that_start_together_create_each_topic_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_found_none = asyncio.Barrier(4)
    create = AIOKafkaAdminClient.create_topics

    async def create_together(admin: AIOKafkaAdminClient, *topics: Any) -> Any:
        await all_found_none.wait()
        return await create(admin, *topics)

    monkeypatch.setattr(AIOKafkaAdminClient, "create_topics", create_together)
    arguments = client_arguments(settings.kafka)
    producers = [NotificationProducer(settings.kafka, arguments) for _ in range(4)]

    with capture_logs() as lines:
        await asyncio.gather(*(producer.ensure_ready() for producer in producers))
        await asyncio.gather(*(producer.disconnect() for producer in producers))

    name = settings.kafka.topic
    assert sorted(line["topic"] for line in lines) == [name, f"{name}.dlq"]


async def test_topic_that_cannot_be_created_is_named(
    start_scheduler: Any, settings: Settings
) -> None:
    too_many = settings.kafka.model_copy(update={"replication_factor": 99})
    system = await start_scheduler(settings.model_copy(update={"kafka": too_many}))

    with pytest.raises(BrokerUnavailable, match=f"{settings.kafka.topic}.*InvalidReplication"):
        await system.poller.step()


async def test_nothing_is_claimed_while_no_broker_answers(
    tables: Any, start_scheduler: Any, settings: Settings, closed_port: str
) -> None:
    await tables.add_event(due_in=-1)
    away = settings.kafka.model_copy(update={"bootstrap_servers": closed_port})
    system = await start_scheduler(settings.model_copy(update={"kafka": away}))

    for _ in range(2):
        with pytest.raises(BrokerUnavailable):
            await system.poller.step()

    assert await tables.attempts() == [0]
    assert system.metric("breaker_open") == 1


async def test_outage_loses_no_reminder_and_counts_against_none(
    tables: Any, start_scheduler: Any, topic: Any
) -> None:
    await topic.create(**CREATE_TIME)
    system = await start_scheduler()
    for _ in range(5):
        await tables.add_event(due_in=-1)

    with all_refused():
        for _ in range(2):
            with pytest.raises(BrokerUnavailable, match="InvalidTimestampError"):
                await system.poller.step()
    assert await tables.attempts() == [0] * 5
    assert system.metric("publish_failures_total", kind="outage") == 2

    await system.send_all(tables)
    assert len(await topic.records()) == 5
    assert system.metric("breaker_open") == 0


async def test_at_most_one_reminder_is_locked_during_an_outage(
    tables: Any, start_scheduler: Any, topic: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await topic.create(**CREATE_TIME)
    system = await start_scheduler()
    for _ in range(5):
        await tables.add_event(due_in=-1)
    publish = NotificationProducer.publish
    locked = []

    async def count_locks_and_publish(
        producer: NotificationProducer, *messages: Any, **until: Any
    ) -> Any:
        free = await tables.connection.fetch("SELECT FROM reminders FOR UPDATE SKIP LOCKED")
        locked.append(5 - len(free))
        return await publish(producer, *messages, **until)

    monkeypatch.setattr(NotificationProducer, "publish", count_locks_and_publish)
    with all_refused():
        for _ in range(3):
            with pytest.raises(BrokerUnavailable):
                await system.poller.step()

    # The first batch discovers the outage.
    assert locked == [5, 1, 1]


async def test_deleted_topic_is_created_again(
    tables: Any, start_scheduler: Any, topic: Any
) -> None:
    system = await start_scheduler()
    await tables.add_event(due_in=-1)
    await system.poller.step()
    await topic.delete()

    event_id = await tables.add_event(due_in=-1)
    await system.send_all(tables)

    assert await topic.values("event_id") == [str(event_id)]
    assert (await topic.describe(topic.name))[0] == 2


async def test_reminders_of_a_refused_batch_are_retried_alone(
    tables: Any, start_scheduler: Any, topic: Any
) -> None:
    await topic.create(**{"max.message.bytes": "700"})
    system = await start_scheduler()
    good = [await tables.add_event(due_in=-1) for _ in range(4)]
    too_large = await tables.add_event(title="🦷" * 255, due_in=-1)

    await system.poller.step()
    assert await tables.attempts() == [1] * 5, "Kafka refuses a batch as a whole"
    await tables.connection.execute("UPDATE reminders SET next_try_at = now()")
    await system.poller.step()

    sent = set(await topic.values("event_id"))
    assert sent == {str(event_id) for event_id in good}
    (left,) = await tables.connection.fetch("SELECT event_id, attempts, last_error FROM reminders")
    assert tuple(left) == (too_large, 2, "MessageSizeTooLargeError")
    assert system.metric("breaker_open") == 0


# From the tests of Kafka's Java client: UtilsTest.testMurmur2.
JAVA_HASHES: Final = {
    "21": -973932308,
    "foobar": -790332482,
    "a-little-bit-long-string": -985981536,
    "a-little-bit-longer-string": -1486304829,
    "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    "abc": 479470107,
}


async def test_partition_is_the_one_that_java_clients_choose(
    tables: Any, start_scheduler: Any, topic: Any, settings: Settings
) -> None:
    six = settings.kafka.model_copy(update={"partitions": 6})
    system = await start_scheduler(settings.model_copy(update={"kafka": six}))
    for user in JAVA_HASHES:
        await tables.add_event(user_id=user, due_in=-1)

    await system.poller.step()

    found = {record.key.decode(): record.partition for record in await topic.records()}
    assert found == {user: (value & 0x7FFFFFFF) % 6 for user, value in JAVA_HASHES.items()}


async def test_partitions_that_are_added_are_used(
    tables: Any, start_scheduler: Any, topic: Any
) -> None:
    system = await start_scheduler()
    await system.poller.step()
    await topic.add_partitions(6)

    async def are_used() -> bool:
        for user in JAVA_HASHES:
            await tables.add_event(user_id=user, due_in=-1)
        await system.producer.check()
        await system.poller.step()
        return any(record.partition >= 2 for record in await topic.records())

    await eventually(are_used)


async def test_batches_of_one_partition_follow_each_other(
    tables: Any, start_scheduler: Any, topic: Any
) -> None:
    await tables.connection.execute(LARGE_MESSAGES)
    system = await start_scheduler()

    await system.poller.step()

    assert await tables.pending() == 0
    records = await topic.records()
    assert {record.key for record in records} == {b"ann"}
    assert len({record.value for record in records}) == len(records) == 400
    assert sum(len(record.value) for record in records) > 262_144


async def test_no_record_leaves_after_send_until(
    reminder: Any, settings: Settings, topic: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fence is where aiokafka really sends: this fails if a release sends elsewhere."""
    producer = NotificationProducer(settings.kafka, client_arguments(settings.kafka))
    await producer.ensure_ready()
    client = producer._producer.client  # type: ignore[union-attr]
    ready = client.ready

    async def be_late(*node: Any, **options: Any) -> Any:
        await asyncio.sleep(until - time.monotonic() + 0.001)
        return await ready(*node, **options)

    monkeypatch.setattr(client, "ready", be_late)
    until = time.monotonic() + 0.1

    result = await producer.publish([encode(reminder())], send_until=until)
    await producer.disconnect()

    assert (result.acknowledged, result.outage) == ([], "SentTooLate")
    assert await topic.records() == []
