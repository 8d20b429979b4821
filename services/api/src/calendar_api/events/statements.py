"""The SQL statements of events and their reminders. A test prepares each."""

from typing import Final

from calendar_api.events import columns, models

_ARRAYS: Final = ", ".join(f"${n}::{type_}[]" for n, type_ in enumerate(columns.TYPES, 5))
_ASSIGNMENTS: Final = ", ".join(f"{name} = ${n}" for n, name in enumerate(models.FIELDS, 3))

# One event per array element; the primary key decides which exist already. Events and their
# reminders are written by one statement, so that no crash can separate them.
CREATE_EVENTS: Final = f"""
WITH created AS (
    INSERT INTO events (user_id, id, {columns.COLUMNS})
    SELECT * FROM unnest($1::text[], $2::uuid[], {_ARRAYS})
    ON CONFLICT (user_id, id) DO NOTHING
    RETURNING *
), written AS (
    INSERT INTO reminders (user_id, event_id, notification_id, due_at, ready_at, next_try_at)
    SELECT user_id, id, notification_id, due_at, greatest(due_at, now()), greatest(due_at, now())
    FROM created JOIN unnest($1::text[], $2::uuid[], $3::uuid[], $4::timestamptz[])
        AS plan (user_id, id, notification_id, due_at) USING (user_id, id)
    WHERE notification_id IS NOT NULL AND starts_at > now()
)
SELECT user_id, id, {columns.REVISION}, {columns.DOCUMENT} FROM created
"""

# Primary key.
READ_EVENT: Final = f"""
SELECT {columns.REVISION}, {columns.DOCUMENT} FROM events WHERE user_id = $1 AND id = $2
"""

# Primary key, once per ID. Without the LIMIT, the generic plan would read all events of the user:
# it expects users to have few.
GET_EVENTS: Final = f"""
SELECT id, {columns.COLUMNS}, {columns.REVISION}, {columns.DOCUMENT}
FROM unnest($2::uuid[]) AS wanted (event_id) CROSS JOIN LATERAL (
    SELECT * FROM events WHERE user_id = $1 AND id = event_id LIMIT 1
) AS event
"""

# Primary key. Writers of one event wait here; its reminder is always locked after it.
LOCK_EVENT: Final = f"""
SELECT {columns.REVISION}, {columns.COLUMNS}
FROM events WHERE user_id = $1 AND id = $2 FOR UPDATE
"""

# Primary key; the row is locked.
UPDATE_EVENT: Final = f"""
UPDATE events
SET {_ASSIGNMENTS}, version = version + 1, updated_at = now()
WHERE user_id = $1 AND id = $2
RETURNING {columns.REVISION}, {columns.DOCUMENT}
"""

# Primary key of reminders. Waits for a scheduler that is sending the old reminder. Writes nothing
# for an event that has started: there is no notification of it.
MOVE_REMINDER: Final = """
INSERT INTO reminders (user_id, event_id, notification_id, due_at, ready_at, next_try_at)
SELECT $1, $2, $3, $4, greatest($4, now()), greatest($4, now()) WHERE $5::timestamptz > now()
ON CONFLICT (user_id, event_id) DO UPDATE
SET notification_id = excluded.notification_id, due_at = excluded.due_at,
    ready_at = excluded.ready_at, next_try_at = excluded.next_try_at,
    attempts = 0, last_error = NULL, parked_at = NULL
RETURNING true
"""

# Primary key of reminders. Waits like MOVE_REMINDER.
REMOVE_REMINDER: Final = "DELETE FROM reminders WHERE user_id = $1 AND event_id = $2"

# Primary key; the foreign key deletes the reminder, and waits like MOVE_REMINDER.
DELETE_EVENT: Final = "DELETE FROM events WHERE user_id = $1 AND id = $2"

# Changes nothing, but writes to the log (WAL) under a transaction ID. PostgreSQL waits for
# synchronous standbys only at the COMMIT of such a transaction; it then waits until they have all
# earlier records, too.
WAIT_FOR_STANDBYS: Final = "SELECT pg_logical_emit_message(true, 'calendar', '')"

SET_SAVEPOINT: Final = "SAVEPOINT before_creates"
ROLL_BACK_TO_SAVEPOINT: Final = "ROLLBACK TO SAVEPOINT before_creates"

# `on` if the server accepts no writes. Fails if a table or a column is missing. Reads no row.
PROBE: Final = f"""
SELECT current_setting('transaction_read_only')
WHERE NOT EXISTS (SELECT {columns.COLUMNS} FROM events, reminders LIMIT 0)
"""
