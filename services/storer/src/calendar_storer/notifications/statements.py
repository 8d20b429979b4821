"""The SQL statements that store notifications. A test prepares each against the migrated table."""

from typing import Final

# Relies on the primary key: a row that is there already is left as it is. Returns the lateness of
# each new row in seconds, by the database's clock. Timestamps are passed as text: asyncpg would
# turn the first one of year 1 and the last one of year 9999 into infinities.
#
# `stored_at` has the order of arrival, in which the notifications of one user were sent; within one
# microsecond, too. A trigger lets one statement insert at a time (docs/adr/0019), so that Storers
# that store the same rows at once do not meet in a deadlock.
#
# If all rows are there already, a message in the write-ahead log makes the commit wait for the
# synchronous standby. Without it the transaction writes nothing and its commit waits for nothing,
# but the standby may not have the rows: a COMMIT that is cancelled while it waits (by a timeout,
# for example) is committed on the primary only. One new row has the same effect as the message.
STORE_NOTIFICATIONS: Final = """
WITH inserted AS (
    INSERT INTO notifications (notification_id, event_id, title, event_date, user_id, notify_at,
        recurrence_id, stored_at)
    SELECT notification_id, event_id, title, event_date::timestamptz, user_id,
        notify_at::timestamptz, recurrence_id, arrived_at
    FROM (
        SELECT *, clock_timestamp() + position * interval '1 microsecond' AS arrived_at
        FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[],
                $7::text[])
            WITH ORDINALITY AS sent (notification_id, event_id, title, event_date, user_id,
                notify_at, recurrence_id, position)
    ) AS arrived
    ORDER BY position
    ON CONFLICT (notification_id) DO NOTHING
    RETURNING extract(epoch FROM stored_at - notify_at)::float8 AS seconds_late
)
SELECT coalesce(array_agg(seconds_late), '{}') AS seconds_late,
    CASE WHEN count(*) = 0
        THEN pg_logical_emit_message(true, 'calendar_storer', 'duplicates')
    END
FROM inserted
"""

# `on` if the server accepts no writes; fails if the tables are not there, or are older than
# this version. Reads no row.
PROBE: Final = """
SELECT current_setting('transaction_read_only')
WHERE NOT EXISTS (SELECT acknowledged_at FROM notifications LIMIT 0)
  AND NOT EXISTS (SELECT position FROM webhook_endpoints LIMIT 0)
"""
