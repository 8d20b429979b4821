-- Neither column rewrites the table. As in 0002, this gives up soon, and is run again.
SET LOCAL lock_timeout = '1500ms';

ALTER TABLE notifications
    -- The order in which notifications were committed (docs/adr/0019). Rows that are here already
    -- keep 0, and are ordered by `stored_at` and their key.
    ADD COLUMN arrival bigint NOT NULL DEFAULT 0,
    ADD COLUMN acknowledged_at timestamptz;

-- An identity needs no privilege of its own, unlike a sequence.
ALTER TABLE notifications
    ALTER COLUMN arrival DROP DEFAULT,
    ALTER COLUMN arrival ADD GENERATED ALWAYS AS IDENTITY;

-- Who inserts takes a lock first, until its commit is visible; so numbers are visible in their
-- order. Numbers are never lower than the clock's microseconds: after a failover that lost commits,
-- they are not given to other rows. SECURITY DEFINER, because roles that insert may not use setval.
CREATE FUNCTION notifications_take_turns() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    arrivals CONSTANT regclass := pg_get_serial_sequence(TG_RELID::regclass::text, 'arrival');
BEGIN
    PERFORM pg_advisory_xact_lock(7310214364);
    PERFORM setval(arrivals, greatest(
        nextval(arrivals), (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
    ));
    RETURN NULL;
END
$$;

CREATE TRIGGER take_turns BEFORE INSERT ON notifications
    FOR EACH STATEMENT EXECUTE FUNCTION notifications_take_turns();
