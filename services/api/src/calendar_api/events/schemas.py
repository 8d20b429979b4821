"""The request and response bodies of events, and their descriptions in the OpenAPI document."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Self

from pydantic import (
    MISSING,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from calendar_api.events.models import FIELDS, EventFields
from calendar_api.values.types import (
    Busy,
    Description,
    Duration,
    EventId,
    Instant,
    LeadTime,
    Location,
    Title,
    UserId,
)
from calendar_api.web.problems import MAX_ERRORS

MAX_BATCH: Final = 1_000
"""Events in one batch, at most."""

EXAMPLE_ID: Final = "019aa0f5-7c1e-7b7e-8d0a-3f1f3c1f9b11"
EXAMPLE_ETAG: Final = '"3-6441c1a9e0a40"'
EXAMPLE_IN: Final[dict[str, Any]] = {
    "title": "Dentist",
    "starts_at": "2026-11-23T10:00:00+03:00",
    "duration": "PT45M",
    "description": "Bring the X-ray.",
    "notify_before": "P1D",
    "location": "5 High Street",
}
EXAMPLE_PATCH: Final[dict[str, Any]] = {
    "starts_at": "2026-11-24T10:00:00+03:00",
    "duration": "PT1H",
}
EXAMPLE_OUT: Final[dict[str, Any]] = {
    "id": EXAMPLE_ID,
    "user_id": "alice",
    "title": "Dentist",
    "description": "Bring the X-ray.",
    "starts_at": "2026-11-23T07:00:00Z",
    "ends_at": "2026-11-23T07:45:00Z",
    "duration": "PT45M",
    "notify_before": "P1D",
    "version": 1,
    "created_at": "2026-11-20T08:15:30.123456Z",
    "updated_at": "2026-11-20T08:15:30.123456Z",
    "location": "5 High Street",
}


class Input(BaseModel):
    """What a client sends. An unknown member is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _limit_unknown_members(cls, document: Any) -> Any:
        """Keeps one unknown member more than a response lists errors.

        Pydantic makes an error of each, which takes far more memory than the member.
        """
        if not isinstance(document, dict) or len(document) <= MAX_ERRORS:
            return document
        known = {field.alias or name for name, field in cls.model_fields.items()}
        unknown = [name for name in document if name not in known]
        ignored = set(unknown[MAX_ERRORS + 1 :])
        return {name: value for name, value in document.items() if name not in ignored}


_ReadOnly = Annotated[Any, Field(description="Read-only: accepted and ignored.")]


