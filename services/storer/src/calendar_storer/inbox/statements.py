"""The SQL statements of the inbox. A test prepares each against the migrated table."""

from typing import Final


def _utc(column: str) -> str:
    """SQL for a time as the API writes it: in UTC, with microseconds where there are any."""
    text = f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
    return f"replace({text}, '.000000Z', 'Z') AS {column}"


# `concat` skips what is NULL: `recurrence_id` appears only where it is set.
DOCUMENT: Final = f"""
    (SELECT concat(left(row_to_json(item)::text, -1),
        ',"recurrence_id":' || to_json(recurrence_id)::text, '}}')
    FROM (SELECT notification_id AS id, event_id, title, {_utc("event_date")},
        {_utc("notify_at")}, {_utc("stored_at")}, {_utc("acknowledged_at")}) AS item) AS document
"""
"""The JSON of the notification in scope."""

KEY: Final = "arrival, stored_at, notification_id"
"""The order of arrival (docs/adr/0019)."""

_LAST: Final = "ORDER BY arrival DESC, stored_at DESC, notification_id DESC LIMIT 1"

# The number of the last notification of all users. Index notifications_by_arrival.
END: Final = "SELECT coalesce(max(arrival), 0) FROM notifications"

_BEGIN_PAGE: Final = f"""
WITH page AS (
    SELECT {KEY}, {DOCUMENT} FROM notifications
    WHERE user_id = $1 AND ({KEY}) > ($2, $3, $4)
"""
_END_PAGE: Final = f"""
    ORDER BY {KEY} LIMIT $5
)
SELECT ARRAY(SELECT document FROM page ORDER BY {KEY}) AS documents, {KEY} FROM page {_LAST}
"""

# A page of a user's notifications after a position, and the position of its last one. No row if
# there is none. Index notifications_of_user.
LIST: Final = _BEGIN_PAGE + _END_PAGE

# The same of those that are not acknowledged. Index notifications_of_user, which has the condition.
LIST_UNACKNOWLEDGED: Final = _BEGIN_PAGE + "AND acknowledged_at IS NULL" + _END_PAGE

# Primary key. No row if the user has no such notification, or it is acknowledged already.
ACKNOWLEDGE: Final = f"""
UPDATE notifications SET acknowledged_at = clock_timestamp()
WHERE notification_id = $1 AND user_id = $2 AND acknowledged_at IS NULL
RETURNING {DOCUMENT}
"""

# Primary key. Writes nothing but a message in the write-ahead log, so that the commit waits for the
# synchronous standby, which may not have the acknowledgement that is found.
GET_ACKNOWLEDGED: Final = f"""
SELECT {DOCUMENT}, pg_logical_emit_message(true, 'calendar_storer', 'acknowledged')
FROM notifications WHERE notification_id = $1 AND user_id = $2
"""
