"""Concurrent creates that run as one statement."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from pydantic import SecretStr
from tests.integration.sql import Sql

from calendar_api.database import options
from calendar_api.database.pool import open_pool
from calendar_api.errors import DatabaseUnavailable, EventConflict
from calendar_api.events.models import EventFields
from calendar_api.events.repository import EventRepository
from calendar_api.events.writing import CreateResult

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
async def repository(dsn: str) -> AsyncIterator[EventRepository]:
    async with open_pool(SecretStr(dsn), options.POOL, size=10) as pool:
        yield EventRepository(pool)


def content(title: str) -> EventFields:
    return EventFields(title, None, NOON, NOON, None)


@pytest.mark.parametrize("titles", [("first", "second"), ("second", "first")])
async def test_of_two_creates_with_one_key_in_a_batch_the_first_succeeds(
    repository: EventRepository, titles: tuple[str, str]
) -> None:
    id_ = uuid4()

    first, second = await asyncio.gather(
        *(repository.create("ann", {id_: content(title)}) for title in titles),
        return_exceptions=True,
    )

    assert isinstance(first, CreateResult)
    assert json.loads(first.events[0].document)["title"] == titles[0]
    assert isinstance(second, EventConflict)


REFUSE_FOR_LACK_OF_SPACE = """
CREATE SEQUENCE tries;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM nextval('tries');
    RAISE EXCEPTION USING ERRCODE = 'disk_full';
END $$;
CREATE TRIGGER refuse BEFORE INSERT ON events FOR EACH STATEMENT EXECUTE FUNCTION refuse();
"""


@pytest.fixture
def tries(sql: Sql) -> Iterator[str]:
    """PostgreSQL rejects all events. The value is a query for the number of tries."""
    sql.run(REFUSE_FOR_LACK_OF_SPACE)
    yield "SELECT last_value FROM tries"
    sql.run("DROP FUNCTION refuse CASCADE; DROP SEQUENCE tries")


async def test_in_an_outage_all_requests_of_a_batch_fail(
    repository: EventRepository, tries: str
) -> None:
    results = await asyncio.gather(
        *(repository.create("ann", {uuid4(): content(f"{n}")}) for n in range(20)),
        return_exceptions=True,
    )

    assert {type(result) for result in results} == {DatabaseUnavailable}
    async with repository._pool.acquire() as connection:
        assert await connection.fetchval(tries) == 1
