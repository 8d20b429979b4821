"""The system under test, and steps that several features have."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pytest_bdd import parsers, step
from system import System

from calendar_features.traffic import Client, event


@pytest.fixture
def system() -> Iterator[System]:
    system = System()
    yield system
    system.restore()


@pytest.fixture
def alice(system: System) -> Client:
    return Client(url=system.api_url())


@step(parsers.parse("Alice has {count:d} events whose reminders are due in {seconds:d} seconds"))
def has_events(count: int, seconds: int, alice: Client) -> None:
    due_at = datetime.now(UTC) + timedelta(seconds=seconds)
    for _ in range(count):
        alice.create(event(due_at))
