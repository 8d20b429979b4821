"""Rows with several reminders: a series, or an event with several lead times."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from tests.integration.tables import Planned
from tests.integration.waiting import eventually

from calendar_scheduler.config import Scheduler, Settings
from calendar_scheduler.errors import ConnectionLost

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SLOW_POLL = Scheduler.model_validate({"poll_interval": "PT60S"})


def expected(*planned: Planned, title: str = "Standup") -> list[dict[str, Any]]:
    return [each.message | {"title": title} for each in planned]


async def test_missed_reminders_are_sent_in_order_each_once(
    tables: Any, start_scheduler: Any, topic: Any
) -> None:
    planned = await tables.add_series(*range(-20, 0))
    system = await start_scheduler()

    await system.send_all(tables)
    await system.poller.step()

    assert await topic.messages() == expected(*planned)
    assert await tables.pending() == 0, "a list that has ended is deleted"


async def test_missed_reminders_are_sent_without_pause(
    tables: Any, start_scheduler: Any, settings: Settings
) -> None:
    await tables.add_series(-3, -2, -1)
    system = await start_scheduler(settings.model_copy(update={"scheduler": SLOW_POLL}))

    assert [await system.poller.step() for _ in range(3)] == [0, 0, 0]
    assert await tables.pending() == 0


async def test_row_goes_on_to_the_next_reminder(tables: Any, start_scheduler: Any) -> None:
    _, second, third = await tables.add_series(-1, 3600, 7200)
    await tables.connection.execute("UPDATE reminders SET attempts = 3, last_error = 'too large'")
    system = await start_scheduler()

    await system.poller.step()
    pause = await system.poller.step()

    assert pause > 0, "the next one is not due"
    assert await tables.reminder(second.event_id) == {
        "user_id": "ann",
        "event_id": second.event_id,
        "due_at": second.due_at,
        "ready_at": second.due_at,
        "next_try_at": second.due_at,
        "attempts": 0,
        "last_error": None,
        "parked_at": None,
        "occurs_at": second.starts_at,
        "recurrence_id": second.recurrence_id,
        "upcoming_due": [second.due_at, third.due_at],
        "upcoming_starts": [second.starts_at, third.starts_at],
        "upcoming_ids": [second.recurrence_id, third.recurrence_id],
        "upcoming_from": 2,
    }


async def test_next_reminder_is_not_sent_before_it_is_due(
    tables: Any, start_scheduler: Any, topic: Any, settings: Settings
) -> None:
    first, second = await tables.add_series(-1, 1)
    system = await start_scheduler(settings.model_copy(update={"scheduler": SLOW_POLL}))

    await system.poller.step()
    pause = await system.poller.step()
    assert 0 < pause <= 1, "it sleeps until the next reminder of the row"
    assert await topic.messages() == expected(first)

    await system.send_all(tables)
    assert await tables.now() >= second.due_at
    assert await topic.messages() == expected(first, second)


async def test_long_backlog_of_a_series_delays_no_other_event(
    tables: Any, start_scheduler: Any, topic: Any
) -> None:
    first, *others = await tables.add_series(*range(-200, -100))
    due_now = {await tables.add_event(user_id="bob", due_in=-1) for _ in range(20)}
    system = await start_scheduler()

    await system.poller.step()

    sent = {message["event_id"] for message in await topic.messages()}
    assert sent == {first.event_id, *due_now}
    row = await tables.reminder(first.event_id)
    assert row["due_at"] == others[0].due_at


async def test_two_schedulers_send_a_list_in_order_each_once(
    tables: Any, start_scheduler: Any, topic: Any
) -> None:
    planned = await tables.add_series(*range(-60, -20))
    systems = [await start_scheduler(), await start_scheduler()]

    async def work(system: Any) -> None:
        while await system.repository.next_due_in() <= 0:
            await system.poller.step()

    await asyncio.gather(*map(work, systems))

    assert await topic.messages() == expected(*planned)


async def test_lead_times_of_occurrences_alternate_by_due_time(
    tables: Any, start_scheduler: Any, topic: Any
) -> None:
    # A day before, and nine hours after the start, of two days.
    event_id, today = uuid4(), (await tables.now()).replace(hour=0, minute=0, second=0)
    planned = sorted(
        (
            Planned(event_id, start, start - lead, start.date().isoformat())
            for start in (today - 4 * DAY, today - 3 * DAY)
            for lead in (DAY, -9 * HOUR)
        ),
        key=lambda each: each.due_at,
    )
    await tables.add_planned(planned)
    system = await start_scheduler()

    await system.send_all(tables)

    messages = await topic.messages()
    assert messages == expected(*planned)
    assert len({message["notification_id"] for message in messages}) == 4
    assert messages[0]["recurrence_id"] == (today - 4 * DAY).date().isoformat()


async def test_lead_times_of_a_single_event(tables: Any, start_scheduler: Any, topic: Any) -> None:
    event_id, start = uuid4(), await tables.now() + HOUR
    planned = [Planned(event_id, start, start - lead) for lead in (3 * DAY, DAY, 2 * HOUR)]
    await tables.add_planned(planned)

    await (await start_scheduler()).send_all(tables)

    messages = await topic.messages()
    assert messages == expected(*planned)
    assert not any("recurrence_id" in message for message in messages)


async def test_single_event_that_the_previous_release_moved_has_its_own_start(
    tables: Any, start_scheduler: Any, topic: Any
) -> None:
    event_id, start = uuid4(), await tables.now() + HOUR
    await tables.add_planned([Planned(event_id, start - DAY, start - 2 * HOUR)], starts_at=start)

    await (await start_scheduler()).send_all(tables)

    assert await topic.messages() == expected(Planned(event_id, start, start - 2 * HOUR))


async def test_publish_lag_of_a_later_reminder_counts_from_its_due_time(
    tables: Any, start_scheduler: Any
) -> None:
    await tables.add_series(-1000, -5)
    system = await start_scheduler()

    await system.send_all(tables)

    assert 1005 <= system.metric("publish_lag_seconds_sum") < 1500


async def test_publish_lag_of_reminders_that_were_created_past_due_counts_from_their_creation(
    tables: Any, start_scheduler: Any
) -> None:
    await tables.add_series(-7200, -3600)
    await tables.connection.execute("UPDATE reminders SET ready_at = now() - interval '2 seconds'")
    system = await start_scheduler()

    await system.send_all(tables)

    assert 4 <= system.metric("publish_lag_seconds_sum") < 1800


async def test_changed_occurrence_has_its_own_title(
    tables: Any, start_scheduler: Any, topic: Any
) -> None:
    ids = ["2026-12-01", "2026-12-02", "2026-12-03", "2026-12-04"]
    await tables.add_series(
        *(-4, -3, -2, -1),
        ids=ids,
        overrides={
            "2026-12-02": {"title": "Zahnarzt 🦷"},
            "2026-12-03": {"description": "No title"},
            "2026-12-04": {"title": None},
        },
    )
    system = await start_scheduler()

    await system.poller.step()
    await tables.connection.execute("UPDATE events SET title = 'Daily'")
    await system.send_all(tables)

    assert await topic.values("title") == ["Standup", "Zahnarzt 🦷", "Daily", "Daily"]


@pytest.mark.parametrize(
    "overrides", ["null", "5", '"x"', "[]", '{"2026-12-01": 5}', '{"2026-12-01": []}']
)
async def test_overrides_that_change_nothing_are_ignored(
    overrides: str, tables: Any, start_scheduler: Any, topic: Any
) -> None:
    await tables.add_series(-1, ids=["2026-12-01"], overrides=overrides)

    await (await start_scheduler()).send_all(tables)

    assert await topic.values("title") == ["Standup"]


@pytest.mark.parametrize("escape", ["\\u0000", "\\ud800"])
async def test_overrides_that_cannot_be_read_refuse_the_reminder_of_their_series_only(
    escape: str, tables: Any, start_scheduler: Any, topic: Any
) -> None:
    others = [
        await tables.add_series(
            -1, ids=["2026-12-01"], overrides={"2026-12-01": {"title": "Other"}}
        )
        for _ in range(5)
    ]
    odd, *_ = await tables.add_series(
        *(-2, 3600), overrides=f'{{"2026-12-01": {{"description": "{escape}"}}}}'
    )
    plain = await tables.add_event(title="Other", due_in=-1)
    system = await start_scheduler()

    await system.poller.step()

    messages = await topic.messages()
    assert {message["event_id"] for message in messages} == {
        plain,
        *(o.event_id for (o,) in others),
    }
    assert {message["title"] for message in messages} == {"Other"}
    row = await tables.reminder(odd.event_id)
    assert (row["attempts"], row["last_error"]) == (1, "overrides: cannot be read")
    assert await tables.pending() == 1


async def test_refused_reminder_is_deferred_and_keeps_those_after_it(
    tables: Any, start_scheduler: Any, topic: Any
) -> None:
    first, *others = await tables.add_series(-30, -20, -10, title="")
    other = await tables.add_event(title="Other", due_in=-1)
    system = await start_scheduler()

    await system.poller.step()
    assert await topic.values("event_id") == [str(other)]
    assert await tables.attempts() == [1]

    await tables.connection.execute("UPDATE events SET title = 'Standup'")
    await tables.connection.execute("UPDATE reminders SET next_try_at = now()")
    await system.send_all(tables)
    assert (await topic.messages())[1:] == expected(first, *others)


async def park(tables: Any, *, minutes: int = 6) -> None:
    parked = "UPDATE reminders SET attempts = 10, last_error = 'odd', parked_at = now() - $1"
    await tables.connection.execute(f"{parked}::interval", timedelta(minutes=minutes))


async def test_parked_series_goes_on_when_its_next_reminder_is_due(
    tables: Any, start_scheduler: Any, topic: Any
) -> None:
    _, second, third = await tables.add_series(-7200, -1, 3600)
    await park(tables)
    system = await start_scheduler()
    assert await system.poller.step() > 0

    await system.backlog.step()
    assert system.metric("parked_reminders") == 1, "as it was when it was measured"
    await system.poller.step()

    assert await topic.messages() == expected(second)
    row = await tables.reminder(third.event_id)
    assert (row["due_at"], row["attempts"], row["parked_at"]) == (third.due_at, 0, None)


@pytest.mark.parametrize(
    ("due_in", "minutes"),
    [
        pytest.param([-7200, 3600], 6, id="the next one is not due"),
        pytest.param([-7200, -1], 4, id="monitoring has not seen it"),
        pytest.param([-7200], 6, id="there is no next one"),
    ],
)
async def test_reminder_stays_parked(
    due_in: list[float], minutes: int, tables: Any, start_scheduler: Any, topic: Any
) -> None:
    planned = await tables.add_series(*due_in)
    await park(tables, minutes=minutes)
    before = await tables.reminder(planned[0].event_id)
    system = await start_scheduler()

    await system.backlog.step()
    await system.poller.step()

    assert await tables.reminder(planned[0].event_id) == before
    assert await topic.records() == []

    retry = "UPDATE reminders SET parked_at = NULL, attempts = 0, next_try_at = now()"
    await tables.connection.execute(retry)
    await system.poller.step()
    assert (await topic.messages())[:1] == expected(planned[0]), "the runbook's statement sends it"


async def test_parked_series_that_is_locked_is_left_for_the_next_step(
    tables: Any, start_scheduler: Any
) -> None:
    locked, *_ = await tables.add_series(-7200, -1)
    free, *_ = await tables.add_series(-7200, -1)
    await park(tables)
    system = await start_scheduler()

    async with tables.connection.transaction():
        await tables.connection.execute(
            "SELECT FROM reminders WHERE event_id = $1 FOR UPDATE", locked.event_id
        )
        await system.backlog.step()
    assert (await tables.reminder(free.event_id))["parked_at"] is None
    assert (await tables.reminder(locked.event_id))["parked_at"] is not None

    await system.backlog.step()
    assert (await tables.reminder(locked.event_id))["parked_at"] is None


async def test_lost_commit_sends_the_same_reminder_again_and_then_the_next(
    tables: Any, start_scheduler: Any, topic: Any, proxy: Any
) -> None:
    first, second = await tables.add_series(-2, -1)
    system = await start_scheduler(proxy.settings)
    proxy.cut_at, proxy.delivers_cut = b"COMMIT\0", False

    with pytest.raises(ConnectionLost):
        await system.poller.step()
    await system.send_all(tables)

    assert await topic.messages() == expected(first, first, second)


async def test_commit_whose_answer_is_lost_sends_nothing_twice(
    tables: Any, start_scheduler: Any, topic: Any, proxy: Any
) -> None:
    planned = await tables.add_series(-2, -1)
    system = await start_scheduler(proxy.settings)
    proxy.cut_at, proxy.delivers_cut = b"COMMIT\0", True

    with pytest.raises(ConnectionLost):
        await system.poller.step()
    await system.send_all(tables)

    assert await topic.messages() == expected(*planned)


async def test_edit_waits_for_the_claim_and_finds_the_next_reminder(
    tables: Any, start_scheduler: Any, dsn: str
) -> None:
    _, second = await tables.add_series(-1, 3600)
    system = await start_scheduler()
    watcher = await asyncpg.connect(dsn)

    async def waits_for_a_lock() -> bool:
        waits_for = "SELECT wait_event_type FROM pg_stat_activity WHERE pid = $1"
        found = await watcher.fetchval(waits_for, tables.connection.get_server_pid())
        return bool(found == "Lock")

    async with system.repository.claim(10) as claim:
        edit = asyncio.create_task(
            tables.connection.fetchval("SELECT due_at FROM reminders FOR UPDATE")
        )
        await eventually(waits_for_a_lock)
        await claim.remove(claim.reminders)
    await watcher.close()

    assert await asyncio.wait_for(edit, 30) == second.due_at


async def test_row_that_moves_on_has_one_locker(tables: Any, start_scheduler: Any) -> None:
    planned = await tables.add_series(-1, 3600, overrides={})
    system = await start_scheduler()
    multixacts = "SELECT next_multixact_id::text FROM pg_control_checkpoint()"
    await tables.connection.execute("CHECKPOINT")
    before = await tables.connection.fetchval(multixacts)

    await system.poller.step()
    await tables.connection.execute("CHECKPOINT")

    assert (await tables.reminder(planned[0].event_id))["due_at"] == planned[1].due_at
    assert await tables.connection.fetchval(multixacts) == before
