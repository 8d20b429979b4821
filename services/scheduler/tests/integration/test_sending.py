import asyncio
import json
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest
from tests.integration.waiting import eventually

from calendar_scheduler import queries
from calendar_scheduler.config import Scheduler, Settings
from calendar_scheduler.database import options
from calendar_scheduler.publisher import Publisher

MANY_DUE = """
WITH event AS (
    INSERT INTO events (user_id, id, title, starts_at, ends_at, notify_before)
    SELECT 'user-' || i % 50, gen_random_uuid(), 'Event ' || i, now() + interval '1 hour',
           now() + interval '2 hours', '1 hour'
    FROM generate_series(1, 2000) AS i
    RETURNING user_id, id
)
INSERT INTO reminders (user_id, event_id, notification_id, due_at, ready_at, next_try_at)
SELECT user_id, id, gen_random_uuid(), now(), now(), now() FROM event
"""


async def test_what_is_due_is_published_once_in_the_contract_s_form(
    tables: Any, start_sender: Any, topic: Any
) -> None:
    event_id = await tables.add_event(title="Zahnarzt 🦷", user_id="ann@example.org", due_in=-1)
    row = await tables.connection.fetchrow(
        "SELECT notification_id, due_at, starts_at FROM reminders JOIN events ON id = event_id"
    )
    system = await start_sender()

    for _ in range(3):
        await system.sender.step()

    (record,) = await topic.records()
    message = json.loads(record.value)
    assert record.key == b"ann@example.org"
    assert dict(record.headers) == {"content-type": b"application/json", "schema-version": b"1"}
    assert datetime.fromisoformat(message.pop("event_date")) == row["starts_at"]
    assert datetime.fromisoformat(message.pop("notify_at")) == row["due_at"]
    assert message == {
        "notification_id": str(row["notification_id"]),
        "event_id": str(event_id),
        "title": "Zahnarzt 🦷",
        "user_id": "ann@example.org",
    }
    assert await tables.pending() == 0
    assert system.metric("notifications_published_total") == 1
    assert system.metric("publish_lag_seconds_sum") >= 1


async def test_what_is_not_due_yet_waits_for_its_time(
    tables: Any, start_sender: Any, topic: Any, settings: Settings
) -> None:
    patient = Scheduler.model_validate({"poll_interval": "PT60S"})
    system = await start_sender(settings.model_copy(update={"scheduler": patient}))
    await system.sender.step()
    await tables.add_event(due_in=40)

    pause = await system.sender.step()
    assert 0 < pause < 40, "it wakes when the next one is due, not a poll later"
    assert await topic.records() == []
    due_at = await tables.connection.fetchval(
        "UPDATE reminders SET next_try_at = now() + interval '1 second' RETURNING next_try_at"
    )
    while await tables.pending():  # noqa: ASYNC110 - it says itself how long it sleeps
        await asyncio.sleep(await system.sender.step())

    (record,) = await topic.records()
    assert record.timestamp >= int(due_at.timestamp() * 1000)


async def test_the_title_is_the_newest_when_it_is_sent(
    tables: Any, start_sender: Any, topic: Any
) -> None:
    event_id = await tables.add_event(title="Old", due_in=-1)
    await tables.connection.execute("UPDATE events SET title = 'New' WHERE id = $1", event_id)

    await (await start_sender()).sender.step()

    assert await topic.values("title") == ["New"]


async def test_each_reminder_goes_with_its_own_event(
    tables: Any, start_sender: Any, topic: Any
) -> None:
    await tables.connection.execute(MANY_DUE)
    await tables.connection.execute(
        "UPDATE reminders SET next_try_at = now() - random() * interval '1 minute'"
    )
    events = await tables.connection.fetch("SELECT id::text, title FROM events")
    system = await start_sender()

    await system.send_all(tables)

    messages = [json.loads(record.value) for record in await topic.records()]
    assert {message["event_id"]: message["title"] for message in messages} == dict(events)


async def test_a_deleted_event_is_not_reminded_of(
    tables: Any, start_sender: Any, topic: Any
) -> None:
    event_id = await tables.add_event(due_in=-1)
    await tables.connection.execute("DELETE FROM events WHERE id = $1", event_id)

    await (await start_sender()).sender.step()

    assert await topic.records() == []


