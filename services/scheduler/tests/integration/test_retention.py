from typing import Any

from calendar_scheduler.config import Scheduler
from calendar_scheduler.observability.metrics import Metrics
from calendar_scheduler.retention.cleanup import EventCleanup

HOUR = 3600.0
MANY_OLD = """
INSERT INTO events (user_id, id, title, starts_at, ends_at)
SELECT 'ann', gen_random_uuid(), 'Old', now() - interval '3 years', now() - interval '2 years'
FROM generate_series(1, 1100)
"""


def cleanup(system: Any, metrics: Metrics, *, keep: str = "P1D") -> EventCleanup:
    settings = Scheduler.model_validate({"retention": keep, "cleanup_interval": "PT1H"})
    return EventCleanup(settings, pool=system.pool, metrics=metrics)


async def test_event_that_ended_before_the_retention_is_deleted(
    tables: Any, start_scheduler: Any
) -> None:
    await tables.add_event(starts_in=-30 * HOUR, ends_in=-25 * HOUR)
    recent = await tables.add_event(starts_in=-30 * HOUR, ends_in=-23 * HOUR)
    still_running = await tables.add_event(starts_in=-9000 * HOUR, ends_in=HOUR)
    metrics = Metrics()

    pause = await cleanup(await start_scheduler(), metrics).step()

    assert await tables.events() == {recent, still_running}
    assert pause == 3600
    assert metrics.registry.get_sample_value("calendar_scheduler_events_deleted_total") == 1


async def test_event_with_a_reminder_is_kept(tables: Any, start_scheduler: Any) -> None:
    old = {"starts_in": -30 * HOUR, "ends_in": -25 * HOUR}
    late = await tables.add_event(due_in=-31 * HOUR, **old)
    parked = await tables.add_event(due_in=-31 * HOUR, **old)
    await tables.connection.execute(
        "UPDATE reminders SET parked_at = now() WHERE event_id = $1", parked
    )

    await cleanup(await start_scheduler(), Metrics()).step()

    assert await tables.events() == {late, parked}


async def test_many_events_are_deleted_in_small_batches(tables: Any, start_scheduler: Any) -> None:
    await tables.connection.execute(MANY_OLD)
    retention = cleanup(await start_scheduler(), Metrics())

    pauses = [await retention.step() for _ in range(3)]

    assert pauses == [0.05, 0.05, 3600]
    assert await tables.events() == set()


async def test_locked_event_is_left_for_the_next_run(tables: Any, start_scheduler: Any) -> None:
    locked = await tables.add_event(starts_in=-30 * HOUR, ends_in=-25 * HOUR)
    await tables.add_event(starts_in=-30 * HOUR, ends_in=-25 * HOUR)
    retention = cleanup(await start_scheduler(), Metrics())

    async with tables.connection.transaction():
        await tables.connection.execute("SELECT FROM events WHERE id = $1 FOR UPDATE", locked)
        await retention.step()
    assert await tables.events() == {locked}

    await retention.step()
    assert await tables.events() == set()


async def test_day_of_retention_has_24_hours(tables: Any, start_scheduler: Any) -> None:
    system = await start_scheduler()
    kept = await tables.add_event(starts_in=-365 * 24 * HOUR + 60, ends_in=-365 * 24 * HOUR + 60)
    await tables.add_event(starts_in=-365 * 24 * HOUR - 60, ends_in=-365 * 24 * HOUR - 60)

    await cleanup(system, Metrics(), keep="P365D").step()

    assert await tables.events() == {kept}


async def test_series_is_kept_until_its_last_occurrence_has_ended(
    tables: Any, start_scheduler: Any
) -> None:
    # The API stores the end of the last occurrence, and a date in the year 9999 if there is none.
    began = -10 * 365 * 24 * HOUR
    endless = await tables.add_event(starts_in=began)
    await tables.connection.execute("UPDATE events SET ends_at = '9999-12-31T23:59:59Z'")
    living = await tables.add_event(starts_in=began, ends_in=30 * 24 * HOUR)
    await tables.add_event(starts_in=began, ends_in=-25 * HOUR)

    await cleanup(await start_scheduler(), Metrics()).step()

    assert await tables.events() == {endless, living}
