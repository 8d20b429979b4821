"""The request and response bodies of events, and their descriptions in the OpenAPI document."""

from datetime import datetime
from typing import Annotated, Any, Final, Self

from pydantic import (
    MISSING,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    Strict,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError, PydanticKnownError

from calendar_api.errors import MemberInvalid
from calendar_api.events import examples
from calendar_api.events.leads import MAX_LEADS
from calendar_api.events.models import EventFields
from calendar_api.events.recurring import MAX_EXCEPTIONS
from calendar_api.events.resolving import resolve
from calendar_api.events.times import NO_OFFSET
from calendar_api.recurrence.parsing import MAX_LENGTH as MAX_RULE
from calendar_api.values.types import (
    Busy,
    CivilDate,
    DateTime,
    Description,
    Duration,
    Instant,
    LeadTime,
    Location,
    OccurrenceTime,
    RecurrenceId,
    Title,
    Zone,
)
from calendar_api.web.values import Input, UserId, Uuid

MAX_BATCH: Final = 1_000
"""Events in one batch, at most."""


ReadOnly = Annotated[Any, Field(description="Read-only: accepted and ignored.")]

_LEADS: Final = "How long before the start to notify, 0 to 366 days; `null`: not at all."


class OverrideIn(Input):
    """A changed occurrence: what it has instead of the series. `null`: as the series."""

    title: Title | None = None
    description: Description | None = None
    location: Location | None = None
    busy: Annotated[bool, Strict()] | None = None
    starts_at: DateTime | None = Field(
        default=None, description="Alone, it leaves the end of the occurrence as it is."
    )
    ends_at: DateTime | None = None
    duration: Duration | None = None
    starts_on: CivilDate | None = Field(default=None, description="Where the series lasts all day.")
    ends_on: CivilDate | None = None
    notify_before: LeadTime | None = None
    reminders: list[LeadTime] | None = Field(
        default=None, max_length=MAX_LEADS, description="`[]`: no reminder."
    )


class RecurrenceIn(Input):
    """How an event recurs (RFC 5545): a rule, or dates, or both."""

    rule: Annotated[str, Field(max_length=MAX_RULE)] | None = Field(
        default=None, description="RRULE: FREQ DAILY, WEEKLY, MONTHLY or YEARLY, and its parts."
    )
    dates: list[OccurrenceTime] | None = Field(
        default=None, max_length=MAX_EXCEPTIONS, description="RDATE: more occurrences."
    )
    excluded: list[OccurrenceTime] | None = Field(
        default=None, max_length=MAX_EXCEPTIONS, description="EXDATE: what does not take place."
    )


def _limit_overrides(value: Any) -> Any:
    if isinstance(value, dict) and len(value) > MAX_EXCEPTIONS:
        length = {"field_type": "Object", "max_length": MAX_EXCEPTIONS, "actual_length": None}
        raise PydanticKnownError("too_long", length)
    return value


OverridesIn = Annotated[
    dict[RecurrenceId, OverrideIn | None],
    BeforeValidator(_limit_overrides),
    WithJsonSchema(
        {
            "type": "object",
            "additionalProperties": {"$ref": "#/components/schemas/OverrideIn"},
            "maxProperties": MAX_EXCEPTIONS,
        }
    ),
]


class EventIn(Input):
    """A new event, or the replacement of one: with `ends_at` or `duration`."""

    model_config = ConfigDict(json_schema_extra={"examples": examples.EVENTS_IN})

    id: Uuid | None = Field(
        default=None,
        description="Choose it to make retries safe; otherwise the server generates a UUIDv7.",
    )
    title: Title = Field(
        description="At least one character is visible. Stored without surrounding white space."
    )
    time_zone: Zone | None = Field(
        default=None,
        description="The IANA zone that the event is planned in: its wall time stays when the "
        "zone's rules change.",
    )
    starts_at: DateTime | None = Field(
        default=None,
        description="With an offset; or without one, in `time_zone`. Required unless there is "
        "`starts_on`.",
    )
    ends_at: DateTime | None = Field(default=None, description="Not before `starts_at`.")
    duration: Duration | None = Field(
        default=None, description="Instead of `ends_at`, or with it if both say the same."
    )
    description: Description | None = None
    notify_before: LeadTime | None = Field(default=None, description=_LEADS)
    location: Location | None = None
    busy: Busy | None = Field(
        default=None, description="`false`: the event leaves its user free. Otherwise `true`."
    )
    reminders: list[LeadTime] | None = Field(
        default=None,
        max_length=MAX_LEADS,
        description="Several lead times. `notify_before` is the longest of them, or absent.",
    )
    starts_on: CivilDate | None = Field(
        default=None, description="The event lasts all day, from this date."
    )
    ends_on: CivilDate | None = Field(
        default=None, description="The date after its last one. By default the next day."
    )
    recurrence: RecurrenceIn | None = Field(
        default=None, description="Makes the event a series. With a `time_zone`, unless all day."
    )
    overrides: OverridesIn | None = Field(
        default=None, description="Changed occurrences of the series, by `recurrence_id`."
    )
    recurrence_id: Any = Field(
        default=None, description="Must be absent: an occurrence has a path of its own."
    )
    user_id: ReadOnly = None
    version: ReadOnly = None
    created_at: ReadOnly = None
    updated_at: ReadOnly = None

    _fields: EventFields = PrivateAttr()

    @field_validator("starts_at", "ends_at")
    @classmethod
    def _has_an_offset(cls, time: datetime | None, info: ValidationInfo) -> datetime | None:
        # Reported beside the errors of other members, unlike what is found out of several.
        if time is not None and time.tzinfo is None and info.data.get("time_zone", "") is None:
            raise PydanticCustomError("date_time_offset", NO_OFFSET)
        return time

    @model_validator(mode="after")
    def _resolve(self, info: ValidationInfo) -> Self:
        # pydantic knows errors of single members; those of several together are added.
        try:
            self._fields = resolve(self, before=info.context)
        except MemberInvalid as error:
            raise as_validation_error(error) from None
        return self

    def to_fields(self, before: EventFields | None = None) -> EventFields:
        """What is stored, worked out; in place of `before`, if that is given.

        Raises:
            MemberInvalid: in place of `before`, members contradict each other.
        """
        # Without a zone, nothing depends on what is replaced.
        return self._fields if before is None or self.time_zone is None else resolve(self, before)


def as_validation_error(error: MemberInvalid) -> ValidationError:
    """The error as pydantic raises its own."""
    custom = PydanticCustomError(error.code, "{sentence}", {"sentence": error.sentence})
    details = InitErrorDetails(type=custom, loc=error.loc, input=None)
    return ValidationError.from_exception_data("Event", [details])


# The same, as a schema without a reference: generators of clients do not know nullable ones.
_RecurrencePatch = Annotated[
    RecurrenceIn,
    WithJsonSchema(TypeAdapter(RecurrenceIn).json_schema() | {"description": "A merge patch."}),
]


class EventPatch(Input):
    """A JSON merge patch (RFC 7396): absent members do not change, `null` clears optional ones.

    Of `ends_at` and `duration`, each replaces the other. `ends_at` is cleared only by a `duration`.
    Of `notify_before` and `reminders`, each replaces all reminders.
    """

    id: Uuid | None = Field(default=None, description="Cannot be changed, only repeated.")
    title: Title | MISSING = MISSING
    starts_at: DateTime | MISSING | None = Field(
        default=MISSING, description="Changed alone, it leaves `ends_at` as it is."
    )
    ends_at: DateTime | MISSING | None = MISSING
    duration: Duration | MISSING | None = Field(
        default=MISSING, description="Replaces `ends_at`, or agrees with it if both are sent."
    )
    description: Description | MISSING | None = MISSING
    notify_before: LeadTime | MISSING | None = MISSING
    location: Location | MISSING | None = MISSING
    busy: Busy | MISSING | None = MISSING
    reminders: Annotated[list[LeadTime], Field(max_length=MAX_LEADS)] | MISSING | None = MISSING
    time_zone: Zone | MISSING | None = Field(
        default=MISSING,
        description="Alone, it keeps the wall time of an event that had a zone, and the instant of "
        "one that had none.",
    )
    starts_on: CivilDate | MISSING | None = Field(
        default=MISSING, description="Makes a timed event one that lasts all day."
    )
    ends_on: CivilDate | MISSING | None = MISSING
    recurrence: _RecurrencePatch | MISSING | None = Field(
        default=MISSING, description="Its members are patched, too. `null`: only the first is left."
    )
    overrides: OverridesIn | MISSING | None = Field(
        default=MISSING, description="They and their members are patched, too."
    )
    recurrence_id: Any = Field(
        default=None, description="Must be absent: an occurrence has a path of its own."
    )
    user_id: ReadOnly = None
    version: ReadOnly = None
    created_at: ReadOnly = None
    updated_at: ReadOnly = None

    @model_validator(mode="after")
    def _leaves_times(self) -> Self:
        if self.starts_on is MISSING or self.starts_on is None:
            if self.starts_at is None:
                raise as_validation_error(MemberInvalid(["starts_at"], "missing", "is required"))
            if self.ends_at is None and (self.duration is MISSING or self.duration is None):
                raise PydanticCustomError("one_end", "ends_at or duration is required")
        return self


class EventBatchIn(Input):
    """Events that are created together, all or none."""

    events: list[EventIn] = Field(min_length=1, max_length=MAX_BATCH)


class Recurrence(BaseModel):
    """How an event recurs: its occurrences are those of the rule and the dates."""

    rule: str | MISSING = MISSING
    dates: list[str] | MISSING = MISSING
    excluded: list[str] | MISSING = MISSING


class ChangedOccurrence(BaseModel):
    """What a changed occurrence has instead of the series. Absent members are as in the series."""

    title: str | MISSING = MISSING
    description: str | MISSING = MISSING
    location: str | MISSING = MISSING
    busy: bool | MISSING = MISSING
    starts_at: Instant | MISSING = MISSING
    ends_at: Instant | MISSING = MISSING
    duration: Duration | MISSING = MISSING
    starts_on: CivilDate | MISSING = MISSING
    ends_on: CivilDate | MISSING = MISSING
    notify_before: LeadTime | MISSING = MISSING
    reminders: list[LeadTime] | MISSING = MISSING


class EventOut(BaseModel):
    """A stored event. Times are in UTC. Later versions may add members: ignore unknown ones."""

    model_config = ConfigDict(json_schema_extra={"examples": examples.EVENTS_OUT})

    id: Uuid
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
    reminders: list[LeadTime] | MISSING = Field(
        default=MISSING, description="All lead times, where there are several."
    )
    time_zone: str | MISSING = Field(default=MISSING, description="The zone it is planned in.")
    starts_on: CivilDate | MISSING = Field(default=MISSING, description="Where it lasts all day.")
    ends_on: CivilDate | MISSING = Field(
        default=MISSING, description="The date after its last one."
    )
    recurrence: Recurrence | MISSING = Field(default=MISSING, description="Of a series.")
    overrides: dict[str, ChangedOccurrence] | MISSING = Field(
        default=MISSING, description="The changed occurrences of a series."
    )
    recurrence_id: str | MISSING = Field(
        default=MISSING, description="Which occurrence of its series this is."
    )


class EventBatch(BaseModel):
    """The stored events, in the order of the request."""

    items: list[EventOut]
