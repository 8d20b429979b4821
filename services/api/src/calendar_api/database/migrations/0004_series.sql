-- Not for long transactions either: see 0002_location.sql.
SET LOCAL lock_timeout = '1500ms';

ALTER TABLE events
    -- Texts of ISO 8601 durations, where there are several; notify_before is the longest.
    ADD COLUMN reminders json,
    ADD COLUMN time_zone text,
    -- The start's wall time in the zone, which stays when the zone's rules change.
    ADD COLUMN local_start timestamp,
    -- Of an event that lasts all day. starts_at is midnight in the zone, or in UTC.
    ADD COLUMN starts_on date,
    ADD COLUMN ends_on date,
    ADD COLUMN recurrence json,
    -- Changed occurrences by recurrence_id, as the API returns them; and the wall times of those that
    -- start at another time than scheduled.
    ADD COLUMN overrides json,
    ADD COLUMN moved json,
    -- COUNT or UNTIL as the day of the last occurrence.
    ADD COLUMN last_day date,
    -- Of a series: when its first occurrence ends. ends_at is the end of the last one.
    ADD COLUMN first_ends_at timestamptz;

ALTER TABLE reminders
    -- Written for one reminder of a single event, and read by Schedulers before 1.1 only.
    ALTER COLUMN notification_id DROP NOT NULL,
    -- The start of the event or occurrence; NULL where an API before 1.1 wrote the row. Not starts_at:
    -- statements of previous releases read `events` and `reminders` together.
    ADD COLUMN occurs_at timestamptz,
    ADD COLUMN recurrence_id text,
    -- What is sent after this one: the elements from `upcoming_from` on.
    ADD COLUMN upcoming_due timestamptz[],
    ADD COLUMN upcoming_starts timestamptz[],
    ADD COLUMN upcoming_ids text[],
    ADD COLUMN upcoming_from integer;

-- One row for each event that the API expands or plans again: a series, an event that lasts all day,
-- one in a time zone, one whose reminders are not all written to `reminders` yet.
CREATE TABLE schedules (
    user_id         text        NOT NULL,
    event_id        uuid        NOT NULL,
    -- When the first occurrence starts and the last one ends. NULL for a single event with a time of
    -- day, which lists find in `events`.
    first_starts_at timestamptz,
    last_ends_at    timestamptz,
    -- As in `events` (docs/adr/0003).
    length_class    smallint    GENERATED ALWAYS AS (
        width_bucket(last_ends_at - first_starts_at, '{24 hours,768 hours,24576 hours,786432 hours}'::interval[])
    ) STORED,
    -- Which rules of its time zone the instants follow; NULL if they never change.
    zone_rules      text,
    -- The last reminder that was written to `reminders`, and when to write more of them.
    planned_since   timestamptz,
    planned_due     timestamptz,
    planned_start   timestamptz,
    refill_at       timestamptz,
    PRIMARY KEY (user_id, event_id),
    FOREIGN KEY (user_id, event_id) REFERENCES events ON DELETE CASCADE
);

CREATE INDEX schedules_overlap ON schedules (user_id, length_class, first_starts_at, last_ends_at)
    WHERE first_starts_at IS NOT NULL;
CREATE INDEX schedules_zone_rules ON schedules (zone_rules) WHERE zone_rules IS NOT NULL;
CREATE INDEX schedules_refill ON schedules (refill_at) WHERE refill_at IS NOT NULL;
CREATE INDEX schedules_planned ON schedules (planned_due) WHERE refill_at IS NOT NULL;