async def test_what_somebody_is_changing_is_left_to_them(
    tables: Any, start_sender: Any, topic: Any
) -> None:
    locked, free = await tables.add_event(due_in=-2), await tables.add_event(due_in=-1)
    system = await start_sender()

    async with tables.connection.transaction():
        await tables.connection.execute(
            "SELECT FROM reminders WHERE event_id = $1 FOR UPDATE", locked
        )
        assert await system.sender.step() == 0
        assert await system.sender.step() > 0, "asks without pause for what it cannot have"
        sent = await topic.values("event_id")
        assert sent == [str(free)]

    await system.sender.step()
    assert len(await topic.records()) == 2


async def test_a_delete_waits_for_the_send_and_a_send_never_follows_a_delete(
    tables: Any, start_sender: Any, dsn: str
) -> None:
    event_id = await tables.add_event(due_in=-1)
    system = await start_sender()
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


async def test_the_event_is_read_after_its_reminder_is_locked(tables: Any, dsn: str) -> None:
    event_id = await tables.add_event(title="Old", due_in=-1)
    scheduler = await asyncpg.connect(dsn)

    await scheduler.execute(options.POOL.begin)
    await scheduler.fetch(queries.CLAIM, 500)
    await tables.connection.execute("UPDATE events SET title = 'New' WHERE id = $1", event_id)
    (event,) = await scheduler.fetch(queries.EVENTS_OF_CLAIMED, ["ann"], [event_id])
    await scheduler.close()

    assert event["title"] == "New"


async def test_two_schedulers_send_nothing_twice(
    tables: Any, start_sender: Any, topic: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tables.connection.execute(MANY_DUE)
    systems = [await start_sender(), await start_sender()]
    await asyncio.gather(*(system.publisher.ensure_ready() for system in systems))
    both_have_some = asyncio.Barrier(2)
    have_some = set()
    publish = Publisher.publish

    async def when_both_have_some(publisher: Publisher, *messages: Any, **until: Any) -> Any:
        if publisher not in have_some:
            have_some.add(publisher)
            await both_have_some.wait()
        return await publish(publisher, *messages, **until)

    monkeypatch.setattr(Publisher, "publish", when_both_have_some)

    async def work(system: Any) -> None:
        while await system.repository.next_due_in() <= 0:
            await system.sender.step()

    await asyncio.gather(*map(work, systems))

    sent = Counter(await topic.values("notification_id"))
    assert len(sent) == 2000
    assert max(sent.values()) == 1
    assert all(system.metric("notifications_published_total") > 0 for system in systems)


async def test_one_that_cannot_be_published_holds_up_no_other(
    tables: Any, start_sender: Any, topic: Any
) -> None:
    bad = await tables.add_event(due_in=-10)
    await tables.connection.execute(
        "UPDATE events SET title = repeat('x', 2000000) WHERE id = $1", bad
    )
    good = [await tables.add_event(due_in=-1) for _ in range(20)]
    system = await start_sender()

    before = await tables.now()
    await system.sender.step()
    after = await tables.now()

    sent = set(await topic.values("event_id"))
    assert sent == {str(event_id) for event_id in good}
    row = await tables.connection.fetchrow(
        "SELECT attempts, parked_at, last_error, next_try_at FROM reminders"
    )
    assert (row["attempts"], row["parked_at"]) == (1, None)
    assert before <= row["next_try_at"] - timedelta(seconds=2) <= after
    assert row["last_error"] == "title: String should have at most 255 characters"


async def test_after_ten_tries_it_is_parked_and_kept(tables: Any, start_sender: Any) -> None:
    await tables.add_event(title="", due_in=-1)
    await tables.connection.execute("UPDATE reminders SET attempts = 8")
    system = await start_sender()

    await system.sender.step()
    assert (await system.repository.backlog()).parked == 0
    await tables.connection.execute("UPDATE reminders SET next_try_at = now()")
    await system.sender.step()

    backlog = await system.repository.backlog()
    assert (backlog.due, backlog.oldest, backlog.parked) == (0, 0, 1)
    assert await tables.pending() == 1
    assert await system.sender.step() > 0, "a parked one is not due"


async def test_the_backlog_dates_what_is_due_longest(tables: Any, start_sender: Any) -> None:
    for due_in in (-60, -30, 3600):
        await tables.add_event(due_in=due_in)
    oldest = await tables.connection.fetchval("SELECT min(due_at) FROM reminders")

    backlog = await (await start_sender()).repository.backlog()

    assert (backlog.due, backlog.parked) == (2, 0)
    assert backlog.oldest == oldest.timestamp()
