import json
from datetime import datetime
from uuid import UUID

from calendar_benchmarks.statements import statements
from calendar_benchmarks.topic import messages


def test_messages_are_notifications_of_their_key() -> None:
    for message in messages(20):
        value = json.loads(message.value)

        assert value["user_id"].encode() == message.key
        assert UUID(value["notification_id"]) != UUID(value["event_id"])
        assert datetime.fromisoformat(value["notify_at"]).utcoffset() is not None
        assert set(value) == {
            *("notification_id", "event_id", "title", "event_date", "user_id", "notify_at")
        }


def test_no_message_comes_twice() -> None:
    ids = {json.loads(message.value)["notification_id"] for message in messages(1000)}

    assert len(ids) == 1000


def test_statements_are_the_services_own() -> None:
    assert "FOR UPDATE SKIP LOCKED" in statements("scheduler")["CLAIM"]
    assert "ON CONFLICT" in statements("storer")["STORE_NOTIFICATIONS"]
