"""A client of server-sent events: reads a response in a thread, until either side ends it."""

import json
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Final, Self

import requests

from calendar_features.api import EVENT_STREAM, Api
from calendar_features.documents import Document
from calendar_features.inbox import STREAM
from calendar_features.waiting import wait_until

FIRST: Final = "first"
"""The name of a user's only stream."""

MARKER: Final = "marker"
"""How titles of notifications begin that are sent to see that nothing came before them."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """Lines up to an empty line. A block with data is an event."""

    fields: dict[str, str]
    comments: int
    received_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parses lines, each of which ends in a line feed."""
        fields: dict[str, str] = {}
        comments = 0
        for line in text.split("\n"):
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "data" and name in fields:
                value = f"{fields[name]}\n{value}"
            if name:
                fields[name] = value
            elif line:
                comments += 1
        return cls(fields=fields, comments=comments)

    @cached_property
    def notification(self) -> Document:
        """The data of an event."""
        document: Document = json.loads(self.fields["data"])
        return document


class Stream:
    """One response of a stream."""

    def __init__(self, response: requests.Response, *, timeout: float) -> None:
        self.blocks: list[Block] = []
        self.error: requests.RequestException | None = None
        self._response = response
        self._timeout = timeout
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    @property
    def events(self) -> list[Block]:
        """The events so far."""
        return [block for block in self.blocks if "data" in block.fields]

    @property
    def notifications(self) -> list[Document]:
        """The notifications so far, without markers."""
        found = [event.notification for event in self.events]
        return [each for each in found if not each["title"].startswith(MARKER)]

    @property
    def titles(self) -> list[str]:
        """The titles of the notifications so far."""
        return [each["title"] for each in self.notifications]

    def id_of(self, title: str) -> str:
        """The ID of the event with the notification of this title."""
        [event] = [each for each in self.events if each.notification["title"] == title]
        return event.fields["id"]

    @property
    def last_event_id(self) -> str | None:
        """The ID to resume after. As in browsers, it need not be that of an event with data."""
        ids = [block.fields["id"] for block in self.blocks if "id" in block.fields]
        return ids[-1] if ids else None

    def wait_for(self, check: Callable[[], object], what: str) -> None:
        """Waits until a condition on this stream is true.

        Raises:
            AssertionError: it has not become true in time, or can no longer.
        """

        def checked() -> bool:
            ended = not self._thread.is_alive()
            result = bool(check())
            assert result or not ended, f"The stream ended ({self.error}): {what}"
            return result

        wait_until(checked, seconds=self._timeout, what=what)

    def wait_for_notifications(self, count: int) -> None:
        """Waits until at least so many have been delivered."""
        self.wait_for(lambda: len(self.notifications) >= count, f"{count} notifications")

    def close(self) -> None:
        """Disconnects, unless the server has done so."""
        if self._thread.is_alive():
            with suppress(RuntimeError, ValueError):  # the server was faster
                self._response.raw.shutdown()
            self._thread.join(self._timeout)
        self._response.close()

    def _read(self) -> None:
        unread = b""
        try:
            for chunk in self._response.iter_content(chunk_size=None):
                *blocks, unread = (unread + chunk).replace(b"\r\n", b"\n").split(b"\n\n")
                self.blocks += [Block.parse(block.decode()) for block in blocks]
        except requests.RequestException as error:
            # Also when the connection is closed from here.
            self.error = error


class Streams:
    """The streams of a scenario by user and name. All are closed with it."""

    def __init__(self, api: Api, *, timeout: float) -> None:
        self._api = api
        self._timeout = timeout
        self._open: dict[tuple[str, str], Stream] = {}

    def __getitem__(self, key: tuple[str, str]) -> Stream:
        """The latest connection of a stream."""
        return self._open[key]

    def open(
        self,
        user: str,
        name: str = FIRST,
        *,
        after: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Opens a stream, or opens it again after an event."""
        sent = {"Accept": EVENT_STREAM, **(headers or {})}
        if after is not None:
            sent["Last-Event-ID"] = after
        response = self._api.call(
            "GET", STREAM, service="Storer", user=user, headers=sent, stream=True
        )
        return self._follow(response, user, name)

    def open_by_parameter(self, user: str, user_id: str) -> requests.Response:
        """Opens a stream as clients do that cannot set headers."""
        response = self._api.call(
            "GET", STREAM, service="Storer", params={"user_id": user_id}, stream=True
        )
        return self._follow(response, user, FIRST)

    def close(self) -> None:
        """Closes all streams."""
        for stream in self._open.values():
            stream.close()

    def _follow(self, response: requests.Response, user: str, name: str) -> requests.Response:
        if response.ok:
            self._open[user, name] = Stream(response, timeout=self._timeout)
        return response
