-- The order of all notifications: what streams and retention read.
DROP INDEX CONCURRENTLY IF EXISTS notifications_by_arrival;
CREATE INDEX CONCURRENTLY notifications_by_arrival
    ON notifications (arrival, stored_at, notification_id);
