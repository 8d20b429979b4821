"""Lists from a table of ten million events, against the same lists from one of ten thousand."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from calendar_benchmarks.crowd import HUGE, SMALL, crowd, users
from calendar_benchmarks.load import Load, request
from calendar_benchmarks.path import Claim, Contender, Path
from calendar_benchmarks.server import Server
from calendar_benchmarks.stage import Stage

_SIZES: Final = {"of ten million": HUGE, "of ten thousand": SMALL}
_USERS: Final = ("user of 100 events", "user of 100,000 events")


@asynccontextmanager
async def _contenders(stage: Stage) -> AsyncIterator[Sequence[Contender]]:
    huge, small = [await crowd(stage, events=events) for events in _SIZES.values()]
    async with (
        stage.service("api", dsn=huge) as of_huge,
        stage.service("api", dsn=small) as of_small,
    ):
        servers = dict(zip(_SIZES, (of_huge, of_small), strict=True))
        yield [
            Contender(name=f"{user}: {size}", measure=_load(user, size, server).latency)
            for user in _USERS
            for size, server in servers.items()
        ]


def _load(user: str, size: str, server: Server) -> Load:
    there_are = users(_SIZES[size])
    several = [f"user-{number:08}" for number in range(0, there_are, there_are // 40)]
    asked = several if user == _USERS[0] else ["busy"]
    requests = [
        request("GET", "/v1/events/month?start=2100-06-15&tz=UTC", headers={"X-User-Id": each})
        for each in asked
    ]
    return Load(port=server.port, requests=requests, status=200, connections=1)


PATH: Final = Path(
    title="List a month from a table of ten million events, one connection",
    unit="ms",
    better="less",
    claims=[
        Claim(
            figure=f"{user}: of ten million",
            ceilings=[f"{user}: of ten thousand"],
            sense="at most",
            goal=1.3,
        )
        for user in _USERS
    ],
    contenders=_contenders,
    rounds=11,
    seconds=1.0,
    notes=[
        (
            "Both tables give the same answers. The user of 100,000 events has 48 a week for forty "
            "years, one in a hundred a year long; in the small table, the 6,000 that are nearest."
        )
    ],
)
