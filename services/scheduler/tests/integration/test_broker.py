import asyncio
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest
from aiokafka.admin import AIOKafkaAdminClient  # type: ignore[import-untyped]
from aiokafka.producer.message_accumulator import BatchBuilder  # type: ignore[import-untyped]

from calendar_scheduler import broker
from calendar_scheduler.config import Settings
from calendar_scheduler.errors import BrokerUnavailable
from calendar_scheduler.publisher import Publisher

BELIEVES: Final = {"message.timestamp.type": "CreateTime"}
"""A topic that takes a producer's word for the time, unless it is of the future."""


@contextmanager
def all_refused() -> Iterator[None]:
    """Meanwhile Kafka answers, but takes no record into such a topic: all are of the year 3000."""
    append = BatchBuilder.append

    def in_the_future(builder: BatchBuilder, **record: Any) -> Any:
        return append(builder, **record | {"timestamp": 32_503_680_000_000})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BatchBuilder, "append", in_the_future)
        yield


async def test_makes_both_topics(start_sender: Any, topic: Any) -> None:
    await (await start_sender()).sender.step()

    for name, days in ((topic.name, 30), (f"{topic.name}.dlq", 90)):
        partitions, made = await topic.describe(name)
        assert partitions == 2
        assert made["retention.ms"] == str(days * 24 * 60 * 60 * 1000)
        assert made["min.insync.replicas"] == "1"
        assert made["message.timestamp.type"] == "LogAppendTime"


async def test_schedulers_that_start_together_make_topics_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = broker.client_arguments(settings.kafka)
    all_miss_them = asyncio.Barrier(4)
    create = AIOKafkaAdminClient.create_topics

    async def create_together(admin: AIOKafkaAdminClient, *topics: Any) -> Any:
        await all_miss_them.wait()
        return await create(admin, *topics)

    monkeypatch.setattr(AIOKafkaAdminClient, "create_topics", create_together)

    made = await asyncio.gather(
        *(broker.create_missing_topics(settings.kafka, arguments) for _ in range(4))
    )

    name = settings.kafka.topic
    assert sorted(itertools.chain(*made)) == [name, f"{name}.dlq"]


async def test_a_topic_that_cannot_be_made_is_named(start_sender: Any, settings: Settings) -> None:
    too_many = settings.kafka.model_copy(update={"replication_factor": 99})
    system = await start_sender(settings.model_copy(update={"kafka": too_many}))

    with pytest.raises(BrokerUnavailable, match=f"{settings.kafka.topic}.*InvalidReplication"):
        await system.sender.step()


async def test_while_nobody_answers_nothing_is_touched(
    tables: Any, start_sender: Any, settings: Settings, closed_port: str
) -> None:
    await tables.add_event(due_in=-1)
    away = settings.kafka.model_copy(update={"bootstrap_servers": closed_port})
    system = await start_sender(settings.model_copy(update={"kafka": away}))

    for _ in range(2):
        with pytest.raises(BrokerUnavailable):
            await system.sender.step()

    assert await tables.attempts() == [0]
    assert system.metric("breaker_open") == 1


async def test_an_outage_loses_nothing_and_counts_against_nobody(
    tables: Any, start_sender: Any, topic: Any
) -> None:
    await topic.create(**BELIEVES)
    system = await start_sender()
    for _ in range(5):
        await tables.add_event(due_in=-1)

    with all_refused():
        for _ in range(2):
            with pytest.raises(BrokerUnavailable, match="InvalidTimestampError"):
                await system.sender.step()
    assert await tables.attempts() == [0] * 5
    assert system.metric("publish_failures_total", kind="outage") == 2

    await system.send_all(tables)
    assert len(await topic.records()) == 5
    assert system.metric("breaker_open") == 0


async def test_during_an_outage_one_reminder_at_most_is_locked(
    tables: Any, start_sender: Any, topic: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await topic.create(**BELIEVES)
    system = await start_sender()
    for _ in range(5):
        await tables.add_event(due_in=-1)
    publish = Publisher.publish
    locked = []

    async def look_and_publish(publisher: Publisher, *messages: Any, **until: Any) -> Any:
        free = await tables.connection.fetch("SELECT FROM reminders FOR UPDATE SKIP LOCKED")
        locked.append(5 - len(free))
        return await publish(publisher, *messages, **until)

    monkeypatch.setattr(Publisher, "publish", look_and_publish)
    with all_refused():
        for _ in range(3):
            with pytest.raises(BrokerUnavailable):
                await system.sender.step()

    # Before the first answer nobody knows of an outage.
    assert locked == [5, 1, 1]


async def test_a_topic_that_is_deleted_is_made_again(
    tables: Any, start_sender: Any, topic: Any
) -> None:
    system = await start_sender()
    await tables.add_event(due_in=-1)
    await system.sender.step()
    await topic.delete()

    event_id = await tables.add_event(due_in=-1)
    await system.send_all(tables)

    assert await topic.values("event_id") == [str(event_id)]
    assert (await topic.describe(topic.name))[0] == 2


async def test_a_batch_that_kafka_refuses_for_one_reminder_is_taken_apart(
    tables: Any, start_sender: Any, topic: Any
) -> None:
    await topic.create(**{"max.message.bytes": "700"})
    system = await start_sender()
    good = [await tables.add_event(due_in=-1) for _ in range(4)]
    too_large = await tables.add_event(title="🦷" * 255, due_in=-1)

    await system.sender.step()
    assert await tables.attempts() == [1] * 5, "Kafka refuses a batch as a whole"
    await tables.connection.execute("UPDATE reminders SET next_try_at = now()")
    await system.sender.step()

    sent = set(await topic.values("event_id"))
    assert sent == {str(event_id) for event_id in good}
    (left,) = await tables.connection.fetch("SELECT event_id, attempts, last_error FROM reminders")
    assert tuple(left) == (too_large, 2, "MessageSizeTooLargeError")
    assert system.metric("breaker_open") == 0
