"""Values that a client sends are parsed and refused by the rules of the contract."""

import re
import sys
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from tests import strict_document

from calendar_api.values import types as values
from calendar_api.web import values as web_values
from calendar_api.zones import ZoneInfo

FIRST = datetime(1, 1, 1, tzinfo=UTC)
LAST = datetime.max.replace(tzinfo=UTC)


def read(kind: Any, value: object) -> Any:
    return TypeAdapter(kind).validate_python(value)


def error_of(kind: Any, value: object) -> str:
    with pytest.raises(ValidationError) as raised:
        read(kind, value)
    (error,) = raised.value.errors()
    return error["type"]


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-23T10:00:00+03:00", datetime(2026, 11, 23, 7, tzinfo=UTC)),
        ("2026-11-23T10:00:00Z", datetime(2026, 11, 23, 10, tzinfo=UTC)),
        ("2026-11-23t10:00:00z", datetime(2026, 11, 23, 10, tzinfo=UTC)),
        ("2026-11-23T10:00:00-00:00", datetime(2026, 11, 23, 10, tzinfo=UTC)),
        ("2026-11-23T10:00:00-23:59", datetime(2026, 11, 24, 9, 59, tzinfo=UTC)),
        ("2026-11-23T10:00:00.5Z", datetime(2026, 11, 23, 10, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-11-23T10:00:00.123456Z", datetime(2026, 11, 23, 10, 0, 0, 123_456, tzinfo=UTC)),
        ("2026-11-23T10:00:00.123456999Z", datetime(2026, 11, 23, 10, 0, 0, 123_456, tzinfo=UTC)),
        ("2026-11-23T10:00:00." + "1" * 32 + "Z", datetime(2026, 11, 23, 10, 0, 0, 111_111, UTC)),
        ("2024-02-29T00:00:00Z", datetime(2024, 2, 29, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", FIRST),
        ("0001-01-01T23:59:00+23:59", FIRST),
        ("9999-12-31T23:59:59.999999Z", LAST),
        ("9999-12-31T00:00:59.999999-23:59", LAST),
    ],
)
def test_an_instant_is_converted_to_utc(text: str, instant: datetime) -> None:
    assert read(values.Instant, text) == instant
    assert read(values.Instant, text).tzinfo is UTC


@given(st.datetimes(timezones=st.timezones()))
def test_an_instant_with_any_offset_is_the_same_instant(instant: datetime) -> None:
    offset = instant.utcoffset()
    if offset is None or offset % timedelta(minutes=1):
        return  # RFC 3339 has no syntax for local mean time.
    try:
        in_utc = instant.astimezone(UTC)
    except OverflowError:
        assert error_of(values.Instant, instant.isoformat()) == "date_time_range"
    else:
        assert read(values.Instant, instant.isoformat()) == in_utc


@pytest.mark.parametrize(
    ("value", "type_"),
    [
        ("2026-11-23T10:00:00", "date_time_offset"),
        ("2026-11-23T10:00:00.5", "date_time_offset"),
        ("9999-12-31T23:59:59-00:01", "date_time_range"),
        ("9999-12-31T23:59:59-23:59", "date_time_range"),
        ("0001-01-01T00:00:00+00:01", "date_time_range"),
        ("0000-01-01T00:00:00Z", "date_time"),
        ("2026-02-29T10:00:00Z", "date_time"),
        ("2026-11-31T10:00:00Z", "date_time"),
        ("2026-13-01T10:00:00Z", "date_time"),
        ("2026-11-23T24:00:00Z", "date_time"),
        ("2026-11-23T10:60:00Z", "date_time"),
        ("2026-12-31T23:59:60Z", "date_time"),
        ("2026-11-23T10:00:00+24:00", "date_time"),
        ("2026-11-23T10:00:00+03:60", "date_time"),
        ("2026-11-23T10:00:00-00:99", "date_time"),
        ("2026-11-23T10:00:00 03:00", "date_time"),
        ("2026-11-23 10:00:00Z", "date_time"),
        ("2026-11-23T10:00Z", "date_time"),
        ("2026-11-23T10:00:00+0300", "date_time"),
        ("2026-11-23T10:00:00+03", "date_time"),
        ("2026-11-23T10:00:00+03:00:00", "date_time"),
        ("2026-11-23T10:00:00,5Z", "date_time"),
        ("2026-11-23T10:00:00.Z", "date_time"),
        ("2026-11-23T10:00:00." + "1" * 33 + "Z", "date_time"),
        ("2026-11-23T10:00:00Z\n", "date_time"),
        (" 2026-11-23T10:00:00Z", "date_time"),
        ("20261123T100000Z", "date_time"),
        ("2026-W48-1T10:00:00Z", "date_time"),
        ("2026-327T10:00:00Z", "date_time"),
        ("2026-11-23", "date_time"),
        ("+2026-11-23T10:00:00Z", "date_time"),
        ("12026-11-23T10:00:00Z", "date_time"),
        ("-0001-11-23T10:00:00Z", "date_time"),
        ("٢٠٢٦-11-23T10:00:00Z", "date_time"),
        ("２026-11-23T10:00:00Z", "date_time"),
        ("2026-11-23T10:00:00\ud800", "date_time"),
        ("2026-11-23T10:00:00Z\0", "date_time"),
        ("infinity", "date_time"),
        ("now", "date_time"),
        ("1700000000", "date_time"),
        ("", "date_time"),
        (1_700_000_000, "date_time"),
        (1e300, "date_time"),
        (10**5_000, "date_time"),
        (None, "date_time"),
        (True, "date_time"),
        ([], "date_time"),
        ({}, "date_time"),
        (b"2026-11-23T10:00:00Z", "date_time"),
    ],
    ids=lambda value: str(value)[:50] if not isinstance(value, int) else type(value).__name__,
)
def test_an_invalid_instant_is_refused(value: object, type_: str) -> None:
    assert error_of(values.Instant, value) == type_


@given(st.text() | st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9:.,Zz+-]{0,20}"))
@example("2026-11-23T10:00:00+99:59")
def test_any_text_is_an_instant_or_a_validation_error(text: str) -> None:
    with suppress(ValidationError):
        assert FIRST <= read(values.Instant, text) <= LAST


@pytest.mark.parametrize("text", ["0001-01-01", "2024-02-29", "2026-11-23", "9999-12-31"])
def test_a_date_is_parsed(text: str) -> None:
    assert read(values.CivilDate, text) == date.fromisoformat(text)


@pytest.mark.parametrize(
    "value",
    [
        "2026-02-29",
        "2026-00-01",
        "2026-13-01",
        "0000-01-01",
        "2026-11-23T00:00:00Z",
        "20261123",
        "2026-W48-1",
        "2026-11-2",
        "2026-1-02",
        "10000-01-01",
        "-2026-11-23",
        "2026-11-23\n",
        " 2026-11-23",
        "２026-11-23",
        "2026-11-23\ud800",
        "2026-11-23\0",
        "today",
        "",
        20261123,
        None,
    ],
)
def test_an_invalid_date_is_refused(value: object) -> None:
    assert error_of(values.CivilDate, value) == "date"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("PT0S", timedelta()),
        ("P366D", values.MAX_LEAD),
        ("PT8784H", values.MAX_LEAD),
        ("P1DT12H", timedelta(hours=36)),
    ],
)
def test_a_lead_time_is_parsed(text: str, length: timedelta) -> None:
    assert read(values.LeadTime, text) == length


