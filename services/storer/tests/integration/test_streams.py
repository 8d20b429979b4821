"""`GET /v1/notifications/stream`: what a client gets, and what it is refused."""

import asyncio
import json
import re
from typing import Any

import pytest

from tests.conftest import notification
from tests.integration.conftest import Start
from tests.integration.event_source import EventSource
from tests.integration.inserting import Inserter
from tests.integration.storer import Storer
from tests.integration.topic import Topic
from tests.integration.waiting import eventually


@pytest.fixture
async def storer(start: Start, topic: Topic, dsn: str) -> Storer:
    storer = await start(topic, dsn)
    await storer.is_ready()
    return storer


@pytest.fixture
async def port(storer: Storer) -> int:
    return await storer.port()


async def test_stored_notification_is_one_event(port: int, topic: Topic) -> None:
    sent = notification(user_id="ann", recurrence_id="2026-11-23T08:00:00", title="Zähne\nputzen")
    async with await EventSource.open(port) as stream:
        await stream.block()
        await topic.send(notification(user_id="bob"), sent)
        block = await stream.block()

        assert stream.status == 200
        assert stream.header("content-type").startswith("text/event-stream")
        assert block.fields.keys() == {"id", "data"}
        listed = await listing(port)
        assert block.data == listed["items"][0]
        assert block.data["id"] == str(sent.notification_id)
        assert block.data["title"] == "Zähne\nputzen"
        assert block.data["recurrence_id"] == "2026-11-23T08:00:00"
        assert block.id == listed["next_cursor"]


async def test_intermediaries_neither_store_nor_change_nor_hold_back_events(port: int) -> None:
    async with await EventSource.open(port, headers={"Accept-Encoding": "gzip"}) as stream:
        assert stream.header("x-accel-buffering") == "no"
        policy = set(stream.header("cache-control").split(", "))
        assert policy == {"private", "no-cache", "no-transform"}
        assert "content-encoding" not in stream.headers
        assert stream.header("x-request-id")


async def test_first_block_says_where_and_when_to_resume(port: int, inserter: Inserter) -> None:
    await inserter.store(notification(user_id="ann", title="before"))
    async with await EventSource.open(port) as stream:
        first = await stream.block()

    assert first.fields.keys() == {"id", "retry"}
    assert 1000 <= int(first.fields["retry"]) <= 3000
    # Without having seen a notification, the client resumes from where it was.
    await inserter.store(notification(user_id="ann", title="after"))
    async with await EventSource.open(port, last_id=first.id) as stream:
        assert [each["title"] for each in await stream.notifications(1)] == ["after"]


async def test_cursors_of_list_and_stream_are_the_same(port: int, inserter: Inserter) -> None:
    await inserter.store(*(notification(user_id="ann", title=f"{n}") for n in range(3)))
    page = await listing(port, "limit=2")
    async with await EventSource.open(port, last_id=page["next_cursor"]) as stream:
        assert [each["title"] for each in await stream.notifications(1)] == ["2"]
    assert (await listing(port, f"after={stream.last_id}"))["items"] == []


async def test_long_absence_is_caught_up_in_order(port: int, inserter: Inserter) -> None:
    async with await EventSource.open(port) as stream:
        first = await stream.block()
    for batch in range(5):
        await inserter.store(
            *(notification(user_id="ann", title=f"{batch}-{n}") for n in range(500)),
            *(notification(user_id="bob") for _ in range(100)),
        )
    async with await EventSource.open(port, last_id=first.id) as stream:
        missed = await stream.notifications(2500)
        await inserter.store(notification(user_id="ann", title="live"))
        [live] = await stream.notifications(1)

    assert [each["title"] for each in missed] == [f"{b}-{n}" for b in range(5) for n in range(500)]
    assert live["title"] == "live"


async def test_users_see_their_own_notifications_only(port: int, inserter: Inserter) -> None:
    users = [f"user-{number}" for number in range(10)]
    streams = [await EventSource.open(port, user) for user in users]
    for n in range(5):
        await inserter.store(*(notification(user_id=user, title=f"{user} {n}") for user in users))
    for user, stream in zip(users, streams, strict=True):
        got = await stream.notifications(5)
        assert [each["title"] for each in got] == [f"{user} {n}" for n in range(5)]
        assert "user_id" not in got[0]
        stream.close()


