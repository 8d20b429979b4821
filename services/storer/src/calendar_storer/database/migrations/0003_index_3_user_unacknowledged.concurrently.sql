-- The order of those that the user has not acknowledged.
DROP INDEX CONCURRENTLY IF EXISTS notifications_of_user_unacknowledged;
CREATE INDEX CONCURRENTLY notifications_of_user_unacknowledged
    ON notifications (user_id, arrival, stored_at, notification_id)
    WHERE acknowledged_at IS NULL;
