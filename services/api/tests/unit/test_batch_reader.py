"""A batch is read event by event, and only as far as the response needs."""

import asyncio
import json
import tracemalloc
from typing import Any

import pytest
from pydantic import ValidationError
from tests.hostile import HOSTILE_BATCHES, batch_of, with_unknown_members

from calendar_api.events import batch_reader
from calendar_api.events.batch_reader import MAX_BATCH_BODY, read_batch
from calendar_api.events.schemas import MAX_BATCH, EventBatchIn
from calendar_api.web import turns
from calendar_api.web.bodies import MAX_BODY
from calendar_api.web.problems import MAX_ERRORS, FieldsInvalid
from calendar_api.web.strict_json import parse_value
from calendar_api.web.turns import next_turn

EVENT = {"title": "Dentist", "starts_at": "2026-11-23T07:00:00Z", "duration": "PT45M"}
TEXT = json.dumps(EVENT).encode()
MIB = 1024 * 1024


async def errors_of(body: bytes) -> list[tuple[tuple[str | int, ...], str]]:
    """Locations and types of the errors that read_batch finds."""
    try:
        await read_batch(body)
    except FieldsInvalid as error:
        return [(tuple(each["loc"][1:]), each["type"]) for each in error.errors]
    return []


async def test_events_are_read_in_order() -> None:
    texts = [json.dumps({**EVENT, "title": str(number)}).encode() for number in range(MAX_BATCH)]
    batch = await read_batch(batch_of(*texts))
    assert [event.title for event in batch.events] == [str(number) for number in range(MAX_BATCH)]


@pytest.mark.parametrize(
    "body",
    [
        b' \r\n{\t"events" : [ %b , %b ] } ' % (TEXT, TEXT),
        b'{"\\u0065vents":[%b,%b]}' % (TEXT, TEXT),
    ],
)
async def test_white_space_and_escapes_are_parsed_as_json(body: bytes) -> None:
    assert len((await read_batch(body)).events) == 2


@pytest.mark.parametrize(
    "document",
    [
        {"events": []},
        {"events": None},
        {"events": {}},
        {"events": [1, None, "x", [], EVENT]},
        {"events": [EVENT, {}]},
        {"events": [EVENT, {**EVENT, "colour": "red", "title": 1}, {**EVENT, "title": ""}]},
        {"events": [EVENT] * (MAX_BATCH + 1)},
        {"events": [EVENT], "note": 1},
        {"note": 1, "events": [EVENT]},
        {},
        [],
        [EVENT],
        None,
        "events",
    ],
    ids=lambda document: str(document)[:60],
)
async def test_invalid_events_have_the_errors_of_pydantic(document: Any) -> None:
    with pytest.raises(ValidationError) as expected:
        EventBatchIn.model_validate(document, from_attributes=True)
    assert await errors_of(json.dumps(document).encode()) == [
        (error["loc"], error["type"]) for error in expected.value.errors()
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"events":[%b]' % TEXT,
        b'{"events":[%b]} x' % TEXT,
        b'{"events":[%b}' % TEXT,
        b'{"events":[%b]]}' % TEXT,
        b'{"events":[%b],"events":[]}' % TEXT,
        b'{"events":[%b],"events":[%b]}' % (TEXT, TEXT),
        b'{"events":[%b] "a":1}' % TEXT,
    ],
)
async def test_the_rest_of_a_batch_must_be_json(body: bytes) -> None:
    assert await errors_of(body) == [((), "json_invalid")]


@pytest.mark.parametrize("event", [b"", b"{", b'{"title" 1}', b"{]", b'{"a":1,"a":2}', b"NaN"])
async def test_an_event_that_is_not_json_is_named(event: bytes) -> None:
    assert await errors_of(batch_of(TEXT, event)) == [(("events", 1), "json_invalid")]


async def test_an_event_in_a_batch_has_the_size_limit_of_a_single_event() -> None:
    spaces = b" " * (MAX_BODY - len(TEXT))
    assert await errors_of(batch_of(TEXT, spaces + TEXT, TEXT)) == []
    too_large = json.dumps({**EVENT, "description": "x" * MAX_BODY}).encode()
    assert await errors_of(batch_of(TEXT, too_large, TEXT)) == [(("events", 1), "json_invalid")]


async def test_reading_stops_at_one_error_more_than_are_listed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[bytes] = []

    def counting(body: bytes, start: int) -> tuple[Any, int]:
        read.append(body[start : start + 1])
        return parse_value(body, start)

    monkeypatch.setattr(batch_reader, "parse_value", counting)
    body = batch_of(*[with_unknown_members(60)] * MAX_BATCH)
    assert MAX_ERRORS < len(await errors_of(body)) < 2 * MAX_ERRORS
    assert len(read) == 2


@pytest.mark.parametrize("shape", HOSTILE_BATCHES)
async def test_the_memory_for_reading_a_batch_is_limited(shape: str) -> None:
    body = HOSTILE_BATCHES[shape]()
    assert len(body) <= MAX_BATCH_BODY
    tracemalloc.start()
    try:
        errors = await errors_of(body)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 1 <= len(errors) < 3 * MAX_ERRORS
    assert peak < 20 * MIB


async def test_the_processor_time_for_a_batch_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_reader, "MAX_SECONDS", 0.0)
    assert await errors_of(batch_of(TEXT, TEXT)) == [(("events", 0), "too_long")]


async def test_other_tasks_run_while_a_batch_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "TURN_SECONDS", 0)
    count = 0

    async def count_turns() -> None:
        nonlocal count
        while True:
            await asyncio.sleep(0)
            count += 1

    other = asyncio.create_task(count_turns())
    assert await errors_of(batch_of(*[TEXT] * 100)) == []
    other.cancel()
    assert count >= 99


async def test_several_long_computations_take_turns() -> None:
    running: list[int] = []
    iteration = 0

    async def count_iterations() -> None:
        nonlocal iteration
        while True:
            await asyncio.sleep(0)
            iteration += 1

    async def compute() -> None:
        for _ in range(5):
            await next_turn()
            running.append(iteration)

    other = asyncio.create_task(count_iterations())
    async with asyncio.TaskGroup() as tasks:
        for _ in range(4):
            tasks.create_task(compute())
    other.cancel()
    assert len(running) == len(set(running)) == 20
