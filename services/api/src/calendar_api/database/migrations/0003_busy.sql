-- Not for long transactions either: see 0002_location.sql.
SET LOCAL lock_timeout = '1500ms';

-- NULL and true: the event keeps its user busy.
ALTER TABLE events ADD COLUMN busy boolean;
