"""List a day and a month of series, against the same items as single events."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import asyncpg

from calendar_benchmarks.load import Load, request
from calendar_benchmarks.path import Contender, Goal, Path
from calendar_benchmarks.sandbox import Sandbox
from calendar_benchmarks.written import write_events

SERIES: Final = 30
MANY: Final = 1_000

_ZONE: Final = "Europe/Berlin"
_OFFSET: Final = "+02:00"
"""In summer."""

_FIRST: Final = date(2100, 5, 3)
_DAYS: Final = 31
_YEARS: Final = 10
"""The age of the series."""

_LISTS: Final = {
    "day": f"/v1/events/day?date={_FIRST}&tz={_ZONE}",
    "month": f"/v1/events/month?start={_FIRST}&tz={_ZONE}",
}


@asynccontextmanager
async def _contenders(sandbox: Sandbox) -> AsyncIterator[Sequence[Contender]]:
    async with sandbox.database() as dsn, sandbox.service("api", dsn=dsn) as api:
        await write_events(api.port, _series(SERIES), user="series")
        await write_events(api.port, _single_events(), user="events")
        await write_events(api.port, _series(MANY), user="many")
        await _vacuum(dsn)

        def load(path: str, user: str) -> Load:
            get = request("GET", path, headers={"X-User-Id": user})
            return Load(port=api.port, requests=[get], status=200, connections=1)

        yield [
            *(
                Contender(name=f"{name}: {user}", measure=load(path, user).latency)
                for name, path in _LISTS.items()
                for user in ("series", "events")
            ),
            Contender(name=f"{MANY:,} series", measure=load(_LISTS["day"], "many").latency),
        ]


def _series(count: int) -> list[dict[str, Any]]:
    """Daily ones without an end."""
    first = _FIRST.replace(year=_FIRST.year - _YEARS)
    return [
        _event(number)
        | {
            "starts_at": _start(number, first).isoformat(),
            "time_zone": _ZONE,
            "recurrence": {"rule": "FREQ=DAILY"},
        }
        for number in range(count)
    ]


def _single_events() -> list[dict[str, Any]]:
    """The occurrences of the month, and as many days before and after it."""
    days = [_FIRST + timedelta(days=number) for number in range(-_DAYS, 2 * _DAYS)]
    return [
        _event(number) | {"starts_at": _start(number, day).isoformat() + _OFFSET}
        for day in days
        for number in range(SERIES)
    ]


def _event(number: int) -> dict[str, Any]:
    return {
        "title": f"Lesson {number}",
        "description": "Bring the book.",
        "duration": "PT45M",
        "notify_before": "PT15M",
    }


def _start(number: int, day: date) -> datetime:
    return datetime.combine(day, time(number % 24, number % 60))


async def _vacuum(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


PATH: Final = Path(
    title=f"List a day and a month of {SERIES} series, one connection",
    unit="ms",
    notes=(
        f"a day and a month of {SERIES} daily series without an end that are {_YEARS} years old, "
        "and of a user who has the same items as single events; a day of a user with "
        f"{MANY:,} such series."
    ),
    goals=[
        *(
            Goal(
                figure=f"{name}: series",
                relative_to=[f"{name}: events"],
                sense="at most",
                limit=1.5,
            )
            for name in _LISTS
        ),
        Goal(figure=f"{MANY:,} series", sense="at most", limit=100, unit="ms"),
    ],
    contenders=_contenders,
)
