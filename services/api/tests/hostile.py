"""Request bodies that are made to take as much time and memory as they can."""

import json
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Final

from calendar_api.events.batch_reader import MAX_BATCH_BODY
from calendar_api.web.bodies import MAX_BODY

_EVENT = {"title": "Dentist", "starts_at": "2026-11-23T07:00:00Z", "duration": "PT45M"}


def batch_of(*events: bytes) -> bytes:
    """A batch of these events."""
    return b'{"events":[' + b",".join(events) + b"]}"


def with_unknown_members(count: int) -> bytes:
    """An event of this many members, none of which is known."""
    return b"{" + b",".join(b'"unknown%d":0' % number for number in range(count)) + b"}"


def largest_valid_batch() -> bytes:
    """1,000 events with descriptions of 15,000 characters."""
    return batch_of(*[json.dumps({**_EVENT, "description": "x" * 15_000}).encode()] * 1_000)


def _series(rule: str, **members: object) -> bytes:
    """A series from 1 January 2027, whatever its rule says."""
    start = "2027-01-01T09:00:00"
    recurrence = {"rule": rule, "dates": [start]}
    event = {"title": "x", "starts_at": start, "duration": "PT1H", "time_zone": "Europe/Berlin"}
    return json.dumps(event | {"recurrence": recurrence} | members).encode()


def _with_changed_occurrences(count: int) -> bytes:
    days = [date(2027, 1, 1) + timedelta(days=number) for number in range(count)]
    overrides = {f"{day}T09:00:00": {"title": "y"} for day in days}
    return _series("FREQ=DAILY", overrides=overrides)


def _filled(start: bytes, unit: bytes, end: bytes = b"", *, size: int = MAX_BATCH_BODY) -> bytes:
    """A body of about that size which repeats `unit`."""
    return start + unit * ((size - len(start) - len(end)) // len(unit)) + end


HOSTILE_BATCHES: Final[Mapping[str, Callable[[], bytes]]] = {
    "unknown members": lambda: batch_of(*[with_unknown_members(1_100)] * 1_000),
    "brackets": lambda: _filled(b"", b"["),
    "brackets as events": lambda: _filled(b'{"events":', b"["),
    "empty events": lambda: _filled(b'{"events":[{}', b",{}", b"]}"),
    "numbers": lambda: _filled(b"[0", b",0", b"]"),
    "numbers as events": lambda: _filled(b'{"events":[0', b",0", b"]}"),
    "spaces": lambda: _filled(b"", b" "),
    "spaces as events": lambda: _filled(b'{"events":[', b" ", b"]}"),
    "garbage at the end": lambda: largest_valid_batch() + b"garbage",
    "spaces at the end": lambda: _filled(batch_of(json.dumps(_EVENT).encode()), b" "),
    "a long name": lambda: _filled(b'{"events":[{"', b"k", b'":1}]}'),
    "long names": lambda: batch_of(*[b'{"' + b"k" * 15_000 + b'":1}'] * 1_000),
    "a long text": lambda: _filled(b'{"events":[{"title":"', b"x", b'"}]}'),
    "a long number": lambda: _filled(b'{"events":[', b"9", b"]}"),
    "quotes": lambda: _filled(b'{"events":[', b'"', b"]}"),
    "one name for all": lambda: _filled(b'{"events":[{"a":0', b',"a":0', b"}]}"),
    "members before the events": lambda: _filled(b'{"a":0', b',"a":0', b',"events":[]}'),
    "members after the events": lambda: _filled(
        batch_of(json.dumps(_EVENT).encode())[:-1], b',"a":0', b"}"
    ),
    "unknown members after a note": lambda: (
        b'{"note":1,' + batch_of(*[with_unknown_members(1_000)] * 65)[1:]
    ),
    "wide arrays": lambda: batch_of(
        *[_filled(b'{"title":[0', b",{}", b"]}", size=MAX_BODY - 10)] * 15
    ),
    "changed occurrences": lambda: batch_of(*[_with_changed_occurrences(350)] * 1_000),
    "rules that seldom occur": lambda: batch_of(
        *[
            _series(f"FREQ=DAILY;INTERVAL={interval};BYMONTHDAY=1,2,3;COUNT=10000")
            for interval in range(1, 1_000)
        ]
    ),
    "arrays just within the limit": lambda: batch_of(
        *[_filled(b'{"title":[0', b",{}", b"]}", size=19_000)] * 20
    ),
}

HOSTILE_EVENTS: Final[Mapping[str, Callable[[], bytes]]] = {
    "unknown members": lambda: with_unknown_members(60_000),
    "unknown members just within the limit": lambda: with_unknown_members(19_000),
    "brackets": lambda: _filled(b"", b"[", size=MAX_BODY),
    "empty objects": lambda: _filled(b'{"title":[{}', b",{}", b"]}", size=MAX_BODY),
    "a long name": lambda: _filled(b'{"', b"k", b'":1}', size=MAX_BODY),
    "escapes": lambda: _filled(b'{"title":"', b"\\u0041", b'"}', size=MAX_BODY),
    "spaces": lambda: _filled(b"", b" ", size=MAX_BODY),
}
