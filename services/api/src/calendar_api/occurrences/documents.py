"""The JSON of an occurrence, made of the JSON of its series."""

import re
from typing import Any, Final

from pydantic_core import from_json, to_json

from calendar_api.events.overrides import Override, lead_members, utc_text
from calendar_api.events.series import EventOccurrence, EventSeries
from calendar_api.values import durations

_TIMES: Final = re.compile(rb'"starts_at":"[^"]*","ends_at":"[^"]*"')


def occurrence_document(document: bytes, series: EventSeries, occurrence: EventOccurrence) -> bytes:
    """The series' document with what is different in this occurrence; `recurrence_id` is last."""
    return SeriesDocument(document).occurrence(series, occurrence)


class SeriesDocument:
    """The JSON of a series, for the JSON of many of its occurrences."""

    def __init__(self, document: bytes) -> None:
        self.members: dict[str, Any] = from_json(document)
        # Those of the series are the first in its document, and cannot be in a text: quotes are
        # escaped there.
        self._before, self._after = _TIMES.split(document, 1)

    def occurrence(self, series: EventSeries, occurrence: EventOccurrence) -> bytes:
        """The JSON of an occurrence."""
        if occurrence.override is None and not series.series.all_day:
            return self._at_other_times(occurrence)
        own = {"starts_at": utc_text(occurrence.start), "ends_at": utc_text(occurrence.end)}
        members = self.members | own
        length = occurrence.end - occurrence.start
        if series.series.all_day:
            first, end = series.dates_of(occurrence)
            members |= {"starts_on": first.isoformat(), "ends_on": end.isoformat()}
            length = end - first
        if override := occurrence.override:
            if override.changes_times:
                members["duration"] = durations.to_text(length)
            _apply(override, members)
        members["recurrence_id"] = occurrence.recurrence_id.isoformat()
        return to_json(members)

    def _at_other_times(self, occurrence: EventOccurrence) -> bytes:
        """As most occurrences are. Their texts take half the time of writing the JSON anew."""
        times = f'"starts_at":"{utc_text(occurrence.start)}","ends_at":"{utc_text(occurrence.end)}"'
        id_ = f',"recurrence_id":"{occurrence.recurrence_id.isoformat()}"}}'
        return b"".join((self._before, times.encode(), self._after[:-1], id_.encode()))


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
