"""Steps that read from and write to the notification topic."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from pytest_bdd import given, parsers, then, when

from calendar_features import documents
from calendar_features.broker import Broker, Listener, Record
from calendar_features.documents import Document, Table
from calendar_features.events_client import EventsClient
from calendar_features.messages import HEADERS, a_notification, decode, encode
from calendar_features.reminders import Notifications, due_at
from calendar_features.series import ORDINALS, SeriesPlanner
from calendar_features.user_ids import UserIds


@given("a consumer listens to the notification topic", target_fixture="listener")
def listens(broker: Broker) -> Iterator[Listener]:
    with broker.listen(broker.topic) as listener:
        yield listener


@then(parsers.parse("a message for {user:w} arrives"), target_fixture="messages")
def message_arrives(user: str, listener: Listener, user_ids: UserIds) -> list[Record]:
    return [_next(listener, user_ids[user], after=[])]


@then(parsers.parse("another message for {user:w} arrives, with a different ID"))
def another_arrives(
    user: str, listener: Listener, messages: list[Record], user_ids: UserIds
) -> None:
    messages.append(_next(listener, user_ids[user], after=messages))
    assert decode(messages[-1])["notification_id"] != decode(messages[0])["notification_id"]


@then(parsers.parse("another message for {user:w} arrives, with the ID of the first"))
def same_arrives(user: str, listener: Listener, messages: list[Record], user_ids: UserIds) -> None:
    messages.append(_next(listener, user_ids[user], after=messages))
    assert decode(messages[-1])["notification_id"] == decode(messages[0])["notification_id"]


def _next(listener: Listener, user: str, *, after: list[Record]) -> Record:
    return listener.wait_for(
        lambda record: record.key == user.encode() and record not in after,
        what=f"message {len(after) + 1} for {user}",
    )


@then(parsers.parse("its key is {user:w}'s ID"))
def key_is(user: str, messages: list[Record], user_ids: UserIds) -> None:
    assert messages[-1].key == user_ids[user].encode()


@then("it has the headers")
def has_headers(datatable: Table, messages: list[Record]) -> None:
    assert messages[-1].headers == {name: value.encode() for name, value in datatable}


@then(parsers.parse('it describes "{title}"'))
def it_describes(
    title: str, datatable: Table, messages: list[Record], client: EventsClient
) -> None:
    event, decoded = client[title], decode(messages[-1])
    expected = {
        "the event's ID": event["id"],
        "the event's title": event["title"],
        "the event's start": documents.parse_instant(event["starts_at"]),
        "the event's user": event["user_id"],
        "the due time": due_at(event),
    }
    for field, meaning in datatable:
        is_instant = field in {"event_date", "notify_at"}
        assert (
            documents.parse_instant(decoded[field]) if is_instant else decoded[field]
        ) == expected[meaning], field


@then(parsers.parse('it describes the {ordinal:w} occurrence of "{title}"'))
def it_describes_occurrence(
    ordinal: str,
    title: str,
    messages: list[Record],
    client: EventsClient,
    series_planner: SeriesPlanner,
) -> None:
    decoded, series, index = decode(messages[-1]), series_planner[title], ORDINALS[ordinal]
    assert decoded["event_id"] == client[title]["id"]
    assert decoded["recurrence_id"] == series.ids[index]
    assert documents.parse_instant(decoded["event_date"]) == series.starts[index]
    due = documents.parse_instant(decoded["notify_at"])
    assert due == series.starts[index] - series.leads[0]


@then(parsers.parse('its title is "{title}"'))
def its_title_is(title: str, messages: list[Record]) -> None:
    assert decode(messages[-1])["title"] == title


@then("it names no occurrence")
def names_no_occurrence(messages: list[Record]) -> None:
    assert "recurrence_id" not in decode(messages[-1])


@then(parsers.parse('{user:w}\'s notification of "{title}" is stored with the ID of the message'))
def stored_under_id(
    user: str, title: str, messages: list[Record], notifications: Notifications
) -> None:
    [row] = notifications.wait_for(user, title)
    assert row["notification_id"] == UUID(decode(messages[-1])["notification_id"])


@when(parsers.parse("a producer writes a notification for {user:w}"), target_fixture="written")
def writes(user: str, broker: Broker, user_ids: UserIds) -> Record:
    return _write(broker, user_ids[user], a_notification(user_ids[user]))


@when(
    parsers.parse("a producer writes a notification for {user:w} whose {field:w} is {text}"),
    target_fixture="written",
)
def writes_whose(user: str, field: str, text: str, broker: Broker, user_ids: UserIds) -> Record:
    notification = documents.with_field(a_notification(user_ids[user]), field, text)
    return _write(broker, user_ids[user], notification)


@when(parsers.parse("a producer writes that notification for {user:w} again"))
def writes_again(user: str, written: Record, broker: Broker, user_ids: UserIds) -> None:
    broker.write(key=user_ids[user], value=written.value, headers=HEADERS)


@when(
    parsers.parse("another notification for {user:w} is written to the same partition"),
    target_fixture="later_written",
)
def writes_another(user: str, broker: Broker, user_ids: UserIds) -> Record:
    return _write(broker, user_ids[user], a_notification(user_ids[user]))


def _write(broker: Broker, key: str, notification: Document) -> Record:
    return broker.write(key=key, value=encode(notification), headers=HEADERS)


@then(parsers.parse("{user:w}'s notification is stored as it was written"))
def is_stored(user: str, written: Record, notifications: Notifications) -> None:
    _check_stored(user, written, notifications)


@then(parsers.parse("{user:w}'s later notification is stored"))
def later_is_stored(user: str, later_written: Record, notifications: Notifications) -> None:
    _check_stored(user, later_written, notifications)


def _check_stored(user: str, written: Record, notifications: Notifications) -> None:
    decoded = decode(written)
    row = notifications.wait_for_id(user, UUID(decoded["notification_id"]))
    assert {field: row[field] for field in decoded if field in row} == {
        "notification_id": UUID(decoded["notification_id"]),
        "event_id": UUID(decoded["event_id"]),
        "title": decoded["title"],
        "event_date": datetime.fromisoformat(decoded["event_date"]),
        "user_id": decoded["user_id"],
        "notify_at": datetime.fromisoformat(decoded["notify_at"]),
    }


@then(parsers.parse("{user:w} has {count:d} notifications"))
@then(parsers.parse("{user:w} has {count:d} notification"))
def has_notifications(user: str, count: int, notifications: Notifications) -> None:
    assert len(notifications.of_user(user)) == count
