"""The SQL statements about reminders. A test prepares each against the API's tables.

Due is decided by `statement_timestamp()`: the database's clock, which, unlike `clock_timestamp()`,
an index can be searched by.
"""

from typing import Final

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

# Primary key of events. A statement of its own, because it needs a snapshot of its own: in a join
# with CLAIM, a reminder that changed while its lock was waited for would be read anew, but its
# event as it was before. The title is the newest committed one. The start cannot change, because
# changing it locks the reminder. The event exists, because the reminder references it.
EVENTS_OF_CLAIMED: Final = """
SELECT event.title, event.starts_at
FROM unnest($1::text[], $2::uuid[]) WITH ORDINALITY AS claimed (user_id, id, position)
JOIN events AS event USING (user_id, id)
ORDER BY claimed.position
"""

# Primary key of reminders, for each row: OFFSET 0 keeps the planner from joining. Right after a
# peak its statistics say that the table is almost empty, and a join would read all of the next
# peak. The rows are locked, so they stay where they are.
REMOVE: Final = """
DELETE FROM reminders
WHERE ctid = ANY (ARRAY(
    SELECT found.ctid
    FROM unnest($1::text[], $2::uuid[]) AS sent (user_id, event_id)
    CROSS JOIN LATERAL (
        SELECT ctid FROM reminders
        WHERE user_id = sent.user_id AND event_id = sent.event_id
        OFFSET 0
    ) AS found
))
"""

# Primary key of reminders; the rows are locked.
DEFER: Final = """
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

# Indexes reminders_next_try (only its due entries) and reminders_parked.
BACKLOG: Final = """
SELECT count(*) AS due, extract(epoch FROM min(next_try_at))::float8 AS oldest,
       (SELECT count(*) FROM reminders WHERE parked_at IS NOT NULL) AS parked
FROM reminders
WHERE parked_at IS NULL AND next_try_at <= statement_timestamp()
"""

# `on` if the server accepts no writes; fails if the tables do not exist. Reads no row.
CHECK: Final = """
SELECT current_setting('transaction_read_only')
WHERE NOT EXISTS (SELECT FROM events, reminders LIMIT 0)
"""
