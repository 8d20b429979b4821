"""The SQL statements of calendar-scheduler 1.0, unchanged: `queries.py` of that release.

What is due is due by `statement_timestamp()`: the database's clock, and, unlike
`clock_timestamp()`, one that an index can be searched for.
"""

from typing import Final

# Most of the time next to nothing is due, and so say PostgreSQL's statistics. A plan made for them
# would sort all that is due to send the first of it: of a backlog of millions, for too long.
BEGIN: Final = """
BEGIN ISOLATION LEVEL READ COMMITTED;
SET LOCAL plan_cache_mode = force_generic_plan
"""
COMMIT: Final = "COMMIT"

# Index reminders_next_try, from its beginning; the locks order an edit or delete against the send.
CLAIM: Final = """
SELECT user_id, event_id, notification_id, due_at, attempts,
       extract(epoch FROM statement_timestamp() - ready_at)::float8 AS waited
FROM reminders
WHERE parked_at IS NULL AND next_try_at <= statement_timestamp()
ORDER BY next_try_at, user_id, event_id
LIMIT $1
FOR UPDATE SKIP LOCKED
"""

# Primary key of events. A statement of its own, for its own snapshot: joined into CLAIM, a reminder
# that was moved while the lock was waited for would be read anew, but beside its event as it was
# before. The title is the newest committed one; the start cannot change any more, because whoever
# moves an event's schedule locks its reminder. The event exists: the reminder refers to it.
EVENTS_OF_CLAIMED: Final = """
SELECT event.title, event.starts_at
FROM unnest($1::text[], $2::uuid[]) WITH ORDINALITY AS claimed (user_id, id, position)
JOIN events AS event USING (user_id, id)
ORDER BY claimed.position
"""

# Primary key of reminders; the rows are locked.
REMOVE: Final = """
DELETE FROM reminders AS reminder
USING unnest($1::text[], $2::uuid[]) AS sent (user_id, event_id)
WHERE reminder.user_id = sent.user_id AND reminder.event_id = sent.event_id
"""

# Primary key of reminders; the rows are locked.
PUSH_BACK: Final = """
UPDATE reminders AS reminder
SET attempts = refused.attempts,
    next_try_at = statement_timestamp() + make_interval(secs => refused.delay),
    last_error = refused.reason,
    parked_at = CASE WHEN refused.park THEN statement_timestamp() END
FROM unnest($1::text[], $2::uuid[], $3::smallint[], $4::float8[], $5::text[], $6::boolean[])
    AS refused (user_id, event_id, attempts, delay, reason, park)
WHERE reminder.user_id = refused.user_id AND reminder.event_id = refused.event_id
"""

# Index reminders_next_try: its first entry.
NEXT_DUE: Final = """
SELECT extract(epoch FROM next_try_at - statement_timestamp())::float8
FROM reminders
WHERE parked_at IS NULL
ORDER BY next_try_at, user_id, event_id
LIMIT 1
"""

# Indexes reminders_next_try (only what is due of it) and reminders_parked.
BACKLOG: Final = """
SELECT count(*) AS due, extract(epoch FROM min(next_try_at))::float8 AS oldest,
       (SELECT count(*) FROM reminders WHERE parked_at IS NOT NULL) AS parked
FROM reminders
WHERE parked_at IS NULL AND next_try_at <= statement_timestamp()
"""

# Index events_ends_at, from its beginning. An event that still has a reminder, even a parked one,
# is not over yet. Locked rows are somebody else's, and wait for the next time.
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

# Answers where PostgreSQL does and the API's tables are there.
PROBE: Final = "SELECT FROM reminders LIMIT 0"

# For the session. As a start-up parameter older servers would refuse it.
LIMIT_TRANSACTIONS: Final = "SET transaction_timeout = '10s'"
