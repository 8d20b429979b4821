"""The REST API of a running Storer, as a user calls it."""

import asyncio
from typing import Any
from uuid import uuid4

import asyncpg
import requests

from calendar_contracts import Notification
from calendar_storer.notifications import statements
from calendar_storer.notifications.repository import COLUMNS
from tests.conftest import notification

NOTIFICATIONS = "/v1/notifications"


class Client:
    """A user of the API."""

    def __init__(self, rest: "Rest", user: str) -> None:
        self._rest = rest
        self.user = user

    async def call(
        self, method: str, path: str = NOTIFICATIONS, *, headers: Any = None, **options: Any
    ) -> requests.Response:
        """Any call, with the user in the header."""
        headers = {"X-User-Id": self.user} | (headers or {})
        return await self._rest.call(method, path, headers=headers, **options)

    async def page(self, **parameters: Any) -> Any:
        """A page."""
        response = await self.call("GET", params=parameters)
        assert response.status_code == 200, response.text
        return response.json()

    async def acknowledge(self, notification_id: object) -> requests.Response:
        """Acknowledges a notification."""
        return await self.call("POST", f"{NOTIFICATIONS}/{notification_id}/acknowledge")

    async def receives(self, *titles: str, **fields: Any) -> list[Notification]:
        """Stores notifications for the user, as a Storer does."""
        sent = [notification(user_id=self.user, title=title, **fields) for title in titles]
        await store(self._rest.connection, *sent)
        return sent


class Rest:
    """The API of all users, and its database."""

    def __init__(self, url: str, connection: asyncpg.Connection | None = None) -> None:
        self.url = url
        self._connection = connection

    @property
    def connection(self) -> asyncpg.Connection:
        """To its database."""
        assert self._connection is not None
        return self._connection

    async def call(self, method: str, path: str, **options: Any) -> requests.Response:
        """Any call."""
        options = {"timeout": 30, "allow_redirects": False} | options
        return await asyncio.to_thread(requests.request, method, self.url + path, **options)

    def user(self) -> Client:
        """A new user."""
        return Client(self, f"user-{uuid4()}")


async def store(connection: asyncpg.Connection, *sent: Notification) -> None:
    """Stores notifications by one statement."""
    rows = [each.model_dump(mode="json") for each in sent]
    columns = [[row[column] for row in rows] for column in COLUMNS]
    await connection.execute(statements.STORE_NOTIFICATIONS, *columns)
