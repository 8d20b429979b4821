"""The Storer's list of notifications, and notifications that arrive without an event."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import requests

from calendar_features import documents
from calendar_features.api import Api
from calendar_features.broker import Broker
from calendar_features.documents import Document
from calendar_features.messages import HEADERS, a_notification, encode
from calendar_features.reminders import Notifications
from calendar_features.user_ids import UserIds

NOTIFICATIONS: Final = "/v1/notifications"
STREAM: Final = f"{NOTIFICATIONS}/stream"

_INSTANTS: Final = ("event_date", "notify_at")

Parameters = Mapping[str, str | int]
Page = list[Document]


class Inbox:
    """Scenarios refer to a notification by its title."""

    def __init__(
        self, *, api: Api, broker: Broker, notifications: Notifications, user_ids: UserIds
    ) -> None:
        self._api = api
        self._broker = broker
        self._notifications = notifications
        self._user_ids = user_ids
        self._sent: dict[str, Document] = {}
        self._cursors: dict[str, str] = {}

    def __getitem__(self, title: str) -> Document:
        """The notification as it was sent."""
        return self._sent[title]

    def receive(self, user: str, *titles: str, **changes: Any) -> None:
        """Sends notifications, each when the one before it is stored."""
        for title in titles:
            notification = self.send(user, title, **changes)
            self._notifications.wait_for_id(user, UUID(notification["notification_id"]))

    def receive_many(self, user: str, count: int) -> None:
        """Sends notifications, and waits until all are stored."""
        for number in range(count):
            self.send(user, f"number {number}")
        self._notifications.wait_for_user(user, count)

    def send(self, user: str, title: str, **changes: Any) -> Document:
        """Writes a notification to the topic."""
        key = self._user_ids[user]
        notification = a_notification(key, title=title, **changes)
        self._broker.write(key=key, value=encode(notification), headers=HEADERS)
        self._sent[title] = notification
        return notification

    def list(
        self,
        user: str | None,
        query: str = "",
        *,
        params: Parameters | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Lists notifications; `query` is sent as it is."""
        path = f"{NOTIFICATIONS}?{query}" if query else NOTIFICATIONS
        return self._api.call(
            "GET", path, service="Storer", user=user, headers=headers, params=params
        )

    def read(
        self, user: str, query: str = "", *, params: Parameters | None = None
    ) -> requests.Response:
        """Lists notifications, and remembers where the page ends."""
        response = self.list(user, query, params=params)
        if response.ok:
            self._cursors[user] = response.json()["next_cursor"]
        return response

    def cursor(self, user: str) -> str:
        """Where the page ended that a user has read last."""
        return self._cursors[user]

    def pages(self, user: str, **params: Any) -> Iterator[Page]:
        """Lists notifications page by page, until a page is empty."""
        while True:
            response = self.list(user, params=params)
            assert response.status_code == 200, response.text
            page = response.json()
            if not page["items"]:
                return
            yield page["items"]
            assert page["next_cursor"] != params.get("after"), "the cursor does not move"
            params["after"] = page["next_cursor"]

    def acknowledge(
        self, user: str | None, notification_id: str, **options: Any
    ) -> requests.Response:
        """Acknowledges a notification."""
        path = f"{NOTIFICATIONS}/{notification_id}/acknowledge"
        return self._api.call("POST", path, service="Storer", user=user, **options)


def check(item: Mapping[str, Any], sent: Mapping[str, Any]) -> None:
    """Asserts that a notification of a response is the one of a message."""
    expected = {"id": sent["notification_id"]} | {
        field: value
        for field, value in sent.items()
        if field not in {"notification_id", "user_id", *_INSTANTS}
    }
    documents.check(item, expected)
    for field in _INSTANTS:
        assert documents.parse_instant(item[field]) == datetime.fromisoformat(sent[field])
