"""Create a series, against a single event."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from calendar_benchmarks.load import CONNECTIONS, Load, request
from calendar_benchmarks.path import Contender, Goal, Path
from calendar_benchmarks.sandbox import Sandbox

_EVENT: Final = {
    "title": "Dentist",
    "description": "Bring the X-ray.",
    "starts_at": "2100-05-05T09:00:00Z",
    "ends_at": "2100-05-05T09:45:00Z",
    "notify_before": "PT15M",
}
_SERIES: Final = _EVENT | {
    "time_zone": "Europe/Berlin",
    "recurrence": {"rule": "FREQ=WEEKLY;BYDAY=WE,FR"},
}


@asynccontextmanager
async def _contenders(sandbox: Sandbox) -> AsyncIterator[Sequence[Contender]]:
    async with sandbox.database() as dsn, sandbox.service("api", dsn=dsn) as api:

        def posts(event: Mapping[str, Any]) -> Load:
            requests = [
                request("POST", "/v1/events", headers={"X-User-Id": f"user-{number}"}, body=event)
                for number in range(64)
            ]
            return Load(port=api.port, requests=requests, status=201)

        yield [
            Contender(name="series", measure=posts(_SERIES).rate),
            Contender(name="events", measure=posts(_EVENT).rate),
        ]


PATH: Final = Path(
    title=f"Create one series, {CONNECTIONS} connections",
    unit="events/s",
    notes=(
        "one weekly series without an end in each request, of which ten reminders are planned; "
        "one single event with a reminder."
    ),
    goals=[Goal(figure="series", relative_to=["events"], sense="at least", limit=0.50)],
    contenders=_contenders,
)
