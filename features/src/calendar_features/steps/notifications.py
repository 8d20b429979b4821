"""Steps that look at notifications."""

from datetime import timedelta
from typing import Final

from pytest_bdd import given, parsers, then

from calendar_features import events, spans
from calendar_features.database import Row
from calendar_features.diary import Diary
from calendar_features.reminders import Notifications, due_at
from calendar_features.waiting import STANDSTILL

TIMES: Final = {"once": 1, "twice": 2}


@given(parsers.parse('{who:w} has been notified of "{title}"'))
def has_been_notified(who: str, title: str, notifications: Notifications) -> None:
    assert len(notifications.arrived(who, title)) == 1


@then(parsers.re(r'(?P<who>\w+) is notified of "(?P<title>.+)" (?P<times>once|twice)'))
def is_notified(who: str, title: str, times: str, notifications: Notifications) -> None:
    assert len(notifications.settled(who, title, TIMES[times])) == TIMES[times]


@then(parsers.parse('{who:w} is never notified of "{title}"'))
@then(parsers.parse('{who:w} is not notified of "{title}" yet'))
def is_not_notified(who: str, title: str, notifications: Notifications) -> None:
    assert notifications.settled(who, title, 0) == []


@then(
    parsers.re(r"(?P<who>\w+)'s (last )?notification of \"(?P<title>.+)\" says what the event says")
)
def says_what_event_says(who: str, title: str, diary: Diary, notifications: Notifications) -> None:
    event = diary.get(who, title).json()
    last = notifications.of(who, title)[-1]
    assert (str(last["event_id"]), last["user_id"]) == (event["id"], event["user_id"])
    assert last["title"] == event["title"]
    assert last["event_date"] == events.instant(event["starts_at"])
    assert last["notify_at"] == due_at(event)


@then(parsers.parse('{who:w}\'s notification of "{title}" is titled "{other}"'))
def is_titled(who: str, title: str, other: str, notifications: Notifications) -> None:
    assert notifications.of(who, title)[-1]["title"] == other


@then(parsers.parse('{who:w}\'s notifications of "{title}" have different IDs'))
def have_different_ids(who: str, title: str, notifications: Notifications) -> None:
    ids = [row["notification_id"] for row in notifications.of(who, title)]
    assert len(set(ids)) == len(ids)


@then(parsers.parse("no notification of {who:w} is early"))
def none_is_early(who: str, notifications: Notifications) -> None:
    assert min(_lateness(notifications.of_user(who))) >= timedelta()


@then(
    parsers.parse(
        '{who:w}\'s notification of "{title}" was stored at most {span} after the event was created'
    )
)
def stored_soon(
    who: str, title: str, span: str, diary: Diary, notifications: Notifications
) -> None:
    [row] = notifications.of(who, title)
    created_at = events.instant(diary[title]["created_at"])
    assert row["stored_at"] - created_at <= _at_most(span)


@then("each of those users is notified of each event once", target_fixture="crowds_notifications")
def crowd_is_notified(crowd: dict[str, int], notifications: Notifications) -> list[Row]:
    stored = {who: notifications.arrived_for_user(who, count) for who, count in crowd.items()}
    assert {who: len(rows) for who, rows in stored.items()} == crowd
    assert {who: len({row["event_id"] for row in rows}) for who, rows in stored.items()} == crowd
    return [row for rows in stored.values() for row in rows]


@then("none of those notifications is early")
def none_of_those_is_early(crowds_notifications: list[Row]) -> None:
    assert min(_lateness(crowds_notifications)) >= timedelta()


@then(parsers.parse("{percent:d} % of those notifications are at most {span} late"))
def at_most_late(percent: int, span: str, crowds_notifications: list[Row]) -> None:
    lateness = sorted(_lateness(crowds_notifications))
    assert lateness[len(lateness) * percent // 100 - 1] <= _at_most(span)


def _at_most(span: str) -> timedelta:
    return spans.spoken(span) + timedelta(seconds=STANDSTILL)


def _lateness(rows: list[Row]) -> list[timedelta]:
    return [row["stored_at"] - row["notify_at"] for row in rows]
