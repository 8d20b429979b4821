"""Names and values of the Kafka record headers."""

from typing import Final

CONTENT_TYPE: Final = "content-type"
SCHEMA_VERSION: Final = "schema-version"

JSON: Final = b"application/json"
VERSION_1: Final = b"1"

NOTIFICATION_HEADERS: Final = ((CONTENT_TYPE, JSON), (SCHEMA_VERSION, VERSION_1))
"""The headers of every notification."""

# Headers that are added to a dead letter: the reason, and the source of the original record.
DEAD_LETTER_REASON: Final = "dead-letter-reason"
DEAD_LETTER_DETAIL: Final = "dead-letter-detail"
DEAD_LETTER_TOPIC: Final = "dead-letter-topic"
DEAD_LETTER_PARTITION: Final = "dead-letter-partition"
DEAD_LETTER_OFFSET: Final = "dead-letter-offset"
DEAD_LETTER_TIMESTAMP: Final = "dead-letter-timestamp"
"""The timestamp of the original record, in milliseconds since 1970."""
