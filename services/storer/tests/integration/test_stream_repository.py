"""What streams read, in the table."""

import json
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from calendar_storer.database import options
from calendar_storer.database.pool import open_pool
from calendar_storer.inbox.cursors import START
from calendar_storer.streams import repository as module
from calendar_storer.streams.hub import Arrivals
from calendar_storer.streams.repository import StreamRepository
from tests.conftest import notification
from tests.integration.rest import store
from tests.integration.table import Table


@pytest.fixture
async def arrivals(dsn: str) -> AsyncIterator[StreamRepository]:
    async with open_pool(SecretStr(dsn), options.POOL, size=1) as pool:
        yield StreamRepository(pool)


async def test_only_the_notifications_of_watched_users_are_read(
    arrivals: StreamRepository, table: Table
) -> None:
    start = (await arrivals.end()).arrival
    ann, bob, cid = (notification(user_id=user) for user in ("ann", "bob", "cid"))
    await store(table.connection, ann, bob, cid)
    found = await arrivals.arrivals(after=start, users={"ann", "cid"})

    assert found.events.keys() == {"ann", "cid"}
    assert str(ann.notification_id).encode() in found.events["ann"][0].block
    assert found.last == (await arrivals.end()).arrival
    assert not found.has_more
    assert len(found.delays) == 2
    assert min(found.delays) >= 0


async def test_position_passes_notifications_of_others(
    arrivals: StreamRepository, table: Table
) -> None:
    start = (await arrivals.end()).arrival
    await store(table.connection, notification(user_id="bob"))
    found = await arrivals.arrivals(after=start, users={"ann"})

    assert not found.events
    assert not found.has_more
    assert found.last == (await arrivals.end()).arrival > start
    nothing = await arrivals.arrivals(after=found.last, users={"ann"})
    assert nothing.last == found.last


async def test_many_arrivals_are_read_in_pages(
    arrivals: StreamRepository, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ARRIVALS", 4)
    position = (await arrivals.end()).arrival
    await store(table.connection, *(notification(user_id=f"user-{n % 2}") for n in range(10)))
    pages: list[Arrivals] = []
    while not pages or pages[-1].has_more:
        pages.append(await arrivals.arrivals(after=position, users={"user-0"}))
        position = pages[-1].last

    assert [len(page.events["user-0"]) for page in pages] == [2, 2, 1]
    numbers = [each.arrival for page in pages for each in page.events["user-0"]]
    assert numbers == sorted(set(numbers))


async def test_history_goes_on_from_rows_of_before_the_migration(
    arrivals: StreamRepository, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 2)
    await table.connection.execute(
        "INSERT INTO notifications (notification_id, event_id, title, event_date, user_id,"
        " notify_at, arrival) OVERRIDING SYSTEM VALUE"
        " SELECT gen_random_uuid(), gen_random_uuid(), n, now(), 'ann', now(), 0"
        " FROM generate_series(0, 2) AS n ORDER BY n"
    )
    await store(table.connection, *(notification(user_id="ann", title=f"{n}") for n in range(3, 6)))
    page = await arrivals.page("ann", after=START)
    blocks = [each.block for each in page.events]
    while page.has_more:
        page = await arrivals.page("ann", after=page.last)
        blocks += [each.block for each in page.events]

    titles = [json.loads(block[len("data: ") : block.index(b"\n")])["title"] for block in blocks]
    assert titles == list("012345")
