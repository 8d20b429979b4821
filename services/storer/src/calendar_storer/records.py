"""Tells a notification from what is none. Knows neither the database nor how Kafka is reached."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

from pydantic import ValidationError

from calendar_contracts import Notification
from calendar_contracts.headers import SCHEMA_VERSION, VERSION_1

MAX_DETAIL: Final = 500
"""Characters of a dead letter's detail: enough to see what is wrong."""


class Record(Protocol):
    """What is used of a Kafka record."""

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


class Message(NamedTuple):
    """A record, and the notification that it carries."""

    record: Record
    notification: Notification


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that cannot be stored, now or later, and why."""

    record: Record
    reason: Reason
    detail: str


def read(record: Record) -> Message | DeadLetter:
    """The notification in `record`, or why there is none.

    The key is not looked at: it chooses the partition, and the value names the user as well.
    """
    if record.value is None:
        return DeadLetter(record, Reason.NO_VALUE, "the record has no value")
    version = _schema_version(record)
    if version != VERSION_1:
        return DeadLetter(record, Reason.UNKNOWN_VERSION, f"schema-version is {version!r}")
    try:
        return Message(record, Notification.decode(record.value))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        reason = Reason.NOT_JSON if first["type"] == "json_invalid" else Reason.INVALID
        place = ".".join(str(part) for part in first["loc"])
        detail = f"{place}: {first['msg']}" if place else first["msg"]
        return DeadLetter(record, reason, detail[:MAX_DETAIL])


def _schema_version(record: Record) -> bytes | None:
    """The last one counts, as in Kafka's own clients.

    A record without the header is read as version 1: tools that copy topics may drop headers, and
    the value is checked anyway.
    """
    return dict(record.headers).get(SCHEMA_VERSION, VERSION_1)
