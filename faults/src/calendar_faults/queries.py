"""The SQL statements of the suite."""

from typing import Final

# Of this run's services: each run has its own database.
IDLE_IN_TRANSACTION: Final = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND state = 'idle in transaction'
  AND state_change < clock_timestamp() - interval '1 second'
"""

# One row for each event: the next of its reminders.
DUE: Final = """
SELECT count(*) FROM reminders
WHERE parked_at IS NULL AND next_try_at <= clock_timestamp() AND NOT event_id = ANY($1)
"""

# A list of reminders that is to be continued, but has ended, has no row in `reminders`.
DUE_BEFORE: Final = """
SELECT (SELECT count(*) FROM reminders
        WHERE parked_at IS NULL AND due_at <= $1 AND NOT event_id = ANY($2))
     + (SELECT count(*) FROM schedules
        WHERE refill_at <= $1
          AND NOT EXISTS (SELECT FROM reminders WHERE reminders.user_id = schedules.user_id
                          AND reminders.event_id = schedules.event_id))
"""

PARKED: Final = "SELECT event_id FROM reminders WHERE parked_at IS NOT NULL"

ROWS: Final = """
SELECT notification_id, event_id, title, event_date, user_id, notify_at, recurrence_id, stored_at,
    arrival
FROM notifications WHERE NOT event_id = ANY($1)
"""

STORED_OF_USERS: Final = """
SELECT user_id, count(*) FROM notifications WHERE stored_at <= $1 GROUP BY user_id
"""

# What no storer has claimed yet, what is claimed or waits for another attempt, and what is parked.
PENDING: Final = """
SELECT endpoint, notification_id FROM deliveries JOIN notifications USING (notification_id)
WHERE stored_at <= $1
UNION
SELECT name, notification_id FROM webhook_endpoints JOIN notifications ON arrival > position
WHERE stored_at <= $1
"""

STORED: Final = "SELECT count(*) FROM notifications"

# Writes a message to the log, so that the commit waits for a synchronous standby: rows that only
# the primary has may be lost with it.
SEEN_SINCE: Final = """
SELECT notification_id, stored_at, pg_logical_emit_message(true, 'faults', '')
FROM notifications WHERE stored_at > $1 AND NOT event_id = ANY($2) ORDER BY stored_at
"""

LOCK: Final = "SELECT FROM events WHERE id = ANY($1) FOR UPDATE"

# Connections of the services to this run's database; once for each fault of a soak.
CONNECTIONS: Final = """
SELECT application_name, count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE 'calendar%'
GROUP BY application_name
"""

# Counts whole tables; once for each fault of a soak.
TABLES: Final = """
SELECT pg_total_relation_size('reminders') AS reminders,
       pg_total_relation_size('events') AS events, (SELECT count(*) FROM events) AS event_rows,
       pg_total_relation_size('notifications') AS notifications,
       (SELECT count(*) FROM notifications) AS notification_rows
"""

# Whether commits wait for a connected standby.
IS_REPLICATED: Final = "SELECT FROM pg_stat_replication WHERE sync_state = 'sync'"

PROMOTE: Final = "SELECT pg_promote()"
