"""Claims, attempts and their records: deliverers over real tables, and receivers that misbehave."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from pydantic import SecretStr

from calendar_storer.config import Webhook
from calendar_storer.database import options
from calendar_storer.database.pool import open_pool
from calendar_storer.errors import DatabaseUnavailable
from calendar_storer.notifications.repository import Repository
from calendar_storer.observability.metrics import Metrics
from calendar_storer.observability.outages import Outages
from calendar_storer.webhooks import deliverer as deliverer_module
from calendar_storer.webhooks import payload
from calendar_storer.webhooks.client import open_client, tls_context
from calendar_storer.webhooks.deliverer import (
    CONCURRENCY,
    CONCURRENCY_BEHIND,
    LEASE_SECONDS,
    Deliverer,
)
from calendar_storer.webhooks.monitor import EndpointMonitor
from calendar_storer.webhooks.repository import Deferral, WebhookRepository
from tests.conftest import notification
from tests.integration.receiver import Receiver, receiving, silence, status
from tests.integration.table import everything_is_delivered
from tests.integration.waiting import eventually

PASS_TIME = "UPDATE deliveries SET due_at = due_at - make_interval(secs => $1)"
HOUR = 3600.0


class Database:
    """What the tests store, and see of deliveries."""

    def __init__(self, connection: asyncpg.Connection, repository: Repository) -> None:
        self.connection = connection
        self._repository = repository

    async def store(self, count: int = 1) -> list[str]:
        """Stores new notifications; their IDs."""
        rows = [notification().model_dump(mode="json") for _ in range(count)]
        await self._repository.store(rows)
        return [row["notification_id"] for row in rows]

    async def deliveries(self) -> list[Any]:
        return await self.connection.fetch("SELECT * FROM deliveries ORDER BY due_at")

    async def delivery(self) -> Any:
        [row] = await self.deliveries()
        return row

    async def due_in(self) -> float:
        """Seconds until the only delivery is due."""
        seconds: float = await self.connection.fetchval(
            "SELECT extract(epoch FROM due_at - clock_timestamp())::float8 FROM deliveries"
        )
        return seconds

    async def pass_time(self, seconds: float) -> None:
        """As if so much time had passed, for all that is to be delivered."""
        await self.connection.execute(PASS_TIME, seconds)

    async def has(self, condition: Callable[[list[Any]], bool]) -> None:
        """Returns when the deliveries meet a condition."""

        async def met() -> bool:
            return condition(await self.deliveries())

        await eventually(met)

    async def has_failures(self, failures: int) -> None:
        """Returns when the failure of the only delivery is recorded, as often as said."""
        await self.has(lambda rows: [row["failures"] for row in rows] == [failures])

    async def is_done(self) -> None:
        """Returns when everything is delivered."""
        await everything_is_delivered(self.connection)


class Delivering:
    """Runs deliverers over one database, like as many Storers."""

    def __init__(self, repository: WebhookRepository) -> None:
        self.repository = repository
        self.metrics = Metrics()
        self.is_storing_behind = False

    @asynccontextmanager
    async def to(self, *receivers: Receiver) -> AsyncIterator[None]:
        """Delivers to endpoints named `one`, `two`, … during the block; then stops cleanly."""
        stop = asyncio.Event()
        names = ("one", "two", "three")[: len(receivers)]
        await self.repository.register(names)
        async with open_client(tls_context(None)) as client, asyncio.TaskGroup() as tasks:
            for name, receiver in zip(names, receivers, strict=True):
                deliverer = Deliverer(
                    Webhook.model_validate(receiver.settings(name)),
                    repository=self.repository,
                    client=client,
                    is_storing_behind=lambda: self.is_storing_behind,
                    metrics=self.metrics,
                )
                tasks.create_task(deliverer.run(stop=stop, outages=Outages()))
            yield
            stop.set()

    def sample(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(f"calendar_storer_webhook_{name}", labels)


@pytest.fixture
async def webhooks(dsn: str) -> AsyncIterator[WebhookRepository]:
    async with open_pool(SecretStr(dsn), options.POOL, size=4) as pool:
        repository = WebhookRepository(pool)
        await repository.register(["one"])
        yield repository


@pytest.fixture
async def database(dsn: str, repository: Repository) -> AsyncIterator[Database]:
    connection = await asyncpg.connect(dsn)
    yield Database(connection, repository)
    await connection.close()


@pytest.fixture
def delivering(webhooks: WebhookRepository) -> Delivering:
    return Delivering(webhooks)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as one:
        yield one


# ------------------------------------------------------------------------------------ once each


async def test_each_notification_is_delivered_once_and_its_row_deleted(
    database: Database, delivering: Delivering, receiver: Receiver
) -> None:
    sent = await database.store(3 * CONCURRENCY)

    async with delivering.to(receiver):
        await receiver.has(len(sent))
        await database.is_done()

    assert sorted(receiver.ids()) == sorted(sent)


async def test_many_storers_deliver_each_notification_once(
    database: Database, delivering: Delivering, receiver: Receiver
) -> None:
    async with delivering.to(receiver), delivering.to(receiver), delivering.to(receiver):
        sent = [each for _ in range(10) for each in await database.store(100)]
        await receiver.has(len(sent))
        await database.is_done()

    assert sorted(receiver.ids()) == sorted(sent)


async def test_new_endpoint_gets_what_is_stored_from_then_on(
    database: Database, delivering: Delivering, receiver: Receiver
) -> None:
    async with receiving() as two:
        [before] = await database.store()
        async with delivering.to(receiver, two):
            [after] = await database.store()
            await receiver.has(2)
            await two.has(1)

    assert sorted(receiver.ids()) == sorted([before, after])
    assert two.ids() == [after]


async def test_what_is_stored_while_no_storer_runs_is_delivered_later(
    database: Database, delivering: Delivering, receiver: Receiver
) -> None:
    async with delivering.to(receiver):
        pass
    sent = await database.store(5)
    async with delivering.to(receiver):
        await receiver.has(5)
        await database.is_done()

    assert sorted(receiver.ids()) == sorted(sent)


async def test_notifications_of_transactions_that_commit_late_are_not_missed(
    database: Database, delivering: Delivering, receiver: Receiver, dsn: str
) -> None:
    """Writers that overlap, also with a 1.0 Storer's statement."""

    async def write(count: int) -> list[UUID]:
        connection = await asyncpg.connect(dsn)
        ids = []
        for _ in range(count):
            async with connection.transaction():
                ids.append(
                    await connection.fetchval(
                        "INSERT INTO notifications (notification_id, event_id, title, event_date,"
                        " user_id, notify_at) VALUES (gen_random_uuid(), gen_random_uuid(), 'x',"
                        " now(), 'ann', now()) RETURNING notification_id"
                    )
                )
                await asyncio.sleep(0)
        await connection.close()
        return ids

    async with delivering.to(receiver), delivering.to(receiver):
        written = await asyncio.gather(*(write(40) for _ in range(4)))
        await receiver.has(160)
        await database.is_done()

    assert sorted(map(UUID, receiver.ids())) == sorted(each for ids in written for each in ids)


