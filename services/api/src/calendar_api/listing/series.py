"""A series, or an event that lasts all day, in a list: which items it has there."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from pydantic_core import from_json

from calendar_api import zones
from calendar_api.events import overrides
from calendar_api.events.series import EventSeries
from calendar_api.listing.models import Item, ListKey, Position
from calendar_api.listing.windows import Dates, Window
from calendar_api.occurrences.documents import SeriesDocument
from calendar_api.recurrence.series import Occurrence
from calendar_api.values import durations

Internal = Mapping[str, Any]
"""The columns of a series that are not in its document: `local_start`, `moved`, `last_day`."""


class ListedSeries:
    """An event that was a series, or lasted all day, when the list was read."""

    def __init__(self, event_id: UUID, document: bytes, internal: Internal) -> None:
        self._event_id = event_id
        self._document = document
        self._content = SeriesDocument(document)
        self._series = _series_of(self._content.members, internal)
        self.recurs = "recurrence" in self._content.members

    def items(self, key: ListKey, after: Position | None) -> Iterable[Item]:
        """The items in the list, in order: those after a position, perhaps with some before it."""
        window, series = key.window, self._series
        if series is None:  # It has become a single timed event since.
            is_listed = _overlaps(self._content.members, window)
        elif key.expand:
            items = self._occurrences(series, window, after)
            # In order already, but for dates that a zone skipped: they share a midnight.
            return sorted(items) if _dates_of(window, series) else items
        else:
            is_listed = any(True for _ in _between(series, window, None))
        return [self._whole_event(window)] if is_listed else []

    def _occurrences(
        self, series: EventSeries, window: Window, after: Position | None
    ) -> Iterator[Item]:
        id_, size, dates = self._event_id, len(self._document), _dates_of(window, series)
        for each in _between(series, window, after):
            start = dates.midnight(series.dates_of(each)[0]) if dates else each.start
            if self.recurs:
                position = Position(start, id_, each.recurrence_id.isoformat())
                yield Item(position, size, partial(self._content.occurrence, series, each))
            else:
                yield Item(Position(start, id_), size, self._to_json)

    def _whole_event(self, window: Window) -> Item:
        members = self._content.members
        start = datetime.fromisoformat(members["starts_at"])
        if window.dates and "starts_on" in members:
            start = window.dates.midnight(date.fromisoformat(members["starts_on"]))
        return Item(Position(start, self._event_id), len(self._document), self._to_json)

    def _to_json(self) -> bytes:
        return self._document


def _dates_of(window: Window, series: EventSeries) -> Dates | None:
    """The dates of the window, if it was given by dates, and the series lasts all day."""
    return window.dates if series.series.all_day else None


def _between(series: EventSeries, window: Window, after: Position | None) -> Iterator[Occurrence]:
    """The occurrences in the window; those after a position, perhaps with some before it."""
    if dates := _dates_of(window, series):
        return series.between_dates(dates.first, dates.end)
    start = max(window.start, after.starts_at) if after else window.start
    return series.between(start, window.end)


def _series_of(members: Mapping[str, Any], internal: Internal) -> EventSeries | None:
    """As `EventSeries.of` its fields: most of them are in the document."""
    recurrence = members.get("recurrence", {})
    is_timed = "starts_on" not in members
    start = internal["local_start"] if is_timed else date.fromisoformat(members["starts_on"])
    if is_timed and (start is None or not recurrence):
        return None
    zone = zones.zone(members.get("time_zone", "UTC"))
    changed, moved = members.get("overrides", {}), internal["moved"]
    return EventSeries.read(
        start=start,
        zone=zone,
        duration=durations.parse(members["duration"]),
        recurrence=recurrence,
        changed=overrides.of_documents(changed, from_json(moved) if moved else {}, zone),
        last_day=internal["last_day"],
    )


def _overlaps(members: Mapping[str, Any], window: Window) -> bool:
    start, end = (datetime.fromisoformat(members[name]) for name in ("starts_at", "ends_at"))
    return start < window.end and (end > window.start or start >= window.start)
