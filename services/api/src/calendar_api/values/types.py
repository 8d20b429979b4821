"""Types of the values that a client sends: their rules, errors and JSON schemas."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from calendar_api import zones
from calendar_api.values import durations
from calendar_api.zones import ZoneInfo

MAX_LEAD: Final = timedelta(days=366)
"""The longest lead time of a notification."""

MAX_PAGE: Final = 1_000
"""Events on one page of a list, at most."""

_DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt](?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(\.[0-9]{1,32})?"
    r"([Zz]|[+-][0-9]{2}:[0-5][0-9])?"
)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_LIMIT = re.compile(r"[1-9][0-9]{0,3}")


def _instant(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not (match := _DATE_TIME.fullmatch(value)):
        raise PydanticCustomError(
            "date_time",
            "must be an RFC 3339 date-time with an offset, such as 2026-11-23T10:00:00+03:00"
            " (in a URL, `+` is written %2B)",
        )
    if match[2] is None:
        raise PydanticCustomError("date_time_offset", "must have an offset: Z, or one like +03:00")
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError(
            "date_time_range", "must lie between the years 1 and 9999 in UTC"
        ) from None
    except ValueError:
        raise PydanticCustomError(
            "date_time", "names a day or a time that does not exist"
        ) from None


def _civil_date(value: object) -> date:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise PydanticCustomError("date", "must be a date, such as 2026-11-23")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("date", "names a day that does not exist") from None


def _duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    try:
        return durations.parse(value if isinstance(value, str) else "")
    except ValueError:
        raise PydanticCustomError(
            "duration",
            "must be an ISO 8601 duration of weeks, days, hours, minutes and seconds, such as"
            " P1DT12H; years and months have no fixed length",
        ) from None
    except OverflowError:
        raise PydanticCustomError("duration_range", "is longer than 999,999,999 days") from None


def _lead(value: timedelta) -> timedelta:
    if value > MAX_LEAD:
        raise PydanticCustomError("lead_time_range", "must be from 0 to 366 days")
    return value


def _uuid(value: object) -> UUID:
    if isinstance(value, UUID):
        return value
    # The standard library also accepts braces, `urn:` and misplaced hyphens.
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise PydanticCustomError(
            "uuid", "must be a UUID, such as 019aa0f5-7c1e-7b7e-8d0a-3f1f3c1f9b11"
        )
    return UUID(value)


def _zone(value: object) -> ZoneInfo:
    if isinstance(value, ZoneInfo):
        return value
    if not isinstance(value, str) or value not in zones.NAMES:
        raise PydanticCustomError("time_zone", "must be an IANA time zone, such as Europe/Moscow")
    return ZoneInfo(value)


def _limit(value: object) -> int:
    if isinstance(value, int):
        return value
    if not isinstance(value, str) or not _LIMIT.fullmatch(value) or int(value) > MAX_PAGE:
        raise PydanticCustomError("limit", "must be a whole number from 1 to 1000")
    return int(value)


def _no_nul(value: str) -> str:
    if "\x00" in value:
        raise PydanticCustomError("nul_character", "must not contain the NUL character")
    return value


def _schema(**keywords: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", **keywords})


# Not `format: duration`: as JSON Schema defines it, it has no fractions of a second and no PT1H30S.
_DURATION_SCHEMA = _schema(maxLength=durations.MAX_LENGTH, examples=["PT45M"])

Instant = Annotated[datetime, BeforeValidator(_instant), _schema(format="date-time")]
"""A point in time, in UTC. Digits past the microsecond are cut off."""

CivilDate = Annotated[date, BeforeValidator(_civil_date), _schema(format="date")]

Duration = Annotated[timedelta, BeforeValidator(_duration), _DURATION_SCHEMA]

LeadTime = Annotated[
    timedelta,
    AfterValidator(_lead),
    BeforeValidator(_duration),
    _schema(maxLength=durations.MAX_LENGTH, examples=["P1D"]),
]

EventId = Annotated[UUID, BeforeValidator(_uuid), _schema(format="uuid")]

Zone = Annotated[ZoneInfo, BeforeValidator(_zone), _schema()]

Limit = Annotated[
    int,
    BeforeValidator(_limit),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAX_PAGE}),
]

UserId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._@:+-]{1,128}$")]

Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=255),
    AfterValidator(_no_nul),
]

Description = Annotated[str, StringConstraints(max_length=65_536), AfterValidator(_no_nul)]

Location = Annotated[str, StringConstraints(max_length=1_024), AfterValidator(_no_nul)]
