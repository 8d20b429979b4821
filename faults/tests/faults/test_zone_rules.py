"""New rules of a time zone arrive with a new release of the API, under load."""

import asyncio
import shutil
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
import tzdata  # type: ignore[import-untyped]

from calendar_faults import http
from calendar_faults.client import EVENTS
from calendar_faults.system import System
from calendar_faults.waiting import wait_until
from calendar_faults.zones import ZoneInfo
from tests.faults.conftest import Verify

ZONE: Final = "America/Vancouver"
"""Since 2026 its clocks do not change: in winter, an hour less to UTC than by the old rules."""

OLD_RULES: Final = "America/Los_Angeles"
"""What Vancouver's were."""

DATES: Final = 24
EVERY: Final = timedelta(seconds=1)
HOUR: Final = timedelta(hours=1)


def make_old_tzdata(folder: Path) -> None:
    """A package `tzdata` of an older version, in which the zone has its old rules."""
    package = folder / "tzdata"
    shutil.copytree(Path(tzdata.__file__).parent, package)
    zones = package / "zoneinfo"
    shutil.copy(zones / OLD_RULES, zones / ZONE)
    for module in package.glob("__init__.py"):
        module.write_text('IANA_VERSION = "2025b"\n__version__ = "2025.2"\n')


def winter_day(now: datetime) -> datetime:
    """Noon of a 15 January, at least a day ahead."""
    years = (now.year + 1, now.year + 2)
    days = (datetime(year, 1, 15, 12, tzinfo=UTC) for year in years)
    return next(day for day in days if day > now + timedelta(days=1))


def series(wall_time: datetime, *, lead: timedelta) -> dict[str, Any]:
    """A series in the zone, whose first occurrence is at that wall time."""
    dates = [(wall_time + number * EVERY).isoformat() for number in range(DATES)]
    return {
        "id": str(uuid4()),
        "title": "Choir",
        "starts_at": dates[0],
        "duration": "PT1H",
        "time_zone": ZONE,
        "notify_before": f"PT{lead.total_seconds():.6f}S",
        "recurrence": {"dates": dates},
    }


async def create(calendar: System, documents: Sequence[dict[str, Any]]) -> list[UUID]:
    """Create events that the checker does not know: their starts change by themselves."""
    [url] = calendar.client.urls
    for document in documents:
        answer = await http.call(
            "POST", f"{url}{EVENTS}", headers={"X-User-Id": "nomad"}, body=document, seconds=10
        )
        assert answer.status == 201, answer.body
    events = [UUID(document["id"]) for document in documents]
    calendar.unchecked |= {*events}
    return events


SENT = "SELECT * FROM notifications WHERE event_id = ANY($1)"
CHANGED = "SELECT count(*) FROM events WHERE id = ANY($1) AND version = 2"


@pytest.mark.weekly
async def test_new_rules_of_a_zone_under_load(
    calendar: System, verify: Verify, tmp_path: Path
) -> None:
    """Of some series, reminders were sent already; others are due an hour earlier by the rules."""
    make_old_tzdata(tmp_path)
    old, *_ = await asyncio.gather(
        calendar.start("api", settings={"PYTHONPATH": str(tmp_path)}),
        calendar.start("scheduler"),
        calendar.start("scheduler"),
        calendar.start("storer"),
    )
    now = calendar.recorder.now()
    start = winter_day(now)
    wall_time = start.astimezone(ZoneInfo(OLD_RULES)).replace(tzinfo=None)
    due_now, due_later = start - now - timedelta(seconds=4), start - now - timedelta(seconds=20)
    sent_before = await create(calendar, [series(wall_time, lead=due_now) for _ in range(4)])
    not_sent = await create(calendar, [series(wall_time, lead=due_later - HOUR) for _ in range(4)])
    events = [*sent_before, *not_sent]
    async with calendar.users(5):
        await wait_until_sent(calendar, events, count=4 * 5)
        await calendar.start("api")
        calendar.client.urls.remove(old.url)

        async def are_changed() -> bool:
            [[count]] = await calendar.sql(CHANGED, events)
            return int(count) == len(events)

        await wait_until(are_changed, seconds=20, what="all series follow the new rules")
        await old.stop()
    await wait_until_sent(calendar, events, count=len(events) * DATES)
    await verify(at_rest=2)

    rows = await calendar.sql(SENT, events)
    assert {*Counter((row["event_id"], row["recurrence_id"]) for row in rows).values()} == {1}
    assert all(row["stored_at"] >= row["notify_at"] for row in rows)
    assert {row["event_date"] < start for row in rows if row["event_id"] in not_sent} == {True}
    assert {row["event_date"] < start for row in rows if row["event_id"] in sent_before} == {
        True,
        False,
    }


async def wait_until_sent(calendar: System, events: Sequence[UUID], *, count: int) -> None:
    async def are_sent() -> bool:
        return len(await calendar.sql(SENT, events)) >= count

    await wait_until(are_sent, seconds=40, what=f"{count} reminders in the zone are stored")
