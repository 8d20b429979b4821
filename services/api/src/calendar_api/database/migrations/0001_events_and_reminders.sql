-- Every key begins with the user, so that the tables can be distributed by it.
CREATE TABLE events (
    user_id       text        NOT NULL,
    id            uuid        NOT NULL,
    title         text        NOT NULL,
    description   text,
    starts_at     timestamptz NOT NULL,
    ends_at       timestamptz NOT NULL,
    notify_before interval,
    version       integer     NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    -- How long the event is: up to 1 day, 32 days, 1,024 days, 32,768 days, or longer. A list looks
    -- back from its window by the longest of each class (docs/adr/0003). In hours, because what
    -- `1 day` means depends on the session's time zone.
    length_class  smallint    NOT NULL GENERATED ALWAYS AS (
        width_bucket(ends_at - starts_at, '{24 hours,768 hours,24576 hours,786432 hours}'::interval[])
    ) STORED,
    PRIMARY KEY (user_id, id),
    CHECK (isfinite(starts_at) AND isfinite(ends_at) AND ends_at >= starts_at)
);

CREATE INDEX events_overlap ON events (user_id, length_class, starts_at, id, ends_at);
CREATE INDEX events_ends_at ON events (ends_at);

-- A delayed transactional outbox: one row for each reminder that is still to be sent.
CREATE TABLE reminders (
    user_id         text        NOT NULL,
    event_id        uuid        NOT NULL,
    notification_id uuid        NOT NULL,
    due_at          timestamptz NOT NULL,
    -- When it could be sent at the earliest: due, or written where that was later.
    ready_at        timestamptz NOT NULL,
    next_try_at     timestamptz NOT NULL,
    attempts        smallint    NOT NULL DEFAULT 0,
    last_error      text,
    parked_at       timestamptz,
    PRIMARY KEY (user_id, event_id),
    FOREIGN KEY (user_id, event_id) REFERENCES events ON DELETE CASCADE
) WITH (
    -- Rows live shortly and are deleted, never flagged: vacuum early and at full speed.
    autovacuum_vacuum_scale_factor = 0.01,
    autovacuum_vacuum_threshold = 500,
    autovacuum_vacuum_cost_delay = 0
);

CREATE INDEX reminders_next_try ON reminders (next_try_at, user_id, event_id) WHERE parked_at IS NULL;
CREATE INDEX reminders_parked ON reminders (parked_at) WHERE parked_at IS NOT NULL;
