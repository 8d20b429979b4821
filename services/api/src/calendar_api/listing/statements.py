"""The SQL statements of lists. A test prepares each."""

from typing import Final

from calendar_api.events import columns

# Index events_overlap. One row: a page of the events that overlap a window, and its last position
# if more follow.
#
# One bounded scan per length class, each in the order of the page. No event of a class starts
# longer before the window than the class allows (docs/adr/0003). Cursor and bound are one row
# comparison: with two conditions, the index scan would start at the first one. `ends_at >= $2` is
# implied by the line below it, but can be checked in the index. A page is limited in events ($6)
# and in bytes of descriptions ($7).
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
        SELECT {columns.JSON}
        FROM page CROSS JOIN LATERAL (SELECT {columns.MEMBERS}) AS item
        ORDER BY place
    ), ',') AS items,
    last.starts_at AS last_starts_at,
    last.id AS last_id
FROM (SELECT (SELECT count(*) FROM found) > (SELECT count(*) FROM page) AS more) AS rest
LEFT JOIN (SELECT starts_at, id FROM page ORDER BY place DESC LIMIT 1) AS last ON more
"""
