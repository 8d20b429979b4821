"""No call takes longer than its time, whatever becomes of the database."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, cast
from uuid import uuid4

import pytest
from tests.conftest import PassTime

from calendar_api.database import options
from calendar_api.errors import ConnectionLost, DatabaseUnavailable
from calendar_api.events.models import EventFields, EventKey
from calendar_api.events.repository import EventRepository
from calendar_api.events.service import EventService
from calendar_api.listing.models import ListKey
from calendar_api.listing.repository import ListingRepository
from calendar_api.listing.windows import Window

CONTRACT_SECONDS = 5.0
NOW = datetime(2026, 11, 23, tzinfo=UTC)
KEY = EventKey("ann", uuid4())
LIST = ListKey("ann", Window(NOW, NOW))
CONTENT = EventFields("Dentist", None, NOW, NOW, None)


class SilentDatabase:
    """Loses its connection at the first call, and never answers the second."""

    def __init__(self) -> None:
        self.calls = 0

    async def _answer(self, *_: Any, **__: Any) -> Any:
        self.calls += 1
        if self.calls == 1:
            raise ConnectionLost
        await asyncio.Event().wait()

    create = get = overlapping = _answer

    async def change(self, *_: Any, **__: Any) -> Any:
        await asyncio.Event().wait()

    delete = change


@pytest.mark.parametrize(
    "call",
    [
        lambda events: events.create("ann", {KEY.event_id: CONTENT}),
        lambda events: events.get(KEY),
        lambda events: events.change(KEY, lambda content: content, precondition=lambda _: None),
        lambda events: events.delete(KEY, precondition=lambda _: None),
        lambda events: events.list_overlapping(LIST, cursor=None, limit=1),
    ],
)
async def test_a_call_ends_within_its_time_limit(
    call: Callable[[EventService], Awaitable[object]], pass_time: PassTime
) -> None:
    silent = SilentDatabase()
    events = EventService(cast("EventRepository", silent), cast("ListingRepository", silent))
    calling = asyncio.ensure_future(call(events))

    # What remains of the contract's time is for returning the connection.
    await pass_time(CONTRACT_SECONDS - options.POOL.acquire_seconds)

    with pytest.raises(DatabaseUnavailable, match="time was up"):
        await asyncio.wait_for(calling, 0)
