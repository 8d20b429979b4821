-- The table is not rewritten: the lock is held for an instant only. But while this waits for a long
-- transaction, all requests wait behind it. So it gives up before they do (2 s), and is run again.
-- After 1 s, PostgreSQL cancels an autovacuum that is in the way.
SET LOCAL lock_timeout = '1500ms';

ALTER TABLE events ADD COLUMN location text;
