"""Steps that check what streams deliver."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from pytest_bdd import parsers, then

from calendar_features import documents, durations
from calendar_features.database import Database
from calendar_features.documents import Document
from calendar_features.inbox import Inbox
from calendar_features.steps.inbox import TITLES, titles_in
from calendar_features.steps.streams import STREAM
from calendar_features.streams import FIRST, MARKER, Stream, Streams
from calendar_features.waiting import STALL_ALLOWANCE


@then(parsers.re(rf"{STREAM} delivers (?P<titles>{TITLES})"))
def delivers(user: str, name: str | None, titles: str, streams: Streams) -> None:
    stream, expected = streams[user, name or FIRST], titles_in(titles)
    stream.wait_for_notifications(len(expected))
    assert stream.titles == expected


@then(parsers.re(rf"{STREAM} has delivered (?P<titles>{TITLES}) and nothing else"))
def has_delivered(user: str, name: str | None, titles: str, streams: Streams, inbox: Inbox) -> None:
    assert _final(user, name, streams, inbox).titles == titles_in(titles)


@then(parsers.re(rf"{STREAM} has delivered (?P<count>\d+) notifications and nothing else"))
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


@then(parsers.re(f"each event of {STREAM} is the notification that the list contains"))
def is_as_listed(user: str, name: str | None, streams: Streams, inbox: Inbox) -> None:
    listed = {item["id"]: item for page in inbox.pages(user) for item in page}
    delivered = streams[user, name or FIRST].notifications
    assert delivered == [listed[each["id"]] for each in delivered]


@then(parsers.re(f"the events of {STREAM} are in the list's order"))
def are_in_order(user: str, name: str | None, streams: Streams, inbox: Inbox) -> None:
    delivered = [each["id"] for each in streams[user, name or FIRST].notifications]
    listed = [item["id"] for page in inbox.pages(user) for item in page]
    assert delivered == [each for each in listed if each in set(delivered)]


@then(parsers.parse("each of {user:w}'s notifications was delivered once, in the list's order"))
def were_delivered(user: str, delivered: list[Document], inbox: Inbox) -> None:
    listed = [item["id"] for page in inbox.pages(user) for item in page]
    assert [each["id"] for each in delivered] == listed


@then(parsers.re(f"{STREAM} sends comments at most (?P<duration>.+) apart"))
def sends_comments(user: str, name: str | None, duration: str, streams: Streams) -> None:
    stream, opened_at = streams[user, name or FIRST], datetime.now(UTC)
    stream.wait_for(lambda: len(_comments(stream)) >= 2, "two comments")
    times = [opened_at, *_comments(stream)]
    assert max(later - sooner for sooner, later in pairwise(times)) <= _at_most(duration)


@then(parsers.re(f"{STREAM} has set the reconnection time"))
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
        stream.wait_for_notifications(each)
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
