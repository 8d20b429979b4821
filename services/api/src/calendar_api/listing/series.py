"""A series, or an event that lasts all day, in a list: which items it has there."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import partial
from itertools import islice
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
            return [self._whole_event(window)] if _overlaps(self._content.members, window) else []
        dates = window.dates if series.series.all_day else None
        if dates:
            found = series.between_dates(dates.first, dates.end)
        else:
            start = max(window.start, after.starts_at) if after and key.expand else window.start
            found = series.between(start, window.end)
        if not (key.expand and self.recurs):
            return [self._whole_event(window) for _ in islice(found, 1)]
        items = self._occurrences(series, found, dates)
        # In order already, but for dates that a zone skipped: they share a midnight.
        return sorted(items) if dates else items

    def _occurrences(
        self, series: EventSeries, found: Iterable[Occurrence], dates: Dates | None
    ) -> Iterator[Item]:
        id_, size, to_json = self._event_id, len(self._document), self._content.occurrence
        for each in found:
            start = dates.midnight(series.dates_of(each)[0]) if dates else each.start
            position = Position(start, id_, each.recurrence_id.isoformat())
            yield Item(position, size, partial(to_json, series, each))

    def _whole_event(self, window: Window) -> Item:
        members = self._content.members
        start = datetime.fromisoformat(members["starts_at"])
        if window.dates and "starts_on" in members:
            start = window.dates.midnight(date.fromisoformat(members["starts_on"]))
        return Item(Position(start, self._event_id), len(self._document), lambda: self._document)


def _series_of(members: Mapping[str, Any], internal: Internal) -> EventSeries | None:
    """As `EventSeries.of` its fields: most of them are in the document."""
    recurrence = members.get("recurrence", {})
    is_timed = "starts_on" not in members
    start = internal["local_start"] if is_timed else date.fromisoformat(members["starts_on"])
    if is_timed and (start is None or not recurrence):
        return None
    zone = zones.zone(members.get("time_zone", "UTC"))
    changed, moved = members.get("overrides"), internal["moved"]
    return EventSeries.read(
        start=start,
        zone=zone,
        duration=durations.parse(members["duration"]),
        recurrence=recurrence,
        changed=overrides.of_documents(changed, from_json(moved or "{}"), zone) if changed else {},
        last_day=internal["last_day"],
    )


def _overlaps(members: Mapping[str, Any], window: Window) -> bool:
    start, end = (datetime.fromisoformat(members[name]) for name in ("starts_at", "ends_at"))
    return start < window.end and (end > window.start or start >= window.start)
