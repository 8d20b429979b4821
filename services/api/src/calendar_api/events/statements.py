"""The SQL statements of events and their reminders. A test prepares each."""

from typing import Final

from calendar_api.events import columns, models

_ARRAYS: Final = ", ".join(f"${n}::{type_}[]" for n, type_ in enumerate(columns.TYPES, 13))
_REMINDER: Final = """
    user_id, event_id, notification_id, due_at, occurs_at, recurrence_id, ready_at, next_try_at,
    upcoming_due, upcoming_starts, upcoming_ids, upcoming_from
"""
_SCHEDULE: Final = """
    user_id, event_id, first_starts_at, last_ends_at, zone_rules,
    planned_since, planned_due, planned_start, refill_at
"""
_ASSIGNMENTS: Final = ", ".join(f"{name} = ${n}" for n, name in enumerate(models.FIELDS, 3))

# One event per array element; the primary key decides which exist already. Events are written
# together with what is planned of them, so that no crash can separate them. The reminders of an
# event are arrays as texts, because there are no arrays of arrays of different lengths. What has
# started by now is left out: the database's clock decides it.
CREATE_EVENTS: Final = f"""
WITH created AS (
    INSERT INTO events (user_id, id, {columns.COLUMNS})
    SELECT * FROM unnest($1::text[], $2::uuid[], {_ARRAYS})
    ON CONFLICT (user_id, id) DO NOTHING
    RETURNING *
), plan AS (
    SELECT plan.*
    FROM created JOIN unnest(
        $1::text[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[],
        $7::timestamptz[], $8::timestamptz[], $9::text[],
        $10::timestamptz[], $11::timestamptz[], $12::timestamptz[]
    ) AS plan (
        user_id, id, notification_id, due, starts, ids, first_starts_at, last_ends_at, zone_rules,
        planned_due, planned_start, refill_at
    ) USING (user_id, id)
), written AS (
    INSERT INTO reminders ({_REMINDER})
    SELECT user_id, id, notification_id, ahead.due[1], ahead.starts[1], ahead.ids[1],
           greatest(ahead.due[1], now()), greatest(ahead.due[1], now()), more.*
    FROM plan CROSS JOIN LATERAL (
        SELECT array_agg(due ORDER BY place) AS due, array_agg(start ORDER BY place) AS starts,
               array_agg(recurrence_id ORDER BY place) AS ids
        FROM unnest(plan.due::timestamptz[], plan.starts::timestamptz[], plan.ids::text[])
            WITH ORDINALITY AS reminder (due, start, recurrence_id, place)
        WHERE greatest(due, start) > now()
    ) AS ahead
    LEFT JOIN LATERAL (
        SELECT ahead.due[2:], ahead.starts[2:], ahead.ids[2:], 1
    ) AS more ON cardinality(ahead.due) > 1
    WHERE plan.due IS NOT NULL AND ahead.due IS NOT NULL
), scheduled AS (
    INSERT INTO schedules ({_SCHEDULE})
    SELECT user_id, id, first_starts_at, last_ends_at, zone_rules,
           CASE WHEN refill_at IS NOT NULL THEN now() END, planned_due, planned_start, refill_at
    FROM plan
    WHERE num_nonnulls(first_starts_at, zone_rules, refill_at) > 0
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

# Primary key. Writers of one event wait here. Its schedule and reminders are always locked later.
LOCK_EVENT: Final = f"""
SELECT now() AS now, {columns.REVISION}, {columns.COLUMNS}
FROM events WHERE user_id = $1 AND id = $2 FOR UPDATE
"""

# Primary key; the row is locked.
UPDATE_EVENT: Final = f"""
UPDATE events
SET {_ASSIGNMENTS}, version = version + 1, updated_at = now()
WHERE user_id = $1 AND id = $2
RETURNING {columns.REVISION}, {columns.DOCUMENT}
"""

# Primary key of reminders. Waits for a scheduler that is sending the reminder.
LOCK_REMINDER: Final = """
SELECT due_at, occurs_at, recurrence_id, upcoming_due[upcoming_from:] AS upcoming_due,
       upcoming_starts[upcoming_from:] AS upcoming_starts,
       upcoming_ids[upcoming_from:] AS upcoming_ids
FROM reminders WHERE user_id = $1 AND event_id = $2 FOR UPDATE
"""

# Primary key of schedules.
READ_SCHEDULE: Final = """
SELECT zone_rules, planned_since, planned_due, planned_start
FROM schedules WHERE user_id = $1 AND event_id = $2
"""

# Primary key of reminders; the row is locked, if there is one.
WRITE_REMINDERS: Final = f"""
INSERT INTO reminders ({_REMINDER})
SELECT $1, $2, $3, due[1], starts[1], ids[1], greatest(due[1], now()), greatest(due[1], now()),
       more.*
FROM (SELECT $4::timestamptz[] AS due, $5::timestamptz[] AS starts, $6::text[] AS ids) AS plan
LEFT JOIN LATERAL (SELECT due[2:], starts[2:], ids[2:], 1) AS more (a, b, c, n)
    ON cardinality(due) > 1
ON CONFLICT (user_id, event_id) DO UPDATE
SET notification_id = excluded.notification_id, due_at = excluded.due_at,
    occurs_at = excluded.occurs_at, recurrence_id = excluded.recurrence_id,
    ready_at = excluded.ready_at, next_try_at = excluded.next_try_at,
    upcoming_due = excluded.upcoming_due, upcoming_starts = excluded.upcoming_starts,
    upcoming_ids = excluded.upcoming_ids, upcoming_from = excluded.upcoming_from,
    attempts = 0, last_error = NULL, parked_at = NULL
"""

# Primary key of reminders; the row is locked, if there is one.
REMOVE_REMINDERS: Final = "DELETE FROM reminders WHERE user_id = $1 AND event_id = $2"

# Primary key of schedules; the event is locked.
WRITE_SCHEDULE: Final = f"""
INSERT INTO schedules ({_SCHEDULE})
VALUES ($1, $2, $3, $4, $5, CASE WHEN $8::timestamptz IS NOT NULL THEN now() END, $6, $7, $8)
ON CONFLICT (user_id, event_id) DO UPDATE
SET first_starts_at = excluded.first_starts_at, last_ends_at = excluded.last_ends_at,
    zone_rules = excluded.zone_rules, planned_since = excluded.planned_since,
    planned_due = excluded.planned_due, planned_start = excluded.planned_start,
    refill_at = excluded.refill_at
"""

# Primary key of schedules.
REMOVE_SCHEDULE: Final = "DELETE FROM schedules WHERE user_id = $1 AND event_id = $2"

# Primary key; the foreign keys delete schedule and reminders, and wait like LOCK_REMINDER.
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
WHERE NOT EXISTS (SELECT {columns.COLUMNS} FROM events LIMIT 0)
  AND NOT EXISTS (SELECT upcoming_due, refill_at FROM reminders, schedules LIMIT 0)
"""
