"""A list is read in steps that keep neither other requests waiting nor much in memory."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import pytest

from calendar_api.database.pool import Pool
from calendar_api.errors import EventNotFound
from calendar_api.listing import statements
from calendar_api.listing.models import ListKey
from calendar_api.listing.repository import SERIES_AT_ONCE, ListingRepository
from calendar_api.listing.windows import Window

START = datetime(2026, 11, 23, tzinfo=UTC)
DAY = ListKey("ann", Window(START, datetime(2026, 11, 24, tzinfo=UTC)))
DOCUMENT = {
    "starts_at": "2026-11-01T08:00:00Z",
    "ends_at": "2026-11-01T09:00:00Z",
    "duration": "PT1H",
    "time_zone": "UTC",
    "recurrence": {"rule": "FREQ=DAILY"},
}


def row(event_id: UUID, place: int) -> dict[str, Any]:
    text = json.dumps({"id": str(event_id)} | DOCUMENT, separators=(",", ":"))
    local_start = datetime.fromisoformat("2026-11-01T08:00:00")
    internal = {"local_start": local_start, "moved": None, "last_day": None}
    return {"id": event_id, "place": place, "document": text} | internal


@dataclass
class SomeSeries:
    """A pool, its connection, and the database: the series of one user."""

    ids: Sequence[UUID]
    deleted: frozenset[UUID] = frozenset()
    at_once: int = 1_000
    reads: list[int] = field(default_factory=list)
    acquired: int = 0

    @asynccontextmanager
    async def acquire(self, *, reads_only: bool) -> AsyncIterator["SomeSeries"]:
        assert reads_only
        self.acquired += 1
        yield self

    async def fetch(self, statement: str, _user: str, *arguments: Any) -> list[dict[str, Any]]:
        if statement == statements.LIST_EVENTS:
            first: dict[str, Any] = {"documents": [], "last_id": None, "last_starts_at": None}
            return [first | {"series": self.ids}]
        ids, _ = arguments
        self.reads.append(len(ids))
        rows = [row(id_, place) for place, id_ in enumerate(ids, 1) if id_ not in self.deleted]
        return rows[: self.at_once]

    async def listed(self, *, limit: int = 1_000) -> list[str]:
        repository = ListingRepository(cast("Pool", self))
        page = await repository.overlapping(DAY, after=None, limit=limit)
        return [item["id"] for item in json.loads(b"[%b]" % page.items)]


def ids(count: int) -> list[UUID]:
    return [UUID(int=n + 1) for n in range(count)]


async def test_many_series_are_read_in_parts() -> None:
    database = SomeSeries(ids(2 * SERIES_AT_ONCE + 1))
    assert len(await database.listed()) == 2 * SERIES_AT_ONCE + 1
    assert database.reads == [SERIES_AT_ONCE, SERIES_AT_ONCE, 1]


@pytest.mark.parametrize(("count", "acquired"), [(0, 1), (SERIES_AT_ONCE, 1), (600, 3)])
async def test_a_list_waits_for_a_connection_once_for_each_part(count: int, acquired: int) -> None:
    database = SomeSeries(ids(count))
    await database.listed()
    assert database.acquired == acquired


async def test_large_series_are_read_in_smaller_parts() -> None:
    database = SomeSeries(ids(5), at_once=2)
    assert len(await database.listed()) == 5
    assert database.reads == [5, 3, 1]


@pytest.mark.parametrize("at_once", [1, 2, 1_000])
@pytest.mark.parametrize("deleted", [{1}, {5}, {2, 3}, {4, 5}, {1, 2, 3, 4, 5}])
async def test_a_series_that_was_deleted_since_is_left_out(at_once: int, deleted: set[int]) -> None:
    gone = frozenset(UUID(int=n) for n in deleted)
    database = SomeSeries(ids(5), deleted=gone, at_once=at_once)
    assert await database.listed() == [str(id_) for id_ in ids(5) if id_ not in gone]


async def test_other_requests_are_answered_while_series_are_expanded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("calendar_api.web.turns.TURN_SECONDS", -1.0)
    others = 0

    async def answer_others() -> None:
        nonlocal others
        while True:
            others += 1
            await asyncio.sleep(0)

    answering = asyncio.create_task(answer_others())
    assert len(await SomeSeries(ids(200)).listed(limit=1)) == 1
    answering.cancel()
    assert others > 150


async def test_the_occurrences_of_an_event_that_does_not_exist() -> None:
    repository = ListingRepository(cast("Pool", SomeSeries([], deleted=frozenset(ids(1)))))
    key = ListKey("ann", DAY.window, event_id=UUID(int=1))
    with pytest.raises(EventNotFound):
        await repository.overlapping(key, after=None, limit=1)
