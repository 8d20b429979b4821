"""Which records are notifications, and what the dead letter of the others says."""

from collections.abc import Iterable
from dataclasses import dataclass

import pytest

from calendar_contracts import headers
from calendar_storer.dead_letters import dead_letter_headers
from calendar_storer.records import MAX_DETAIL, DeadLetter, Message, Reason, read
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


def test_a_notification() -> None:
    sent = notification()
    record = Record(sent.encode(), headers.NOTIFICATION_HEADERS)
    assert read(record) == Message(record, sent.model_dump(mode="json"))


@pytest.mark.parametrize(("poison", "reason"), POISON)
def test_poison(poison: bytes | None, reason: str) -> None:
    letter = read(Record(poison, headers.NOTIFICATION_HEADERS))
    assert isinstance(letter, DeadLetter)
    assert letter.reason == reason
    assert 0 < len(letter.detail) <= MAX_DETAIL


@pytest.mark.parametrize("version", [b"2", b"", b"1.0", b"\xff", None])
def test_an_unknown_version_is_poison(version: bytes | None) -> None:
    letter = read(Record(value(), [(headers.SCHEMA_VERSION, version)]))
    assert isinstance(letter, DeadLetter)
    assert letter.reason is Reason.UNKNOWN_VERSION


def test_the_last_version_counts() -> None:
    name = headers.SCHEMA_VERSION
    assert isinstance(read(Record(value(), [(name, b"2"), (name, b"1")])), Message)
    assert isinstance(read(Record(value(), [(name, b"1"), (name, b"2")])), DeadLetter)


def test_without_a_version_it_is_the_first() -> None:
    assert isinstance(read(Record(value())), Message)


def test_unknown_fields_and_another_key_are_no_poison() -> None:
    assert isinstance(read(Record(value(colour="green"), key=b"somebody else")), Message)
    assert isinstance(read(Record(value(), key=None)), Message)


def test_the_detail_names_the_field_and_not_its_value() -> None:
    letter = read(Record(value(title="secret" * 100)))
    assert isinstance(letter, DeadLetter)
    assert letter.detail.startswith("title: ")
    assert "secret" not in letter.detail


def test_a_dead_letter_keeps_the_headers_and_says_why_and_where_from() -> None:
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
