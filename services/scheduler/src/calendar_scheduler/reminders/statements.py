"""The SQL statements about reminders. A test prepares each against the API's tables.

Due is decided by `statement_timestamp()`: the database's clock, which, unlike `clock_timestamp()`,
an index can be searched by.
"""

from typing import Final

# Index reminders_next_try, from its beginning; the locks order an edit or delete against the send.
CLAIM: Final = """
SELECT user_id, event_id, due_at, attempts,
       extract(epoch FROM statement_timestamp() - ready_at)::float8 AS waited,
       occurs_at, recurrence_id, upcoming_due[upcoming_from] IS NOT NULL AS has_next
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
SELECT event.title, event.starts_at, event.overrides IS NOT NULL AS has_overrides
FROM unnest($1::text[], $2::uuid[]) WITH ORDINALITY AS claimed (user_id, id, position)
JOIN events AS event USING (user_id, id)
ORDER BY claimed.position
"""

# Primary key of events. A changed occurrence may have a title of its own. What is no object, or
# null, counts as absent; an escape that cannot be text, such as that of NUL, is an error.
OCCURRENCE_TITLES: Final = """
SELECT coalesce(event.overrides -> claimed.recurrence_id ->> 'title', event.title)
FROM unnest($1::text[], $2::uuid[], $3::text[]) WITH ORDINALITY
    AS claimed (user_id, id, recurrence_id, position)
JOIN events AS event USING (user_id, id)
ORDER BY claimed.position
"""

# Primary key of reminders, for each row: OFFSET 0 keeps the planner from joining. Right after a
# peak its statistics say that the table is almost empty, and a join would read all of the next
# peak. The rows are locked, so they stay where they are.
_SENT: Final = """
ctid = ANY (ARRAY(
    SELECT found.ctid
    FROM unnest($1::text[], $2::uuid[]) AS sent (user_id, event_id)
    CROSS JOIN LATERAL (
        SELECT ctid FROM reminders
        WHERE user_id = sent.user_id AND event_id = sent.event_id
        OFFSET 0
    ) AS found
))
"""

REMOVE: Final = f"DELETE FROM reminders WHERE {_SENT}"

# The row becomes the next reminder of its list, of which only the position is changed: arrays that
# PostgreSQL keeps apart from the row are not written again.
MOVE_ON: Final = f"""
UPDATE reminders
SET due_at = upcoming_due[upcoming_from],
    occurs_at = upcoming_starts[upcoming_from],
    recurrence_id = upcoming_ids[upcoming_from],
    ready_at = greatest(upcoming_due[upcoming_from], ready_at),
    next_try_at = upcoming_due[upcoming_from],
    upcoming_from = upcoming_from + 1,
    attempts = 0,
    last_error = NULL,
    parked_at = NULL
WHERE {_SENT}
"""

# Index reminders_parked; the locks order an edit or delete against MOVE_ON.
PARKED_SERIES: Final = """
SELECT user_id, event_id
FROM reminders
WHERE parked_at <= statement_timestamp() - make_interval(secs => $1)
  AND upcoming_due[upcoming_from] <= statement_timestamp()
ORDER BY parked_at
LIMIT $2
FOR UPDATE SKIP LOCKED
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

# `on` if the server accepts no writes; fails if the tables do not exist, or are older than this
# version. Reads no row.
CHECK: Final = """
SELECT current_setting('transaction_read_only')
WHERE NOT EXISTS (SELECT overrides, upcoming_from FROM events, reminders LIMIT 0)
"""
