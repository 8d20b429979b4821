"""What the receiver of webhooks has received, and how a receiver verifies it."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import requests

from calendar_features.documents import Document
from calendar_features.receiver import Answer
from calendar_features.user_ids import UserIds
from calendar_features.waiting import wait_until

_TIMEOUT = 30


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """One request to an endpoint."""

    headers: Mapping[str, str]
    """By name in lower case."""

    body: bytes
    received_at: datetime

    @classmethod
    def parse(cls, recorded: Mapping[str, Any]) -> Self:
        """Parses what the receiver has recorded."""
        return cls(
            headers=recorded["headers"],
            body=base64.b64decode(recorded["body"]),
            received_at=datetime.fromisoformat(recorded["received_at"]),
        )

    @property
    def id(self) -> str:
        """The ID under which it is repeated."""
        return self.headers["webhook-id"]

    @property
    def document(self) -> Document:
        """The body."""
        document: Document = json.loads(self.body)
        return document

    def is_signed_with(self, secret: str) -> bool:
        """Whether one of its signatures is made with this secret."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        timestamp = self.headers["webhook-timestamp"]
        signed = f"{self.id}.{timestamp}.".encode() + self.body
        digest = hmac.new(key, signed, hashlib.sha256).digest()
        expected = f"v1,{base64.b64encode(digest).decode()}"
        return expected in self.headers["webhook-signature"].split(" ")


class Endpoints:
    """The endpoints of the receiver, as one scenario uses them."""

    def __init__(
        self, url: str, *, session: requests.Session, user_ids: UserIds, timeout: float
    ) -> None:
        self._url = url
        self._session = session
        self._user_ids = user_ids
        self._timeout = timeout

    def answer_next(self, endpoint: str, user: str, answer: Answer) -> None:
        """Says how an endpoint answers the next request about a user."""
        response = self._session.put(
            f"{self._url}/{endpoint}",
            params={"user_id": self._user_ids[user]},
            json=answer,
            timeout=_TIMEOUT,
        )
        assert response.ok, response.text

    def received(
        self, endpoint: str, user: str | None = None, title: str | None = None
    ) -> list[Webhook]:
        """Returns the requests to an endpoint, about a user or a notification if one is given."""
        params = {"user_id": self._user_ids[user]} if user else {}
        response = self._session.get(f"{self._url}/{endpoint}", params=params, timeout=_TIMEOUT)
        assert response.ok, response.text
        webhooks = [Webhook.parse(recorded) for recorded in response.json()]
        return [each for each in webhooks if title in {None, each.document["data"]["title"]}]

    def wait_for(self, endpoint: str, user: str, title: str, count: int = 1) -> list[Webhook]:
        """Waits for at least `count` requests about a notification."""
        return wait_until(
            lambda: found if len(found := self.received(endpoint, user, title)) >= count else [],
            seconds=self._timeout,
            what=f"{count} request(s) to {endpoint} about {title!r} for {user}",
        )

    def wait_for_ids(self, endpoint: str, user: str, ids: set[str]) -> None:
        """Waits until an endpoint has received all these notifications."""
        wait_until(
            lambda: {webhook.id for webhook in self.received(endpoint, user)} == ids,
            seconds=self._timeout,
            what=f"{len(ids)} notifications of {user} at {endpoint}",
        )

    def wait_until_asked(self, endpoint: str) -> None:
        """Waits until an endpoint has received any request."""
        wait_until(
            lambda: self.received(endpoint), seconds=self._timeout, what=f"a request to {endpoint}"
        )
