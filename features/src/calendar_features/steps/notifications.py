"""Steps that check stored notifications."""

import re
from datetime import timedelta
from typing import Final

from pytest_bdd import given, parsers, then

from calendar_features import documents, durations
from calendar_features.database import Row
from calendar_features.events_client import EventsClient
from calendar_features.reminders import Notifications, due_at
from calendar_features.series import SeriesPlanner
from calendar_features.waiting import STALL_ALLOWANCE

TIMES: Final = {"once": 1, "twice": 2}


@given(parsers.parse('{user:w} has been notified of "{title}" {count:d} times'))
def has_been_notified_times(
    user: str, title: str, count: int, notifications: Notifications
) -> None:
    assert len(notifications.wait_for(user, title, count)) == count


@given(parsers.parse('{user:w} has been notified of "{title}"'))
def has_been_notified(user: str, title: str, notifications: Notifications) -> None:
    assert len(notifications.wait_for(user, title)) == 1


@then(parsers.re(r'(?P<user>\w+) is notified of "(?P<title>.+)" (?P<times>once|twice)'))
def is_notified(user: str, title: str, times: str, notifications: Notifications) -> None:
    assert len(notifications.final(user, title, TIMES[times])) == TIMES[times]


@then(parsers.parse('{user:w} is notified of "{title}" {count:d} times'))
def is_notified_times(
    user: str,
    title: str,
    count: int,
    notifications: Notifications,
    series_planner: SeriesPlanner,
) -> None:
    due_times = series_planner.due_times(title)
    assert len(notifications.final(user, title, count, due_times=due_times)) == count


@then(
    parsers.parse('{user:w} is notified of "{title}" {leads} before it starts, once each'),
)
def is_notified_before(
    user: str, title: str, leads: str, client: EventsClient, notifications: Notifications
) -> None:
    expected = durations.parse_list(leads)
    rows = notifications.final(user, title, len(expected))
    start = documents.parse_instant(client[title]["starts_at"])
    assert {row["event_date"] for row in rows} == {start}
    assert [start - row["notify_at"] for row in rows] == expected


@then(parsers.parse('{user:w}\'s notifications of "{title}" are titled {titles}'))
def are_titled(user: str, title: str, titles: str, notifications: Notifications) -> None:
    found = [row["title"] for row in notifications.of(user, title)]
    assert found == re.findall(r'"(.*?)"', titles)


@then(parsers.parse('{user:w} is never notified of "{title}"'))
@then(parsers.parse('{user:w} is not notified of "{title}" yet'))
def is_not_notified(user: str, title: str, notifications: Notifications) -> None:
    assert notifications.final(user, title, 0) == []


@then(parsers.re(r"(?P<user>\w+)'s (last )?notification of \"(?P<title>.+)\" matches the event"))
def matches_event(
    user: str, title: str, client: EventsClient, notifications: Notifications
) -> None:
    event = client.get(user, title).json()
    last = notifications.of(user, title)[-1]
    assert (str(last["event_id"]), last["user_id"]) == (event["id"], event["user_id"])
    assert last["title"] == event["title"]
    assert last["event_date"] == documents.parse_instant(event["starts_at"])
    assert last["notify_at"] == due_at(event)


@then(parsers.parse('{user:w}\'s notification of "{title}" is titled "{other}"'))
def is_titled(user: str, title: str, other: str, notifications: Notifications) -> None:
    assert notifications.of(user, title)[-1]["title"] == other


@then(parsers.parse('{user:w}\'s notifications of "{title}" have different IDs'))
def have_different_ids(user: str, title: str, notifications: Notifications) -> None:
    ids = [row["notification_id"] for row in notifications.of(user, title)]
    assert len(set(ids)) == len(ids)


@then(parsers.parse("no notification of {user:w} is early"))
def none_is_early(user: str, notifications: Notifications) -> None:
    assert min(_lateness(notifications.of_user(user))) >= timedelta()


@then(parsers.parse('{user:w}\'s notification of "{title}" was stored within {duration}'))
def stored_soon(
    user: str, title: str, duration: str, client: EventsClient, notifications: Notifications
) -> None:
    [row] = notifications.of(user, title)
    created_at = documents.parse_instant(client[title]["created_at"])
    assert row["stored_at"] - created_at <= _at_most(duration)


@then("each of those users is notified of each event once", target_fixture="their_notifications")
def users_are_notified(event_counts: dict[str, int], notifications: Notifications) -> list[Row]:
    stored = {
        user: notifications.wait_for_user(user, count) for user, count in event_counts.items()
    }
    assert {user: len(rows) for user, rows in stored.items()} == event_counts
    assert {
        user: len({row["event_id"] for row in rows}) for user, rows in stored.items()
    } == event_counts
    return [row for rows in stored.values() for row in rows]


@then("none of those notifications is early")
def none_of_those_is_early(their_notifications: list[Row]) -> None:
    assert min(_lateness(their_notifications)) >= timedelta()


@then(parsers.parse("{percent:d} % of those notifications are at most {duration} late"))
def at_most_late(percent: int, duration: str, their_notifications: list[Row]) -> None:
    lateness = sorted(_lateness(their_notifications))
    assert lateness[len(lateness) * percent // 100 - 1] <= _at_most(duration)


def _at_most(duration: str) -> timedelta:
    return durations.parse_words(duration) + timedelta(seconds=STALL_ALLOWANCE)


def _lateness(rows: list[Row]) -> list[timedelta]:
    return [row["stored_at"] - row["notify_at"] for row in rows]
