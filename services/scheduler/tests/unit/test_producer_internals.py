"""The fence and the bounded close. These tests fail if aiokafka changes what they rely on."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import aiokafka  # type: ignore[import-untyped]
import pytest
from aiokafka.protocol.metadata import MetadataRequest  # type: ignore[import-untyped]
from aiokafka.protocol.produce import ProduceRequest  # type: ignore[import-untyped]

from calendar_scheduler.kafka import producer_internals
from calendar_scheduler.kafka.producer_internals import FencedProducer, SentTooLate

PRODUCE = ProduceRequest(required_acks=-1, timeout=1500, topics=[], transactional_id=None)


@pytest.fixture
async def producer(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    """A producer that keeps its requests in `requests`."""
    producer = FencedProducer(bootstrap_servers="kafka:9092")
    requests: list[Any] = []

    async def keep(_node_id: int, request: Any) -> None:
        requests.append(request)

    async def is_ready(_node_id: int) -> bool:
        return True

    monkeypatch.setattr(producer, "_unfenced_send", keep)
    monkeypatch.setattr(producer.client, "ready", is_ready)
    monkeypatch.setattr(producer, "requests", requests, raising=False)
    yield producer
    producer._closed = True  # It was never started; its destructor would warn.


def test_version_of_aiokafka_is_the_one_that_was_read() -> None:
    assert aiokafka.__version__.startswith("0.14.")


async def test_records_are_sent_until_send_until(producer: Any) -> None:
    producer.send_until = time.monotonic() + 60
    await producer.client.send(0, PRODUCE)
    assert producer.requests == [PRODUCE]


async def test_no_record_is_sent_after_send_until(producer: Any) -> None:
    producer.send_until = time.monotonic() - 0.001
    with pytest.raises(SentTooLate):
        await producer.client.send(0, PRODUCE)
    assert producer.requests == []


async def test_time_is_compared_after_the_connection_is_made(
    producer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def connect_too_slowly(_node_id: int) -> bool:
        producer.send_until = time.monotonic() - 0.001
        return True

    monkeypatch.setattr(producer.client, "ready", connect_too_slowly)
    producer.send_until = time.monotonic() + 60

    with pytest.raises(SentTooLate):
        await producer.client.send(0, PRODUCE)

    assert producer.requests == []


async def test_other_requests_are_sent_at_any_time(producer: Any) -> None:
    request = MetadataRequest([])
    await producer.client.send(0, request)
    assert producer.requests == [request]


async def test_close_ends_a_flush_that_never_ends(
    producer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(producer_internals, "CLOSE_SECONDS", 0.01)
    producer.send_until = time.monotonic() + 60
    closed: list[bool] = []

    async def flush_forever() -> None:
        await asyncio.Event().wait()

    async def close() -> None:
        closed.append(True)

    monkeypatch.setattr(producer, "stop", flush_forever)
    monkeypatch.setattr(producer.client, "close", close)
    sender_task = asyncio.create_task(flush_forever())
    monkeypatch.setattr(producer._sender, "_sender_task", sender_task)

    await producer.close()

    await asyncio.wait([sender_task], timeout=10)
    assert sender_task.cancelled()
    assert closed
    with pytest.raises(SentTooLate):
        await producer.client.send(0, PRODUCE)
