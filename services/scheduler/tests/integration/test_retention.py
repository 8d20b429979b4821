from datetime import timedelta
from typing import Any

from calendar_scheduler.config import Scheduler
from calendar_scheduler.metrics import Metrics
from calendar_scheduler.retention import Retention

HOUR = 3600.0
MANY_OLD = """
INSERT INTO events (user_id, id, title, starts_at, ends_at)
SELECT 'ann', gen_random_uuid(), 'Old', now() - interval '3 years', now() - interval '2 years'
FROM generate_series(1, 1100)
"""


def retention(system: Any, metrics: Metrics, *, keep: str = "P1D") -> Retention:
    settings = Scheduler.model_validate({"retention": keep, "cleanup_interval": "PT1H"})
    return Retention(settings, repository=system.repository, metrics=metrics)


async def test_what_ended_before_the_retention_goes(tables: Any, start_sender: Any) -> None:
    await tables.add_event(starts_in=-30 * HOUR, ends_in=-25 * HOUR)
    recent = await tables.add_event(starts_in=-30 * HOUR, ends_in=-23 * HOUR)
    still_running = await tables.add_event(starts_in=-9000 * HOUR, ends_in=HOUR)
    metrics = Metrics()

    pause = await retention(await start_sender(), metrics).step()

    assert await tables.events() == {recent, still_running}
    assert pause == 3600
    assert metrics.registry.get_sample_value("calendar_scheduler_events_deleted_total") == 1


async def test_what_is_still_to_be_sent_stays(tables: Any, start_sender: Any) -> None:
    old = {"starts_in": -30 * HOUR, "ends_in": -25 * HOUR}
    late = await tables.add_event(due_in=-31 * HOUR, **old)
    parked = await tables.add_event(due_in=-31 * HOUR, **old)
    await tables.connection.execute(
        "UPDATE reminders SET parked_at = now() WHERE event_id = $1", parked
    )

    await retention(await start_sender(), Metrics()).step()

    assert await tables.events() == {late, parked}


async def test_a_long_list_goes_in_small_batches(tables: Any, start_sender: Any) -> None:
    await tables.connection.execute(MANY_OLD)
    cleaner = retention(await start_sender(), Metrics())

    pauses = [await cleaner.step() for _ in range(3)]

    assert pauses == [0.05, 0.05, 3600]
    assert await tables.events() == set()


async def test_what_somebody_has_locked_is_left_for_the_next_time(
    tables: Any, start_sender: Any
) -> None:
    locked = await tables.add_event(starts_in=-30 * HOUR, ends_in=-25 * HOUR)
    await tables.add_event(starts_in=-30 * HOUR, ends_in=-25 * HOUR)
    cleaner = retention(await start_sender(), Metrics())

    async with tables.connection.transaction():
        await tables.connection.execute("SELECT FROM events WHERE id = $1 FOR UPDATE", locked)
        await cleaner.step()
    assert await tables.events() == {locked}

    await cleaner.step()
    assert await tables.events() == set()


async def test_a_year_is_counted_in_days_of_24_hours(tables: Any, start_sender: Any) -> None:
    system = await start_sender()
    kept = await tables.add_event(starts_in=-365 * 24 * HOUR + 60, ends_in=-365 * 24 * HOUR + 60)
    await tables.add_event(starts_in=-365 * 24 * HOUR - 60, ends_in=-365 * 24 * HOUR - 60)

    assert await system.repository.delete_old_events(timedelta(days=365), limit=10) == 1
    assert await tables.events() == {kept}
