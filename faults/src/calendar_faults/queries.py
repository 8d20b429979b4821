"""Every SQL statement of the suite: what the contract lets a test look at, and how much is left."""

from typing import Final

# Those that this system's services have open, each in its own database.
IDLE_IN_TRANSACTION: Final = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND state = 'idle in transaction'
  AND state_change < clock_timestamp() - interval '1 second'
"""

DUE: Final = """
SELECT count(*) FROM reminders
WHERE parked_at IS NULL AND next_try_at <= clock_timestamp() AND NOT notification_id = ANY($1)
"""

DUE_BEFORE: Final = """
SELECT count(*) FROM reminders
WHERE parked_at IS NULL AND due_at <= $1 AND NOT notification_id = ANY($2)
"""

PARKED: Final = "SELECT notification_id FROM reminders WHERE parked_at IS NOT NULL"

ROWS: Final = """
SELECT notification_id, event_id, title, event_date, user_id, notify_at, stored_at
FROM notifications
"""

STORED: Final = "SELECT count(*) FROM notifications"

# Writes a message to the log, so that its commit waits for a synchronous standby: what only the
# primary has may be lost with it, and has not been seen.
SEEN_SINCE: Final = """
SELECT notification_id, stored_at, pg_logical_emit_message(true, 'faults', '')
FROM notifications WHERE stored_at > $1 ORDER BY stored_at
"""

LOCK: Final = "SELECT FROM events WHERE id = ANY($1) FOR UPDATE"

# Of pg_stat_activity, once for each mishap: what the services have open in this run's database.
CONNECTIONS: Final = """
SELECT application_name, count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE 'calendar%'
GROUP BY application_name
"""

# Counts whole tables, once for each mishap.
TABLES: Final = """
SELECT pg_total_relation_size('reminders') AS reminders,
       pg_total_relation_size('events') AS events, (SELECT count(*) FROM events) AS event_rows,
       pg_total_relation_size('notifications') AS notifications,
       (SELECT count(*) FROM notifications) AS notification_rows
"""

# Whether a standby is there for which each commit waits.
IS_REPLICATED: Final = "SELECT FROM pg_stat_replication WHERE sync_state = 'sync'"

PROMOTE: Final = "SELECT pg_promote()"
