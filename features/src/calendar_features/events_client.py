"""What the people of one scenario do with events, and the events they remember by title."""

from collections.abc import Mapping
from typing import Any, Final

import requests

from calendar_features.api import Api
from calendar_features.events import Document

EVENTS: Final = "/v1/events"
MERGE_PATCH: Final = {"Content-Type": "application/merge-patch+json"}

Headers = Mapping[str, str]


class Diary:
    """The calls for events. An event is remembered under the title that it was created with."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._events: dict[str, Document] = {}

    def __getitem__(self, title: str) -> Document:
        """The event as it was created."""
        return self._events[title]

    def create(self, who: str, event: Document) -> requests.Response:
        """Creates the event; it is remembered where the API took it."""
        answer = self._api.call("POST", EVENTS, who=who, body=event)
        if answer.ok:
            self._remember(answer.json())
        return answer

    def create_batch(self, who: str, events: list[Document]) -> requests.Response:
        """Creates the events together."""
        answer = self._api.call("POST", f"{EVENTS}/batch", who=who, body={"events": events})
        if answer.ok:
            for event in answer.json()["items"]:
                self._remember(event)
        return answer

    def have(self, who: str, *events: Document) -> None:
        """Creates the events that a scenario takes for granted.

        Raises:
            AssertionError: the API did not take them.
        """
        answer = (
            self.create(who, events[0]) if len(events) == 1 else self.create_batch(who, [*events])
        )
        assert answer.status_code == 201, answer.text

    def get(self, who: str, title: str, headers: Headers | None = None) -> requests.Response:
        """Asks for the event."""
        return self._call("GET", who, title, headers=headers)

    def replace(
        self, who: str, title: str, event: Document, headers: Headers | None = None
    ) -> requests.Response:
        """Puts another event in its place."""
        return self._call("PUT", who, title, headers=headers, body=event)

    def change(
        self, who: str, title: str, patch: Document, headers: Headers | None = None
    ) -> requests.Response:
        """Changes some of its fields."""
        headers = MERGE_PATCH | dict(headers or {})
        return self._call("PATCH", who, title, headers=headers, body=patch)

    def delete(self, who: str, title: str, headers: Headers | None = None) -> requests.Response:
        """Deletes it."""
        return self._call("DELETE", who, title, headers=headers)

    def list(self, who: str, kind: str, date: str, **parameters: Any) -> requests.Response:
        """Lists a day, a week or a month."""
        name = "date" if kind == "day" else "start"
        return self._api.call("GET", f"{EVENTS}/{kind}", who=who, params={name: date, **parameters})

    def _call(self, method: str, who: str, title: str, **options: Any) -> requests.Response:
        return self._api.call(method, f"{EVENTS}/{self[title]['id']}", who=who, **options)

    def _remember(self, event: Document) -> None:
        self._events[event["title"]] = event
