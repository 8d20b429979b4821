"""The SQL statements of streams. A test prepares each against the migrated table."""

from typing import Final

from calendar_storer.inbox.statements import DOCUMENT, KEY

# Index notifications_by_arrival. One row with how far it has read, or more, with the notifications
# of the users in $3 among the first $2 that arrived after the number $1.
#
# Numbers are unique from the first one on that a hub asks for: only rows of before the migration
# share the number 0. `IS TRUE` keeps the planner from a join: the users become a hash table, once
# there is a row to look up.
ARRIVALS: Final = f"""
WITH arrived AS MATERIALIZED (
    SELECT * FROM notifications WHERE arrival > $1 ORDER BY arrival LIMIT $2
)
SELECT progress.*, watched.*
FROM (SELECT max(arrival) AS last, count(*) AS number FROM arrived) AS progress
LEFT JOIN (
    SELECT user_id, {KEY}, {DOCUMENT},
        extract(epoch FROM clock_timestamp() - stored_at)::float8 AS delay
    FROM arrived WHERE (user_id IN (SELECT unnest($3::text[]))) IS TRUE
) AS watched ON true
ORDER BY watched.arrival
"""

# Index notifications_of_user.
PAGE: Final = f"""
SELECT {KEY}, {DOCUMENT} FROM notifications
WHERE user_id = $1 AND ({KEY}) > ($2, $3, $4)
ORDER BY {KEY} LIMIT $5
"""
