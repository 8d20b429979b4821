"""A client of aiokafka is stopped in time, whatever its state."""

import asyncio
from dataclasses import dataclass, field

import pytest
from aiokafka.errors import KafkaConnectionError  # type: ignore[import-untyped]

from calendar_storer.errors import BrokerUnavailable
from calendar_storer.kafka import broker


async def end_well() -> None:
    return None


async def fail() -> None:
    raise KafkaConnectionError


async def hang() -> None:
    await asyncio.sleep(3600)


async def be_cancelled_by_a_task_of_its_own() -> None:
    task = asyncio.create_task(hang())
    await asyncio.sleep(0)
    task.cancel()
    await task


@dataclass
class Connections:
    closed: bool = False

    async def close(self) -> None:
        self.closed = True


@dataclass
class Client:
    start: object = field(default=end_well)
    stop: object = field(default=end_well)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "START_SECONDS", 0.1)
    monkeypatch.setattr(broker, "STOP_SECONDS", 0.1)


@pytest.mark.parametrize("stop", [end_well, fail, hang, be_cancelled_by_a_task_of_its_own])
async def test_stops_in_time_and_leaves_no_connection(stop: object) -> None:
    connections = Connections()
    async with asyncio.timeout(10), broker.running(Client(stop=stop), connections):
        pass
    assert connections.closed


@pytest.mark.parametrize("start", [fail, hang])
async def test_a_client_that_does_not_start_is_closed(start: object) -> None:
    connections = Connections()
    with pytest.raises(BrokerUnavailable):
        async with broker.running(Client(start=start), connections):
            pytest.fail("it has not started")
    assert connections.closed
