"""A day, a week and a month of one user's events."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote

import asyncpg

from calendar_benchmarks import handlers, icalendar, queries
from calendar_benchmarks.load import Load, request
from calendar_benchmarks.path import Claim, Contender, Path
from calendar_benchmarks.server import Server
from calendar_benchmarks.stage import Stage

_FIRST: Final = datetime(2100, 5, 1, tzinfo=UTC)
_RADICALE: Final = "Radicale"
_LENGTH: Final = timedelta(minutes=30)
_WINDOWS_AROUND: Final = 4
"""So many windows before and after the one that is listed are as full as it is."""


@dataclass(frozen=True, slots=True)
class _Window:
    """A user of its own has `events` in it."""

    name: str
    days: int
    events: int

    @property
    def user(self) -> str:
        return f"{self.name}-user"

    @property
    def end(self) -> datetime:
        return _FIRST + timedelta(days=self.days)

    def starts(self) -> Iterator[datetime]:
        """When the user's events start: in the window, and around it."""
        step = timedelta(days=self.days) / self.events
        around = _WINDOWS_AROUND * self.events
        return (_FIRST + step * number for number in range(-around, self.events + around))


_WINDOWS: Final = (
    _Window("day", days=1, events=10),
    _Window("week", days=7, events=100),
    _Window("month", days=31, events=1_000),
)


@asynccontextmanager
async def _contenders(stage: Stage) -> AsyncIterator[Sequence[Contender]]:
    async with (
        stage.database() as dsn,
        stage.database() as plains,
        stage.service("api", dsn=dsn) as api,
        handlers.bare(stage, dsn=dsn) as bare,
        handlers.plain(stage, dsn=plains) as plain,
        handlers.radicale(stage) as radicale,
    ):
        await _fill(dsn, queries.ADD_EVENTS)
        await _fill(plains, queries.ADD_PLAIN_EVENTS)
        await _fill_radicale(radicale)
        yield [
            contender
            for window in _WINDOWS
            for contender in (
                _contender("calendar", window, api, _ours),
                _contender("bare handler", window, bare, _range("from", "to")),
                _contender("plain FastAPI", window, plain, _range("start", "end"), peer=True),
                _contender(_RADICALE, window, radicale, _report, peer=True),
            )
        ]


def _contender(
    name: str,
    window: _Window,
    server: Server,
    asked: Callable[[_Window], str],
    *,
    peer: bool = False,
) -> Contender:
    load = Load(port=server.port, requests=[asked(window)], status=200)
    if name == _RADICALE:
        # It takes a second for a month: with more connections, each round would wait half a minute
        # for its last answers, at the same rate.
        load = replace(load, status=207, connections=2)
    return Contender(name=f"{window.name}: {name}", measure=load.rate, peer=peer)


def _ours(window: _Window) -> str:
    first = "date" if window.name == "day" else "start"
    path = f"/v1/events/{window.name}?{first}={_FIRST.date()}&tz=UTC"
    return request("GET", path, headers={"X-User-Id": window.user})


def _range(start: str, end: str) -> Callable[[_Window], str]:
    def asked(window: _Window) -> str:
        query = f"{start}={quote(_FIRST.isoformat())}&{end}={quote(window.end.isoformat())}"
        return request("GET", f"/v1/events?{query}", headers={"X-User-Id": window.user})

    return asked


def _report(window: _Window) -> str:
    return icalendar.report(window.user, _FIRST, window.end)


async def _fill(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        for window in _WINDOWS:
            await connection.execute(statement, window.user, list(window.starts()), _LENGTH)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


async def _fill_radicale(radicale: Server) -> None:
    calendars = {
        window.user: [
            icalendar.event(
                f"{window.user}-{number}",
                starts_at,
                starts_at + _LENGTH,
                title="Dentist",
                description="Bring the X-ray.",
            )
            for number, starts_at in enumerate(window.starts())
        ]
        for window in _WINDOWS
    }
    await icalendar.create_calendars(radicale.port, calendars)


PATH: Final = Path(
    title="List a day of 10 events, a week of 100, a month of 1,000; 32 connections",
    unit="lists/s",
    claims=[
        Claim(
            figure=f"{window.name}: calendar",
            ceilings=[f"{window.name}: bare handler"],
            sense="at least",
            goal=0.85,
        )
        for window in _WINDOWS
    ],
    contenders=_contenders,
    rounds=5,
    seconds=1.5,
    notes=[
        (
            "Each user has nine times as many events as are listed. The bare handler sends the "
            "API's own statement, and passes on the JSON that PostgreSQL builds. Radicale answers "
            "a calendar-query of the same window, over two connections."
        )
    ],
)
