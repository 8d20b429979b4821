"""Steps that read and write the topic of notifications."""

import json
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID, uuid4

from pytest_bdd import given, parsers, then, when

from calendar_features import events
from calendar_features.broker import Broker, Headers, Listener, Record
from calendar_features.diary import Diary
from calendar_features.events import Document, Table
from calendar_features.people import People
from calendar_features.reminders import Notifications, due_at

HEADERS: Headers = (("content-type", b"application/json"), ("schema-version", b"1"))


def a_notification(user: str) -> Document:
    """A notification as the Scheduler could have written it."""
    return {
        "notification_id": str(uuid4()),
        "event_id": str(uuid4()),
        "title": "Dentist",
        "event_date": "2044-11-23T10:00:00Z",
        "user_id": user,
        "notify_at": "2044-11-22T10:00:00Z",
    }


@given("somebody listens to the notifications' topic", target_fixture="listener")
def listens(broker: Broker) -> Iterator[Listener]:
    with broker.listen(broker.topic) as listener:
        yield listener


@then(parsers.parse("a message for {who:w} arrives"), target_fixture="messages")
def message_arrives(who: str, listener: Listener, people: People) -> list[Record]:
    return [_next(listener, people[who], after=[])]


@then(parsers.parse("another message for {who:w} arrives, with another ID"))
def another_arrives(who: str, listener: Listener, messages: list[Record], people: People) -> None:
    messages.append(_next(listener, people[who], after=messages))
    assert _said(messages[-1])["notification_id"] != _said(messages[0])["notification_id"]


@then(parsers.parse("another message for {who:w} arrives, with the ID of the first"))
def same_arrives(who: str, listener: Listener, messages: list[Record], people: People) -> None:
    messages.append(_next(listener, people[who], after=messages))
    assert _said(messages[-1])["notification_id"] == _said(messages[0])["notification_id"]


def _next(listener: Listener, user: str, *, after: list[Record]) -> Record:
    return listener.wait_for(
        lambda record: record.key == user.encode() and record not in after,
        what=f"message {len(after) + 1} for {user}",
    )


def _said(message: Record) -> Document:
    said: Document = json.loads(message.value or b"")
    return said


@then(parsers.parse("its key is {who:w}'s ID"))
def key_is(who: str, messages: list[Record], people: People) -> None:
    assert messages[-1].key == people[who].encode()


@then("it has the headers")
def has_headers(datatable: Table, messages: list[Record]) -> None:
    assert messages[-1].headers == {name: value.encode() for name, value in datatable}


@then(parsers.parse('it says of "{title}"'))
def it_says(title: str, datatable: Table, messages: list[Record], diary: Diary) -> None:
    event, said = diary[title], _said(messages[-1])
    meant = {
        "the event's ID": event["id"],
        "the event's title": event["title"],
        "the event's start": events.instant(event["starts_at"]),
        "the event's user": event["user_id"],
        "when it was due": due_at(event),
    }
    for field, meaning in datatable:
        is_instant = field in {"event_date", "notify_at"}
        assert (events.instant(said[field]) if is_instant else said[field]) == meant[meaning], field


@then(parsers.parse("{who:w}'s notification of \"{title}\" is stored under the message's ID"))
def stored_under_id(
    who: str, title: str, messages: list[Record], notifications: Notifications
) -> None:
    [row] = notifications.arrived(who, title)
    assert row["notification_id"] == UUID(_said(messages[-1])["notification_id"])


@when(parsers.parse("somebody writes a notification for {who:w}"), target_fixture="written")
def writes(who: str, broker: Broker, people: People) -> Record:
    return _write(broker, people[who], a_notification(people[who]))


@when(
    parsers.parse("somebody writes a notification for {who:w} whose {field:w} is {text}"),
    target_fixture="written",
)
def writes_whose(who: str, field: str, text: str, broker: Broker, people: People) -> Record:
    notification = events.with_json(a_notification(people[who]), field, text)
    return _write(broker, people[who], notification)


@when(parsers.parse("somebody writes that notification for {who:w} again"))
def writes_again(who: str, written: Record, broker: Broker, people: People) -> None:
    broker.write(key=people[who], value=written.value, headers=HEADERS)


@when(
    parsers.parse("another notification for {who:w} follows in its partition"),
    target_fixture="follower",
)
def another_follows(who: str, broker: Broker, people: People) -> Record:
    return _write(broker, people[who], a_notification(people[who]))


def _write(broker: Broker, key: str, notification: Document) -> Record:
    return broker.write(key=key, value=json.dumps(notification).encode(), headers=HEADERS)


@then(parsers.parse("{who:w}'s notification is stored as it was written"))
def is_stored(who: str, written: Record, notifications: Notifications) -> None:
    _check_stored(who, written, notifications)


@then(parsers.parse("{who:w}'s following notification is stored"))
def follower_is_stored(who: str, follower: Record, notifications: Notifications) -> None:
    _check_stored(who, follower, notifications)


def _check_stored(who: str, written: Record, notifications: Notifications) -> None:
    said = _said(written)
    row = notifications.arrived_under(who, UUID(said["notification_id"]))
    assert {field: row[field] for field in said if field in row} == {
        "notification_id": UUID(said["notification_id"]),
        "event_id": UUID(said["event_id"]),
        "title": said["title"],
        "event_date": datetime.fromisoformat(said["event_date"]),
        "user_id": said["user_id"],
        "notify_at": datetime.fromisoformat(said["notify_at"]),
    }


@then(parsers.parse("{who:w} has {count:d} notifications"))
@then(parsers.parse("{who:w} has {count:d} notification"))
def has_notifications(who: str, count: int, notifications: Notifications) -> None:
    assert len(notifications.of_user(who)) == count