async def test_storer_does_not_wait_for_another_one_that_claims(
    database: Database, webhooks: WebhookRepository, dsn: str
) -> None:
    await database.store(3)
    other = await asyncpg.connect(dsn)
    async with other.transaction():
        await other.execute("SELECT FROM webhook_endpoints FOR UPDATE")
        assert await webhooks.claim("one", limit=3, lease=LEASE_SECONDS) == []
    await other.close()

    assert len(await webhooks.claim("one", limit=3, lease=LEASE_SECONDS)) == 3


# -------------------------------------------------------------------------------------- retries


async def test_failed_delivery_is_retried_with_the_same_id_and_body(
    database: Database, delivering: Delivering, receiver: Receiver
) -> None:
    receiver.answer_with(status(500), status(204))
    await database.store()

    async with delivering.to(receiver):
        await database.has_failures(1)
        assert (await database.delivery())["last_error"] == "status 500"
        assert 3 < await database.due_in() <= 5.5
        await database.pass_time(5.5)
        await database.is_done()

    first, second = receiver.requests
    assert (first.id, first.body) == (second.id, second.body)


async def test_ten_failures_in_a_row_park_a_delivery(
    database: Database, delivering: Delivering, receiver: Receiver
) -> None:
    receiver.answer_with(status(500))
    await database.store()
    for attempt in range(1, 11):
        # A new Storer each time: what counts is stored.
        async with delivering.to(receiver):
            await database.has_failures(attempt)
        await database.pass_time(27 * HOUR)

    async with delivering.to(receiver):
        assert (await database.delivery())["parked_at"] is not None
        await EndpointMonitor(
            ["one"], repository=delivering.repository, metrics=delivering.metrics
        ).step()
        assert delivering.sample("parked_deliveries", endpoint="one") == 1
        assert delivering.sample("oldest_undelivered_timestamp_seconds", endpoint="one") == 0

        receiver.answer_with(status(204))
        await database.store()
        await receiver.has(11)
    assert len(receiver.requests) == 11


