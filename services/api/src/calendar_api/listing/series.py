"""A series, or an event that lasts all day, in a list: which items it has there."""

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property, partial
from typing import Any
from uuid import UUID

from pydantic_core import from_json

from calendar_api.events.models import EventFields
from calendar_api.events.series import EventOccurrence, EventSeries
from calendar_api.listing.models import Item, ListKey, Position
from calendar_api.listing.windows import Window
from calendar_api.occurrences.documents import occurrence_document


class ListedSeries:
    """An event that was a series, or lasted all day, when the list was read."""

    def __init__(self, event_id: UUID, fields: EventFields, document: bytes) -> None:
        self._event_id = event_id
        self._fields = fields
        self._document = document
        self._series = EventSeries.of(fields)

    def items(self, key: ListKey, after: Position | None) -> Iterator[Item]:
        """The items in the list, in order: those after a position, perhaps with some before it."""
        window = key.window
        if self._series is None:  # It has become a single timed event since.
            if _overlaps(self._fields, window):
                yield self._whole_event(window)
        elif key.expand:
            yield from self._occurrences(self._series, window, after)
        elif next(self._occurrences(self._series, window, None), None):
            yield self._whole_event(window)

    def _occurrences(
        self, series: EventSeries, window: Window, after: Position | None
    ) -> Iterator[Item]:
        dates = window.dates
        if dates and series.series.all_day:
            found = series.between_dates(dates.first, dates.end)
            # In order already, but for dates that the zone skipped: they share a midnight.
            return iter(
                sorted(self._item(dates.midnight(series.dates_of(each)[0]), each) for each in found)
            )
        start = max(window.start, after.starts_at) if after else window.start
        return (self._item(each.start, each) for each in series.between(start, window.end))

    def _item(self, start: datetime, occurrence: EventOccurrence) -> Item:
        if self._fields.recurrence is None:
            return Item(Position(start, self._event_id), len(self._document), self._to_json)
        position = Position(start, self._event_id, occurrence.recurrence_id.isoformat())
        return Item(position, len(self._document), partial(self._occurrence_to_json, occurrence))

    def _whole_event(self, window: Window) -> Item:
        start = self._fields.starts_at
        if window.dates and self._fields.starts_on:
            start = window.dates.midnight(self._fields.starts_on)
        return Item(Position(start, self._event_id), len(self._document), self._to_json)

    def _to_json(self) -> bytes:
        return self._document

    def _occurrence_to_json(self, occurrence: EventOccurrence) -> bytes:
        assert self._series
        return occurrence_document(self._members, self._series, occurrence)

    @cached_property
    def _members(self) -> dict[str, Any]:
        members: dict[str, Any] = from_json(self._document)
        return members


def _overlaps(event: EventFields, window: Window) -> bool:
    is_over = event.ends_at <= window.start and event.starts_at < window.start
    return event.starts_at < window.end and not is_over