class EventIn(Input):
    """A new event, or the replacement of one: with `ends_at` or `duration`."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_IN]})

    id: EventId | None = Field(
        default=None,
        description="Choose it to make retries safe; otherwise the server generates a UUIDv7.",
    )
    title: Title = Field(
        description="At least one character is visible. Stored without surrounding white space."
    )
    starts_at: Instant = Field(description="With an offset.")
    ends_at: Instant | None = Field(default=None, description="Not before `starts_at`.")
    duration: Duration | None = Field(
        default=None, description="Instead of `ends_at`, or with it if both say the same."
    )
    description: Description | None = None
    notify_before: LeadTime | None = Field(
        default=None,
        description="How long before `starts_at` to notify, 0 to 366 days; `null`: not at all.",
    )
    location: Location | None = None
    busy: Busy | None = Field(
        default=None, description="`false`: the event leaves its user free. Otherwise `true`."
    )
    user_id: _ReadOnly = None
    version: _ReadOnly = None
    created_at: _ReadOnly = None
    updated_at: _ReadOnly = None

    @field_validator("ends_at")
    @classmethod
    def _not_before_start(cls, ends_at: datetime | None, info: ValidationInfo) -> datetime | None:
        starts_at = info.data.get("starts_at")
        if ends_at and starts_at and ends_at < starts_at:
            raise PydanticCustomError("end_before_start", "must not be before starts_at")
        return ends_at

    @field_validator("duration", "notify_before")
    @classmethod
    def _within_the_calendar(
        cls, length: timedelta | None, info: ValidationInfo
    ) -> timedelta | None:
        starts_at = info.data.get("starts_at")
        if length is not None and starts_at:
            try:
                _ = starts_at + length if info.field_name == "duration" else starts_at - length
            except OverflowError:
                raise PydanticCustomError(
                    "date_time_range", "leads out of the years 1 to 9999"
                ) from None
        return length

    @field_validator("duration")
    @classmethod
    def _agrees_with_end(cls, duration: timedelta | None, info: ValidationInfo) -> timedelta | None:
        starts_at, ends_at = info.data.get("starts_at"), info.data.get("ends_at")
        if duration is not None and starts_at and ends_at and starts_at + duration != ends_at:
            raise PydanticCustomError("end_conflict", "leads to another end than ends_at")
        return duration

    @model_validator(mode="after")
    def _has_an_end(self) -> Self:
        if self.ends_at is None and self.duration is None:
            raise PydanticCustomError("one_end", "ends_at or duration is required")
        return self

    def to_fields(self) -> EventFields:
        """What is stored, with the end worked out."""
        fields = {name: getattr(self, name) for name in FIELDS}
        end = self.ends_at or self.starts_at + (self.duration or timedelta())
        return EventFields(**fields | {"ends_at": end})


class _PatchedEvent(EventIn):
    """A stored event with a patch. A stored text may be older than a rule: none is checked here."""

    title: str
    description: str | None
    location: str | None


class EventPatch(Input):
    """A JSON merge patch (RFC 7396): absent members do not change, `null` clears optional ones.

    Of `ends_at` and `duration`, each replaces the other. `ends_at` is cleared only by a `duration`.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_PATCH]})

    id: EventId | None = Field(default=None, description="Cannot be changed, only repeated.")
    title: Title | MISSING = MISSING
    starts_at: Instant | MISSING = Field(
        default=MISSING, description="Changed alone, it leaves `ends_at` as it is."
    )
    ends_at: Instant | MISSING | None = MISSING
    duration: Duration | MISSING | None = Field(
        default=MISSING, description="Replaces `ends_at`, or agrees with it if both are sent."
    )
    description: Description | MISSING | None = MISSING
    notify_before: LeadTime | MISSING | None = MISSING
    location: Location | MISSING | None = MISSING
    busy: Busy | MISSING | None = MISSING
    user_id: _ReadOnly = None
    version: _ReadOnly = None
    created_at: _ReadOnly = None
    updated_at: _ReadOnly = None

    @model_validator(mode="after")
    def _leaves_an_end(self) -> Self:
        if self.ends_at is None and (self.duration is MISSING or self.duration is None):
            raise PydanticCustomError("one_end", "ends_at or duration is required")
        return self

    def applied_to(self, stored: EventFields) -> EventFields:
        """The patched event.

        Raises:
            ValidationError: the patch makes it invalid.
        """
        patch = self.model_dump(include={*FIELDS, "duration"})
        event = {name: getattr(stored, name) for name in FIELDS} | patch
        if patch.get("duration") is not None and "ends_at" not in patch:
            event["ends_at"] = None
        return _PatchedEvent.model_validate(event).to_fields()


class EventBatchIn(Input):
    """Events that are created together, all or none."""

    events: list[EventIn] = Field(min_length=1, max_length=MAX_BATCH)


class EventOut(BaseModel):
    """A stored event. Times are in UTC. Later versions may add members: ignore unknown ones."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_OUT]})

    id: EventId
    user_id: UserId
    title: str = Field(min_length=1, max_length=255)
    description: str | None = Field(max_length=65_536)
    starts_at: Instant
    ends_at: Instant
    duration: Duration = Field(description="From start to end.")
    notify_before: LeadTime | None
    version: int = Field(ge=1, description="Grows by one with every change.")
    created_at: Instant
    updated_at: Instant
    location: Location | MISSING = Field(default=MISSING, description="Only where it is set.")
    busy: bool | MISSING = Field(default=MISSING, description="Only where it is `false`.")


class EventBatch(BaseModel):
    """The stored events, in the order of the request."""

    items: list[EventOut]
