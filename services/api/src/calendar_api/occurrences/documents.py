"""The JSON of an occurrence, made of the JSON of its series."""

from typing import Any

from pydantic_core import from_json, to_json

from calendar_api.events.overrides import Override, lead_members
from calendar_api.events.series import EventSeries
from calendar_api.recurrence.series import Occurrence
from calendar_api.values import durations


def occurrence_document(document: bytes, series: EventSeries, occurrence: Occurrence) -> bytes:
    """The series' document with what is different in this occurrence; `recurrence_id` is last."""
    return SeriesDocument(document).occurrence(series, occurrence)


class SeriesDocument:
    """The JSON of a series, for the JSON of many of its occurrences."""

    def __init__(self, document: bytes) -> None:
        self.members: dict[str, Any] = from_json(document)
        start, end = self.members["starts_at"], self.members["ends_at"]
        # The two values, which are adjacent. They are not in a text, where quotes are escaped, and
        # those of overrides come later.
        times = f'"{start}","ends_at":"{end}"'
        self._before, _, after = document.partition(times.encode())
        self._after = after.removesuffix(b"}") + b',"recurrence_id":'

    def occurrence(self, series: EventSeries, occurrence: Occurrence) -> bytes:
        """The JSON of an occurrence."""
        override = series.override_of(occurrence)
        if override is None and not series.series.all_day:
            return self._at_other_times(occurrence)
        members = self.members | {"starts_at": occurrence.start, "ends_at": occurrence.end}
        length = occurrence.end - occurrence.start
        if series.series.all_day:
            first, end = series.dates_of(occurrence)
            members |= {"starts_on": first, "ends_on": end}
            length = end - first
        if override:
            if override.changes_times:
                members["duration"] = durations.to_text(length)
            _apply(override, members)
        members["recurrence_id"] = occurrence.recurrence_id
        return to_json(members)

    def _at_other_times(self, occurrence: Occurrence) -> bytes:
        """As most occurrences are. To put texts together takes half the time."""
        start, end = to_json(occurrence.start), to_json(occurrence.end)
        id_ = to_json(occurrence.recurrence_id)
        return b"".join((self._before, start, b',"ends_at":', end, self._after, id_, b"}"))


def _apply(override: Override, members: dict[str, Any]) -> None:
    """Puts the override's members in place of the series'."""
    members |= override.members()
    if override.busy:
        del members["busy"]  # It is shown only where it is false.
    if override.leads is not None:
        # Without reminders, `reminders` is shown: `notify_before: null` alone is as the series.
        members.pop("reminders", None)
        members["notify_before"] = None
        members |= lead_members(override.leads)