async def test_user_may_be_a_parameter_for_browsers(port: int, inserter: Inserter) -> None:
    async with await EventSource.open(port, None, query="?user_id=ann") as stream:
        await stream.block()
        await inserter.store(notification(user_id="ann", title="hello"))
        assert [each["title"] for each in await stream.notifications(1)] == ["hello"]


async def test_pages_of_configured_origins_may_read_a_stream(
    start: Start, topic: Topic, dsn: str
) -> None:
    origin = "https://calendar.example.org"
    storer = await start(topic, dsn, CALENDAR_HTTP__CORS_ORIGINS=json.dumps([origin]))
    await storer.is_ready()
    stream = await EventSource.open(
        await storer.port(), None, query="?user_id=ann", headers={"Origin": origin}
    )

    assert stream.header("access-control-allow-origin") == origin
    stream.close()


async def test_invalid_requests_are_refused(port: int) -> None:
    for query, headers, place in (
        ("", {"Last-Event-ID": "nonsense"}, ["header", "Last-Event-ID"]),
        ("", {"Last-Event-ID": "AAAA"}, ["header", "Last-Event-ID"]),
        ("", {"Last-Event-ID": "\xff"}, ["header", "Last-Event-ID"]),
        ("", {"Last-Event-ID": "x" * 10_000}, ["header", "Last-Event-ID"]),
        ("?after=x", {}, ["query", "after"]),
        ("?last_event_id=x", {}, ["query", "last_event_id"]),
        ("?user_id=bob", {}, ["header", "X-User-Id"]),
    ):
        refused = await EventSource.open(port, query=query, headers=headers)
        problem = json.loads(await refused.body())
        refused.close()

        assert refused.status == 422
        assert refused.header("content-type") == "application/problem+json"
        assert [error["loc"] for error in problem["errors"]] == [place]


async def test_empty_last_event_id_is_none(port: int) -> None:
    async with await EventSource.open(port, last_id="") as stream:
        assert stream.status == 200


async def test_head_is_answered_without_a_stream(port: int, storer: Storer) -> None:
    async with await EventSource.open(
        port, method="HEAD", headers={"Connection": "close"}
    ) as stream:
        assert stream.status == 200
        assert stream.header("content-type").startswith("text/event-stream")
        assert await stream.rest() == b""
    assert await storer.metric("calendar_storer_streams") == 0


async def test_comment_comes_regularly(start: Start, topic: Topic, dsn: str) -> None:
    soon = "from calendar_storer.streams import stream; stream.COMMENT_SECONDS = 0.1"
    storer = await start(topic, dsn, code=soon)
    await storer.is_ready()
    async with await EventSource.open(await storer.port()) as stream:
        await stream.block()
        assert [(await stream.block()).fields for _ in range(3)] == [{"": "ping"}] * 3


async def test_streams_end_with_their_clients(port: int, storer: Storer) -> None:
    streams = [await EventSource.open(port) for _ in range(20)]
    assert await storer.metric("calendar_storer_streams") == 20
    for stream in streams:
        stream.close()

    async def ended() -> bool:
        return await storer.metric("calendar_storer_streams") == 0

    await eventually(ended)


async def test_streams_are_logged_but_not_measured_as_requests(port: int, storer: Storer) -> None:
    (await EventSource.open(port)).close()
    await storer.said("request", path="/v1/notifications/stream", status=200)
    _, text = await storer.get("/metrics")

    assert not re.search(r'^http_request.*handler="/v1/notifications/stream"', text, re.MULTILINE)


async def test_one_stream_too_many_is_refused_and_other_requests_are_served(
    port: int, storer: Storer
) -> None:
    streams = list(
        await asyncio.gather(*(EventSource.open(port, f"user-{n}") for n in range(1000)))
    )
    assert {stream.status for stream in streams} == {200}
    refused = await EventSource.open(port)
    assert refused.status == 503
    assert refused.header("retry-after")
    assert json.loads(await refused.body())["status"] == 503
    assert (await listing(port))["items"] == []
    assert (await storer.get("/readyz"))[0] == 200

    streams.pop().close()

    async def admitted() -> bool:
        stream = await EventSource.open(port)
        streams.append(stream)
        return stream.status == 200

    await eventually(admitted)
    for stream in [*streams, refused]:
        stream.close()


async def listing(port: int, query: str = "", user: str = "ann") -> dict[str, Any]:
    """A page of the list."""
    source = await EventSource.open(port, user, path="/v1/notifications", query=f"?{query}")
    try:
        page: dict[str, Any] = json.loads(await source.body())
    finally:
        source.close()
    return page
