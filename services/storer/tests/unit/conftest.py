"""An inbox over a fake consumer."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from calendar_storer.assignment import Assignment
from calendar_storer.inbox import Inbox
from calendar_storer.metrics import Metrics
from calendar_storer.outages import Outages

Open = Callable[[Any], tuple[Inbox, Assignment, Metrics]]


@pytest.fixture
async def opened() -> AsyncIterator[Open]:
    """Opens inboxes, with all that the fake consumer has assigned; closes them with the test."""
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
