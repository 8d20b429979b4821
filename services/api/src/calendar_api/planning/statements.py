"""The SQL statements of the planner. A test prepares each."""

from typing import Final

from calendar_api.events import columns

# Index schedules_refill, from its beginning. $1: rules of zones to leave out.
DUE: Final = """
SELECT user_id, event_id FROM schedules
WHERE refill_at <= statement_timestamp() AND (zone_rules = ANY ($1::text[])) IS NOT TRUE
ORDER BY refill_at
LIMIT 200
"""

# Index schedules_planned: its first entry.
PLANNED_UNTIL: Final = """
SELECT planned_due FROM schedules WHERE refill_at IS NOT NULL ORDER BY planned_due LIMIT 1
"""

# Index schedules_zone_rules: one entry of each value.
ZONE_RULES: Final = """
WITH RECURSIVE found AS (
    (SELECT zone_rules FROM schedules WHERE zone_rules IS NOT NULL ORDER BY zone_rules LIMIT 1)
    UNION ALL
    SELECT next.zone_rules
    FROM found CROSS JOIN LATERAL (
        SELECT zone_rules FROM schedules WHERE zone_rules > found.zone_rules
        ORDER BY zone_rules LIMIT 1
    ) AS next
)
SELECT zone_rules FROM found
"""

# Index schedules_zone_rules, from the value on. A generic plan for an equal value would read all
# events that have it, or the whole table.
UNDER_ZONE_RULES: Final = """
SELECT user_id, event_id
FROM (
    SELECT user_id, event_id, zone_rules FROM schedules WHERE zone_rules >= $1
    ORDER BY zone_rules LIMIT 200
) AS next
WHERE zone_rules = $1
"""

# Index schedules_zone_rules, as above. Up to a thousand are counted of each value.
COUNT_UNDER_ZONE_RULES: Final = """
SELECT count(*)
FROM unnest($1::text[]) AS marked (rules) CROSS JOIN LATERAL (
    SELECT zone_rules FROM schedules WHERE zone_rules >= rules ORDER BY zone_rules LIMIT 1000
) AS next
WHERE zone_rules = rules
"""

# Primary key, once per event; an event that another transaction has locked comes again later.
LOCK_EVENTS: Final = f"""
SELECT user_id, id, {columns.COLUMNS}
FROM unnest($1::text[], $2::uuid[]) AS wanted (of_user, event_id) CROSS JOIN LATERAL (
    SELECT * FROM events WHERE user_id = of_user AND id = event_id FOR UPDATE SKIP LOCKED
) AS event
LIMIT $3
"""

# Primary keys, once per event. The events are locked: nobody else writes their schedules or adds
# reminders. Reminders that a Scheduler has locked are not in the result, but in `has_reminder`.
LOCK_PLANS: Final = """
SELECT wanted.user_id, wanted.event_id, statement_timestamp() AS now, schedule.*, reminder.*,
       EXISTS (
           SELECT FROM reminders AS any_reminder
           WHERE any_reminder.user_id = wanted.user_id AND any_reminder.event_id = wanted.event_id
       ) AS has_reminder
FROM unnest($1::text[], $2::uuid[]) AS wanted (user_id, event_id)
CROSS JOIN LATERAL (
    SELECT zone_rules, coalesce(refill_at <= statement_timestamp(), false) AS is_due,
           planned_since, planned_due, planned_start
    FROM schedules WHERE user_id = wanted.user_id AND event_id = wanted.event_id
    LIMIT 1
) AS schedule
LEFT JOIN LATERAL (
    SELECT due_at, occurs_at, recurrence_id, upcoming_due[upcoming_from:] AS upcoming_due,
           upcoming_starts[upcoming_from:] AS upcoming_starts,
           upcoming_ids[upcoming_from:] AS upcoming_ids
    FROM reminders WHERE user_id = wanted.user_id AND event_id = wanted.event_id
    FOR UPDATE SKIP LOCKED
) AS reminder ON true
"""

# Primary key of reminders; the row is locked. Its head stays, and so do failed attempts at it.
APPEND: Final = """
UPDATE reminders
SET upcoming_due = coalesce(upcoming_due[upcoming_from:], '{}') || $3::timestamptz[],
    upcoming_starts = coalesce(upcoming_starts[upcoming_from:], '{}') || $4::timestamptz[],
    upcoming_ids = coalesce(upcoming_ids[upcoming_from:], '{}') || $5::text[],
    upcoming_from = 1, notification_id = NULL
WHERE user_id = $1 AND event_id = $2
"""

# Primary key of schedules; the event is locked.
CONTINUE: Final = """
UPDATE schedules
SET planned_since = CASE WHEN $5::timestamptz IS NOT NULL THEN planned_since END,
    planned_due = $3, planned_start = $4, refill_at = $5
WHERE user_id = $1 AND event_id = $2
"""

# Primary key of schedules; the event is locked.
SET_SPAN: Final = """
UPDATE schedules SET first_starts_at = $3, last_ends_at = $4, zone_rules = $5
WHERE user_id = $1 AND event_id = $2
"""

# Primary key of schedules. Rules that could not be followed are marked with the version of the zone
# data that could not, so that only a later one, or a refill, tries again.
POSTPONE: Final = """
UPDATE schedules
SET refill_at = CASE WHEN refill_at <= statement_timestamp()
                THEN statement_timestamp() + make_interval(secs => $3) ELSE refill_at END,
    zone_rules = CASE WHEN left(zone_rules, 6) < $4 THEN $4 || substr(zone_rules, 7)
                 ELSE zone_rules END
WHERE user_id = $1 AND event_id = $2
"""
