"""Names that other systems know: changing one needs a new major version."""

from calendar_contracts import NOTIFICATIONS, dead_letter_topic, headers


def test_topics() -> None:
    assert NOTIFICATIONS == "calendar.notifications"
    assert dead_letter_topic(NOTIFICATIONS) == "calendar.notifications.dlq"


def test_headers_of_a_notification() -> None:
    assert dict(headers.NOTIFICATION_HEADERS) == {
        "content-type": b"application/json",
        "schema-version": b"1",
    }


def test_headers_of_a_dead_letter() -> None:
    names = {value for name, value in vars(headers).items() if name.startswith("DEAD_LETTER_")}
    assert names == {
        "dead-letter-reason",
        "dead-letter-detail",
        "dead-letter-topic",
        "dead-letter-partition",
        "dead-letter-offset",
        "dead-letter-timestamp",
    }
