"""Tells a notification from what is none. Knows neither the database nor how Kafka is reached."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
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


Row = Mapping[str, str]
"""A notification's fields by name, as the text that JSON has for them, and PostgreSQL takes."""


class Message(NamedTuple):
    """A record, and the row that its notification becomes."""

    record: Record
    row: Row


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
        return Message(record, _row(Notification.decode(record.value)))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        reason = Reason.NOT_JSON if first["type"] == "json_invalid" else Reason.INVALID
        place = ".".join(str(part) for part in first["loc"])
        detail = f"{place}: {first['msg']}" if place else first["msg"]
        return DeadLetter(record, reason, detail[:MAX_DETAIL])


# Already here, one batch ahead: when its turn comes PostgreSQL waits for it. `model_dump` spends a
# third of its time on options that are not given here.
_row: Final = partial(Notification.__pydantic_serializer__.to_python, mode="json")


def _schema_version(record: Record) -> bytes | None:
    """The last one counts, as in Kafka's own clients.

    A record without the header is read as version 1: tools that copy topics may drop headers, and
    the value is checked anyway.
    """
    return dict(record.headers).get(SCHEMA_VERSION, VERSION_1)
