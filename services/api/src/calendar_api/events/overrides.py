"""Changed occurrences: what each has instead of what its series says."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Self

from calendar_api.events.models import ALONE, JsonText
from calendar_api.recurrence.wall_time import LocalTime, to_instant
from calendar_api.values import durations
from calendar_api.zones import ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A changed occurrence. `None`: as the series.

    Of its times, either start and end are changed, to fixed ones, or only its length.
    """

    title: str | None = None
    description: str | None = None
    location: str | None = None
    busy: bool | None = None
    start: datetime | None = None
    local_start: LocalTime | None = None
    """Its wall time or date; set where `start` is."""
    end: datetime | None = None
    local_end: date | None = None
    """Of an occurrence that lasts all day: its date, exclusive."""
    duration: timedelta | None = None
    leads: tuple[timedelta, ...] | None = None

    @property
    def changes_times(self) -> bool:
        """Whether start or end are not those that the series says."""
        return self.start is not None or self.duration is not None

    def members(self) -> dict[str, Any]:
        """What an occurrence has in its JSON instead, but for times that follow from others."""
        return {name: value for name in ALONE if (value := getattr(self, name)) is not None}

    def document(self) -> dict[str, Any]:
        """The override as the API returns it."""
        document = self.members()
        if self.start is not None and self.end is not None:
            if self.local_end is not None and self.local_start is not None:
                document["starts_on"] = self.local_start.isoformat()
                document["ends_on"] = self.local_end.isoformat()
            else:
                document["starts_at"] = utc_text(self.start)
                document["ends_at"] = utc_text(self.end)
        if self.duration is not None:
            document["duration"] = durations.to_text(self.duration)
        return document | ({} if self.leads is None else lead_members(self.leads))

    @classmethod
    def of(cls, document: Mapping[str, Any], zone: ZoneInfo, moved: str | None) -> Self:
        """The override of a stored document; `moved` is the wall time of its start."""
        start = end = local_start = local_end = None
        if "starts_on" in document:
            local_start = date.fromisoformat(document["starts_on"])
            local_end = date.fromisoformat(document["ends_on"])
            start, end = to_instant(local_start, zone), to_instant(local_end, zone)
        elif moved is not None:
            local_start = datetime.fromisoformat(moved)
            start = datetime.fromisoformat(document["starts_at"])
            end = datetime.fromisoformat(document["ends_at"])
        return cls(
            **{name: document.get(name) for name in ALONE},
            start=start,
            local_start=local_start,
            end=end,
            local_end=local_end,
            duration=durations.parse(document["duration"]) if "duration" in document else None,
            leads=_leads(document),
        )


Overrides = Mapping[LocalTime, Override]


def lead_members(leads: tuple[timedelta, ...]) -> dict[str, Any]:
    """The members of these lead times: one is written as `notify_before`, several as both."""
    if not leads:
        return {"reminders": []}
    longest = {"notify_before": durations.to_text(max(leads))}
    return longest | ({"reminders": list(map(durations.to_text, leads))} if leads[1:] else {})


def _leads(document: Mapping[str, Any]) -> tuple[timedelta, ...] | None:
    if "reminders" in document:
        return tuple(map(durations.signed, document["reminders"]))
    if "notify_before" in document:
        return (durations.signed(document["notify_before"]),)
    return None


# A write needs those of the series before and after it several times, and there may be 1,000.
@lru_cache(maxsize=4)
def read(overrides: str | None, moved: str | None, zone: ZoneInfo) -> Overrides:
    """The overrides of a stored series."""
    if overrides is None:
        return {}
    return of_documents(json.loads(overrides), json.loads(moved) if moved else {}, zone)


def of_documents(
    documents: Mapping[str, Any], moved: Mapping[str, str], zone: ZoneInfo
) -> Overrides:
    """The same, of their documents and of the wall times of new starts."""
    return {
        local_time(id_): Override.of(document, zone, moved.get(id_))
        for id_, document in documents.items()
    }


def write(overrides: Overrides) -> tuple[JsonText | None, JsonText | None]:
    """The overrides as they are stored: their documents, and the wall times of new starts."""
    in_order = sorted(overrides.items())
    documents = {id_.isoformat(): override.document() for id_, override in in_order}
    moved = {
        id_.isoformat(): override.local_start.isoformat()
        for id_, override in in_order
        if override.local_start is not None and override.local_end is None
    }
    return json_text(documents or None), json_text(moved or None)


def json_text(value: object) -> JsonText | None:
    """The value as a JSON text; `None` for `None`."""
    if value is None:
        return None
    return JsonText(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def local_time(text: str) -> LocalTime:
    """The wall time or date of a stored text."""
    is_date = len(text) == len("2026-12-24")
    return date.fromisoformat(text) if is_date else datetime.fromisoformat(text)


def utc_text(instant: datetime) -> str:
    """An instant as the API writes it."""
    return instant.isoformat().replace("+00:00", "Z")
