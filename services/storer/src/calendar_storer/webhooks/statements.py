"""The SQL statements of webhooks. A test prepares each against the migrated tables."""

from typing import Final

# A new endpoint begins at the end: it gets what is stored from now on.
REGISTER_ENDPOINTS: Final = """
INSERT INTO webhook_endpoints (name, position)
SELECT name, (SELECT coalesce(max(arrival), 0) FROM notifications)
FROM unnest($1::text[]) AS name
ON CONFLICT (name) DO NOTHING
"""

# Index deliveries_due. Deliveries whose next attempt is due, or whose lease has run out. Rows that
# another Storer is claiming are left to it. A delivery whose notification is gone is deleted.
CLAIM_DUE_DELIVERIES: Final = """
WITH due AS MATERIALIZED (
    SELECT delivery.notification_id, notification.notification_id IS NULL AS is_orphan
    FROM deliveries AS delivery LEFT JOIN notifications AS notification USING (notification_id)
    WHERE endpoint = $1 AND parked_at IS NULL AND due_at <= statement_timestamp()
      AND EXISTS (SELECT FROM webhook_endpoints WHERE name = $1 AND disabled_at IS NULL)
    ORDER BY due_at
    LIMIT $2
    FOR UPDATE OF delivery SKIP LOCKED
), orphans AS (
    DELETE FROM deliveries AS delivery USING due
    WHERE delivery.notification_id = due.notification_id AND endpoint = $1 AND is_orphan
), claimed AS (
    UPDATE deliveries AS delivery
    SET due_at = statement_timestamp() + make_interval(secs => $3), claim = claim + 1
    FROM due
    WHERE delivery.notification_id = due.notification_id AND endpoint = $1 AND NOT is_orphan
    RETURNING delivery.notification_id, claim, failures
)
SELECT claim, failures, notification_id, event_id, title, event_date, user_id, notify_at,
    recurrence_id, stored_at, extract(epoch FROM statement_timestamp() - stored_at)::float8 AS age
FROM claimed JOIN notifications USING (notification_id)
"""

# The index of the order of arrival. The notifications after the endpoint's position become
# deliveries, and the position moves behind them. Inserts commit in the order of arrival
# (docs/adr/0019), so nothing can appear before the position later. One Storer at a time does this
# for an endpoint; the others skip its row. Where nothing has arrived, no row is locked.
CLAIM_ARRIVED_NOTIFICATIONS: Final = """
WITH endpoint AS MATERIALIZED (
    SELECT position FROM webhook_endpoints
    WHERE name = $1 AND disabled_at IS NULL
      AND EXISTS (SELECT FROM notifications WHERE arrival > position)
    FOR UPDATE SKIP LOCKED
), arrived AS MATERIALIZED (
    SELECT arrival, notification_id, event_id, title, event_date, user_id, notify_at,
        recurrence_id, stored_at
    FROM notifications
    WHERE arrival > (SELECT position FROM endpoint)
    ORDER BY arrival
    LIMIT $2
), moved AS (
    UPDATE webhook_endpoints SET position = (SELECT max(arrival) FROM arrived)
    WHERE name = $1 AND EXISTS (SELECT FROM arrived)
), claimed AS (
    INSERT INTO deliveries (notification_id, endpoint, due_at)
    SELECT notification_id, $1, statement_timestamp() + make_interval(secs => $3) FROM arrived
    ON CONFLICT (notification_id, endpoint) DO NOTHING
    RETURNING notification_id, claim, failures
)
SELECT claim, failures, notification_id, event_id, title, event_date, user_id, notify_at,
    recurrence_id, stored_at, extract(epoch FROM statement_timestamp() - stored_at)::float8 AS age
FROM claimed JOIN arrived USING (notification_id)
"""

# Primary key. The next two change only rows that are still claimed under the same number.
DELETE_DELIVERED: Final = """
DELETE FROM deliveries AS delivery
USING unnest($2::uuid[], $3::integer[]) AS done (notification_id, claim)
WHERE delivery.notification_id = done.notification_id AND endpoint = $1
  AND delivery.claim = done.claim
"""

# Primary key. Without a delay the delivery is parked; without an error the last one is kept.
DEFER_DELIVERIES: Final = """
UPDATE deliveries AS delivery
SET claim = delivery.claim + 1,
    due_at = statement_timestamp() + make_interval(secs => coalesce(delay, 0)),
    failures = deferred.failures,
    last_error = coalesce(error, last_error),
    parked_at = CASE WHEN delay IS NULL THEN statement_timestamp() END
FROM unnest($2::uuid[], $3::integer[], $4::smallint[], $5::float8[], $6::text[])
    AS deferred (notification_id, claim, failures, delay, error)
WHERE delivery.notification_id = deferred.notification_id AND endpoint = $1
  AND delivery.claim = deferred.claim
"""

DISABLE_ENDPOINT: Final = """
UPDATE webhook_endpoints SET disabled_at = statement_timestamp(), disabled_reason = $2
WHERE name = $1 AND disabled_at IS NULL
"""

# Indexes deliveries_due, deliveries_parked, and that of the order of arrival. `waiting` is counted
# up to $1. `oldest` is when the oldest notification was stored that is neither delivered nor
# parked.
ENDPOINT_STATES: Final = """
SELECT name, disabled_at, disabled_reason, retrying, waiting, parked, last_error,
    extract(epoch FROM least(arrived.oldest, claimed.oldest))::float8 AS oldest
FROM webhook_endpoints
CROSS JOIN LATERAL (
    SELECT count(*) AS waiting, min(stored_at) AS oldest FROM (
        SELECT stored_at FROM notifications WHERE arrival > position ORDER BY arrival LIMIT $1
    ) AS next
) AS arrived
CROSS JOIN LATERAL (
    SELECT count(*) AS retrying, min(stored_at) AS oldest,
        (array_agg(last_error ORDER BY due_at DESC) FILTER (WHERE last_error IS NOT NULL))[1]
            AS last_error
    FROM deliveries JOIN notifications USING (notification_id)
    WHERE endpoint = name AND parked_at IS NULL
) AS claimed
CROSS JOIN LATERAL (
    SELECT count(*) AS parked FROM deliveries WHERE endpoint = name AND parked_at IS NOT NULL
) AS parking
ORDER BY name
"""

# Index deliveries_parked.
RETRY_PARKED: Final = """
UPDATE deliveries
SET parked_at = NULL, failures = 0, due_at = statement_timestamp(), claim = claim + 1
WHERE endpoint = $1 AND parked_at IS NOT NULL
"""

# Index deliveries_parked.
DROP_PARKED: Final = "DELETE FROM deliveries WHERE endpoint = $1 AND parked_at IS NOT NULL"

# Both indexes of deliveries.
DROP_DELIVERIES: Final = "DELETE FROM deliveries WHERE endpoint = $1"

SKIP_ARRIVED: Final = """
UPDATE webhook_endpoints SET position = (SELECT coalesce(max(arrival), 0) FROM notifications)
WHERE name = $1
"""

FORGET_ENDPOINT: Final = "DELETE FROM webhook_endpoints WHERE name = $1"

ENABLE_ENDPOINT: Final = """
UPDATE webhook_endpoints SET disabled_at = NULL, disabled_reason = NULL WHERE name = $1
"""
