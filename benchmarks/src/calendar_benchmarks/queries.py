"""SQL that fills tables and looks at them. What is measured has SQL of its own."""

from typing import Final

# The catalogue: what hangs on the two tables, foreign keys first, in the order of its removal.
TABLES_PARTS: Final = """
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop,
    format('ALTER TABLE %s ADD CONSTRAINT %I %s',
        conrelid::regclass, conname, pg_get_constraintdef(oid)) AS make,
    contype = 'f' AS is_last
FROM pg_constraint
WHERE conrelid IN ('events'::regclass, 'reminders'::regclass) AND contype IN ('p', 'f')
UNION ALL
SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid), false
FROM pg_index
WHERE indrelid IN ('events'::regclass, 'reminders'::regclass) AND NOT indisprimary
ORDER BY is_last DESC
"""

# No index: there is none while this runs. Users of 100 events each over the year 2100, so that no
# reminder falls due; from the $1th event to the $2th.
FILL_EVENTS: Final = """
INSERT INTO events (user_id, id, title, description, starts_at, ends_at, notify_before)
SELECT 'user-' || to_char(i / 100, 'FM00000000'), gen_random_uuid(), 'Meeting ' || i,
    'In the big room, with a view of the park', starts_at, starts_at + interval '1 hour',
    interval '15 minutes'
FROM generate_series($1::integer, $2::integer - 1) AS i, LATERAL (
    SELECT timestamptz '2100-01-01 09:00Z' + i % 100 * interval '84 hours' AS starts_at
) AS start
"""

# No index, as above. One event every three and a half hours, from $1 hours before the middle of the
# year 2100 to as many after it; each hundredth is a year long.
FILL_BUSY_USER: Final = """
INSERT INTO events (user_id, id, title, description, starts_at, ends_at, notify_before)
SELECT 'busy', gen_random_uuid(), 'Meeting ' || i, 'In the big room, with a view of the park',
    starts_at,
    starts_at + CASE WHEN i % 100 = 0 THEN interval '365 days' ELSE interval '1 hour' END,
    interval '15 minutes'
FROM generate_series(-$1::integer / 2, $1 / 2 - 1) AS i, LATERAL (
    SELECT timestamptz '2100-07-01 09:00Z' + i * interval '3.5 hours' AS starts_at
) AS start
"""

# No index, as above.
FILL_REMINDERS: Final = """
INSERT INTO reminders (user_id, event_id, notification_id, due_at, ready_at, next_try_at)
SELECT user_id, id, gen_random_uuid(), due_at, due_at, due_at
FROM events, LATERAL (SELECT starts_at - notify_before AS due_at) AS due
"""

# Sequential scan; the LIMIT ends it.
SOME_EVENTS: Final = "SELECT user_id, id FROM events LIMIT $1"

# Writes only: the primary key.
ADD_EVENTS: Final = """
INSERT INTO events (user_id, id, title, description, starts_at, ends_at, notify_before)
SELECT $1, gen_random_uuid(), 'Dentist', 'Bring the X-ray.', starts_at, starts_at + $3::interval,
    interval '15 minutes'
FROM unnest($2::timestamptz[]) AS starts_at
"""

# The same events, in the peer's table.
ADD_PLAIN_EVENTS: Final = """
INSERT INTO plain_events
    (user_id, id, title, description, starts_at, ends_at, notify_before, version)
SELECT $1, gen_random_uuid(), 'Dentist', 'Bring the X-ray.', starts_at, starts_at + $3::interval,
    interval '15 minutes', 1
FROM unnest($2::timestamptz[]) AS starts_at
"""
