-- The primary key is what makes a notification that arrives twice one row.
CREATE TABLE notifications (
    notification_id uuid        PRIMARY KEY,
    event_id        uuid        NOT NULL,
    title           text        NOT NULL,
    event_date      timestamptz NOT NULL,
    user_id         text        NOT NULL,
    notify_at       timestamptz NOT NULL,
    -- The moment of the row, not of its transaction's start.
    stored_at       timestamptz NOT NULL DEFAULT clock_timestamp()
);
