"""Every SQL statement of the service. A test prepares each against the migrated tables."""

from typing import Final


def _utc(column: str) -> str:
    """SQL for a time as the API writes it: in UTC, with microseconds where there are any."""
    text = f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
    return f"replace({text}, '.000000Z', 'Z') AS {column}"


_MEMBERS: Final = f"""
    id, user_id, title, description, {_utc("starts_at")}, {_utc("ends_at")},
    ends_at - starts_at AS duration, notify_before, version,
    {_utc("created_at")}, {_utc("updated_at")}
"""
"""An event's members, in order. PostgreSQL writes the JSON, for lists and single events alike.

Relies on the session's `intervalstyle` for the two durations.
"""

_DOCUMENT: Final = f"(SELECT row_to_json(item)::text FROM (SELECT {_MEMBERS}) AS item) AS document"

# One row for each element; the primary key decides which exist already. The reminders go with
# their events in the one statement, so no crash can part them.
CREATE_EVENTS: Final = f"""
WITH created AS (
    INSERT INTO events (user_id, id, title, description, starts_at, ends_at, notify_before)
    SELECT * FROM unnest(
        $1::text[], $2::uuid[], $3::text[], $4::text[],
        $5::timestamptz[], $6::timestamptz[], $7::interval[]
    )
    ON CONFLICT (user_id, id) DO NOTHING
    RETURNING *
), written AS (
    INSERT INTO reminders (user_id, event_id, notification_id, due_at, ready_at, next_try_at)
    SELECT user_id, id, notification_id, due_at, greatest(due_at, now()), greatest(due_at, now())
    FROM created JOIN unnest($1::text[], $2::uuid[], $8::uuid[], $9::timestamptz[])
        AS plan (user_id, id, notification_id, due_at) USING (user_id, id)
    WHERE notification_id IS NOT NULL AND starts_at > now()
)
SELECT user_id, id, version, {_DOCUMENT} FROM created
"""

# Primary key.
READ_EVENT: Final = f"SELECT version, {_DOCUMENT} FROM events WHERE user_id = $1 AND id = $2"

# Primary key, once for each ID. Without the LIMIT the generic plan, which takes users for small,
# would read all events of the user.
GET_EVENTS: Final = f"""
SELECT id, title, description, starts_at, ends_at, notify_before, version, {_DOCUMENT}
FROM unnest($2::uuid[]) AS wanted (event_id) CROSS JOIN LATERAL (
    SELECT * FROM events WHERE user_id = $1 AND id = event_id LIMIT 1
) AS event
"""

# Primary key. Writers of one event queue here; the lock of its reminder always comes second.
LOCK_EVENT: Final = """
SELECT version, title, description, starts_at, ends_at, notify_before
FROM events WHERE user_id = $1 AND id = $2 FOR UPDATE
"""

# Primary key; the row is locked.
UPDATE_EVENT: Final = f"""
UPDATE events
SET title = $3, description = $4, starts_at = $5, ends_at = $6, notify_before = $7,
    version = version + 1, updated_at = now()
WHERE user_id = $1 AND id = $2
RETURNING version, {_DOCUMENT}
"""

# Primary key of reminders. Waits for a scheduler that is sending the old one. Writes nothing for an
# event that has started: it is not reminded of.
MOVE_REMINDER: Final = """
INSERT INTO reminders (user_id, event_id, notification_id, due_at, ready_at, next_try_at)
SELECT $1, $2, $3, $4, greatest($4, now()), greatest($4, now()) WHERE $5::timestamptz > now()
ON CONFLICT (user_id, event_id) DO UPDATE
SET notification_id = excluded.notification_id, due_at = excluded.due_at,
    ready_at = excluded.ready_at, next_try_at = excluded.next_try_at,
    attempts = 0, last_error = NULL, parked_at = NULL
RETURNING true
"""

# Primary key of reminders. Waits as above.
REMOVE_REMINDER: Final = "DELETE FROM reminders WHERE user_id = $1 AND event_id = $2"

# Primary key; the reminder goes by its foreign key, and waits as above.
DELETE_EVENT: Final = "DELETE FROM events WHERE user_id = $1 AND id = $2"


# Index events_overlap. One row: a page of what overlaps a window, and where it ended if more
# follow.
#
# One bounded scan for each class of length, each in the order of the page. No event of a class
# began longer before the window than the class allows (docs/adr/0003). Cursor and bound are one row
# comparison: with two conditions the index would start at the first alone. `ends_at >= $2` is
# implied by the line below it, but can be checked inside the index. A page ends where it has the
# events ($6), or the descriptions ($7, in bytes), that it may have.
LIST_EVENTS: Final = f"""
WITH found AS (
    SELECT event.*
    FROM (VALUES
        (0::smallint, interval '24 hours'), (1, '768 hours'), (2, '24576 hours'),
        (3, '786432 hours'), (4, NULL)
    ) AS class (length_class, longest)
    CROSS JOIN LATERAL (
        SELECT * FROM events
        WHERE user_id = $1
          AND events.length_class = class.length_class
          AND (starts_at, id) > (
              greatest($2::timestamptz - class.longest, $4::timestamptz, '-infinity'),
              coalesce($5::uuid, '00000000-0000-0000-0000-000000000000')
          )
          AND starts_at < $3::timestamptz
          AND ends_at >= $2
          AND (ends_at > $2 OR starts_at >= $2)
        ORDER BY starts_at, id
        LIMIT $6::integer + 1
    ) AS event
    ORDER BY starts_at, id
    LIMIT $6 + 1
), sized AS (
    SELECT *, row_number() OVER upwards AS place,
        sum(octet_length(description)) OVER upwards AS length
    FROM found WINDOW upwards AS (ORDER BY starts_at, id)
), page AS (
    SELECT * FROM sized WHERE place = 1 OR place <= $6 AND coalesce(length, 0) <= $7::integer
)
SELECT
    array_to_string(ARRAY(
        SELECT row_to_json(item) FROM (
            SELECT {_MEMBERS} FROM page ORDER BY place
        ) AS item
    ), ',') AS items,
    last.starts_at AS last_starts_at,
    last.id AS last_id
FROM (SELECT (SELECT count(*) FROM found) > (SELECT count(*) FROM page) AS more) AS rest
LEFT JOIN (SELECT starts_at, id FROM page ORDER BY place DESC LIMIT 1) AS last ON more
"""

# Changes nothing, but writes to the log (WAL) under a transaction ID. PostgreSQL waits for
# synchronous standbys only at the COMMIT of a transaction that has done so; it then waits until
# they have all that came before, too.
WAIT_FOR_STANDBYS: Final = "SELECT pg_logical_emit_message(true, 'calendar', '')"

SET_SAVEPOINT: Final = "SAVEPOINT before_creates"
ROLL_BACK_TO_SAVEPOINT: Final = "ROLLBACK TO SAVEPOINT before_creates"

# `on` where the server accepts no writes; fails where the tables are not there. Reads no row.
PROBE: Final = """
SELECT current_setting('transaction_read_only')
WHERE NOT EXISTS (SELECT FROM events, reminders LIMIT 0)
"""
