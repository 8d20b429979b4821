-- The order of one user's.
DROP INDEX CONCURRENTLY IF EXISTS notifications_of_user;
CREATE INDEX CONCURRENTLY notifications_of_user
    ON notifications (user_id, arrival, stored_at, notification_id);
