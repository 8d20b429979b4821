"""Lists from a table of two million events, against the same lists from one of ten thousand."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from calendar_benchmarks.large_table import LARGE, SMALL, large_table, other_users
from calendar_benchmarks.load import Load, request
from calendar_benchmarks.path import Contender, Goal, Path
from calendar_benchmarks.sandbox import Sandbox
from calendar_benchmarks.servers import Server

_SIZES: Final = {"of 2 million": LARGE, "of 10 thousand": SMALL}
_USERS: Final = ("user of 100 events", "user of 100,000 events")


@asynccontextmanager
async def _contenders(sandbox: Sandbox) -> AsyncIterator[Sequence[Contender]]:
    large, small = [await large_table(sandbox, events=events) for events in _SIZES.values()]
    async with (
        sandbox.service("api", dsn=large) as of_large,
        sandbox.service("api", dsn=small) as of_small,
    ):
        servers = dict(zip(_SIZES, (of_large, of_small), strict=True))
        yield [
            Contender(name=f"{user}: {size}", measure=_load(user, size, server).latency)
            for user in _USERS
            for size, server in servers.items()
        ]


def _load(user: str, size: str, server: Server) -> Load:
    count = other_users(_SIZES[size])
    several = [f"user-{number:08}" for number in range(0, count, count // 40)]
    requests = [
        request("GET", "/v1/events/month?start=2100-06-15&tz=UTC", headers={"X-User-Id": each})
        for each in (several if user == _USERS[0] else ["busy"])
    ]
    return Load(port=server.port, requests=requests, status=200, connections=1)


PATH: Final = Path(
    title="List a month from a table of two million events, one connection",
    unit="ms",
    notes=(
        f"a month from a table of {LARGE:,} events and from one of {SMALL:,}, which give the same "
        "responses. The user of 100,000 events has 48 a week over forty years, one in a hundred a "
        "year long; in the small table only the nearest 6,000."
    ),
    goals=[
        Goal(
            figure=f"{user}: of 2 million",
            relative_to=[f"{user}: of 10 thousand"],
            sense="at most",
            limit=1.3,
        )
        for user in _USERS
    ],
    contenders=_contenders,
    seconds=0.5,
)
