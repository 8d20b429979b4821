import asyncio
import json
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest
from tests.integration.waiting import eventually

from calendar_contracts import notification_id
from calendar_scheduler.config import Scheduler, Settings
from calendar_scheduler.database import options
from calendar_scheduler.kafka.producer import NotificationProducer
from calendar_scheduler.reminders import statements

MANY_DUE = """
WITH event AS (
    INSERT INTO events (user_id, id, title, starts_at, ends_at)
    SELECT 'user-' || i % 50, gen_random_uuid(), 'Event ' || i, now() + interval '1 hour',
           now() + interval '2 hours'
    FROM generate_series(1, 2000) AS i
    RETURNING user_id, id
)
INSERT INTO reminders (user_id, event_id, due_at, ready_at, next_try_at)
SELECT user_id, id, now(), now(), now() FROM event
"""


async def test_due_reminder_is_published_once_in_the_form_of_the_contract(
    tables: Any, start_scheduler: Any, topic: Any
) -> None:
    event_id = await tables.add_event(title="Zahnarzt 🦷", user_id="ann@example.org", due_in=-1)
    row = await tables.connection.fetchrow(
        "SELECT due_at, event.starts_at FROM reminders JOIN events AS event ON id = event_id"
    )
    system = await start_scheduler()

    for _ in range(3):
        await system.poller.step()

    (record,) = await topic.records()
    message = json.loads(record.value)
    assert record.key == b"ann@example.org"
    assert dict(record.headers) == {"content-type": b"application/json", "schema-version": b"1"}
    assert datetime.fromisoformat(message.pop("event_date")) == row["starts_at"]
    assert datetime.fromisoformat(message.pop("notify_at")) == row["due_at"]
    assert message == {
        "notification_id": str(
            notification_id(
                user_id="ann@example.org",
                event_id=event_id,
                starts_at=row["starts_at"],
                lead=row["starts_at"] - row["due_at"],
            )
        ),
        "event_id": str(event_id),
        "title": "Zahnarzt 🦷",
        "user_id": "ann@example.org",
    }
    assert await tables.pending() == 0
    assert system.metric("notifications_published_total") == 1
    assert system.metric("publish_lag_seconds_sum") >= 1


async def test_publish_lag_of_an_event_that_is_created_past_due_counts_from_its_creation(
    tables: Any, start_scheduler: Any
) -> None:
    await tables.add_event(due_in=-3600, ready_in=-2)
    system = await start_scheduler()

    await system.poller.step()

    assert 2 <= system.metric("publish_lag_seconds_sum") < 1800


async def test_reminder_is_not_published_before_it_is_due(
    tables: Any, start_scheduler: Any, topic: Any, settings: Settings
) -> None:
    slow_poll = Scheduler.model_validate({"poll_interval": "PT60S"})
    system = await start_scheduler(settings.model_copy(update={"scheduler": slow_poll}))
    await system.poller.step()
    await tables.add_event(due_in=40)

    pause = await system.poller.step()
    assert 0 < pause < 40, "it sleeps until the next one is due, not for a whole poll"
    assert await topic.records() == []
    due_at = await tables.connection.fetchval(
        "UPDATE reminders SET next_try_at = now() + interval '1 second' RETURNING next_try_at"
    )
    while await tables.pending():  # noqa: ASYNC110 - the step returns the delay
        await asyncio.sleep(await system.poller.step())

    (record,) = await topic.records()
    assert record.timestamp >= int(due_at.timestamp() * 1000)


async def test_title_is_the_current_one(tables: Any, start_scheduler: Any, topic: Any) -> None:
    event_id = await tables.add_event(title="Old", due_in=-1)
    await tables.connection.execute("UPDATE events SET title = 'New' WHERE id = $1", event_id)

    await (await start_scheduler()).poller.step()

    assert await topic.values("title") == ["New"]


async def test_each_reminder_has_the_title_of_its_event(
    tables: Any, start_scheduler: Any, topic: Any
) -> None:
    await tables.connection.execute(MANY_DUE)
    await tables.connection.execute(
        "UPDATE reminders SET next_try_at = now() - random() * interval '1 minute'"
    )
    events = await tables.connection.fetch("SELECT id::text, title FROM events")
    system = await start_scheduler()

    await system.send_all(tables)

    messages = [json.loads(record.value) for record in await topic.records()]
    assert {message["event_id"]: message["title"] for message in messages} == dict(events)


async def test_reminder_of_a_deleted_event_is_not_published(
    tables: Any, start_scheduler: Any, topic: Any
) -> None:
    event_id = await tables.add_event(due_in=-1)
    await tables.connection.execute("DELETE FROM events WHERE id = $1", event_id)

    await (await start_scheduler()).poller.step()

    assert await topic.records() == []