async def test_parked_delivery_starts_anew_when_the_operator_retries_it(
    database: Database, delivering: Delivering, receiver: Receiver
) -> None:
    receiver.answer_with(status(500))
    await database.store()
    async with delivering.to(receiver):
        await database.has_failures(1)
    await database.connection.execute("UPDATE deliveries SET failures = 9")
    await database.pass_time(HOUR)
    async with delivering.to(receiver):
        await database.has_failures(10)

        receiver.answer_with(status(204))
        assert await delivering.repository.retry_parked("one") == 1
        await database.is_done()


async def test_receiver_gets_the_time_for_which_it_asks(
    database: Database, delivering: Delivering, receiver: Receiver
) -> None:
    receiver.answer_with(status(429, "retry-after: 600"))
    await database.store()

    async with delivering.to(receiver):
        await database.has_failures(1)
        assert 590 < await database.due_in() <= 660


async def test_delivery_that_only_its_receiver_has_seen_is_sent_again_after_its_lease(
    database: Database, delivering: Delivering, receiver: Receiver
) -> None:
    """The Storer was killed between sending and recording."""
    [sent] = await database.store()
    [claimed] = await delivering.repository.claim("one", limit=1, lease=LEASE_SECONDS)
    assert str(claimed.notification.notification_id) == sent

    async with delivering.to(receiver):
        assert await delivering.repository.claim("one", limit=1, lease=LEASE_SECONDS) == []
        await database.pass_time(LEASE_SECONDS)
        await receiver.has(1)
        await database.is_done()


async def test_storer_whose_lease_has_run_out_records_nothing(
    database: Database, webhooks: WebhookRepository
) -> None:
    await database.store()
    [late] = await webhooks.claim("one", limit=1, lease=LEASE_SECONDS)
    await database.pass_time(LEASE_SECONDS)
    [current] = await webhooks.claim("one", limit=1, lease=LEASE_SECONDS)
    before = await database.delivery()

    await webhooks.delete("one", [late])
    await webhooks.defer(
        "one",
        [Deferral(delivery=late, failures=9, delay=None, error="too late")],
    )

    assert await database.delivery() == before
    await webhooks.delete("one", [current])
    assert await database.deliveries() == []


# ------------------------------------------------------------------------- receivers that are bad


@pytest.mark.parametrize("answer", [silence, status(500)], ids=["silent", "failing"])
async def test_bad_receiver_does_not_delay_the_others(
    database: Database, delivering: Delivering, receiver: Receiver, answer: Any
) -> None:
    receiver.answer_with(answer)
    async with receiving() as good, delivering.to(receiver, good):
        sent = await database.store(5 * CONCURRENCY)
        await good.has(len(sent))
        await receiver.has(1)

    assert sorted(good.ids()) == sorted(sent)
    assert len(receiver.requests) <= CONCURRENCY + 5


async def test_failing_endpoint_is_paused_and_uses_up_no_attempts(
    database: Database, delivering: Delivering, receiver: Receiver
) -> None:
    receiver.answer_with(status(503))
    sent = await database.store(10 * CONCURRENCY)

    async with delivering.to(receiver):
        await receiver.has(CONCURRENCY + 1)
        assert delivering.sample("breaker_open", endpoint="one") == 1
        [state] = await delivering.repository.states(counted=10_000)
        assert state.waiting >= len(sent) - CONCURRENCY - 5
        receiver.answer_with(status(204))
        await receiver.has(len(sent))
        await database.pass_time(HOUR)
        await database.is_done()
        assert delivering.sample("breaker_open", endpoint="one") == 0

    assert set(receiver.ids()) == set(sent)


async def test_storing_that_is_behind_comes_first(
    database: Database, delivering: Delivering, receiver: Receiver
) -> None:
    receiver.answer_with(silence)
    delivering.is_storing_behind = True
    await database.store(CONCURRENCY)

    async with delivering.to(receiver):
        await receiver.has(CONCURRENCY_BEHIND)
        assert len(await database.deliveries()) == CONCURRENCY_BEHIND
        delivering.is_storing_behind = False
        await receiver.has(CONCURRENCY)


