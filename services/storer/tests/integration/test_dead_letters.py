"""Records that can never be stored are kept unchanged, with the reason, and block nothing."""

from typing import Any

import aiokafka  # type: ignore[import-untyped]
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic  # type: ignore[import-untyped]
from aiokafka.admin.config_resource import (  # type: ignore[import-untyped]
    ConfigResource,
    ConfigResourceType,
)
from aiokafka.client import AIOKafkaClient  # type: ignore[import-untyped]
from aiokafka.protocol.produce import ProduceRequest  # type: ignore[import-untyped]
from aiokafka.record.default_records import (  # type: ignore[import-untyped]
    _DefaultRecordBatchBuilderPy,
)

from calendar_contracts.headers import NOTIFICATION_HEADERS
from calendar_storer.dead_letters.writer import DeadLetterWriter
from calendar_storer.kafka.broker import Broker
from calendar_storer.notifications.records import DeadLetter, Reason
from calendar_storer.observability.metrics import Metrics
from calendar_storer.settings.kafka import Kafka
from tests.conftest import POISON, notification, value
from tests.integration.conftest import Start, needed
from tests.integration.table import Table
from tests.integration.topic import Topic
from tests.integration.waiting import eventually
from tests.unit.test_records import Record

SENT_HEADERS = [*NOTIFICATION_HEADERS, ("trace", b"\x00\xff"), ("trace", b"again")]


def own_headers(record: Any) -> list[tuple[str, bytes]]:
    return [header for header in record.headers if not header[0].startswith("dead-letter-")]


def why(record: Any) -> dict[str, bytes]:
    return {name: text for name, text in record.headers if name.startswith("dead-letter-")}


async def test_each_kind_of_poison_becomes_a_dead_letter_and_its_neighbours_are_stored(
    start: Start, topic: Topic, table: Table, dsn: str
) -> None:
    poison: list[tuple[bytes | None, str]] = [(each.values[0], each.values[1]) for each in POISON]
    neighbours = [notification() for _ in range(len(poison) + 1)]
    offsets = []
    for neighbour, (content, _) in zip(neighbours, poison, strict=False):
        await topic.send_raw(neighbour.encode())
        offsets.append(await topic.send_raw(content, key=b"\xffkey", headers=SENT_HEADERS))
    await topic.send_raw(neighbours[-1].encode())
    storer = await start(topic, dsn)

    await table.has(neighbours)
    await topic.is_done_with(2 * len(poison) + 1)
    letters = await topic.dead_letters(len(poison), once_by=storer)
    by_origin = {int(why(letter)["dead-letter-offset"]): letter for letter in letters}
    assert sorted(by_origin) == offsets
    for offset, (content, reason) in zip(offsets, poison, strict=True):
        letter = by_origin[offset]
        assert (letter.key, letter.value) == (b"\xffkey", content)
        assert own_headers(letter) == SENT_HEADERS
        reasons = why(letter)
        assert reasons["dead-letter-reason"] == reason.encode()
        assert reasons["dead-letter-topic"] == topic.name.encode()
        assert reasons["dead-letter-partition"] == b"0"
        assert int(reasons["dead-letter-timestamp"]) > 1_700_000_000_000
        assert reasons["dead-letter-detail"]
    for reason in {reason for _, reason in poison}:
        counted = await storer.metric(f'calendar_storer_dead_letters_total{{reason="{reason}"}}')
        assert counted == sum(other == reason for _, other in poison)


async def test_an_unknown_version_is_poison(
    start: Start, topic: Topic, table: Table, dsn: str
) -> None:
    await topic.send_raw(value(), headers=[("schema-version", b"2")])
    await start(topic, dsn)
    [letter] = await topic.dead_letters(1)
    assert why(letter)["dead-letter-reason"] == b"unknown-version"
    assert await table.rows() == []


async def test_a_record_without_key_and_value(start: Start, topic: Topic, dsn: str) -> None:
    await topic.send_raw(b"", key=None)
    await start(topic, dsn)
    [letter] = await topic.dead_letters(1)
    assert (letter.key, letter.value) == (None, b"")


async def test_a_hundred_poison_records_do_not_delay_the_next_notification(
    start: Start, topic: Topic, table: Table, dsn: str
) -> None:
    storer = await start(topic, dsn)
    await storer.is_ready()
    for n in range(100):
        await topic.send_raw(f"poison {n}".encode())
    sent = notification()
    await topic.send_raw(sent.encode())
    # Had each of them cost only the shortest pause it would be longer.
    await table.has([sent], seconds=10)
    await topic.is_done_with(101)
    letters = await topic.dead_letters(100, once_by=storer)
    assert {letter.value for letter in letters} == {f"poison {n}".encode() for n in range(100)}


async def test_only_rows_that_postgresql_rejects_become_dead_letters(
    start: Start, topic: Topic, table: Table, dsn: str
) -> None:
    await table.connection.execute(
        "ALTER TABLE notifications ADD CONSTRAINT no_spam CHECK (title NOT LIKE 'spam%')"
    )
    good = [notification() for _ in range(97)]
    bad = [notification(title=f"spam {n}") for n in range(3)]
    await topic.send(*good[:50], bad[0], *good[50:], *bad[1:])
    storer = await start(topic, dsn)
    await table.has(good)
    await topic.is_done_with(100)
    letters = await topic.dead_letters(3, once_by=storer)
    assert {letter.value for letter in letters} == {each.encode() for each in bad}
    assert {why(letter)["dead-letter-reason"] for letter in letters} == {b"refused"}
    assert b"23514" in why(letters[0])["dead-letter-detail"]


