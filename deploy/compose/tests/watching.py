"""A client of the stream of notifications."""

import json
import socket
import threading
from collections.abc import Mapping
from contextlib import closing, suppress
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

from calendar_features.waiting import wait_until

PATH: Final = "/v1/notifications/stream"
_SILENCE: Final = 30
"""Seconds without a byte: a comment comes every 15."""
_PAUSE: Final = 0.1
"""Seconds before it connects again."""


class Watcher:
    """Watches a user's notifications; resumes where it was each time the stream ends."""

    def __init__(self, url: str, user: str) -> None:
        self.seen: list[dict[str, Any]] = []
        """The data of all events."""
        self.streams = 0
        """How many streams it has had, one after the other."""
        self.start = ""
        """The cursor from which it has seen everything."""
        self._address: Final = urlsplit(url).netloc
        self._headers: Final = {"X-User-Id": user}
        self._position: str | None = None
        self._socket: socket.socket | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        """Return once the first stream has begun."""
        self._thread.start()
        wait_until(lambda: self.start, seconds=60, what="the stream begins")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        if self._socket is not None:
            with suppress(OSError):  # it is closed already
                self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            with suppress(OSError, HTTPException):
                self._watch()
            self._stop.wait(_PAUSE)

    def _watch(self) -> None:
        """Read one stream to its end."""
        resuming = {"Last-Event-ID": self._position} if self._position else {}
        with closing(HTTPConnection(self._address, timeout=_SILENCE)) as connection:
            connection.connect()
            self._socket = connection.sock
            connection.request("GET", PATH, headers=self._headers | resuming)
            response = connection.getresponse()
            if response.status != HTTPStatus.OK:
                return
            self.streams += 1
            block: dict[str, str] = {}
            for line in response:
                if self._stop.is_set():
                    return
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name:
                    block[name] = value
                else:
                    self._take(block)
                    block = {}

    def _take(self, block: Mapping[str, str]) -> None:
        """Take a complete block; one that the end of the stream has cut does not count."""
        self._position = block.get("id", self._position)
        self.start = self.start or block["id"]
        if "data" in block:
            self.seen.append(json.loads(block["data"]))
