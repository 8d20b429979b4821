"""The SQL statements of retention. A test prepares each against the API's tables."""

from typing import Final

# Index events_ends_at, from its beginning. An event that still has a reminder, even a parked one,
# is kept. Rows that another transaction has locked are left for the next run.
DELETE_OLD_EVENTS: Final = """
WITH old AS MATERIALIZED (
    SELECT user_id, id FROM events AS event
    WHERE ends_at < statement_timestamp() - make_interval(secs => $1)
      AND NOT EXISTS (
          SELECT FROM reminders AS reminder
          WHERE reminder.user_id = event.user_id AND reminder.event_id = event.id
      )
    ORDER BY ends_at
    LIMIT $2
    FOR UPDATE OF event SKIP LOCKED
)
DELETE FROM events AS event USING old WHERE event.user_id = old.user_id AND event.id = old.id
"""
