"""The SQL statements of lists. A test prepares each."""

from typing import Final

from calendar_api.events import columns

# The lengths of a class, and the longest of them (docs/adr/0003).
_CLASSES: Final = """
    (VALUES
        (0::smallint, interval '24 hours'), (1, '768 hours'), (2, '24576 hours'),
        (3, '786432 hours'), (4, NULL)
    ) AS class (length_class, longest)
"""

# Indexes events_overlap and schedules_overlap. One row: a page of the single timed events that
# overlap a window, its last position if more follow, and the IDs of all other events that may
# overlap it.
#
# One bounded scan per length class, each in the order of the page. No event of a class starts
# longer before the window than the class allows (docs/adr/0003). Cursor and bound are one row
# comparison: with two conditions, the index scan would start at the first one. `ends_at >= $2` is
# implied by the line below it, but can be checked in the index. A page is limited in events ($6)
# and in bytes of descriptions ($7).
#
# Days in different zones are up to 26 hours apart: an event that lasts all day is on its dates in
# any zone, and the span of a series may follow older rules of its zone. For few rows of a user, the
# planner would take the primary key, if it were not for the order and the row comparison. A user
# without such events is spared the scans.
LIST_EVENTS: Final = f"""
WITH found AS (
    SELECT event.*
    FROM {_CLASSES} CROSS JOIN LATERAL (
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
          AND recurrence IS NULL AND starts_on IS NULL
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
    ARRAY(
        SELECT {columns.JSON}
        FROM page CROSS JOIN LATERAL (SELECT {columns.MEMBERS}) AS item
        ORDER BY place
    ) AS documents,
    last.starts_at AS last_starts_at,
    last.id AS last_id,
    ARRAY(
        SELECT schedule.event_id
        FROM {_CLASSES} CROSS JOIN LATERAL (
            SELECT event_id FROM schedules
            WHERE user_id = $1
              AND schedules.length_class = class.length_class
              AND (first_starts_at, last_ends_at) > (
                  greatest($2 - interval '26 hours' - class.longest, '-infinity'), '-infinity'
              )
              AND first_starts_at < $3 + interval '26 hours'
              AND last_ends_at >= $2 - interval '26 hours'
            ORDER BY first_starts_at
        ) AS schedule
        WHERE EXISTS (SELECT FROM schedules WHERE user_id = $1 AND first_starts_at IS NOT NULL)
    ) AS series
FROM (SELECT (SELECT count(*) FROM found) > (SELECT count(*) FROM page) AS more) AS rest
LEFT JOIN (SELECT starts_at, id FROM page ORDER BY place DESC LIMIT 1) AS last ON more
"""

# Primary key, once per ID. Events that have to be expanded: the first ones, until $3 bytes are
# reached.
READ_SERIES: Final = f"""
SELECT place, id, {columns.DOCUMENT}, local_start, moved, last_day
FROM (
    SELECT event.*, place, sum(octet_length(concat(description, recurrence, overrides))) OVER (
        ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS length_before
    FROM unnest($2::uuid[]) WITH ORDINALITY AS wanted (event_id, place) CROSS JOIN LATERAL (
        SELECT * FROM events WHERE user_id = $1 AND id = event_id LIMIT 1
    ) AS event
) AS sized
WHERE coalesce(length_before, 0) < $3::integer
ORDER BY place
"""