async def test_the_dead_letter_topic_is_created_if_it_is_missing(
    start: Start, topic: Topic, dsn: str, admin: AIOKafkaAdminClient
) -> None:
    storer = await start(topic, dsn, CALENDAR_KAFKA__PARTITIONS="2")
    await storer.is_ready()
    name = f"{topic.name}.dlq"

    async def is_there() -> bool:
        [description] = await admin.describe_topics([name])
        return len(description["partitions"]) == 2

    await eventually(is_there)
    [answer] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
    entries = {entry[0]: entry[1] for entry in answer.resources[0][4]}
    assert entries["retention.ms"] == str(90 * 24 * 3600 * 1000)


async def set_up(admin: AIOKafkaAdminClient, name: str, **configs: str) -> None:
    configs = {key.replace("_", "."): text for key, text in configs.items()}
    response = await admin.create_topics([NewTopic(name, 1, 1, topic_configs=configs)])
    assert [code for _, code, _ in response.topic_errors] == [0]


async def test_the_offset_waits_for_the_dead_letter(
    start: Start, topic: Topic, table: Table, dsn: str, admin: AIOKafkaAdminClient
) -> None:
    name = f"{topic.name}.dlq"
    # Nothing can be written here, not even the headers.
    await set_up(admin, name, max_message_bytes="100")
    sent = notification()
    await topic.send_raw(b"poison")
    await topic.send_raw(sent.encode())
    storer = await start(topic, dsn)
    failures = 'calendar_storer_failures_total{dependency="dead_letter_topic"}'

    async def failed_twice() -> bool:
        return await storer.metric(failures) >= 2

    await eventually(failed_twice)
    await table.has([sent])
    assert await topic.committed() == 0
    assert await storer.metric('calendar_storer_dead_letters_total{reason="not-json"}') == 0
    # One line for all of the outage.
    assert len(storer.lines("dependency_unavailable", dependency="dead_letter_topic")) == 1

    await admin.alter_configs(
        [ConfigResource(ConfigResourceType.TOPIC, name, {"max.message.bytes": "1000000"})]
    )
    await topic.is_done_with(2)
    assert (await topic.dead_letters(1))[0].value == b"poison"
    await storer.said("dependency_available", dependency="dead_letter_topic")


async def test_a_value_too_large_for_the_dead_letter_topic_is_left_out(
    start: Start, topic: Topic, table: Table, dsn: str, admin: AIOKafkaAdminClient
) -> None:
    await set_up(admin, f"{topic.name}.dlq", max_message_bytes="2000")
    sent = notification()
    await topic.send_raw(b"x" * 5000)
    await topic.send_raw(sent.encode())
    await start(topic, dsn)
    await table.has([sent])
    [letter] = await topic.dead_letters(1)
    assert (letter.key, letter.value) == (b"ann", None)
    assert b"too large" in why(letter)["dead-letter-detail"]
    await topic.is_done_with(2)


class NotUtf8(str):
    """A header's name as a client in another language could write it."""

    __slots__ = ()

    def encode(self, *_: Any) -> bytes:
        return b"\xff"


def send_not_utf8(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the test's producer send such a name: aiokafka's builder in C accepts only text."""
    for module in (aiokafka.producer.producer, aiokafka.producer.message_accumulator):
        monkeypatch.setattr(module, "DefaultRecordBatchBuilder", _DefaultRecordBatchBuilderPy)


async def test_an_unreadable_record_is_skipped_and_counted(
    start: Start, topic: Topic, table: Table, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    send_not_utf8(monkeypatch)
    before, after = notification(), notification()
    await topic.send_raw(before.encode())
    await topic.send_raw(value(), headers=[(NotUtf8("name"), b"")])
    await topic.send_raw(after.encode())
    storer = await start(topic, dsn)
    await table.has([before, after])
    await topic.is_done_with(3)
    line = await storer.said("unreadable_record_skipped")
    assert (line["partition"], line["offset"]) == (0, 1)
    assert await storer.metric("calendar_storer_unreadable_records_total") == 1


async def test_an_unreadable_last_record_is_not_fetched_again_after_a_restart(
    start: Start, topic: Topic, table: Table, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    send_not_utf8(monkeypatch)
    before = notification()
    await topic.send_raw(before.encode())
    await topic.send_raw(value(), headers=[(NotUtf8("name"), b"")])
    first = await start(topic, dsn)
    await first.said("unreadable_record_skipped")
    await topic.is_done_with(2)
    assert await first.stop() == 0
    second = await start(topic, dsn)
    await second.is_ready()
    after = notification()
    await topic.send_raw(after.encode())
    await table.has([before, after])
    assert not second.lines("unreadable_record_skipped")


async def test_dead_letters_are_acknowledged_by_all_replicas_in_sync(
    topic: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    acks: list[int] = []
    send = AIOKafkaClient.send

    async def send_and_note(self: Any, node: int, request: Any, **options: Any) -> Any:
        if isinstance(request, ProduceRequest):
            acks.append(request.required_acks)
        return await send(self, node, request, **options)

    monkeypatch.setattr(AIOKafkaClient, "send", send_and_note)
    kafka = Kafka(bootstrap_servers=needed("KAFKA_BOOTSTRAP_SERVERS"), topic=topic.name)
    record = Record(b"poison", topic=topic.name)
    writer = DeadLetterWriter(Broker(kafka), Metrics())
    await writer.write([DeadLetter(record, Reason.NOT_JSON, "not JSON")])
    all_in_sync = -1
    assert set(acks) == {all_in_sync}
