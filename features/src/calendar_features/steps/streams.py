"""Steps that open, end and resume streams."""

import json
from concurrent.futures import ThreadPoolExecutor

from pytest_bdd import given, parsers, when

from calendar_features.documents import Document
from calendar_features.inbox import Inbox
from calendar_features.streams import FIRST, Stream, Streams
from calendar_features.user_ids import UserIds

STREAM = r"(?P<user>\w+)'s (?:(?P<name>second|third) )?stream"


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
    streams.open(user, name, after=streams[user, FIRST].id_of(title))


@when(parsers.parse("{user:w} opens a stream with Last-Event-ID {event_id}"))
def opens_with_id(user: str, event_id: str, streams: Streams) -> None:
    streams.open(user, after=2000 * "x" if event_id == "2000 letters" else event_id)


@when(parsers.parse("{user:w} opens a stream under the request ID {request_id:S}"))
def opens_with_request_id(user: str, request_id: str, streams: Streams) -> None:
    streams.open(user, headers={"X-Request-Id": request_id})


@when(parsers.parse("a client opens a stream and names {user:w} in the parameter"))
def opens_by_parameter(user: str, streams: Streams, user_ids: UserIds) -> None:
    streams.open_by_parameter(user, user_ids[user])


@when(parsers.re(f"{STREAM} is disconnected"))
def is_disconnected(user: str, name: str | None, streams: Streams) -> None:
    streams[user, name or FIRST].close()


@when(parsers.re(f"{STREAM} is disconnected after its first lines"))
def is_disconnected_soon(user: str, name: str | None, streams: Streams) -> None:
    stream = streams[user, name or FIRST]
    stream.wait_for(lambda: stream.last_event_id, "an ID to resume after")
    assert stream.events == []
    stream.close()


@when(parsers.re(f"{STREAM} is resumed"))
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
    stream.wait_for_notifications(count)
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
    inbox.list(user, params={"after": streams[user, FIRST].id_of(title)})
