-- The table is not rewritten: the lock is held for an instant only. But while this waits for a long
-- transaction, the Storers wait behind it. So it gives up soon, and is run again. After 1 s,
-- PostgreSQL cancels an autovacuum that is in the way.
SET LOCAL lock_timeout = '1500ms';

-- Which occurrence of a series the notification is about; NULL for a single event.
ALTER TABLE notifications ADD COLUMN recurrence_id text;
