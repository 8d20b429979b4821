"""Checks what the followers of streams got against the rows of the table."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from operator import attrgetter
from uuid import UUID

from calendar_faults.checker.report import Kind, Report
from calendar_faults.history import Follower, History, Notification, Row, Streamed


def check_streams(history: History, report: Report) -> None:
    """Each follower got exactly the rows of its user, in the order of arrival."""
    rows = defaultdict[str, dict[UUID, Row]](dict)
    for row in history.rows:
        rows[row.user_id][row.notification_id] = row
    streamed = defaultdict[str, list[Streamed]](list)
    for each in sorted(history.streamed, key=attrgetter("number")):
        stored = rows[each.user_id].get(each.notification_id)
        if not _is_of(stored, each) and history.is_rolled_back(each.at):
            continue
        streamed[each.client].append(each)
    report.streamed += len(history.streamed)
    for follower in history.followers:
        got = streamed[follower.client]
        _check_content(follower, got, rows[follower.user], report)
        _check_order(follower, got, rows[follower.user], report)


def _check_content(
    follower: Follower, got: Sequence[Streamed], rows: Mapping[UUID, Row], report: Report
) -> None:
    numbers = Counter(each.notification_id for each in got)
    for notification_id in rows.keys() - numbers.keys():
        what = f"not in the stream of {follower.client}"
        report.add(Kind.NOT_STREAMED, f"notification {notification_id}: {what}")
    for notification_id, number in numbers.items():
        if number > 1:
            what = f"{number} times in the stream of {follower.client}"
            report.add(Kind.STREAMED_AGAIN, f"notification {notification_id}: {what}")
    for each in got:
        if not _is_of(rows.get(each.notification_id), each):
            what = f"in the stream of {follower.client}, but no row equals it"
            report.add(Kind.ALIEN, f"notification {each.notification_id}: {what}")


def _check_order(
    follower: Follower, got: Sequence[Streamed], rows: Mapping[UUID, Row], report: Report
) -> None:
    found = [rows[each.notification_id] for each in got if each.notification_id in rows]
    for before, after in pairwise(found):
        if _place(after) < _place(before):
            what = f"in the stream of {follower.client} after {before.notification_id}"
            report.add(Kind.STREAMED_OUT_OF_ORDER, f"notification {after.notification_id}: {what}")


def _is_of(row: Row | None, streamed: Streamed) -> bool:
    return row is not None and _content(row) == _content(streamed)


def _content(found: Row | Streamed) -> tuple[object, ...]:
    return (*(getattr(found, name) for name in Notification.model_fields), found.stored_at)


def _place(row: Row) -> tuple[int, datetime, UUID]:
    """Rows that were stored before there were numbers share the number 0."""
    return row.arrival, row.stored_at, row.notification_id
