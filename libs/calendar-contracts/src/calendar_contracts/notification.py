"""The message that the Scheduler publishes and the Storer stores, schema version 1."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
)
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import to_json


def _require_date_time(value: object) -> object:
    """Rejects numbers, which Pydantic parses as seconds or milliseconds since 1970."""
    if (isinstance(value, str) and value[4:5] == "-") or isinstance(value, datetime):
        return value
    raise ValueError("must be an RFC 3339 date-time")


def _to_utc(instant: datetime) -> datetime:
    """Converts to UTC; with an offset, the result can be outside the years 1 to 9999."""
    if instant.tzinfo == UTC:
        # The Scheduler writes UTC; converting again would take a seventh of the decoding time.
        return instant
    try:
        return instant.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("must lie between the years 1 and 9999 in UTC") from error


# Not strict: after a Python validator, strict mode would also reject strings.
Instant = Annotated[
    AwareDatetime,
    Strict(strict=False),
    BeforeValidator(_require_date_time),
    AfterValidator(_to_utc),
]
"""A point in time, converted to UTC."""

# PostgreSQL cannot store NUL characters.
Text = Annotated[str, Field(pattern=r"^[^\x00]*$")]

RecurrenceId = Annotated[
    str,
    Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?)?$"),
]


def _without_default(schema: dict[str, Any]) -> None:
    """A writer leaves out what is absent, and never writes null."""
    del schema["default"]


class Notification(BaseModel):
    """One reminder of one event or occurrence, due now.

    Fields that a reader does not know are ignored, so that a newer writer does not break it.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    notification_id: UUID = Field(
        description="Deterministic: the same event, start and lead time always give the same ID, "
        "so a message that is delivered twice is one notification."
    )
    event_id: UUID = Field(description="The event that this reminds of.")
    title: Text = Field(
        min_length=1, max_length=255, description="The event's title when the reminder was sent."
    )
    event_date: Instant = Field(description="When the event or occurrence starts, in UTC.")
    user_id: str = Field(
        pattern=r"^[A-Za-z0-9._@:+-]{1,128}$", description="Whom to notify; also the record's key."
    )
    notify_at: Instant = Field(description="When the reminder was due, in UTC.")
    recurrence_id: RecurrenceId | SkipJsonSchema[None] = Field(
        default=None,
        description="Which occurrence of a series this reminds of: when it is scheduled, as a "
        "local date-time, or a date if it lasts all day. Absent if the event does not recur.",
        json_schema_extra=_without_default,
    )

    def encode(self) -> bytes:
        """Returns the record value: UTF-8 JSON."""
        return to_json(self, exclude_none=True)

    @classmethod
    def decode(cls, value: bytes) -> "Notification":
        """Parses a record value.

        Strict: numbers are not accepted as title, date-time or ID.

        Raises:
            pydantic.ValidationError: `value` is not JSON or not a notification.
        """
        # `model_validate_json` spends a sixth of its time on options that are not used here.
        notification: Notification = cls.__pydantic_validator__.validate_json(value)
        return notification
