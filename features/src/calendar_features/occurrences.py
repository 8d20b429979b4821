"""Occurrences of a series: how scenarios write them, and all of a series."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from calendar_features import documents
from calendar_features.documents import Document
from calendar_features.events_client import EventsClient

_WINDOW: Final = timedelta(days=366)
"""The longest range that the API lists."""

_WINDOWS_BEYOND: Final = 5
"""How many windows after the last expected occurrence must be empty."""

_LAST_INSTANT: Final = datetime.max.replace(tzinfo=UTC)

_AND_SO_ON: Final = ", and so on"


def parse(text: str) -> tuple[str, datetime]:
    """Parses a wall time with its offset, `2044-11-21T09:00+01:00`, or a date.

    Returns the recurrence ID and the start. In a gap, the offset is the one before it.
    """
    moment = datetime.fromisoformat(text)
    if "T" not in text:
        return text, moment.replace(tzinfo=UTC)
    return moment.replace(tzinfo=None).isoformat(), moment.astimezone(UTC)


def split(expected: str) -> list[str]:
    """Splits a list of occurrences."""
    return expected.removesuffix(_AND_SO_ON).split(", ")


def find(client: EventsClient, user: str, title: str, expected: str) -> list[Document]:
    """Lists a series from a year before the expected occurrences to five years after them.

    If the list ends in `, and so on`, returns as many occurrences as it has.
    """
    starts = [parse(text)[1] for text in split(expected)]
    if not expected.endswith(_AND_SO_ON):
        until = _later(max(starts), _WINDOWS_BEYOND * _WINDOW)
        return _fetch(client, user, title, since=min(starts) - _WINDOW, until=until)
    until = _later(max(starts), timedelta(days=2))
    return _fetch(client, user, title, since=min(starts) - _WINDOW, until=until)[: len(starts)]


def _fetch(
    client: EventsClient, user: str, title: str, *, since: datetime, until: datetime
) -> list[Document]:
    """Each occurrence once; one that overlaps two windows is listed in both."""
    found: dict[str, Document] = {}
    for start, end in _windows(since, until):
        response = client.occurrences(
            user,
            title,
            **{"from": documents.format_instant(start), "to": documents.format_instant(end)},
        )
        assert response.status_code == 200, response.text
        page = response.json()
        assert page["next_cursor"] is None, "more than a page of occurrences"
        for occurrence in page["items"]:
            found.setdefault(occurrence["recurrence_id"], occurrence)
    return list(found.values())


def _windows(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    while since < until:
        end = min(_later(since, _WINDOW), until)
        yield since, end
        since = end


def _later(moment: datetime, duration: timedelta) -> datetime:
    return moment + min(duration, _LAST_INSTANT - moment)
