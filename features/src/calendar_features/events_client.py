"""Calls to the events endpoints; remembers created events by title."""

from collections.abc import Mapping
from typing import Any, Final

import requests

from calendar_features.api import Api
from calendar_features.documents import Document

EVENTS: Final = "/v1/events"
MERGE_PATCH: Final = {"Content-Type": "application/merge-patch+json"}

NEW_SERIES: Final = "the new series"
"""The title that stands for the later part of a series that was split."""

Headers = Mapping[str, str]


class EventsClient:
    """Calls for events. Scenarios refer to an event by the title that it was created with."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._events: dict[str, Document] = {}
        self._etags: dict[str, list[str]] = {}

    def __getitem__(self, title: str) -> Document:
        """The event as it was created."""
        return self._events[title]

    def etags(self, title: str) -> list[str]:
        """The ETags that a single event has had."""
        return self._etags[title]

    def create(
        self, user: str, event: Document, headers: Headers | None = None
    ) -> requests.Response:
        """Creates an event, and remembers it if the API accepted it."""
        response = self._api.call("POST", EVENTS, user=user, headers=headers, body=event)
        if response.ok:
            created = response.json()
            self._remember(created)
            self._etags[created["title"]] = [response.headers["ETag"]]
        return response

    def create_batch(
        self, user: str, events: list[Document], headers: Headers | None = None
    ) -> requests.Response:
        """Creates events in one batch."""
        response = self._api.call(
            "POST", f"{EVENTS}/batch", user=user, headers=headers, body={"events": events}
        )
        if response.ok:
            for event in response.json()["items"]:
                self._remember(event)
        return response

    def create_all(self, user: str, *events: Document) -> None:
        """Creates the events that a scenario starts from.

        Raises:
            AssertionError: the API did not accept them.
        """
        response = (
            self.create(user, events[0]) if len(events) == 1 else self.create_batch(user, [*events])
        )
        assert response.status_code == 201, response.text

    def get(self, user: str, title: str, headers: Headers | None = None) -> requests.Response:
        """Reads an event."""
        return self._call("GET", user, title, headers=headers)

    def replace(
        self, user: str, title: str, event: Document, headers: Headers | None = None
    ) -> requests.Response:
        """Replaces an event."""
        return self._call("PUT", user, title, headers=headers, body=event)

    def change(
        self, user: str, title: str, patch: Document, headers: Headers | None = None
    ) -> requests.Response:
        """Changes some fields of an event."""
        headers = MERGE_PATCH | dict(headers or {})
        return self._call("PATCH", user, title, headers=headers, body=patch)

    def delete(self, user: str, title: str, headers: Headers | None = None) -> requests.Response:
        """Deletes an event."""
        return self._call("DELETE", user, title, headers=headers)

    def split(
        self,
        user: str,
        title: str,
        occurrence: str,
        *,
        changes: Document | None = None,
        headers: Headers | None = None,
    ) -> requests.Response:
        """Splits a series at an occurrence; scenarios refer to the later part as `NEW_SERIES`."""
        path = self._path(title) + "/split"
        body = {"at": occurrence} | ({} if changes is None else {"changes": changes})
        response = self._api.call("POST", path, user=user, headers=headers, body=body)
        if response.ok:
            self._events[NEW_SERIES] = response.json()
        return response

    def end(
        self, user: str, title: str, occurrence: str, headers: Headers | None = None
    ) -> requests.Response:
        """Deletes an occurrence of a series and those after it."""
        return self._call("DELETE", user, title, headers=headers, params={"from": occurrence})

    def occurrences(self, user: str, title: str, **parameters: Any) -> requests.Response:
        """Lists the occurrences of a series in a range."""
        path = self._path(title) + "/occurrences"
        return self._api.call("GET", path, user=user, params=parameters)

    def occurrence(
        self, method: str, user: str, title: str, occurrence: str, **options: Any
    ) -> requests.Response:
        """Reads, changes or deletes one occurrence of a series."""
        path = f"{self._path(title)}/occurrences/{occurrence}"
        return self._api.call(method, path, user=user, **options)

    def list(self, user: str, kind: str, date: str, **parameters: Any) -> requests.Response:
        """Lists the events of a day, a week or a month."""
        name = "date" if kind == "day" else "start"
        return self._api.call(
            "GET", f"{EVENTS}/{kind}", user=user, params={name: date, **parameters}
        )

    def _call(self, method: str, user: str, title: str, **options: Any) -> requests.Response:
        response = self._api.call(method, self._path(title), user=user, **options)
        if response.ok and "ETag" in response.headers:
            self._etags.setdefault(title, []).append(response.headers["ETag"])
        return response

    def _path(self, title: str) -> str:
        return f"{EVENTS}/{self[title]['id']}"

    def _remember(self, event: Document) -> None:
        self._events[event["title"]] = event
