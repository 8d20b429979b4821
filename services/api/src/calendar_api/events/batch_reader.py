"""Reads a batch event by event, so that time and memory are limited by one event, not by all."""

import re
from collections.abc import Iterable, Iterator, Mapping
from time import thread_time
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import PydanticKnownError

from calendar_api.events.schemas import MAX_BATCH, EventBatchIn, EventIn
from calendar_api.web.bodies import MAX_BODY
from calendar_api.web.problems import MAX_ERRORS, FieldsInvalid, invalid
from calendar_api.web.strict_json import parse_document, parse_value
from calendar_api.web.turns import Turns

_OPENING: Final = re.compile(
    rb'[ \t\n\r]*+\{[ \t\n\r]*+"events"[ \t\n\r]*+:[ \t\n\r]*+\[(?![ \t\n\r]*+\])'
)
_EVENTS: Final = ("body", "events")

BATCH_PATH: Final = "/v1/events/batch"
MAX_BATCH_BODY: Final = 16 * MAX_BODY

MAX_SECONDS: Final = 1.0
"""Of processor time, for a batch. Tens of thousands of changed occurrences take longer."""


async def read_batch(body: bytes) -> EventBatchIn:
    """Parses and validates a batch, up to one error more than a response lists.

    The rules for an event are those of a single one, including its size. All of them together are
    limited in processor time.

    Raises:
        FieldsInvalid: the body is not JSON, or events are invalid.
    """
    opening = _OPENING.match(body, 0, MAX_BODY)
    if opening is None:
        # Not a batch, or one with another member or an empty list first.
        document = _parse_rest(body, 0, 0)
        listed = document.get("events") if isinstance(document, dict) else None
        if isinstance(listed, list):
            document["events"] = await _validate(listed)
    else:
        elements = _Elements(body, opening.end())
        events = await _validate(elements)
        document = _parse_rest(body, opening.end(), elements.end) | {"events": events}
    try:
        return EventBatchIn.model_validate(document, from_attributes=True)  # as other bodies are
    except ValidationError as error:
        raise FieldsInvalid.of(error, "body") from None


class _Elements:
    """The elements of the array whose first element is at `start`, parsed one at a time."""

    def __init__(self, body: bytes, start: int) -> None:
        self._body = body
        self.end = start
        """The position after the last parsed element."""

    def __iter__(self) -> Iterator[Any]:
        for index in range(MAX_BATCH + 1):
            try:
                element, self.end = parse_value(self._body, self.end)
            except ValueError as error:
                raise invalid([*_EVENTS, index], str(error), "json_invalid") from None
            yield element
            if not self._body.startswith(b",", self.end):
                return
            self.end += 1


async def _validate(elements: Iterable[Any]) -> list[EventIn]:
    events: list[EventIn] = []
    errors: list[Mapping[str, Any]] = []
    turns = Turns()
    processor_seconds = 0.0
    for index, element in enumerate(elements):
        if index == MAX_BATCH:
            length = {"field_type": "List", "max_length": MAX_BATCH, "actual_length": None}
            too_long = PydanticKnownError("too_long", length)
            raise invalid(_EVENTS, too_long.message(), too_long.type)
        begin = thread_time()
        try:
            events.append(EventIn.model_validate(element, from_attributes=True))
        except ValidationError as error:
            errors += FieldsInvalid.of(error, *_EVENTS, index).errors
        if len(errors) > MAX_ERRORS:
            break
        processor_seconds += thread_time() - begin
        if processor_seconds > MAX_SECONDS:
            raise invalid(
                [*_EVENTS, index],
                "is too much for one batch together with the events before it: send fewer at once",
                "too_long",
            )
        await turns.pause()
    if errors:
        raise FieldsInvalid(*errors)
    return events


def _parse_rest(body: bytes, start: int, end: int) -> Any:
    """Parses the body without the part from `start` to `end`."""
    if len(body) - (end - start) > MAX_BODY:
        raise invalid(["body"], "must be a list of events in the member events", "json_invalid")
    try:
        return parse_document(body[:start] + body[end:])
    except ValueError as error:
        message = str(error)
        if start < end:  # The position that the parser reports is not that in the body.
            message = f"{message.rpartition(' at line ')[0]}, outside of the events"
        raise invalid(["body"], message, "json_invalid") from None
