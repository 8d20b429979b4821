"""List a day and a month of one user's events."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote

import asyncpg

from calendar_benchmarks import handlers
from calendar_benchmarks.load import Load, request
from calendar_benchmarks.path import Contender, Goal, Path
from calendar_benchmarks.sandbox import Sandbox
from calendar_benchmarks.servers import Server

_FIRST: Final = datetime(2100, 5, 1, tzinfo=UTC)
_LENGTH: Final = timedelta(minutes=30)
_WINDOWS_AROUND: Final = 4
"""Windows before and after the listed one that are equally full."""

# Primary key.
_ADD_EVENTS: Final = """
INSERT INTO events (user_id, id, title, description, starts_at, ends_at, notify_before)
SELECT $1, gen_random_uuid(), 'Dentist', 'Bring the X-ray.', starts_at, starts_at + $3::interval,
    interval '15 minutes'
FROM unnest($2::timestamptz[]) AS starts_at
"""


@dataclass(frozen=True, slots=True)
class _Window:
    """A user of its own has this number of events in it."""

    name: str
    days: int
    events: int

    @property
    def user(self) -> str:
        return f"{self.name}-user"

    @property
    def end(self) -> datetime:
        return _FIRST + timedelta(days=self.days)

    def starts(self) -> list[datetime]:
        """The starts of the user's events, in the window and around it."""
        step = timedelta(days=self.days) / self.events
        around = _WINDOWS_AROUND * self.events
        return [_FIRST + step * number for number in range(-around, self.events + around)]


_WINDOWS: Final = (_Window("day", days=1, events=10), _Window("month", days=31, events=1_000))


@asynccontextmanager
async def _contenders(sandbox: Sandbox) -> AsyncIterator[Sequence[Contender]]:
    async with (
        sandbox.database() as dsn,
        sandbox.service("api", dsn=dsn) as api,
        handlers.bare(sandbox, dsn=dsn) as bare,
        handlers.plain(sandbox, dsn=dsn) as plain,
    ):
        await _fill(dsn)
        yield [
            Contender(name=f"{window.name}: {name}", measure=load.rate)
            for window in _WINDOWS
            for name, load in (
                ("calendar", _load(api, _calendar(window))),
                ("bare handler", _load(bare, _range(window, "from", "to"))),
                ("plain FastAPI", _load(plain, _range(window, "start", "end"))),
            )
        ]


def _load(server: Server, text: str) -> Load:
    return Load(port=server.port, requests=[text], status=200)


def _calendar(window: _Window) -> str:
    first = "date" if window.name == "day" else "start"
    path = f"/v1/events/{window.name}?{first}={_FIRST.date()}&tz=UTC"
    return request("GET", path, headers={"X-User-Id": window.user})


def _range(window: _Window, start: str, end: str) -> str:
    query = f"{start}={quote(_FIRST.isoformat())}&{end}={quote(window.end.isoformat())}"
    return request("GET", f"/v1/events?{query}", headers={"X-User-Id": window.user})


async def _fill(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        for window in _WINDOWS:
            await connection.execute(_ADD_EVENTS, window.user, window.starts(), _LENGTH)
        await connection.execute(handlers.COPY_TO_PLAIN)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


PATH: Final = Path(
    title="List a day of 10 events and a month of 1,000, 32 connections",
    unit="lists/s",
    notes=(
        "a day of 10 events and a month of 1,000, of users with nine times as many. The bare "
        "handler sends the API's own statement."
    ),
    goals=[
        Goal(
            figure="day: calendar",
            relative_to=["day: bare handler"],
            sense="at least",
            limit=0.50,
        ),
        Goal(figure="day: calendar", relative_to=["day: plain FastAPI"], sense="at least", limit=4),
        Goal(
            figure="month: calendar",
            relative_to=["month: bare handler"],
            sense="at least",
            limit=0.80,
        ),
    ],
    contenders=_contenders,
)
