"""The previous release's API and Scheduler work on the new tables, while and after they are made.

What runs of them is their SQL: a copy of their statements, each at least once, on connections that
have prepared it before the migration, as during a rolling upgrade. Not covered: their Python code,
and their use of Kafka. At each release, the copies in `previous_release` are replaced.
"""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from pydantic import SecretStr
from tests.integration.client import User, event
from tests.integration.previous_release import api as api_statements
from tests.integration.previous_release import scheduler as scheduler_statements
from tests.integration.service import run, serving, wait_until

from calendar_api.database import migrations

MIGRATIONS = {
    "0001_events_and_reminders.sql": "8ff944b9c47e71105de1c0ffb6ec555d"
    "8888bb08f42ffe9ecc6cc5bded36b6b7",
}
"""Of the previous release, with the SHA-256 of each. What is released is never edited."""

START = datetime(2044, 11, 23, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
DEADLINE = 30.0


SIMPLE = {"BEGIN", "COMMIT", "LIMIT_TRANSACTIONS"}
"""Statements without a plan, which are not prepared."""


class Statements:
    """The statements of one release of one service, on one connection."""

    def __init__(self, connection: "asyncpg.Connection[Any]", module: ModuleType) -> None:
        self.connection = connection
        self._statements = {name: text for name, text in vars(module).items() if name.isupper()}
        self.unused = {name for name in self._statements if not name.startswith("_")}

    async def __call__(self, name: str, *arguments: Any) -> list[Any]:
        """The rows that a statement returns."""
        self.unused.discard(name)
        if name in SIMPLE:
            await self.connection.execute(self._statements[name])
            return []
        return await self.connection.fetch(self._statements[name], *arguments)


class PreviousApi:
    """What calendar-api 1.0 does with the tables."""

    def __init__(self, run_statement: Statements) -> None:
        self._run = run_statement

    async def create(self, user: str, id_: UUID, title: str, *, starts_at: datetime = START) -> str:
        """The new event's JSON, or that of the stored event."""
        created = await self._run(
            "CREATE_EVENTS",
            *([user], [id_], [title], [None], [starts_at], [starts_at + HOUR], [HOUR]),
            *([uuid4()], [starts_at - HOUR]),
        )
        [row] = created or await self._run("GET_EVENTS", user, [id_])
        assert row["version"] >= 1
        return str(row["document"])

    async def read(self, user: str, id_: UUID) -> str | None:
        """The event's JSON."""
        [row] = await self._run("READ_EVENTS", [user], [id_])
        document: str | None = row["document"]
        return document

    async def list(self, user: str) -> str:
        """The JSON of all events on the day of `START`, which both kinds of list find."""
        window = (START - HOUR, START + 12 * HOUR)
        [page] = await self._run("LIST_EVENTS", user, *window, None, None, 1000, 4_194_304)
        [short] = await self._run(
            "LIST_TOGETHER", [user], *([instant] for instant in window), 100, 80_000
        )
        assert page["items"] == short["items"]
        return str(page["items"])

    async def change(self, user: str, id_: UUID, title: str, *, reminds: bool = True) -> str:
        """The event's JSON after its title was changed, and its start moved by two hours."""
        starts_at = START + 2 * HOUR
        async with self._run.connection.transaction():
            [row] = await self._run("LOCK_EVENT", user, id_)
            lead = row["notify_before"] if reminds else None
            [updated] = await self._run(
                "UPDATE_EVENT",
                *(user, id_, title, row["description"], starts_at, starts_at + HOUR, lead),
            )
            if reminds:
                moved = await self._run(
                    "MOVE_REMINDER", user, id_, uuid4(), starts_at - HOUR, starts_at
                )
                assert moved
            else:
                await self._run("REMOVE_REMINDER", user, id_)
        return str(updated["document"])

    async def delete(self, user: str, id_: UUID) -> None:
        """Deletes an event and its reminder."""
        async with self._run.connection.transaction():
            assert await self._run("LOCK_EVENT", user, id_)
            await self._run("DELETE_EVENT", user, id_)

    async def serve(self) -> None:
        """Does all that it can do, for a new user."""
        await self._run("PROBE")
        user, one, two = f"user-{uuid4()}", uuid4(), uuid4()
        created = await self.create(user, one, "Dentist")
        assert await self.create(user, one, "Dentist") == await self.read(user, one) == created
        await self.create(user, two, "Doctor")
        assert created in await self.list(user)
        assert '"title":"Surgeon"' in await self.change(user, one, "Surgeon")
        assert '"notify_before":null' in await self.change(user, two, "Doctor", reminds=False)
        await self.delete(user, one)
        assert await self.read(user, one) is None
        await self.create(user, uuid4(), "Due", starts_at=soon())


class PreviousScheduler:
    """What calendar-scheduler 1.0 does with the tables."""

    def __init__(self, run_statement: Statements) -> None:
        self._run = run_statement
        self.published: set[tuple[UUID, str]] = set()

    async def serve(self) -> None:
        """Does all that it can do. If it has to wait for a lock, it tries again, after 1 s."""
        try:
            await self._publish_and_clean_up()
        except asyncpg.LockNotAvailableError:
            await self._run.connection.execute("ROLLBACK")

    async def _publish_and_clean_up(self) -> None:
        """Publishes what is due, but each reminder is refused once before; deletes old events."""
        if self._run.connection.get_server_version().major >= 17:
            await self._run("LIMIT_TRANSACTIONS")
        self._run.unused.discard("LIMIT_TRANSACTIONS")
        await self._run("PROBE")
        await self._run("BEGIN")
        claimed = await self._run("CLAIM", 500)
        users, ids = ([row[name] for row in claimed] for name in ("user_id", "event_id"))
        events = await self._run("EVENTS_OF_CLAIMED", users, ids)
        assert len(events) == len(claimed)
        sent = [number for number, row in enumerate(claimed) if row["attempts"] > 0]
        await self._run("REMOVE", [users[n] for n in sent], [ids[n] for n in sent])
        refused = [number for number, row in enumerate(claimed) if row["attempts"] == 0]
        await self._run(
            "PUSH_BACK",
            *([users[n] for n in refused], [ids[n] for n in refused]),
            *([value] * len(refused) for value in (1, 0.0, "refused", False)),
        )
        await self._run("COMMIT")
        self.published |= {(ids[n], events[n]["title"]) for n in sent}
        await self._run("NEXT_DUE")
        await self._run("BACKLOG")
        await self._run("DELETE_OLD_EVENTS", 366 * 86_400.0, 1_000)


class Previous:
    """Both services of the previous release: one Scheduler, and one API beside that of a test."""

    def __init__(
        self,
        api: "asyncpg.Connection[Any]",
        busy_api: "asyncpg.Connection[Any]",
        scheduler: "asyncpg.Connection[Any]",
    ) -> None:
        self._statements = [
            Statements(api, api_statements),
            Statements(busy_api, api_statements),
            Statements(scheduler, scheduler_statements),
        ]
        self.api, self._busy_api = map(PreviousApi, self._statements[:2])
        self.scheduler = PreviousScheduler(self._statements[2])
        self._rounds = 0
        self._round_ended = asyncio.Condition()

    async def prepare(self) -> None:
        """Uses every statement on every connection."""
        for service in (self.api, self._busy_api, self.scheduler):
            await service.serve()
        assert [each.unused for each in self._statements] == [set(), set(), set()]

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Uses every statement again and again while the block runs; an error fails the test."""
        stop = asyncio.Event()

        async def serve() -> None:
            while not stop.is_set():
                await self._busy_api.serve()
                await self.scheduler.serve()
                async with self._round_ended:
                    self._rounds += 1
                    self._round_ended.notify_all()

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(serve())
            await self.have_served()
            yield
            await self.have_served()
            stop.set()

    async def have_served(self) -> None:
        """Waits until all statements have been used from now on, a reminder's twice."""
        goal = self._rounds + 3
        async with asyncio.timeout(DEADLINE), self._round_ended:
            await self._round_ended.wait_for(lambda: self._rounds >= goal)


def soon() -> datetime:
    """A start for an event with a lead time of an hour, whose reminder is due now."""
    return datetime.now(UTC) + HOUR / 2


@pytest.fixture
async def old_dsn(empty_database: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database with the tables of the previous release."""
    with monkeypatch.context() as patch:
        released = [each for each in migrations.migrations() if each[0] in MIGRATIONS]
        patch.setattr(migrations, "migrations", lambda: released)
        await migrations.run(SecretStr(empty_database))
    return empty_database


@pytest.fixture
async def previous(old_dsn: str) -> AsyncIterator[Previous]:
    """The services of the previous release, with all statements prepared for the old tables."""
    api = {"timezone": "UTC", "plan_cache_mode": "force_generic_plan", "intervalstyle": "iso_8601"}
    sessions = [api | {"lock_timeout": "2s"}] * 2 + [{"timezone": "UTC", "lock_timeout": "1s"}]
    connections = [await asyncpg.connect(old_dsn, server_settings=each) for each in sessions]
    services = Previous(*connections)
    await services.prepare()
    yield services
    for connection in connections:
        await connection.close()


@asynccontextmanager
async def upgraded(dsn: str, previous: Previous, folder: Path) -> AsyncIterator[User]:
    """A user of the new API, which is started while the previous services go on."""
    async with previous.serving():
        done = await asyncio.to_thread(run, "migrate", CALENDAR_DATABASE__DSN=dsn)
        assert done.returncode == 0, done.stdout + done.stderr
        with serving(dsn, folder) as service:
            await asyncio.to_thread(service.wait_until_ready)
            await previous.have_served()
            with User(service.url) as user:
                yield user


def test_released_migrations_are_unchanged() -> None:
    files = {name: text for name, text in migrations.migrations() if name in MIGRATIONS}
    digests = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()}
    assert digests == MIGRATIONS


async def test_both_apis_serve_the_same_events(
    old_dsn: str, previous: Previous, tmp_path: Path
) -> None:
    async with upgraded(old_dsn, previous, tmp_path) as user:
        id_ = uuid4()
        old = await previous.api.create(user.name, id_, "Dentist")
        assert user.get(f"/v1/events/{id_}").text == old
        new = user.post("/v1/events", json=event(starts_at="2044-11-23T12:00:00Z"))
        assert await previous.api.read(user.name, UUID(new.json()["id"])) == new.text
        day = user.get("/v1/events/day", params={"date": "2044-11-23"}).text
        assert await previous.api.list(user.name) == f"{old},{new.text}"
        assert f"[{old},{new.text}]" in day
        await previous.api.delete(user.name, id_)
        assert user.get(f"/v1/events/{id_}").status_code == 404


async def test_the_previous_api_keeps_a_location_that_it_does_not_know(
    old_dsn: str, previous: Previous, tmp_path: Path
) -> None:
    async with upgraded(old_dsn, previous, tmp_path) as user:
        stored = user.create(location="5 High Street", notify_before="PT1H")
        location = stored.pop("location")
        id_ = UUID(stored["id"])
        document = await previous.api.read(user.name, id_)
        assert document is not None
        assert json.loads(document) == stored
        await previous.api.change(user.name, id_, "Doctor")
        changed = user.get(f"/v1/events/{id_}").json()
        assert (changed["title"], changed["location"]) == ("Doctor", location)


async def test_the_previous_scheduler_handles_the_events_of_the_new_api(
    old_dsn: str, previous: Previous, tmp_path: Path
) -> None:
    async with upgraded(old_dsn, previous, tmp_path) as user:
        due = user.create(starts_at=soon().isoformat(), notify_before="PT1H", location="Here")
        old = user.create(starts_at="2020-01-01T00:00:00Z", location="Here")
        await previous.have_served()
        assert (UUID(due["id"]), "Dentist") in previous.scheduler.published
        assert user.get(f"/v1/events/{old['id']}").status_code == 404


async def test_the_new_api_is_not_ready_before_the_migration(old_dsn: str, tmp_path: Path) -> None:
    with serving(old_dsn, tmp_path) as service, User(service.url) as user:
        await asyncio.to_thread(wait_until, lambda: service.answers("/readyz", 503))
        assert user.post("/v1/events", json=event()).status_code == 503


async def test_a_migration_gives_up_rather_than_block_requests(
    old_dsn: str, previous: Previous
) -> None:
    async with previous.serving():
        blocker = await asyncpg.connect(old_dsn)
        async with blocker.transaction():
            await blocker.execute("LOCK TABLE events IN ACCESS SHARE MODE")
            done = await asyncio.to_thread(run, "migrate", CALENDAR_DATABASE__DSN=old_dsn)
        await blocker.close()
        assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
        done = await asyncio.to_thread(run, "migrate", CALENDAR_DATABASE__DSN=old_dsn)
        assert done.returncode == 0, done.stdout + done.stderr