@pytest.mark.parametrize(
    ("value", "type_"),
    [
        ("P366DT0.000001S", "lead_time_range"),
        ("P53W", "lead_time_range"),
        ("P999999999999D", "duration_range"),
        ("-P1DT1S", "lead_time_range"),
        ("-P000000000000DT000000000000H000000000000M000000000001.000000000S", "duration"),
        ("--PT15M", "duration"),
        ("-", "duration"),
        ("P1Y", "duration"),
        ("P1M", "duration"),
        ("15", "duration"),
        ("", "duration"),
        (15, "duration"),
        (None, "duration"),
        (["P1D"], "duration"),
    ],
)
def test_an_invalid_lead_time_is_refused(value: object, type_: str) -> None:
    assert error_of(values.LeadTime, value) == type_


def test_a_duration_can_be_longer_than_a_lead_time() -> None:
    assert read(values.Duration, "P367D") == timedelta(days=367)


@given(st.uuids())
def test_a_uuid_is_parsed_in_either_case(uuid: UUID) -> None:
    assert read(web_values.Uuid, str(uuid)) == uuid
    assert read(web_values.Uuid, str(uuid).upper()) == uuid


@pytest.mark.parametrize(
    "value",
    [
        "019aa0f57c1e7b7e8d0a3f1f3c1f9b11",
        "{019aa0f5-7c1e-7b7e-8d0a-3f1f3c1f9b11}",
        "urn:uuid:019aa0f5-7c1e-7b7e-8d0a-3f1f3c1f9b11",
        "019aa0f5-7c1e-7b7e-8d0a-3f1f3c1f9b1",
        "019aa0f5-7c1e-7b7e-8d0a-3f1f3c1f9b111",
        "019aa0f57c1e-7b7e-8d0a-3f1f3c1f9b11-",
        "019aa0f5-7c1e-7b7e-8d0a-3f1f3c1f9b1g",
        "019aa0f5-7c1e-7b7e-8d0a-3f1f3c1f9b11\n",
        "０19aa0f5-7c1e-7b7e-8d0a-3f1f3c1f9b11",
        "019aa0f5-7c1e-7b7e-8d0a-3f1f3c1f9b1\ud800",
        "",
        0,
        None,
    ],
)
def test_an_invalid_uuid_is_refused(value: object) -> None:
    assert error_of(web_values.Uuid, value) == "uuid"


