"""Webhooks: what they cost storing, and how many reach a receiver per second."""

import asyncio
import base64
import json
import sys
import urllib.request
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from calendar_benchmarks.path import Contender, Goal, Path
from calendar_benchmarks.pipeline import TIMEOUT_SECONDS, fill_topic, store, stored_by
from calendar_benchmarks.sandbox import Sandbox
from calendar_benchmarks.servers import Server, serve
from calendar_local.ports import free_port

STORED: Final = 60_000
DELIVERED: Final = 10_000

_SECRET: Final = f"whsec_{base64.b64encode(bytes(24)).decode()}"
_POLL_SECONDS: Final = 0.25


@asynccontextmanager
async def _contenders(sandbox: Sandbox) -> AsyncIterator[Sequence[Contender]]:
    async def without(_seconds: float) -> float:
        return await store(sandbox, count=STORED)

    async def with_two(_seconds: float) -> float:
        async with AsyncExitStack() as stack:
            receivers = [await stack.enter_async_context(_receiver(sandbox)) for _ in range(2)]
            return await store(sandbox, count=STORED, settings=_webhooks(*receivers))

    async def deliver(_seconds: float) -> float:
        async with _receiver(sandbox) as receiver:
            return await _deliver(sandbox, receiver)

    yield [
        Contender(name="storing: without", measure=without),
        Contender(name="storing: two endpoints", measure=with_two),
        Contender(name="delivering: one endpoint", measure=deliver),
    ]


@asynccontextmanager
async def _receiver(sandbox: Sandbox) -> AsyncIterator[Server]:
    port = free_port()
    command = (sys.executable, "-m", "calendar_benchmarks.receiver", str(port))
    async with serve(
        *command, name="receiver", port=port, folder=sandbox.home, ready="/"
    ) as server:
        yield server


def _webhooks(*receivers: Server) -> dict[str, str]:
    endpoints = [
        {"name": f"receiver-{at}", "url": f"http://127.0.0.1:{each.port}/", "secret": _SECRET}
        for at, each in enumerate(receivers)
    ]
    return {"CALENDAR_STORER__WEBHOOKS": json.dumps(endpoints)}


async def _deliver(sandbox: Sandbox, receiver: Server) -> float:
    """The number of webhooks per second, by the receiver's clock."""
    topic = await fill_topic(sandbox, count=DELIVERED)
    async with (
        sandbox.database() as dsn,
        stored_by(sandbox, topic, dsn=dsn, settings=_webhooks(receiver)),
        asyncio.timeout(TIMEOUT_SECONDS),
    ):
        while (report := await asyncio.to_thread(_report, receiver.port))[0] < DELIVERED:  # noqa: ASYNC110
            await asyncio.sleep(_POLL_SECONDS)
    return DELIVERED / report[1]


def _report(port: int) -> tuple[int, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
        count, seconds = answer.read().split()
    return int(count), float(seconds)


PATH: Final = Path(
    title="Webhooks: storing with two endpoints, and delivering",
    unit="/s",
    notes=(
        f"Storing is the path `storer` ({STORED:,} records), without webhooks and with two "
        "endpoints that accept everything at once, so that the same process delivers while it "
        f"stores. Delivering: {DELIVERED:,} notifications to one endpoint, from the first to the "
        "last, by the receiver's clock. Storer, PostgreSQL, Kafka and receivers share two cores."
    ),
    goals=[
        Goal(
            figure="storing: two endpoints",
            relative_to=["storing: without"],
            sense="at least",
            limit=0.7,
        ),
        Goal(figure="delivering: one endpoint", sense="at least", limit=2000, unit="/s"),
    ],
    contenders=_contenders,
)
