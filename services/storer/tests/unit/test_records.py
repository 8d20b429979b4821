"""Which records are notifications, and what the dead letters of the others say."""

from collections.abc import Iterable
from dataclasses import dataclass

import pytest

from calendar_contracts import headers
from calendar_storer.dead_letters.writer import dead_letter_headers
from calendar_storer.notifications.records import MAX_DETAIL, DeadLetter, Message, Reason, check
from tests.conftest import POISON, notification, value


@dataclass
class Record:
    value: bytes | None
    headers: Iterable[tuple[str, bytes | None]] = ()
    key: bytes | None = b"ann@example.org"
    topic: str = "calendar.notifications"
    partition: int = 3
    offset: int = 42
    timestamp: int = 1_790_000_000_000


def checked(record: Record) -> Message | DeadLetter:
    messages, dead_letters = check([record])
    assert len(messages) + len(dead_letters) == 1
    return messages[0] if messages else dead_letters[0]


def test_a_notification() -> None:
    sent = notification()
    record = Record(sent.encode(), headers.NOTIFICATION_HEADERS)
    assert checked(record) == Message(record, sent.model_dump(mode="json"))


def test_recurrence_id_is_optional() -> None:
    without, occurrence = (
        checked(Record(value())),
        checked(Record(value(recurrence_id="2026-12-24"))),
    )
    assert isinstance(without, Message)
    assert isinstance(occurrence, Message)
    assert without.row["recurrence_id"] is None
    assert occurrence.row["recurrence_id"] == "2026-12-24"


def test_notifications_and_poison_are_separated_and_keep_their_order() -> None:
    records = [Record(b"poison" if n in {1, 2} else value(), offset=n) for n in range(5)]
    messages, dead_letters = check(records)
    assert [message.record.offset for message in messages] == [0, 3, 4]
    assert [letter.record.offset for letter in dead_letters] == [1, 2]


@pytest.mark.parametrize(("poison", "reason"), POISON)
def test_poison(poison: bytes | None, reason: str) -> None:
    letter = checked(Record(poison, headers.NOTIFICATION_HEADERS))
    assert isinstance(letter, DeadLetter)
    assert letter.reason == reason
    assert 0 < len(letter.detail) <= MAX_DETAIL


@pytest.mark.parametrize("version", [b"2", b"", b"1.0", b"\xff", None])
def test_an_unknown_version_is_poison(version: bytes | None) -> None:
    letter = checked(Record(value(), [(headers.SCHEMA_VERSION, version)]))
    assert isinstance(letter, DeadLetter)
    assert letter.reason is Reason.UNKNOWN_VERSION


def test_the_last_version_counts() -> None:
    name = headers.SCHEMA_VERSION
    assert isinstance(checked(Record(value(), [(name, b"2"), (name, b"1")])), Message)
    assert isinstance(checked(Record(value(), [(name, b"1"), (name, b"2")])), DeadLetter)


def test_a_record_without_a_version_is_version_1() -> None:
    assert isinstance(checked(Record(value())), Message)


def test_unknown_fields_and_other_keys_are_accepted() -> None:
    assert isinstance(checked(Record(value(colour="green"), key=b"somebody else")), Message)
    assert isinstance(checked(Record(value(), key=None)), Message)


def test_the_detail_names_the_field_and_not_its_value() -> None:
    letter = checked(Record(value(title="secret" * 100)))
    assert isinstance(letter, DeadLetter)
    assert letter.detail.startswith("title: ")
    assert "secret" not in letter.detail


def test_a_dead_letter_has_the_headers_of_the_record_the_reason_and_its_origin() -> None:
    record = Record(b"x", [("trace", b"1"), ("trace", None)])
    letter = DeadLetter(record, Reason.NOT_JSON, "not JSON: «»")
    assert dead_letter_headers(letter, letter.detail) == [
        ("trace", b"1"),
        ("trace", None),
        ("dead-letter-reason", b"not-json"),
        ("dead-letter-detail", "not JSON: «»".encode()),
        ("dead-letter-topic", b"calendar.notifications"),
        ("dead-letter-partition", b"3"),
        ("dead-letter-offset", b"42"),
        ("dead-letter-timestamp", b"1790000000000"),
    ]
