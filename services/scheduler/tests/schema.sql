-- What the Scheduler relies on of the API's tables. The API's migrations create them with more
-- columns; a test of deploy/local compares the two.
CREATE TABLE events (
    user_id   text        NOT NULL,
    id        uuid        NOT NULL,
    title     text        NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at   timestamptz NOT NULL,
    overrides json,
    PRIMARY KEY (user_id, id)
);

CREATE INDEX events_ends_at ON events (ends_at);

CREATE TABLE reminders (
    user_id         text        NOT NULL,
    event_id        uuid        NOT NULL,
    due_at          timestamptz NOT NULL,
    ready_at        timestamptz NOT NULL,
    next_try_at     timestamptz NOT NULL,
    attempts        smallint    NOT NULL DEFAULT 0,
    last_error      text,
    parked_at       timestamptz,
    occurs_at       timestamptz,
    recurrence_id   text,
    upcoming_due    timestamptz[],
    upcoming_starts timestamptz[],
    upcoming_ids    text[],
    upcoming_from   integer,
    PRIMARY KEY (user_id, event_id),
    FOREIGN KEY (user_id, event_id) REFERENCES events ON DELETE CASCADE
);

CREATE INDEX reminders_next_try ON reminders (next_try_at, user_id, event_id) WHERE parked_at IS NULL;
CREATE INDEX reminders_parked ON reminders (parked_at) WHERE parked_at IS NOT NULL;
