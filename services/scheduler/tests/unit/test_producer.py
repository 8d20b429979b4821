"""Nothing that a producer does lasts for ever, and nothing is sent too late."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiokafka.protocol.metadata import MetadataRequest  # type: ignore[import-untyped]
from aiokafka.protocol.produce import ProduceRequest  # type: ignore[import-untyped]

from calendar_scheduler.producer import Producer, SentTooLate

PRODUCE = ProduceRequest(required_acks=-1, timeout=1500, topics=[], transactional_id=None)


def now() -> float:
    return asyncio.get_running_loop().time()


async def is_ready(_node_id: int) -> bool:
    return True


@pytest.fixture
async def producer(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    """One whose requests are kept in `requests`."""
    producer = Producer({"bootstrap_servers": "kafka:9092"})
    requests: list[Any] = []

    async def keep(_node_id: int, request: Any) -> None:
        requests.append(request)

    monkeypatch.setattr(producer, "_send_request", keep)
    monkeypatch.setattr(producer.client, "ready", is_ready)
    monkeypatch.setattr(producer, "requests", requests, raising=False)
    yield producer
    producer._closed = True  # It was never started, and would complain.


async def test_a_record_goes_out_in_time(producer: Any) -> None:
    producer.send_until = now() + 60
    await producer.client.send(0, PRODUCE)
    assert producer.requests == [PRODUCE]


async def test_a_record_that_lay_in_the_buffer_too_long_does_not_go_out(producer: Any) -> None:
    producer.send_until = now() - 0.001
    with pytest.raises(SentTooLate):
        await producer.client.send(0, PRODUCE)
    assert producer.requests == []


async def test_the_broker_may_be_asked_at_any_time(producer: Any) -> None:
    request = MetadataRequest([])
    await producer.client.send(0, request)
    assert producer.requests == [request]


async def test_a_producer_that_does_not_end_well_sends_no_more(
    producer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("calendar_scheduler.producer.CLOSE_SECONDS", 0.01)
    closed: list[bool] = []

    async def flush_for_ever() -> None:
        await asyncio.Event().wait()

    async def close() -> None:
        closed.append(True)

    monkeypatch.setattr(producer, "stop", flush_for_ever)
    monkeypatch.setattr(producer.client, "close", close)
    sender_task = asyncio.create_task(flush_for_ever())
    monkeypatch.setattr(producer._sender, "_sender_task", sender_task)

    await producer.close()

    await asyncio.wait([sender_task], timeout=10)
    assert sender_task.cancelled()
    assert closed
