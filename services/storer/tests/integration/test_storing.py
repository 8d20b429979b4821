"""Each notification is stored once, through rebalances and crashes."""

import asyncio
from datetime import UTC, date, datetime, timedelta

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions  # type: ignore[import-untyped]

from calendar_contracts import Notification
from tests.conftest import LATE, notification, value
from tests.integration.conftest import Start
from tests.integration.table import Table
from tests.integration.topic import Topic
from tests.integration.waiting import eventually


async def test_every_field_is_stored(start: Start, topic: Topic, table: Table, dsn: str) -> None:
    sent = notification(title="Zubař 🦷 «»", event_date=datetime(1, 1, 1, tzinfo=UTC))
    before = await table.connection.fetchval("SELECT clock_timestamp()")
    await topic.send(sent)
    await start(topic, dsn)
    await table.has([sent])
    stored_at: datetime = await table.connection.fetchval("SELECT stored_at FROM notifications")
    assert before <= stored_at <= await table.connection.fetchval("SELECT clock_timestamp()")


async def test_occurrences_of_a_series_are_stored_in_the_order_in_which_they_were_sent(
    start: Start, topic: Topic, table: Table, dsn: str
) -> None:
    days = [(date(2026, 1, 1) + timedelta(days=n)).isoformat() for n in range(50)]
    sent = [notification(recurrence_id=f"{day}T09:00:00") for day in days[:25]]
    sent += [notification(recurrence_id=day) for day in days[25:]]
    await topic.send(*sent)
    await start(topic, dsn)
    await table.has(sent)
    assert await table.rows() == sent


async def test_longest_texts_and_extreme_times_are_stored(
    start: Start, topic: Topic, table: Table, dsn: str
) -> None:
    sent = [
        notification(
            title="x" * 255, user_id="x" * 128, event_date=datetime.max.replace(tzinfo=UTC)
        ),
        notification(title="😀" * 255, notify_at=datetime(1, 1, 1, tzinfo=UTC)),
    ]
    await topic.send(*sent)
    await start(topic, dsn)
    await table.has(sent)


async def test_unknown_fields_missing_headers_and_other_keys_are_accepted(
    start: Start, topic: Topic, table: Table, dsn: str
) -> None:
    await topic.send_raw(value(colour="green"), headers=[("schema-version", b"1"), ("x", b"\xff")])
    await topic.send_raw(value(), headers=[], key=None)
    await topic.send_raw(value(), key=b"not the user")
    storer = await start(topic, dsn)
    await topic.is_done_with(3)
    assert len(await table.rows()) == 3
    assert not storer.lines("dead_letter_written")


async def test_a_repeated_notification_is_stored_once(
    start: Start, topic: Topic, table: Table, dsn: str
) -> None:
    sent = notification()
    first_title = sent
    await topic.send(sent, sent)
    storer = await start(topic, dsn)
    await topic.is_done_with(2)
    await topic.send(sent, sent.model_copy(update={"title": "Doctor"}))
    await topic.is_done_with(4)
    await table.has([first_title])
    assert await storer.metric("calendar_storer_notifications_stored_total") == 1
    assert await storer.metric("calendar_storer_duplicates_total") == 3


async def test_lateness_is_measured(start: Start, topic: Topic, table: Table, dsn: str) -> None:
    sent = notification(notify_at=datetime.now(UTC) - LATE)
    storer = await start(topic, dsn)
    await storer.is_ready()
    await topic.send(sent)
    await table.has([sent])
    name = "calendar_storer_end_to_end_seconds"
    await topic.is_done_with(1)
    late = timedelta(seconds=await storer.metric(f"{name}_sum"))
    assert LATE <= late < 2 * LATE
    assert await storer.metric(f'{name}_bucket{{le="60.0"}}') == 0
    assert await storer.metric(f'{name}_bucket{{le="1800.0"}}') == 1


async def test_notifications_sent_while_no_storer_runs_are_stored(
    start: Start, topic: Topic, table: Table, dsn: str
) -> None:
    before, after = [[notification() for _ in range(1500)] for _ in range(2)]
    await topic.send(*before)
    storer = await start(topic, dsn)
    await table.has(before)
    assert await storer.stop() == 0
    await topic.send(*after)
    again = await start(topic, dsn)
    await table.has(before + after)
    await topic.is_done_with(3000)
    # The first one committed all that it stored.
    assert await again.metric("calendar_storer_duplicates_total") == 0


