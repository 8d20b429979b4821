"""The records and statements of the ceilings."""

import json
from datetime import datetime
from uuid import UUID

from calendar_benchmarks.paths.storer import FIELDS
from calendar_benchmarks.statements import statements
from calendar_benchmarks.topic import messages


def test_messages_are_different_notifications() -> None:
    values = [json.loads(message.value) for message in messages(1000)]

    assert len({UUID(value["notification_id"]) for value in values}) == 1000
    for value in values:
        assert set(value) == set(FIELDS)
        assert datetime.fromisoformat(value["notify_at"]).utcoffset() is not None


def test_key_of_a_message_is_the_user() -> None:
    assert all(json.loads(each.value)["user_id"].encode() == each.key for each in messages(20))


def test_statements_are_those_of_the_services() -> None:
    assert "FOR UPDATE SKIP LOCKED" in statements("scheduler", "reminders")["CLAIM"]
    assert "ON CONFLICT" in statements("storer", "notifications")["STORE_NOTIFICATIONS"]
