"""`calendar_storer webhooks`, as an operator uses it."""

import asyncio
import json
import os
import subprocess
import sys

import asyncpg
import pytest
from pydantic import SecretStr

from calendar_storer.config import WebhookSettings
from calendar_storer.database import options
from calendar_storer.database.pool import open_pool
from calendar_storer.errors import TablesMissing, UnknownEndpoint
from calendar_storer.notifications.repository import Repository
from calendar_storer.webhooks import commands
from calendar_storer.webhooks.repository import Deferral, WebhookRepository
from tests.conftest import notification

CRM = {
    "name": "crm",
    "url": "https://crm.example.org/secret-path",
    "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
}


class Operator:
    """Uses the command, with one endpoint in the settings."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    async def does(self, action: str, name: str | None = None, *, removed: bool = False) -> str:
        settings = WebhookSettings.model_validate(
            {"database": {"dsn": self._dsn}, "storer": {"webhooks": [] if removed else [CRM]}}
        )
        output = await asyncio.to_thread(commands.run, action, name, settings)
        assert "secret-path" not in output
        return output

    async def state(self, *, removed: bool = False) -> list[str]:
        """Name, state, waiting, retrying and parked of the only endpoint."""
        _, row = (await self.does("list", removed=removed)).splitlines()
        return row.split()[:5]


def run(*arguments: str, dsn: str) -> tuple[int, str, str]:
    """Runs the executable; its exit code, output and errors."""
    inherited = {name: v for name, v in os.environ.items() if not name.startswith("CALENDAR_")}
    done = subprocess.run(
        [sys.executable, "-m", "calendar_storer", "webhooks", *arguments],
        env=inherited
        | {"CALENDAR_DATABASE__DSN": dsn, "CALENDAR_STORER__WEBHOOKS": json.dumps([CRM])},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


async def disable(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute("UPDATE webhook_endpoints SET disabled_at = now()")
    await connection.close()


@pytest.fixture
def operator(dsn: str) -> Operator:
    return Operator(dsn)


@pytest.fixture
async def parked(dsn: str, repository: Repository) -> str:
    """An endpoint with a parked delivery, one that is retried, and three that wait."""
    async with open_pool(SecretStr(dsn), options.POOL, size=1) as pool:
        webhooks = WebhookRepository(pool)
        await webhooks.register(["crm"])
        await repository.store([notification().model_dump(mode="json") for _ in range(5)])
        first, second = await webhooks.claim("crm", limit=2, lease=30)
        await webhooks.defer(
            "crm",
            [
                Deferral(delivery=first, failures=10, delay=None, error="status 404"),
                Deferral(delivery=second, failures=1, delay=5, error="status 500"),
            ],
        )
    return dsn


async def deliveries(dsn: str) -> list[tuple[bool, int]]:
    """Of each delivery: whether it is parked, and its failures."""
    connection = await asyncpg.connect(dsn)
    rows = await connection.fetch(
        "SELECT parked_at IS NOT NULL AS parked, failures FROM deliveries ORDER BY failures"
    )
    await connection.close()
    return [tuple(row) for row in rows]


async def test_endpoints_are_listed(parked: str) -> None:
    code, output, errors = await asyncio.to_thread(run, dsn=parked)

    head, row = output.splitlines()
    assert (code, errors) == (0, "")
    assert head.split("  ")[0] == "NAME"
    assert row.split()[:5] == ["crm", "enabled", "3", "1", "1"]
    assert row.endswith("status 500")
    assert await deliveries(parked) == [(False, 1), (True, 10)]


async def test_endpoint_without_a_storer_is_listed(operator: Operator) -> None:
    assert "not started" in await operator.does("list")


async def test_parked_deliveries_are_retried(operator: Operator, parked: str) -> None:
    assert await operator.does("retry", "crm") == "crm: 1 parked deliveries will be tried again"

    assert await deliveries(parked) == [(False, 0), (False, 1)]


async def test_parked_deliveries_are_dropped(parked: str, operator: Operator) -> None:
    done = await asyncio.to_thread(run, "drop", "crm", dsn=parked)

    assert done == (0, "crm: 1 parked deliveries are dropped\n", "")
    assert await deliveries(parked) == [(False, 1)]
    assert await operator.state() == ["crm", "enabled", "3", "1", "0"]


async def test_disabled_endpoint_is_enabled(operator: Operator, parked: str) -> None:
    await disable(parked)
    assert await operator.state() == ["crm", "disabled", "3", "1", "1"]

    await operator.does("enable", "crm")

    assert await operator.state() == ["crm", "enabled", "3", "1", "1"]


async def test_all_of_a_disabled_endpoint_is_dropped(operator: Operator, parked: str) -> None:
    await disable(parked)

    await operator.does("drop", "crm")

    assert await deliveries(parked) == []
    assert await operator.state() == ["crm", "disabled", "0", "0", "0"]


async def test_removed_endpoint_is_forgotten_when_it_is_dropped(
    operator: Operator, parked: str
) -> None:
    assert await operator.state(removed=True) == ["crm", "removed", "3", "1", "1"]

    await operator.does("drop", "crm", removed=True)

    assert await deliveries(parked) == []
    assert len((await operator.does("list", removed=True)).splitlines()) == 1


@pytest.mark.parametrize("action", ["retry", "drop", "enable"])
async def test_unknown_endpoint_is_an_error(operator: Operator, parked: str, action: str) -> None:
    with pytest.raises(UnknownEndpoint, match="there is no endpoint crn"):
        await operator.does(action, "crn")

    assert len(await deliveries(parked)) == 2


async def test_unknown_endpoint_ends_with_2(parked: str) -> None:
    done = await asyncio.to_thread(run, "retry", "crn", dsn=parked)

    assert done == (2, "", "calendar_storer: there is no endpoint crn\n")


async def test_database_that_is_away_ends_with_1() -> None:
    dsn = "postgresql://ann:s3cret@127.0.0.1:1/calendar"
    code, output, errors = await asyncio.to_thread(run, "list", dsn=dsn)

    assert (code, output) == (1, "")
    assert errors.startswith("calendar_storer: the database at 127.0.0.1:1 is unavailable: ")
    assert "s3cret" not in errors


async def test_tables_that_are_missing_are_named(empty_dsn: str) -> None:
    with pytest.raises(TablesMissing, match="calendar_storer migrate"):
        await Operator(empty_dsn).does("list")
