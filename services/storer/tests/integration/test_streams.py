"""`GET /v1/notifications/stream`: what a client gets, and what it is refused."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.conftest import notification
from tests.integration.conftest import Start
from tests.integration.event_source import PATH, EventSource
from tests.integration.rest import Client, Rest, store
from tests.integration.topic import Topic
from tests.integration.waiting import eventually

Follow = Callable[..., Awaitable[EventSource]]


@pytest.fixture
def port(rest: Rest) -> int:
    port = urlsplit(rest.url).port
    assert port is not None
    return port


@pytest.fixture
def follow(port: int) -> Follow:
    """Opens a stream of a user."""

    def follow(user: Client, **options: Any) -> Awaitable[EventSource]:
        return EventSource.open(port, user.user, **options)

    return follow


async def titles(stream: EventSource, count: int) -> list[str]:
    return [each["title"] for each in await stream.notifications(count)]


async def test_stored_notification_is_one_event(follow: Follow, ann: Client, ben: Client) -> None:
    async with await follow(ann) as stream:
        await stream.block()
        await ben.receives("other")
        await ann.receives("Zähne putzen", recurrence_id="2026-11-23T08:00:00")
        block = await stream.block()

        assert stream.status == 200
        assert stream.header("content-type").startswith("text/event-stream")
        assert block.fields.keys() == {"id", "data"}
        page = await ann.page()
        assert page == {"items": [block.data], "next_cursor": block.id}


async def test_intermediaries_neither_store_nor_hold_back_events(
    follow: Follow, ann: Client
) -> None:
    async with await follow(ann, headers={"Accept-Encoding": "gzip"}) as stream:
        assert stream.header("x-accel-buffering") == "no"
        assert stream.header("cache-control") == "private, no-cache"
        assert "content-encoding" not in stream.headers
        assert stream.header("x-request-id")


async def test_first_block_says_where_and_when_to_resume(follow: Follow, ann: Client) -> None:
    await ann.receives("before")
    async with await follow(ann) as stream:
        first = await stream.block()

    assert first.fields.keys() == {"id", "retry"}
    assert 1000 <= int(first.fields["retry"]) <= 3000
    # Without having seen a notification, the client resumes from where it was.
    await ann.receives("after")
    async with await follow(ann, last_id=first.id) as stream:
        assert await titles(stream, 1) == ["after"]


async def test_cursors_of_list_and_stream_are_the_same(follow: Follow, ann: Client) -> None:
    await ann.receives("1", "2", "3")
    page = await ann.page(limit=2)
    async with await follow(ann, last_id=page["next_cursor"]) as stream:
        assert await titles(stream, 1) == ["3"]
    assert (await ann.page(after=stream.last_id))["items"] == []


async def test_cursor_of_an_empty_list_starts_a_stream(follow: Follow, ann: Client) -> None:
    cursor = (await ann.page())["next_cursor"]
    await ann.receives("later")
    async with await follow(ann, last_id=cursor) as stream:
        assert await titles(stream, 1) == ["later"]


async def test_long_absence_is_caught_up_in_order(
    follow: Follow, ann: Client, ben: Client, rest: Rest
) -> None:
    async with await follow(ann) as stream:
        first = await stream.block()
    for batch in range(5):
        await store(
            rest.connection,
            *(notification(user_id=ann.user, title=f"{batch}-{n}") for n in range(500)),
            *(notification(user_id=ben.user) for _ in range(100)),
        )
    async with await follow(ann, last_id=first.id) as stream:
        missed = await titles(stream, 2500)
        await ann.receives("live")
        live = await titles(stream, 1)

    assert missed == [f"{batch}-{n}" for batch in range(5) for n in range(500)]
    assert live == ["live"]


async def test_users_see_their_own_notifications_only(follow: Follow, rest: Rest) -> None:
    users = [rest.user() for _ in range(10)]
    streams = [await follow(user) for user in users]
    for n in range(5):
        await store(
            rest.connection,
            *(notification(user_id=user.user, title=f"{user.user} {n}") for user in users),
        )
    for user, stream in zip(users, streams, strict=True):
        assert await titles(stream, 5) == [f"{user.user} {n}" for n in range(5)]
        stream.close()


async def test_user_may_be_a_parameter_for_browsers(port: int, ann: Client) -> None:
    stream = await EventSource.open(port, None, query=f"?user_id={ann.user}")
    await ann.receives("hello")
    assert await titles(stream, 1) == ["hello"]
    stream.close()


async def test_pages_of_configured_origins_may_read_a_stream(follow: Follow, ann: Client) -> None:
    for origin, is_allowed in (
        ("https://calendar.example.org", True),
        ("https://other.example.org", False),
    ):
        async with await follow(ann, headers={"Origin": origin}) as stream:
            assert ("access-control-allow-origin" in stream.headers) == is_allowed


async def test_invalid_requests_are_refused(follow: Follow, ann: Client) -> None:
    for query, headers, place in (
        ("", {"Last-Event-ID": "nonsense"}, ["header", "Last-Event-ID"]),
        ("", {"Last-Event-ID": "AAAA"}, ["header", "Last-Event-ID"]),
        ("", {"Last-Event-ID": "\xff"}, ["header", "Last-Event-ID"]),
        ("", {"Last-Event-ID": "x" * 10_000}, ["header", "Last-Event-ID"]),
        ("?after=x", {}, ["query", "after"]),
        ("?last_event_id=x", {}, ["query", "last_event_id"]),
        ("?user_id=other", {}, ["header", "X-User-Id"]),
    ):
        refused = await follow(ann, query=query, headers=headers)
        problem = json.loads(await refused.body())
        refused.close()

        assert refused.status == 422
        assert refused.header("content-type") == "application/problem+json"
        assert [error["loc"] for error in problem["errors"]] == [place]


async def test_empty_last_event_id_is_none(follow: Follow, ann: Client) -> None:
    async with await follow(ann, last_id="") as stream:
        assert stream.status == 200


async def test_head_is_answered_without_a_stream(follow: Follow, ann: Client) -> None:
    async with await follow(ann, method="HEAD", headers={"Connection": "close"}) as stream:
        assert stream.status == 200
        assert stream.header("content-type").startswith("text/event-stream")
        assert await stream.rest() == b""


async def test_comment_comes_regularly(start: Start, topic: Topic, dsn: str) -> None:
    soon = "from calendar_storer.streams import stream; stream.COMMENT_SECONDS = 0.1"
    storer = await start(topic, dsn, code=soon)
    async with await EventSource.open(await storer.port()) as stream:
        await stream.block()
        assert [(await stream.block()).fields for _ in range(3)] == [{"": "ping"}] * 3


async def test_streams_have_a_limit_of_their_own_and_are_no_requests_in_flight(
    start: Start, topic: Topic, dsn: str
) -> None:
    storer = await start(topic, dsn)
    await storer.is_ready()
    port = await storer.port()
    streams = list(
        await asyncio.gather(*(EventSource.open(port, f"user-{n}") for n in range(1000)))
    )
    assert {stream.status for stream in streams} == {200}
    refused = await EventSource.open(port)
    assert refused.status == 503
    assert refused.header("retry-after")
    assert json.loads(await refused.body())["status"] == 503
    assert (await storer.get("/v1/notifications?user_id=ann"))[0] == 200
    assert await storer.metric("calendar_storer_streams") == 1000
    await storer.is_ready()

    # A stream ends with its client, and makes room for another.
    for stream in [refused, *streams]:
        stream.close()

    async def all_ended() -> bool:
        return await storer.metric("calendar_storer_streams") == 0

    await eventually(all_ended)
    async with await EventSource.open(port) as stream:
        assert stream.status == 200
    assert len(storer.lines("request", path=PATH, status=200)) == 1000
    _, text = await storer.get("/metrics")
    assert not re.search(rf'^http_request.*handler="{PATH}"', text, re.MULTILINE)
