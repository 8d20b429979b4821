"""An inbox over a fake consumer."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from calendar_storer import inbox as inbox_module
from calendar_storer.assignment import Assignment
from calendar_storer.inbox import Inbox
from calendar_storer.metrics import Metrics
from calendar_storer.outages import Outages

Open = Callable[[Any], tuple[Inbox, Assignment, Metrics]]


async def all_rests() -> None:
    """Returns when all tasks have gone as far as they can: no fake needs so many turns."""
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.fixture
async def opened(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Open]:
    """Opens inboxes, with all that the fake consumer has assigned; closes them with the test."""
    # Where a machine stands still for seconds, no fake has been silent for them.
    for limit in ("TAKE_SECONDS", "COMMIT_SECONDS", "REWIND_SECONDS"):
        monkeypatch.setattr(inbox_module, limit, 3600.0)
    inboxes = []

    def open_one(consumer: Any) -> tuple[Inbox, Assignment, Metrics]:
        metrics = Metrics()
        assignment = Assignment(metrics)
        assignment.on_partitions_assigned(set(consumer.log))
        outages = Outages(metrics, asyncio.Event())
        inbox = Inbox(consumer, assignment=assignment, outages=outages, metrics=metrics)
        inboxes.append(inbox)
        return inbox, assignment, metrics

    yield open_one
    for inbox in inboxes:
        await inbox.close()
