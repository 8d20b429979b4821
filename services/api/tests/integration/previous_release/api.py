"""The SQL statements of calendar-api 1.0, unchanged: `queries.py` of that release."""

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

# Primary key, once for each event. One row for each element, of NULL where there is no such event.
READ_EVENTS: Final = f"""
SELECT version, document
FROM unnest($1::text[], $2::uuid[]) WITH ORDINALITY AS wanted (owner, event_id, place)
LEFT JOIN LATERAL (
    SELECT version, {_DOCUMENT} FROM events WHERE user_id = owner AND id = event_id LIMIT 1
) AS event ON true
ORDER BY place
"""

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


def _page(
    *, user: str, start: str, end: str, after: tuple[str, str], size: str, length: str
) -> str:
    """SQL for one row: a page of what overlaps a window, and where it ended if more follow.

    One bounded scan for each class of length, each in the order of the page. No event of a class
    began longer before the window than the class allows (docs/adr/0003). Cursor and bound are one
    row comparison, because of two conditions the index would start at the first alone. `ends_at >=
    start` is implied by the line below it, but can be checked inside the index. A page ends where
    it has the events, or descriptions of the length, that it may have.
    """
    after_start, after_id = after
    return f"""
WITH found AS (
    SELECT event.*
    FROM (VALUES
        (0::smallint, interval '24 hours'), (1, '768 hours'), (2, '24576 hours'),
        (3, '786432 hours'), (4, NULL)
    ) AS class (length_class, longest)
    CROSS JOIN LATERAL (
        SELECT * FROM events
        WHERE user_id = {user}
          AND events.length_class = class.length_class
          AND (starts_at, id) > (
              greatest({start} - class.longest, {after_start}, '-infinity'),
              coalesce({after_id}, '00000000-0000-0000-0000-000000000000')
          )
          AND starts_at < {end}
          AND ends_at >= {start}
          AND (ends_at > {start} OR starts_at >= {start})
        ORDER BY starts_at, id
        LIMIT {size} + 1
    ) AS event
    ORDER BY starts_at, id
    LIMIT {size} + 1
), sized AS (
    SELECT *, row_number() OVER upwards AS place,
        sum(octet_length(description)) OVER upwards AS length
    FROM found WINDOW upwards AS (ORDER BY starts_at, id)
), page AS (
    SELECT * FROM sized WHERE place = 1 OR place <= {size} AND coalesce(length, 0) <= {length}
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


# Index events_overlap, as said above.
LIST_EVENTS: Final = _page(
    user="$1",
    start="$2::timestamptz",
    end="$3::timestamptz",
    after=("$4::timestamptz", "$5::uuid"),
    size="$6::integer",
    length="$7::integer",
)

_SHORT_LIST: Final = _page(
    user="owner",
    start="window_start",
    end="window_end",
    after=("NULL::timestamptz", "NULL::uuid"),
    size="$4::integer",
    length="$5::integer",
)

# Index events_overlap, once for each list. One row for each, in order: the list from its beginning.
LIST_TOGETHER: Final = f"""
SELECT items, last_id
FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[])
    WITH ORDINALITY AS wanted (owner, window_start, window_end, number)
CROSS JOIN LATERAL ({_SHORT_LIST}) AS list
ORDER BY number
"""

# Answers where PostgreSQL does and the tables are there.
PROBE: Final = "SELECT FROM events LIMIT 0"