async def test_410_disables_the_endpoint_until_the_operator_enables_it(
    database: Database, delivering: Delivering, receiver: Receiver
) -> None:
    receiver.answer_with(status(410))
    [first] = await database.store()

    async with delivering.to(receiver), receiving() as other, delivering.to(receiver, other):

        async def is_disabled() -> bool:
            return (await delivering.repository.states(counted=1))[0].disabled_at is not None

        await eventually(is_disabled)
        receiver.answer_with(status(204))
        [second] = await database.store()
        # All Storers know: the other endpoint has it, and the disabled one does not.
        await other.has(1)
        assert receiver.ids() == [first]

        await delivering.repository.enable("one")
        await receiver.has(3)
        await database.is_done()

    assert sorted(receiver.ids()) == sorted([first, first, second])


async def test_metrics_tell_attempts_failures_and_time(
    database: Database, delivering: Delivering, receiver: Receiver
) -> None:
    receiver.answer_with(status(500), status(204))
    await database.store()
    async with delivering.to(receiver):
        await database.has_failures(1)
        monitor = EndpointMonitor(
            ["one"], repository=delivering.repository, metrics=delivering.metrics
        )
        await monitor.step()
        stored_at = await database.connection.fetchval(
            "SELECT extract(epoch FROM stored_at)::float8 FROM notifications"
        )
        oldest = delivering.sample("oldest_undelivered_timestamp_seconds", endpoint="one")
        assert oldest == pytest.approx(stored_at)
        await database.pass_time(5.5)
        await database.is_done()
        await monitor.step()

    assert delivering.sample("attempts_total", endpoint="one") == 2
    assert delivering.sample("failures_total", endpoint="one", reason="server_error") == 1
    assert delivering.sample("delivery_seconds_count", endpoint="one") == 1
    assert delivering.sample("oldest_undelivered_timestamp_seconds", endpoint="one") == 0


# ---------------------------------------------------------------------------------- stops, outages


async def test_clean_stop_gives_back_what_is_not_answered(
    database: Database,
    delivering: Delivering,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deliverer_module, "DRAIN_SECONDS", 0.1)
    receiver.answer_with(silence)
    await database.store()
    async with delivering.to(receiver):
        await receiver.has(1)

    assert await database.due_in() <= 0
    assert (await database.delivery())["failures"] == 0
    receiver.answer_with(status(204))
    async with delivering.to(receiver):
        await database.is_done()


async def test_clean_stop_records_what_is_answered_meanwhile(
    database: Database, delivering: Delivering, receiver: Receiver
) -> None:
    may_answer = asyncio.Event()

    async def answer_late(request: Any, writer: asyncio.StreamWriter) -> None:
        await may_answer.wait()
        await status(204)(request, writer)

    receiver.answer_with(answer_late)
    await database.store()
    async with delivering.to(receiver):
        await receiver.has(1)
        asyncio.get_running_loop().call_later(0.1, may_answer.set)

    assert await database.deliveries() == []
    assert len(receiver.requests) == 1


async def test_results_are_kept_while_the_database_is_away(
    database: Database,
    delivering: Delivering,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    delete = delivering.repository.delete
    failures = iter(range(2))

    async def delete_later(*arguments: Any) -> None:
        if next(failures, None) is not None:
            raise DatabaseUnavailable("away")
        await delete(*arguments)

    monkeypatch.setattr(delivering.repository, "delete", delete_later)
    await database.store()
    async with delivering.to(receiver):
        await database.is_done()

    assert len(receiver.requests) == 1


async def test_bug_in_an_attempt_counts_as_its_failure(
    database: Database,
    delivering: Delivering,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def encode(*_: object, **__: object) -> bytes:
        raise ZeroDivisionError

    await database.store()
    monkeypatch.setattr(payload, "encode", encode)
    async with delivering.to(receiver):
        await database.has_failures(1)

    assert delivering.metrics.registry.get_sample_value("calendar_storer_loop_errors_total") == 1


async def test_delivery_of_a_deleted_notification_is_dropped(
    database: Database, delivering: Delivering, receiver: Receiver
) -> None:
    receiver.answer_with(status(500))
    await database.store()
    async with delivering.to(receiver):
        await database.has_failures(1)
        await database.connection.execute("DELETE FROM notifications")
        await database.pass_time(HOUR)
        await database.is_done()

    assert len(receiver.requests) == 1