async def test_locked_reminder_is_skipped(tables: Any, start_scheduler: Any, topic: Any) -> None:
    locked, free = await tables.add_event(due_in=-2), await tables.add_event(due_in=-1)
    system = await start_scheduler()

    async with tables.connection.transaction():
        await tables.connection.execute(
            "SELECT FROM reminders WHERE event_id = $1 FOR UPDATE", locked
        )
        assert await system.poller.step() == 0
        assert await system.poller.step() > 0, "it must not poll a locked row without a pause"
        sent = await topic.values("event_id")
        assert sent == [str(free)]

    await system.poller.step()
    assert len(await topic.records()) == 2


async def test_delete_waits_for_the_claim(tables: Any, start_scheduler: Any, dsn: str) -> None:
    event_id = await tables.add_event(due_in=-1)
    system = await start_scheduler()
    watcher = await asyncpg.connect(dsn)

    async def waits_for_a_lock() -> bool:
        waits_for = "SELECT wait_event_type FROM pg_stat_activity WHERE pid = $1"
        found = await watcher.fetchval(waits_for, tables.connection.get_server_pid())
        return bool(found == "Lock")

    async with system.repository.claim(10) as claim:
        delete = asyncio.create_task(
            tables.connection.execute("DELETE FROM events WHERE id = $1", event_id)
        )
        await eventually(waits_for_a_lock)
        await claim.remove(claim.reminders)
    await watcher.close()

    assert await asyncio.wait_for(delete, 30) == "DELETE 1"


async def test_event_is_read_after_its_reminder_is_locked(tables: Any, dsn: str) -> None:
    event_id = await tables.add_event(title="Old", due_in=-1)
    scheduler = await asyncpg.connect(dsn)

    await scheduler.execute(options.POOL.begin)
    await scheduler.fetch(statements.CLAIM, 500)
    await tables.connection.execute("UPDATE events SET title = 'New' WHERE id = $1", event_id)
    (event,) = await scheduler.fetch(statements.EVENTS_OF_CLAIMED, ["ann"], [event_id])
    await scheduler.close()

    assert event["title"] == "New"


async def test_two_schedulers_publish_nothing_twice(
    tables: Any, start_scheduler: Any, topic: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tables.connection.execute(MANY_DUE)
    systems = [await start_scheduler(), await start_scheduler()]
    await asyncio.gather(*(system.producer.ensure_ready() for system in systems))
    both_have_a_batch = asyncio.Barrier(2)
    have_a_batch = set()
    publish = NotificationProducer.publish

    async def when_both_have_a_batch(
        producer: NotificationProducer, *messages: Any, **until: Any
    ) -> Any:
        if producer not in have_a_batch:
            have_a_batch.add(producer)
            await both_have_a_batch.wait()
        return await publish(producer, *messages, **until)

    monkeypatch.setattr(NotificationProducer, "publish", when_both_have_a_batch)

    async def work(system: Any) -> None:
        while await system.repository.next_due_in() <= 0:
            await system.poller.step()

    await asyncio.gather(*map(work, systems))

    sent = Counter(await topic.values("notification_id"))
    assert len(sent) == 2000
    assert max(sent.values()) == 1
    assert all(system.metric("notifications_published_total") > 0 for system in systems)


async def test_invalid_reminder_does_not_block_others(
    tables: Any, start_scheduler: Any, topic: Any
) -> None:
    bad = await tables.add_event(due_in=-10)
    await tables.connection.execute(
        "UPDATE events SET title = repeat('x', 2000000) WHERE id = $1", bad
    )
    good = [await tables.add_event(due_in=-1) for _ in range(20)]
    system = await start_scheduler()

    before = await tables.now()
    await system.poller.step()
    after = await tables.now()

    sent = set(await topic.values("event_id"))
    assert sent == {str(event_id) for event_id in good}
    row = await tables.connection.fetchrow(
        "SELECT attempts, parked_at, last_error, next_try_at FROM reminders"
    )
    assert (row["attempts"], row["parked_at"]) == (1, None)
    assert before <= row["next_try_at"] - timedelta(seconds=2) <= after
    assert row["last_error"] == "title: String should have at most 255 characters"


async def test_reminder_is_parked_after_ten_attempts(tables: Any, start_scheduler: Any) -> None:
    await tables.add_event(title="", due_in=-1)
    await tables.connection.execute("UPDATE reminders SET attempts = 8")
    system = await start_scheduler()

    await system.poller.step()
    assert (await system.repository.backlog()).parked == 0
    await tables.connection.execute("UPDATE reminders SET next_try_at = now()")
    await system.poller.step()

    backlog = await system.repository.backlog()
    assert (backlog.due, backlog.oldest, backlog.parked) == (0, 0, 1)
    assert await tables.pending() == 1
    assert await system.poller.step() > 0, "a parked reminder is not due"


async def test_backlog_has_the_time_of_the_oldest_due_reminder(
    tables: Any, start_scheduler: Any
) -> None:
    for due_in in (-60, -30, 3600):
        await tables.add_event(due_in=due_in)
    oldest = await tables.connection.fetchval("SELECT min(due_at) FROM reminders")

    backlog = await (await start_scheduler()).repository.backlog()

    assert (backlog.due, backlog.parked) == (2, 0)
    assert backlog.oldest == oldest.timestamp()