@pytest.mark.parametrize("name", ["UTC", "Europe/Moscow", "America/Argentina/La_Rioja", "EST5EDT"])
def test_a_zone_is_parsed(name: str) -> None:
    assert read(values.Zone, name) == ZoneInfo(name)
    assert read(values.Zone, name.lower()) == read(values.Zone, name.upper()) == ZoneInfo(name)


@pytest.mark.parametrize(
    "value",
    [
        "Europe/Atlantis",
        "Europe/Mos\u212aow",
        "A\u017fia/Tokyo",
        "Asia/To\u212ayo",
        "+03:00",
        "MSK",
        "localtime",
        "posixrules",
        "right/Europe/Moscow",
        "posix/Europe/Moscow",
        "Europe",
        "Europe/",
        "../etc/passwd",
        "/usr/share/zoneinfo/UTC",
        "Europe/Moscow\n",
        "Europe/Moscow\0",
        "UTC\ud800",
        "",
        3,
        None,
    ],
)
def test_an_invalid_zone_is_refused(value: object) -> None:
    assert error_of(values.Zone, value) == "time_zone"


@pytest.mark.parametrize("text", ["1", "10", "999", "1000"])
def test_a_limit_is_parsed(text: str) -> None:
    assert read(web_values.Limit, text) == int(text)


@pytest.mark.parametrize(
    "value",
    ["0", "-1", "1001", "9999", "01", "+1", "1.0", "1e2", "١", " 1", "1\n", "", "9" * 5_000, None],
)
def test_an_invalid_limit_is_refused(value: object) -> None:
    assert error_of(web_values.Limit, value) == "limit"


@pytest.mark.parametrize("text", ["a", "x" * 128, "ann@example.org", "A.b_c@d:e+f-9"])
def test_a_user_id_is_accepted(text: str) -> None:
    assert read(web_values.UserId, text) == text


@pytest.mark.parametrize(
    "value",
    ["", "x" * 129, "ann smith", "ann\n", "ann/bob", "энн", "a\0", "a,b", "\ud800", "١", 7, None],
)
def test_an_invalid_user_id_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        read(web_values.UserId, value)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Dentist", "Dentist"),
        ("  Dentist\t\n", "Dentist"),
        ("\u2003\u00a0Зубной  врач\u3000", "Зубной  врач"),
        ("x" * 255, "x" * 255),
        ("  " + "🦷" * 255 + "  ", "🦷" * 255),
        ("a\nb", "a\nb"),
        ("e\u0301", "e\u0301"),
        ("\u200bx", "\u200bx"),
        ("\u0301 \ufe0f.", "\u0301 \ufe0f."),
        ("❤\ufe0f", "❤\ufe0f"),
        ("👩\u200d⚕\ufe0f", "👩\u200d⚕\ufe0f"),
        ("۝", "۝"),  # a format character (Cf), and visible
        ("\u0378", "\u0378"),  # not assigned yet
        ("\ue000", "\ue000"),  # for private use
    ],
)
def test_a_title_is_trimmed(text: str, title: str) -> None:
    assert read(values.Title, text) == title


@pytest.mark.parametrize(
    "value",
    [
        "",
        "  ",
        "\u2003\n",
        "x" * 256,
        "🦷" * 256,
        "a\0b",
        "\0",
        "\ud800",
        "a\udfff",
        7,
        None,
        ["a"],
    ],
)
def test_an_invalid_title_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        read(values.Title, value)


