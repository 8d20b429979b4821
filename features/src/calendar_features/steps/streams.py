"""Steps that watch notifications arrive."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from pytest_bdd import given, parsers, then, when

from calendar_features import documents, durations
from calendar_features.database import Database
from calendar_features.documents import Document
from calendar_features.inbox import Inbox
from calendar_features.steps.inbox import TITLES, titles_in
from calendar_features.streams import FIRST, MARKER, Stream, Streams
from calendar_features.user_ids import UserIds
from calendar_features.waiting import STALL_ALLOWANCE

_STREAM = r"(?P<user>\w+)'s (?:(?P<name>second|third) )?stream"


@given(parsers.parse("{user:w} has opened a stream"))
def has_opened(user: str, streams: Streams) -> None:
    response = streams.open(user)
    assert response.status_code == 200, response.text


@given(parsers.parse("{user:w} has opened a {name:w} stream"))
@when(parsers.parse("{user:w} opens a {name:w} stream"))
def opens_another(user: str, name: str, streams: Streams) -> None:
    streams.open(user, name)


@when(parsers.parse("{user:w} opens a stream"))
def opens(user: str, streams: Streams) -> None:
    streams.open(user)


@when(parsers.parse("{user:w} opens a stream after that page"))
def opens_after_page(user: str, streams: Streams, inbox: Inbox) -> None:
    streams.open(user, after=inbox.cursor(user))


@when(parsers.parse('{user:w} opens a {name:w} stream after the event "{title}" of the first'))
def opens_after_event(user: str, name: str, title: str, streams: Streams) -> None:
    streams.open(user, name, after=_id_of(title, streams[user, FIRST]))


@when(parsers.parse("{user:w} opens a stream with Last-Event-ID {event_id}"))
def opens_with_id(user: str, event_id: str, streams: Streams) -> None:
    streams.open(user, after=2000 * "x" if event_id == "2000 letters" else event_id)


@when(parsers.parse("{user:w} opens a stream under the request ID {request_id:S}"))
def opens_with_request_id(user: str, request_id: str, streams: Streams) -> None:
    streams.open(user, headers={"X-Request-Id": request_id})


@when(parsers.parse("a client opens a stream and names {user:w} in the parameter"))
def opens_by_parameter(user: str, streams: Streams, user_ids: UserIds) -> None:
    streams.open_by_parameter(user, user_ids[user])


@when(parsers.re(f"{_STREAM} is disconnected"))
def is_disconnected(user: str, name: str | None, streams: Streams) -> None:
    streams[user, name or FIRST].close()


@when(parsers.re(f"{_STREAM} is disconnected after its first lines"))
def is_disconnected_soon(user: str, name: str | None, streams: Streams) -> None:
    stream = streams[user, name or FIRST]
    stream.wait_for(lambda: stream.last_event_id, "an ID to resume after")
    assert stream.events == []
    stream.close()


@when(parsers.re(f"{_STREAM} is resumed"))
def is_resumed(user: str, name: str | None, streams: Streams) -> None:
    stream = streams[user, name or FIRST]
    response = streams.open(user, name or FIRST, after=stream.last_event_id)
    assert response.status_code == 200, response.text


@when(
    parsers.parse(
        "{count:d} notifications for {user:w} arrive while a stream is disconnected and resumed"
        " after every {size:d} events"
    ),
    target_fixture="delivered",
)
def arrive_while_resuming(
    count: int, user: str, size: int, streams: Streams, inbox: Inbox
) -> list[Document]:
    delivered: list[Document] = []
    streams.open(user)
    with ThreadPoolExecutor(1) as thread:
        sent = thread.submit(inbox.receive_many, user, count)
        while True:
            stream = streams[user, FIRST]
            delivered += _read(stream, min(size, count - len(delivered)))
            if len(delivered) >= count:
                break
            streams.open(user, after=stream.last_event_id)
        sent.result()
    return delivered


def _read(stream: Stream, count: int) -> list[Document]:
    """Reads at least `count` notifications, and disconnects."""
    stream.wait_for(lambda: len(stream.events) >= count, f"{count} notifications")
    stream.close()
    return stream.notifications


@given(parsers.parse("{count:d} users have opened a stream"), target_fixture="watchers")
def users_have_opened(count: int, streams: Streams) -> list[str]:
    users = [f"User{number}" for number in range(count)]
    for user in users:
        has_opened(user, streams)
    return users


@when(parsers.parse("each of those users receives {count:d} notifications"))
def users_receive(count: int, watchers: list[str], inbox: Inbox) -> None:
    for number in range(count):
        for user in watchers:
            inbox.send(user, f"number {number}")


@when(parsers.parse('{user:w} receives a notification titled "{title}"'))
def receives_titled(user: str, title: str, inbox: Inbox) -> None:
    inbox.receive(user, json.loads(f'"{title}"'))


@when(
    parsers.parse('{user:w} lists notifications after the event "{title}" of {possessive:w} stream')
)
def lists_after_event(user: str, title: str, streams: Streams, inbox: Inbox) -> None:
    inbox.list(user, params={"after": _id_of(title, streams[user, FIRST])})


@then(parsers.re(rf"{_STREAM} delivers (?P<titles>{TITLES})"))
def delivers(user: str, name: str | None, titles: str, streams: Streams) -> None:
    stream, expected = streams[user, name or FIRST], titles_in(titles)
    stream.wait_for(lambda: len(stream.notifications) >= len(expected), f"events of {titles}")
    assert _titles(stream) == expected


@then(parsers.re(rf"{_STREAM} has delivered (?P<titles>{TITLES}) and nothing else"))
def has_delivered(user: str, name: str | None, titles: str, streams: Streams, inbox: Inbox) -> None:
    assert _titles(_final(user, name, streams, inbox)) == titles_in(titles)


@then(parsers.re(rf"{_STREAM} has delivered (?P<count>\d+) notifications and nothing else"))
def has_delivered_many(
    user: str, name: str | None, count: str, streams: Streams, inbox: Inbox
) -> None:
    ids = [each["id"] for each in _final(user, name, streams, inbox).notifications]
    assert len(ids) == len(set(ids)) == int(count)


def _final(user: str, name: str | None, streams: Streams, inbox: Inbox) -> Stream:
    """Returns a stream that has delivered all that has been stored so far.

    A marker that arrives last proves it: events are delivered in order of arrival.
    """
    stream = streams[user, name or FIRST]
    marker = inbox.send(user, f"{MARKER} {len(stream.blocks)}")["notification_id"]
    stream.wait_for(
        lambda: any(event.notification["id"] == marker for event in stream.events), "the marker"
    )
    return stream


@then(parsers.re(f"each event of {_STREAM} is the notification that the list contains"))
def is_as_listed(user: str, name: str | None, streams: Streams, inbox: Inbox) -> None:
    listed = {item["id"]: item for page in inbox.pages(user) for item in page}
    delivered = streams[user, name or FIRST].notifications
    assert delivered == [listed[each["id"]] for each in delivered]


@then(parsers.re(f"the events of {_STREAM} are in the list's order"))
def are_in_order(user: str, name: str | None, streams: Streams, inbox: Inbox) -> None:
    delivered = [each["id"] for each in streams[user, name or FIRST].notifications]
    listed = [item["id"] for page in inbox.pages(user) for item in page]
    assert delivered == [each for each in listed if each in set(delivered)]


@then(parsers.parse("each of {user:w}'s notifications was delivered once, in the list's order"))
def were_delivered(user: str, delivered: list[Document], inbox: Inbox) -> None:
    listed = [item["id"] for page in inbox.pages(user) for item in page]
    assert [each["id"] for each in delivered] == listed


@then(parsers.re(f"{_STREAM} sends comments at most (?P<duration>.+) apart"))
def sends_comments(user: str, name: str | None, duration: str, streams: Streams) -> None:
    stream, opened_at = streams[user, name or FIRST], datetime.now(UTC)
    stream.wait_for(lambda: len(_comments(stream)) >= 2, "two comments")
    times = [opened_at, *_comments(stream)]
    assert max(later - sooner for sooner, later in pairwise(times)) <= _at_most(duration)


@then(parsers.re(f"{_STREAM} has set the reconnection time"))
def has_set_retry(user: str, name: str | None, streams: Streams) -> None:
    [milliseconds] = {
        int(block.fields["retry"])
        for block in streams[user, name or FIRST].blocks
        if "retry" in block.fields
    }
    assert milliseconds > 0


@then(
    parsers.parse(
        "{percent:d} % of {count:d} events are delivered at most {duration} after they were stored"
    )
)
def at_most_late(
    percent: int,
    count: int,
    duration: str,
    watchers: list[str],
    streams: Streams,
    database: Database,
) -> None:
    each = count // len(watchers)
    clock_difference = database.now() - datetime.now(UTC)
    lateness: list[timedelta] = []
    for user in watchers:
        stream = streams[user, FIRST]
        stream.wait_for(lambda: len(stream.events) >= each, f"{each} events")  # noqa: B023
        lateness += [
            event.received_at
            + clock_difference
            - documents.parse_instant(event.notification["stored_at"])
            for event in stream.events
        ]
    assert len(lateness) == count
    assert sorted(lateness)[count * percent // 100 - 1] <= _at_most(duration)


def _at_most(duration: str) -> timedelta:
    return durations.parse_words(duration) + timedelta(seconds=STALL_ALLOWANCE)


def _comments(stream: Stream) -> list[datetime]:
    return [block.received_at for block in stream.blocks if block.comments]


def _titles(stream: Stream) -> list[str]:
    return [each["title"] for each in stream.notifications]


def _id_of(title: str, stream: Stream) -> str:
    [event_id] = [
        event.fields["id"] for event in stream.events if event.notification["title"] == title
    ]
    return event_id
