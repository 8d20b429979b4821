"""The SQL statements of retention. A test prepares each against the migrated tables."""

from typing import Final

# The index of the order of arrival, from its beginning: `stored_at` has the same order. The
# deliveries of a notification are deleted with it, by their primary key. Rows that another
# transaction has locked are left for the next run.
DELETE_OLD_NOTIFICATIONS: Final = """
WITH first AS MATERIALIZED (
    SELECT notification_id, stored_at FROM notifications
    ORDER BY arrival, stored_at, notification_id
    LIMIT $2
    FOR UPDATE SKIP LOCKED
), old AS MATERIALIZED (
    SELECT notification_id FROM first
    WHERE stored_at < statement_timestamp() - make_interval(secs => $1)
), undelivered AS (
    DELETE FROM deliveries AS delivery USING old
    WHERE delivery.notification_id = old.notification_id
)
DELETE FROM notifications AS notification USING old
WHERE notification.notification_id = old.notification_id
"""