BLANK = [
    "\u200b",  # zero width space
    "\ufeff",  # zero width no-break space: the byte order mark
    "\u2060",  # word joiner
    "\u2800",  # the Braille pattern without dots
    "\u00ad",  # soft hyphen
    "\u3164",  # Hangul filler
    "\uffa0",
    "\u115f\u1160",
    "\u034f",  # combining grapheme joiner
    "\u180e",
    "\u17b4",
    "\u202e\u202c",
    "\u2066\u2069",
    "\ufe0f",  # variation selector
    "\U000e0100",
    "\U000e0041",  # tag
    "\U0001d173",
    "\ufff9",
    "\uffff",
    "\x01\x7f\x9f",
    "\x1c",
    "\u0301",  # combining marks
    "\u0903\u20dd",
    "\u200b \u0301\u3000\u2800\ufe0f",
]


@pytest.mark.parametrize("value", BLANK, ids=ascii)
def test_a_title_has_a_visible_character(value: str) -> None:
    assert error_of(values.Title, value) == "invisible"
    assert read(values.Title, f"{value}x{value}") == f"{value}x{value}"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324"),
        ('"8e03978e"', "8e03978e"),
        ("x" * 255, "x" * 255),
        (f'"{"x" * 255}"', "x" * 255),
        ('"' + r"\"" * 255 + '"', '"' * 255),
        (r'"a \"b\" \\"', r'a "b" \ '.rstrip()),
        (r"a\b", r"a\b"),
        ('a"', 'a"'),
        ("!#~", "!#~"),
    ],
)
def test_an_idempotency_key_is_read(text: str, key: str) -> None:
    assert read(values.IdempotencyKey, text) == key


@pytest.mark.parametrize(
    "value",
    [
        *("", "x" * 256, "a b", "a\t", "a\n", "é", "\x7f", None, 7),
        *('"', '""', f'"{"x" * 256}"', '"a', '"a"b"', '"é"', '"a";p=1', '"a", "b"'),
        *(r'"\a"', r'"a\"', '"a\n"', '"a"\n'),
    ],
)
def test_an_invalid_idempotency_key_is_refused(value: object) -> None:
    assert error_of(values.IdempotencyKey, value) == "idempotency_key"


TITLE = TypeAdapter(values.Title)
EXACT_TITLE = re.compile(strict_document.TITLE["pattern"])


def is_title(text: str) -> bool:
    """Whether a text is a title, but for the rule about visible characters."""
    try:
        TITLE.validate_python(text)
    except ValidationError as error:
        return {each["type"] for each in error.errors()} == {"invisible"}
    return True


def test_the_strict_document_has_the_white_space_that_is_trimmed() -> None:
    characters = (chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000)
    assert [c for c in characters if is_title(c) != bool(EXACT_TITLE.fullmatch(c))] == []


SPACE = "\t\x0b\x85\u00a0\u1680\u2003\u2028\u3000"
NO_SPACE = "a\x1c\x1f\u200b\ufeff🦷"


@given(
    st.text(SPACE, max_size=9),
    st.sampled_from([0, 1, 2, 3, 254, 255, 256]).flatmap(
        lambda size: st.text(SPACE + NO_SPACE + "\0", min_size=size, max_size=size)
    ),
    st.text(SPACE, max_size=9),
)
def test_the_strict_document_has_the_length_of_a_trimmed_title(
    before: str, text: str, after: str
) -> None:
    title = before + text + after
    assert is_title(title) == bool(EXACT_TITLE.fullmatch(title))


@pytest.mark.parametrize("text", ["", "  kept as it is \n", "x" * 65_536, "🦷" * 65_536])
def test_a_text_is_not_changed(text: str) -> None:
    assert read(values.Description, text) == text


@pytest.mark.parametrize("value", ["x" * 65_537, "a\0b", "\ud800", 7])
def test_an_invalid_text_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        read(values.Description, value)


@pytest.mark.parametrize(
    "kind",
    [
        values.Instant,
        values.CivilDate,
        values.Duration,
        web_values.Uuid,
        values.Zone,
        web_values.Limit,
    ],
)
@given(value=st.text() | st.integers() | st.floats() | st.none() | st.lists(st.text()))
def test_any_value_is_accepted_or_a_validation_error(kind: Any, value: object) -> None:
    with suppress(ValidationError):
        read(kind, value)
