"""What can never be stored is kept unchanged, says why it is there, and holds up nobody."""

from typing import Any

import aiokafka  # type: ignore[import-untyped]
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic  # type: ignore[import-untyped]
from aiokafka.admin.config_resource import (  # type: ignore[import-untyped]
    ConfigResource,
    ConfigResourceType,
)
from aiokafka.record.default_records import (  # type: ignore[import-untyped]
    _DefaultRecordBatchBuilderPy,
)

from calendar_contracts.headers import NOTIFICATION_HEADERS
from tests.conftest import POISON, notification, value
from tests.integration.conftest import Start
from tests.integration.table import Table
from tests.integration.topic import Topic
from tests.integration.waiting import eventually

SENT_HEADERS = [*NOTIFICATION_HEADERS, ("trace", b"\x00\xff"), ("trace", b"again")]


def own_headers(record: Any) -> list[tuple[str, bytes]]:
    return [header for header in record.headers if not header[0].startswith("dead-letter-")]


def why(record: Any) -> dict[str, bytes]:
    return {name: text for name, text in record.headers if name.startswith("dead-letter-")}


async def test_every_kind_of_poison_is_kept_and_its_neighbours_are_stored(
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
    letters = await topic.dead_letters(len(poison))
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


async def test_a_hundred_in_a_row_hold_up_nothing(
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
    letters = await topic.dead_letters(100)
    assert {letter.value for letter in letters} == {f"poison {n}".encode() for n in range(100)}


async def test_a_row_that_postgresql_refuses_is_found_and_kept(
    start: Start, topic: Topic, table: Table, dsn: str
) -> None:
    await table.connection.execute(
        "ALTER TABLE notifications ADD CONSTRAINT no_spam CHECK (title NOT LIKE 'spam%')"
    )
    good = [notification() for _ in range(97)]
    bad = [notification(title=f"spam {n}") for n in range(3)]
    await topic.send(*good[:50], bad[0], *good[50:], *bad[1:])
    await start(topic, dsn)
    await table.has(good)
    letters = await topic.dead_letters(3)
    assert {letter.value for letter in letters} == {each.encode() for each in bad}
    assert {why(letter)["dead-letter-reason"] for letter in letters} == {b"refused"}
    assert b"23514" in why(letters[0])["dead-letter-detail"]
    await topic.is_done_with(100)


async def test_the_topic_is_made_where_it_is_missing(
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


async def test_what_is_too_large_to_keep_is_named_and_holds_up_nothing(
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


async def test_a_record_that_kafka_cannot_read_itself_is_skipped_and_counted(
    start: Start, topic: Topic, table: Table, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # aiokafka's builder in C takes nothing but text.
    for module in (aiokafka.producer.producer, aiokafka.producer.message_accumulator):
        monkeypatch.setattr(module, "DefaultRecordBatchBuilder", _DefaultRecordBatchBuilderPy)

    class NotUtf8(str):
        """A header's name as a client in another language could write it."""

        __slots__ = ()

        def encode(self, *_: Any) -> bytes:
            return b"\xff"

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
