"""Every SQL statement of the service. A test prepares each against the migrated table."""

from typing import Final

# Primary key: what is there already is left as it is. Gives how late each new row is, in seconds,
# by the database's clock. Instants travel as text: asyncpg would make infinities of the first one
# of year 1 and the last one of year 9999.
STORE_NOTIFICATIONS: Final = """
INSERT INTO notifications (notification_id, event_id, title, event_date, user_id, notify_at)
SELECT notification_id, event_id, title, event_date::timestamptz, user_id, notify_at::timestamptz
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[])
    AS sent (notification_id, event_id, title, event_date, user_id, notify_at)
ON CONFLICT (notification_id) DO NOTHING
RETURNING extract(epoch FROM stored_at - notify_at)::float8 AS seconds_late
"""

# Answers where PostgreSQL does and the table is there.
PROBE: Final = "SELECT FROM notifications LIMIT 0"
