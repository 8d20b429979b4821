"""Public names: a change requires a new major version."""

from calendar_contracts import NOTIFICATIONS, dead_letter_topic, headers


def test_topic_names() -> None:
    assert NOTIFICATIONS == "calendar.notifications"
    assert dead_letter_topic(NOTIFICATIONS) == "calendar.notifications.dlq"


def test_notification_headers() -> None:
    assert dict(headers.NOTIFICATION_HEADERS) == {
        "content-type": b"application/json",
        "schema-version": b"1",
    }


def test_dead_letter_header_names() -> None:
    names = {value for name, value in vars(headers).items() if name.startswith("DEAD_LETTER_")}
    assert names == {
        "dead-letter-reason",
        "dead-letter-detail",
        "dead-letter-topic",
        "dead-letter-partition",
        "dead-letter-offset",
        "dead-letter-timestamp",
    }
