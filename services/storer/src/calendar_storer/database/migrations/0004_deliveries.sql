-- The endpoints of webhooks, and how far each has come in the order of arrival: all notifications up
-- to `position` are delivered or have a row in `deliveries`, all later ones are still to be claimed.
CREATE TABLE webhook_endpoints (
    name            text        PRIMARY KEY,
    position        bigint      NOT NULL,
    disabled_at     timestamptz,
    disabled_reason text
);

-- Deliveries that are in progress, wait for another attempt, or are parked. A row is deleted when the
-- endpoint has accepted its notification.
CREATE TABLE deliveries (
    notification_id uuid        NOT NULL,
    endpoint        text        NOT NULL,
    -- The next attempt. During an attempt it is the end of the lease, when others may take over.
    due_at          timestamptz NOT NULL,
    -- Grows with each claim and each result. A Storer whose lease has run out records nothing.
    claim           integer     NOT NULL DEFAULT 1,
    failures        smallint    NOT NULL DEFAULT 0,
    last_error      text,
    parked_at       timestamptz,
    PRIMARY KEY (notification_id, endpoint)
) WITH (
    -- Rows live shortly: vacuum early and at full speed.
    autovacuum_vacuum_scale_factor = 0.01,
    autovacuum_vacuum_threshold = 500,
    autovacuum_vacuum_cost_delay = 0
);

CREATE INDEX deliveries_due ON deliveries (endpoint, due_at) WHERE parked_at IS NULL;
CREATE INDEX deliveries_parked ON deliveries (endpoint) WHERE parked_at IS NOT NULL;
