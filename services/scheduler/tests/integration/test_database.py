from typing import Any

import pytest

from calendar_scheduler.config import Settings
from calendar_scheduler.database import options
from calendar_scheduler.database.pool import open_pool
from calendar_scheduler.errors import ConnectionLost


async def claim_and_fail(system: Any) -> None:
    async with system.repository.claim(10) as claim:
        assert len(claim.reminders) == 1
        raise LookupError


async def test_sessions_have_limits(settings: Settings) -> None:
    async with (
        open_pool(settings.database.dsn, options.POOL, size=1) as pool,
        pool.acquire() as connection,
    ):
        version = connection.get_server_version().major
        limits = {
            name: await connection.fetchval(f"SHOW {name}")
            for name in (
                "timezone",
                "lock_timeout",
                "statement_timeout",
                "idle_in_transaction_session_timeout",
                *(["transaction_timeout"] if version >= 17 else []),
            )
        }

    assert limits == {
        "timezone": "UTC",
        "lock_timeout": "1s",
        "statement_timeout": "5s",
        "idle_in_transaction_session_timeout": "6s",
        **({"transaction_timeout": "10s"} if version >= 17 else {}),
    }


async def test_claim_that_fails_releases_its_reminders_at_once(
    tables: Any, start_scheduler: Any, topic: Any, caplog: pytest.LogCaptureFixture
) -> None:
    await tables.add_event(due_in=-1)
    system = await start_scheduler()

    with pytest.raises(LookupError):
        await claim_and_fail(system)
    assert caplog.records == [], "the connection must be closed, not returned to the pool"

    await system.send_all(tables)
    assert len(await topic.records()) == 1


async def test_lost_connection_is_replaced(
    tables: Any, start_scheduler: Any, topic: Any, proxy: Any
) -> None:
    system = await start_scheduler(proxy.settings)
    await system.poller.step()
    await tables.add_event(due_in=-1)

    proxy.cut()
    await system.send_all(tables)

    assert len(await topic.records()) == 1


async def test_commit_whose_answer_is_lost_is_counted_and_not_published_again(
    tables: Any, start_scheduler: Any, topic: Any, proxy: Any
) -> None:
    await tables.add_event(due_in=-1)
    system = await start_scheduler(proxy.settings)
    proxy.cut_at = b"COMMIT\0"

    with pytest.raises(ConnectionLost):
        await system.poller.step()
    await system.send_all(tables)

    assert len(await topic.records()) == 1
    assert system.metric("commits_in_doubt_total") == 1


async def test_lost_commit_publishes_the_same_notification_again(
    tables: Any, start_scheduler: Any, topic: Any, proxy: Any
) -> None:
    await tables.add_event(due_in=-1)
    system = await start_scheduler(proxy.settings)
    proxy.cut_at, proxy.delivers_cut = b"COMMIT\0", False

    with pytest.raises(ConnectionLost):
        await system.poller.step()
    await system.send_all(tables)

    first, second = await topic.values("notification_id")
    assert first == second
