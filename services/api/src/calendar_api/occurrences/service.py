"""What a user can do with single occurrences, and from one on. Knows neither HTTP nor SQL."""

from calendar_api.database.time_limit import repeat_read, time_limit
from calendar_api.errors import ConnectionLost
from calendar_api.events.models import EventFields, EventKey, StoredEvent
from calendar_api.events.repository import Precondition
from calendar_api.events.writing import CreateResult
from calendar_api.occurrences.documents import occurrence_document
from calendar_api.occurrences.repository import Change, OccurrenceRepository, Split
from calendar_api.occurrences.series_changes import find, without
from calendar_api.recurrence.wall_time import LocalTime


class OccurrenceService:
    """The occurrences of all users' series; each call is limited to one user's.

    An occurrence has the revision of its series. All methods raise `EventNotFound` and
    `OccurrenceNotFound`; `DatabaseUnavailable` if the database is away or too slow; and
    `VersionMismatch` by their `precondition`.
    """

    def __init__(self, repository: OccurrenceRepository) -> None:
        self._repository = repository

    async def get(self, key: EventKey, recurrence_id: LocalTime) -> StoredEvent:
        """An occurrence."""
        async with time_limit():
            fields, series = await repeat_read(lambda: self._repository.read(key))
        return _occurrence(fields, series, recurrence_id)

    async def change(
        self,
        key: EventKey,
        recurrence_id: LocalTime,
        change: Change,
        *,
        precondition: Precondition,
    ) -> StoredEvent:
        """The occurrence in the changed series. Writes nothing if the series is the same."""
        async with time_limit():
            fields, series = await self._repository.change(
                key, recurrence_id, change, precondition=precondition
            )
        return _occurrence(fields, series, recurrence_id)

    async def exclude(
        self, key: EventKey, recurrence_id: LocalTime, *, precondition: Precondition
    ) -> None:
        """Excludes an occurrence from its series.

        Raises:
            LastOccurrence: no other one is left.
            MemberInvalid: the series has as many exceptions as it may have.
        """
        async with time_limit():
            await self._repository.change(
                key,
                recurrence_id,
                lambda fields: without(fields, recurrence_id),
                precondition=precondition,
            )

    async def delete_from(
        self, key: EventKey, recurrence_id: LocalTime, *, precondition: Precondition
    ) -> None:
        """Deletes an occurrence and those that follow; from the first one on, the event."""
        async with time_limit():
            await self._repository.delete_from(key, recurrence_id, precondition=precondition)

    async def split(
        self, key: EventKey, split: Split, *, precondition: Precondition
    ) -> CreateResult:
        """Splits a series in two, and returns the later one.

        Raises:
            EventConflict: the new ID exists with other content.
            MemberInvalid: nothing is left before the occurrence.
        """
        async with time_limit():
            try:
                return await self._repository.split(key, split, precondition=precondition)
            except ConnectionLost:
                # The series may be split or not. Doing it again finds out, by the new ID.
                again = await self._repository.split(key, split, precondition=precondition)
                return CreateResult(again.events, is_new=True)


def _occurrence(fields: EventFields, stored: StoredEvent, recurrence_id: LocalTime) -> StoredEvent:
    series, occurrence = find(fields, recurrence_id)
    return StoredEvent(stored.revision, occurrence_document(stored.document, series, occurrence))
