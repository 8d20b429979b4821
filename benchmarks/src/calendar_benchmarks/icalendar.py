"""Requests to a CalDAV server: events as iCalendar objects (RFC 5545, 4791)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final
from xml.sax.saxutils import quoteattr

from calendar_benchmarks.load import UNIQUE, Load, request

# "bench:bench" in base64; the server accepts any password.
_HEADERS: Final = {"Authorization": "Basic YmVuY2g6YmVuY2g="}
_ICALENDAR: Final = _HEADERS | {"Content-Type": "text/calendar; charset=utf-8"}
_XML: Final = _HEADERS | {"Content-Type": "application/xml; charset=utf-8", "Depth": "1"}
_STAMP: Final = "%Y%m%dT%H%M%SZ"

_EVENT: Final = """BEGIN:VEVENT
UID:{uid}
DTSTAMP:20261101T000000Z
DTSTART:{starts_at}
DTEND:{ends_at}
SUMMARY:{title}
DESCRIPTION:{description}
BEGIN:VALARM
ACTION:DISPLAY
DESCRIPTION:{title}
TRIGGER:-PT15M
END:VALARM
END:VEVENT
"""

_REPORT: Final = """<?xml version="1.0" encoding="utf-8"?>
<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">
<D:prop><D:getetag/><C:calendar-data/></D:prop>
<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">
<C:time-range start={start} end={end}/>
</C:comp-filter></C:comp-filter></C:filter>
</C:calendar-query>
"""


def event(uid: str, starts_at: datetime, ends_at: datetime, *, title: str, description: str) -> str:
    """A VEVENT with an alarm 15 minutes before it starts."""
    return _EVENT.format(
        uid=uid,
        starts_at=starts_at.strftime(_STAMP),
        ends_at=ends_at.strftime(_STAMP),
        title=title,
        description=description,
    )


async def create_calendars(port: int, calendars: Mapping[str, Iterable[str]]) -> None:
    """Creates calendars of the user `bench` by name, with these events."""
    requests = [
        request("PUT", f"/bench/{name}/", headers=_ICALENDAR, body=_calendar(events))
        for name, events in calendars.items()
    ]
    # In no time, each connection sends exactly one request.
    load = Load(port=port, requests=requests, status=201, connections=len(requests))
    await load.rate(0)


def put(name: str, event: str) -> str:
    """The request that stores an event, under another address each time it is sent."""
    path = f"/bench/{name}/{UNIQUE}.ics"
    return request("PUT", path, headers=_ICALENDAR, body=_calendar([event]))


def report(name: str, start: datetime, end: datetime) -> str:
    """The request for all events that overlap a window."""
    window = {"start": start.strftime(_STAMP), "end": end.strftime(_STAMP)}
    body = _REPORT.format(**{each: quoteattr(value) for each, value in window.items()})
    return request("REPORT", f"/bench/{name}/", headers=_XML, body=body)


def _calendar(events: Iterable[str]) -> str:
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Calendar//benchmarks//EN\n{''.join(events)}"
    return f"{text}END:VCALENDAR\n".replace("\n", "\r\n")
