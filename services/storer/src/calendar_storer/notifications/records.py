"""Checks which records are notifications. Knows neither the database nor how Kafka is reached."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Final, NamedTuple, Protocol

from pydantic import ValidationError

from calendar_contracts import Notification
from calendar_contracts.headers import SCHEMA_VERSION, VERSION_1

MAX_DETAIL: Final = 500
"""Characters of a dead letter's detail."""


class Record(Protocol):
    """The part of a Kafka record that is used."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Iterable[tuple[str, bytes | None]]


class Reason(StrEnum):
    """Why a record cannot be stored."""

    NO_VALUE = "no-value"
    UNKNOWN_VERSION = "unknown-version"
    NOT_JSON = "not-json"
    INVALID = "invalid"
    REFUSED = "refused"
    """By PostgreSQL."""


Row = Mapping[str, str | None]
"""A notification's fields by name, in JSON's text form, which PostgreSQL takes as well."""


class Message(NamedTuple):
    """A record, and the row of its notification."""

    record: Record
    row: Row


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that can never be stored, and why."""

    record: Record
    reason: Reason
    detail: str


def check(records: Iterable[Record]) -> tuple[list[Message], list[DeadLetter]]:
    """Separates the notifications from the records that can never be stored."""
    messages: list[Message] = []
    dead_letters: list[DeadLetter] = []
    for record in records:
        match _check(record):
            case Message() as message:
                messages.append(message)
            case DeadLetter() as dead_letter:
                dead_letters.append(dead_letter)
    return messages, dead_letters


def _check(record: Record) -> Message | DeadLetter:
    """The key is not checked: it chooses the partition, and the value has the user as well."""
    if record.value is None:
        return DeadLetter(record, Reason.NO_VALUE, "the record has no value")
    version = _schema_version(record)
    if version != VERSION_1:
        return DeadLetter(record, Reason.UNKNOWN_VERSION, f"schema-version is {version!r}")
    try:
        return Message(record, _row(Notification.decode(record.value)))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        reason = Reason.NOT_JSON if first["type"] == "json_invalid" else Reason.INVALID
        place = ".".join(str(part) for part in first["loc"])
        detail = f"{place}: {first['msg']}" if place else first["msg"]
        return DeadLetter(record, reason, detail[:MAX_DETAIL])


# `model_dump` spends a third of its time on options that are not used here.
_row: Final = partial(Notification.__pydantic_serializer__.to_python, mode="json")


def _schema_version(record: Record) -> bytes | None:
    """The last header counts, as in Kafka's own clients.

    A record without one is version 1: tools that copy topics may drop headers, and the value is
    checked anyway.
    """
    return dict(record.headers).get(SCHEMA_VERSION, VERSION_1)
