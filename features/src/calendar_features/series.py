"""Series whose occurrences start in seconds, and when their reminders are due."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from calendar_features import documents, durations
from calendar_features.database import Database
from calendar_features.documents import Document
from calendar_features.events_client import MERGE_PATCH, EventsClient

ORDINALS: Final = {"first": 0, "next": 0, "second": 1, "third": 2}

_DAY: Final = timedelta(days=1)
_DURATION: Final = "PT15M"


@dataclass(kw_only=True)
class Series:
    """What a scenario knows of a series: its occurrences from the next one on."""

    starts: list[datetime]
    """The starts of occurrences; a moved one keeps its place."""

    leads: list[timedelta]
    ids: list[str]
    due_times: set[datetime] = field(default_factory=set)
    """When reminders were or are due, those that have been moved or removed included."""

    def __post_init__(self) -> None:
        self.due_times |= {start - lead for start in self.starts for lead in self.leads}

    def move(self, index: int, start: datetime) -> None:
        """Notes that an occurrence starts at another time."""
        self.starts[index] = start
        self.due_times |= {start - lead for lead in self.leads}


class SeriesPlanner:
    """Creates and changes series relative to the database's clock, in UTC and whole seconds."""

    def __init__(self, *, database: Database, client: EventsClient) -> None:
        self._database = database
        self._client = client
        self._series: dict[str, Series] = {}

    def __getitem__(self, title: str) -> Series:
        return self._series[title]

    def due_times(self, title: str) -> set[datetime]:
        """When the reminders of a series, or of a single event, are due."""
        if title in self._series:
            return self._series[title].due_times
        return documents.due_times(self._client[title])

    def soon(self, duration: timedelta) -> datetime:
        """The first whole second that is this long after now, or longer."""
        return self._database.now().replace(microsecond=0) + timedelta(seconds=1) + duration

    def create_on_dates(
        self, user: str, title: str, durations_until: Sequence[timedelta], leads: list[timedelta]
    ) -> None:
        """Creates a series with an occurrence after each of these durations."""
        starts = [self.soon(duration) for duration in durations_until]
        dates = [documents.format_instant(start) for start in starts]
        self._client.create_all(user, _document(title, starts[0], leads, dates=dates))
        self.add(title, starts, leads)

    def create_daily(
        self,
        user: str,
        title: str,
        duration: timedelta,
        leads: list[timedelta],
        *,
        count: int | None = None,
        began: timedelta = timedelta(),
    ) -> None:
        """Creates a daily series whose next occurrence is this long after now."""
        start = self.soon(duration)
        limit = f";COUNT={count}" if count else ""
        document = _document(title, start - began, leads, rule=f"FREQ=DAILY{limit}")
        self._client.create_all(user, document)
        self.add(title, _daily(start, count or len(ORDINALS)), leads)

    def create_daily_batch(
        self, user: str, series: Sequence[tuple[str, timedelta, int, timedelta]]
    ) -> None:
        """Creates daily series of title, duration until the start, occurrences and lead time."""
        batch: list[Document] = []
        for title, duration, count, lead in series:
            start = self.soon(duration)
            batch.append(_document(title, start, [lead], rule=f"FREQ=DAILY;COUNT={count}"))
            self.add(title, _daily(start, count), [lead])
        self._client.create_all(user, *batch)

    def create_all_day(self, user: str, title: str, duration: timedelta) -> None:
        """Creates a daily series of all-day events from today, with a reminder due today."""
        due_at = self.soon(duration)
        midnight = due_at.replace(hour=0, minute=0, second=0)
        leads = [midnight - due_at]
        document = documents.an_event(
            title=title,
            starts_on=str(midnight.date()),
            notify_before=durations.format_iso(leads[0]),
            recurrence={"rule": "FREQ=DAILY;COUNT=2"},
        )
        self._client.create_all(user, document)
        starts = _daily(midnight, 2)
        self._series[title] = Series(
            starts=starts, leads=leads, ids=[str(start.date()) for start in starts]
        )

    def add(self, title: str, starts: list[datetime], leads: list[timedelta]) -> None:
        """Notes a series that has been created."""
        ids = [start.replace(tzinfo=None).isoformat() for start in starts]
        self._series[title] = Series(starts=list(starts), leads=leads, ids=ids)

    def change(self, user: str, title: str, ordinal: str, patch: Document) -> None:
        """Changes one occurrence."""
        occurrence = self[title].ids[ORDINALS[ordinal]]
        response = self._client.occurrence(
            "PATCH", user, title, occurrence, headers=MERGE_PATCH, body=patch
        )
        assert response.status_code == 200, response.text

    def move(self, user: str, title: str, ordinal: str, start: datetime) -> None:
        """Moves one occurrence to another start."""
        starts_at = documents.format_instant(start)
        self.change(user, title, ordinal, {"starts_at": starts_at, "duration": _DURATION})
        self[title].move(ORDINALS[ordinal], start)

    def move_back(self, user: str, title: str, ordinal: str) -> None:
        """Returns a moved occurrence of a series in UTC to its scheduled time."""
        self.change(user, title, ordinal, {"starts_at": None, "duration": None})
        series, index = self[title], ORDINALS[ordinal]
        series.move(index, datetime.fromisoformat(series.ids[index]).replace(tzinfo=UTC))

    def delete(self, user: str, title: str, ordinal: str) -> None:
        """Deletes one occurrence."""
        occurrence = self[title].ids[ORDINALS[ordinal]]
        response = self._client.occurrence("DELETE", user, title, occurrence)
        assert response.status_code == 204, response.text

    def move_all(self, user: str, title: str, start: datetime) -> None:
        """Moves a whole series."""
        patch = {"starts_at": documents.format_instant(start), "duration": _DURATION}
        response = self._client.change(user, title, patch)
        assert response.status_code == 200, response.text


def _daily(start: datetime, count: int) -> list[datetime]:
    return [start + number * _DAY for number in range(count)]


def _document(
    title: str, starts_at: datetime, leads: list[timedelta], **recurrence: object
) -> Document:
    return documents.an_event(
        title=title,
        starts_at=documents.format_instant(starts_at),
        duration=_DURATION,
        time_zone="UTC",
        reminders=[durations.format_iso(lead) for lead in leads],
        recurrence=recurrence,
    )
