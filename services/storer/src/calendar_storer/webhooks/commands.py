"""`calendar_storer webhooks`: shows the endpoints, and what an operator can do about them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from calendar_storer.config import WebhookSettings
from calendar_storer.database import options
from calendar_storer.database.pool import open_pool
from calendar_storer.errors import UnknownEndpoint
from calendar_storer.webhooks.repository import EndpointState, WebhookRepository

COUNTED: Final = 10_000
"""Waiting notifications are counted up to this number."""
COLUMNS: Final = ("NAME", "STATE", "WAITING", "RETRYING", "PARKED", "OLDEST", "LAST ERROR")

OPTIONS: Final = replace(
    options.POOL,
    command_seconds=60.0,
    use_seconds=60.0,
    session={**options.POOL.session, "statement_timeout": "60s"},
)
"""There may be many parked deliveries."""


def run(action: str, name: str | None, settings: WebhookSettings) -> str:
    """Carry out one of `ACTIONS`; returns what to print.

    Raises:
        DatabaseUnavailable: PostgreSQL cannot be reached, or refuses.
        UnknownEndpoint: there is no endpoint of this name.
    """
    return asyncio.run(_run(action, name, settings))


async def _run(action: str, name: str | None, settings: WebhookSettings) -> str:
    configured = {each.name for each in settings.storer.webhooks}
    async with open_pool(settings.database.dsn, OPTIONS, size=1) as pool:
        repository = WebhookRepository(pool)
        states = await repository.states(counted=COUNTED)
        if name is None:
            return _table(states, configured)
        for state in states:
            if state.name == name:
                is_active = name in configured and not state.disabled_at
                return await ACTIONS[action](repository, state, is_active)
    if name in configured:
        return f"{name}: nothing to do, no Storer has started with it yet"
    raise UnknownEndpoint(f"there is no endpoint {name}")


def _table(states: Sequence[EndpointState], configured: set[str]) -> str:
    rows = [COLUMNS, *(_row(state, configured) for state in states)]
    new = configured - {state.name for state in states}
    rows += [(name, "not started", "0", "0", "0", "-", "-") for name in sorted(new)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
    return "\n".join(lines)


def _row(state: EndpointState, configured: set[str]) -> tuple[str, ...]:
    oldest = datetime.fromtimestamp(state.oldest, UTC) if state.oldest else None
    return (
        state.name,
        "disabled" if state.disabled_at else "enabled" if state.name in configured else "removed",
        f"{state.waiting}{'+' if state.waiting == COUNTED else ''}",
        str(state.retrying),
        str(state.parked),
        f"{oldest:%Y-%m-%dT%H:%M:%SZ}" if oldest else "-",
        (state.disabled_reason if state.disabled_at else state.last_error) or "-",
    )


async def _retry(repository: WebhookRepository, state: EndpointState, _is_active: bool) -> str:
    count = await repository.retry_parked(state.name)
    return f"{state.name}: {count} parked deliveries will be tried again"


async def _drop(repository: WebhookRepository, state: EndpointState, is_active: bool) -> str:
    if is_active:
        count = await repository.drop_parked(state.name)
        return f"{state.name}: {count} parked deliveries are dropped"
    if state.disabled_at:
        await repository.skip_waiting(state.name)
        return f"{state.name}: everything that was not delivered is dropped"
    await repository.forget(state.name)
    return f"{state.name}: the endpoint is forgotten"


async def _enable(repository: WebhookRepository, state: EndpointState, _is_active: bool) -> str:
    await repository.enable(state.name)
    return f"{state.name}: enabled"


Action = Callable[[WebhookRepository, EndpointState, bool], Awaitable[str]]
ACTIONS: Final[dict[str, Action]] = {"retry": _retry, "drop": _drop, "enable": _enable}