async def test_a_new_group_reads_from_the_beginning(
    start: Start, topic: Topic, table: Table, dsn: str
) -> None:
    sent = [notification() for _ in range(20)]
    await topic.send(*sent)
    await start(topic, dsn)
    await topic.is_done_with(20)
    topic.group += "-new"
    other = await start(topic, dsn)
    await topic.is_done_with(20)
    assert await other.metric("calendar_storer_duplicates_total") == 20
    await table.has(sent)


async def test_a_topic_that_is_created_later_is_read_from_its_beginning(
    start: Start, no_topic: Topic, table: Table, dsn: str
) -> None:
    storer = await start(no_topic, dsn)
    await storer.said("dependency_unavailable", dependency="topic")
    status, text = await storer.get("/readyz")
    assert status == 503
    assert '"group":"not joined"' in text
    await no_topic.create()
    sent = notification()
    await no_topic.send(sent)
    await table.has([sent])
    assert len(storer.lines("dependency_unavailable", dependency="topic")) == 1
    await storer.said("dependency_available", dependency="topic")


async def test_a_partition_that_is_added_is_read_from_its_beginning(
    start: Start, topic: Topic, table: Table, dsn: str, admin: AIOKafkaAdminClient
) -> None:
    storer = await start(topic, dsn)
    await storer.is_ready()
    response = await admin.create_partitions({topic.name: NewPartitions(4)})
    assert [code for _, code, _ in response.topic_errors] == [0]

    async def is_there() -> bool:
        [description] = await admin.describe_topics([topic.name])
        return len(description["partitions"]) == 4

    # Kafka agrees some time before; and what a producer has once heard it believes for minutes.
    await eventually(is_there)
    await topic.send_raw(value(), partition=3)
    await topic.is_done_with(1)
    assert len(await table.rows()) == 1


async def test_two_storers_share_the_partitions_and_one_takes_over(
    start: Start, topic: Topic, table: Table, dsn: str
) -> None:
    sent = [notification(user_id=f"user-{n}") for n in range(600)]
    first = await start(topic, dsn)
    await first.is_ready()
    await topic.send(*sent[:200])
    second = await start(topic, dsn)
    await second.is_ready()
    await topic.send(*sent[200:400])
    await table.has(sent[:400])
    await topic.is_done_with(400)
    assert await first.metric("calendar_storer_notifications_stored_total") > 0
    assert await second.metric("calendar_storer_notifications_stored_total") > 0
    await first.kill()
    await topic.send(*sent[400:])
    # Kafka takes ten seconds to believe that it is gone.
    await table.has(sent)
    await topic.is_done_with(600)


async def test_nothing_is_lost_in_rebalances_under_load(
    start: Start, topic: Topic, table: Table, dsn: str
) -> None:
    sent: list[Notification] = []
    steady = await start(topic, dsn, CALENDAR_STORER__BATCH_SIZE="50")

    async def come_and_go() -> None:
        for _ in range(3):
            other = await start(topic, dsn, CALENDAR_STORER__BATCH_SIZE="50")
            await other.said("partitions_assigned")
            assert await other.stop() == 0

    others = asyncio.create_task(come_and_go())
    while not others.done():
        more = [notification(user_id=f"user-{n}") for n in range(50)]
        await topic.send(*more)
        sent += more
        await asyncio.wait([others], timeout=0.05)
    await others
    await table.has(sent)
    await topic.is_done_with(len(sent))
    assert await steady.metric("calendar_storer_loop_errors_total") == 0


async def test_after_a_crash_between_insert_and_commit_nothing_is_stored_twice(
    start: Start, topic: Topic, table: Table, dsn: str
) -> None:
    sent = [notification() for _ in range(100)]
    await topic.send(*sent)
    hang = """
import asyncio
from calendar_storer.kafka.consumer import GroupConsumer
async def hang(*_):
    await asyncio.sleep(3600)
GroupConsumer.commit = hang
"""
    storer = await start(topic, dsn, code=hang)
    await table.has(sent)
    assert await topic.committed() == 0
    await storer.kill()
    again = await start(topic, dsn)
    await topic.is_done_with(100)
    await table.has(sent)
    assert await again.metric("calendar_storer_duplicates_total") == 100
