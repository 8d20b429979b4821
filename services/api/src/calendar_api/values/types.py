"""Types of the values that a client sends: their rules, errors and JSON schemas."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Final
from unicodedata import category

from pydantic import (
    AfterValidator,
    BeforeValidator,
    PlainValidator,
    Strict,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from calendar_api import zones
from calendar_api.recurrence.wall_time import LocalTime
from calendar_api.values import durations
from calendar_api.zones import ZoneInfo

MAX_LEAD: Final = timedelta(days=366)
"""The longest lead time of a notification."""

MIN_LEAD: Final = timedelta(days=-1)
"""The shortest one, of events that last all day: it is due after they have started."""

_DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt](?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(\.[0-9]{1,32})?"
    r"([Zz]|[+-][0-9]{2}:[0-5][0-9])?"
)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ZONES: Final = {name.lower(): name for name in zones.NAMES}
# Visible ASCII, or a string as RFC 9651 has it.
_KEY = re.compile(
    r'^(?:[\x21\x23-\x7e][\x21-\x7e]{0,254}|"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\]){1,255}")$'
)


def _instant(value: object) -> datetime:
    time = _date_time(value)
    if time.tzinfo is None:
        raise PydanticCustomError("date_time_offset", "must have an offset: Z, or one like +03:00")
    return time


def _date_time(value: object) -> datetime:
    """In UTC, or without a zone where there is no offset."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not (match := _DATE_TIME.fullmatch(value)):
        raise PydanticCustomError(
            "date_time",
            "must be an RFC 3339 date-time with an offset, such as 2026-11-23T10:00:00+03:00"
            " (in a URL, `+` is written %2B)",
        )
    try:
        time = datetime.fromisoformat(value.upper())
        return time if match[2] is None else time.astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError(
            "date_time_range", "must lie between the years 1 and 9999 in UTC"
        ) from None
    except ValueError:
        raise PydanticCustomError(
            "date_time", "names a day or a time that does not exist"
        ) from None


def _civil_date(value: object) -> date:
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise PydanticCustomError("date", "must be a date, such as 2026-11-23")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("date", "names a day that does not exist") from None


def _local_time(value: object) -> LocalTime:
    """A date, or a date-time without an offset."""
    if isinstance(value, date):  # A datetime is one, too.
        return value
    try:
        time = _civil_date(value) if isinstance(value, str) and len(value) == 10 else None
        time = time or _date_time(value)
    except PydanticCustomError:
        time = None
    if time is None or (isinstance(time, datetime) and time.tzinfo):
        raise PydanticCustomError(
            "recurrence_id",
            "must be a date-time without an offset, such as 2026-12-24T09:00:00, or a date",
        )
    return time


def _occurrence_time(value: object) -> LocalTime:
    """A date, or a date-time with or without an offset."""
    if isinstance(value, date):
        return value
    return _civil_date(value) if isinstance(value, str) and len(value) == 10 else _date_time(value)


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


def _lead(value: object) -> timedelta:
    if isinstance(value, str) and value.startswith("-") and len(value) <= durations.MAX_LENGTH:
        lead = -_duration(value[1:])
    else:
        lead = _duration(value)
    if not MIN_LEAD <= lead <= MAX_LEAD:
        raise PydanticCustomError("lead_time_range", "must be from 0 to 366 days")
    return lead


def _zone(value: object) -> ZoneInfo:
    if isinstance(value, ZoneInfo):
        return value
    # Outside ASCII, other letters have these in lower case (U+212A, the Kelvin sign).
    name = _ZONES.get(value.lower()) if isinstance(value, str) and value.isascii() else None
    if name is None:
        raise PydanticCustomError("time_zone", "must be an IANA time zone, such as Europe/Moscow")
    return zones.zone(name)


def _idempotency_key(value: object) -> str:
    if not isinstance(value, str) or not _KEY.fullmatch(value):
        raise PydanticCustomError(
            "idempotency_key",
            "must be 1 to 255 visible ASCII characters, or an RFC 9651 string in double quotes",
        )
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value


def _visible(value: str) -> str:
    """Unassigned characters count as visible: a later version of Unicode may define them."""
    if all(_INVISIBLE.match(each) or category(each).startswith("M") for each in value):
        raise PydanticCustomError("invisible", "must have a visible character")
    return value


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

DateTime = Annotated[
    datetime,
    BeforeValidator(_date_time),
    _schema(pattern="^[0-9-]{10}[Tt][0-9:.]{8,}", examples=["2026-11-23T10:00:00+03:00"]),
]
"""A point in time, in UTC; or a wall time, without a zone."""

RecurrenceId = Annotated[
    LocalTime, PlainValidator(_local_time), _schema(examples=["2026-12-23T19:30:00"])
]
"""The wall time of an occurrence, or its date if it lasts all day."""

OccurrenceTime = Annotated[
    LocalTime, PlainValidator(_occurrence_time), _schema(examples=["2026-12-23T19:30:00"])
]
"""The same, or the instant of an occurrence (in UTC)."""

CivilDate = Annotated[date, BeforeValidator(_civil_date), _schema(format="date")]

Duration = Annotated[timedelta, BeforeValidator(_duration), _DURATION_SCHEMA]

LeadTime = Annotated[
    timedelta,
    BeforeValidator(_lead),
    _schema(maxLength=durations.MAX_LENGTH, examples=["P1D"]),
]
"""May be negative, which only events that last all day may have."""

IdempotencyKey = Annotated[
    str, BeforeValidator(_idempotency_key), _schema(minLength=1, maxLength=512)
]
"""The key itself, without quotes and escapes."""

Zone = Annotated[ZoneInfo, BeforeValidator(_zone), _schema(examples=["Europe/Berlin"])]

# Unicode's White_Space, which is what is trimmed. `\s` differs between implementations: ECMAScript
# has U+FEFF in it and not U+0085, Python has U+001C to U+001F.
_SPACE: Final = r"\u0009-\u000d\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"

# White space, controls, Unicode's Default_Ignorable_Code_Point, annotation characters, the blank
# Braille pattern, and noncharacters. Nor is a mark (M) visible without a character that it is on.
_INVISIBLE: Final = re.compile(
    rf"[{_SPACE}\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0"
    r"\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)

Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=255),
    AfterValidator(_no_nul),
    AfterValidator(_visible),
]

Description = Annotated[str, StringConstraints(max_length=65_536), AfterValidator(_no_nul)]

Location = Annotated[str, StringConstraints(max_length=1_024), AfterValidator(_no_nul)]

Busy = Annotated[bool, Strict(), AfterValidator(lambda busy: None if busy else False)]
"""`None`, which is neither stored nor shown, for the default `true`."""
